/** What the services report, folded into tasks, and how users see it: phases, tables, lag. */
@NullMarked
package io.sluice.task.progress;

import org.jspecify.annotations.NullMarked;
