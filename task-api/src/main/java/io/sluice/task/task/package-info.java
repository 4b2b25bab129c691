/** Tasks: what users ask for and its rules, the stored task with its history, and the actions of the REST contract. */
@NullMarked
package io.sluice.task.task;

import org.jspecify.annotations.NullMarked;
