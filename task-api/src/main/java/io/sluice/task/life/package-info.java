/**
 * The life of a task: its states, what users may do in each, and what reports make of them. Plain functions over plain
 * records; this room knows no database, no bus and no HTTP.
 */
@NullMarked
package io.sluice.task.life;

import org.jspecify.annotations.NullMarked;
