@NullMarked
package io.sluice.task.task;

import org.jspecify.annotations.NullMarked;
