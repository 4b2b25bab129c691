/** The changes that a task's target has refused: what they are, and what is to become of them. */
@NullMarked
package io.sluice.task.exceptions;

import org.jspecify.annotations.NullMarked;
