@NullMarked
package io.sluice.task.endpoint;

import org.jspecify.annotations.NullMarked;
