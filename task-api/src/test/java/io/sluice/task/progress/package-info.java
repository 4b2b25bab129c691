@NullMarked
package io.sluice.task.progress;

import org.jspecify.annotations.NullMarked;
