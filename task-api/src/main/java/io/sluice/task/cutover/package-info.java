/** The cutover of a task: asked for here, carried out by apply-service, its steps shown here. */
@NullMarked
package io.sluice.task.cutover;

import org.jspecify.annotations.NullMarked;
