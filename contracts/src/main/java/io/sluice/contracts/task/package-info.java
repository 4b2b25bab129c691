/** What a user asked for: the task's specification, and the order that carries it to the services. */
@NullMarked
package io.sluice.contracts.task;

import org.jspecify.annotations.NullMarked;
