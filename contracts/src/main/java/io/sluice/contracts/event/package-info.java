/** The history of a task as the notifier and other subscribers read it. */
@NullMarked
package io.sluice.contracts.event;

import org.jspecify.annotations.NullMarked;
