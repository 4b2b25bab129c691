/** The events of the tasks, turned into alert state and messages: some at a time in one database transaction. */
@NullMarked
package io.sluice.notifier.alert;

import org.jspecify.annotations.NullMarked;
