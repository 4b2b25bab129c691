/** The edge of task-api: what it needs to start, and what it shares between its rooms. */
@NullMarked
package io.sluice.task;

import org.jspecify.annotations.NullMarked;
