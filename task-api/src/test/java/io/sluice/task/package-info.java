@NullMarked
package io.sluice.task;

import org.jspecify.annotations.NullMarked;
