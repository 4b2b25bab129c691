/** The events of the tasks, turned into alert state and messages: one database transaction for each event. */
@NullMarked
package io.sluice.notifier.alert;

import org.jspecify.annotations.NullMarked;
