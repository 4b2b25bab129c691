@NullMarked
package io.sluice.task.compare;

import org.jspecify.annotations.NullMarked;
