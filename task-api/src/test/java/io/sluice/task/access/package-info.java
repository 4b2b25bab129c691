@NullMarked
package io.sluice.task.access;

import org.jspecify.annotations.NullMarked;
