/** Snapshots for those who read a task's changes: asked for here, taken by capture-service, shown here. */
@NullMarked
package io.sluice.task.snapshot;

import org.jspecify.annotations.NullMarked;
