/** Prechecks of a task: run in the background, stored, read, confirmed, and asked for when the task is to start. */
@NullMarked
package io.sluice.task.precheck;

import org.jspecify.annotations.NullMarked;
