@NullMarked
package io.sluice.task.cutover;

import org.jspecify.annotations.NullMarked;
