/** What a task's target has refused: changes, and what is to become of them, and objects of the structure. */
@NullMarked
package io.sluice.task.exceptions;

import org.jspecify.annotations.NullMarked;
