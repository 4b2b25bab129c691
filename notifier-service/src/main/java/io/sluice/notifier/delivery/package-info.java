/** Messages on their way to one subscription each: queued in the database, sent in order, tried again, visible. */
@NullMarked
package io.sluice.notifier.delivery;

import org.jspecify.annotations.NullMarked;
