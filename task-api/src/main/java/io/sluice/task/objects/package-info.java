/** What a task's source has: objects to choose from, what they depend on, and how to distribute tables. */
@NullMarked
package io.sluice.task.objects;

import org.jspecify.annotations.NullMarked;
