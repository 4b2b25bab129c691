/**
 * Which instance works on which task. Kafka's consumer group decides: who holds a partition of the order topic runs the
 * tasks in it. Orders come in, a worker runs, reports go out.
 */
@NullMarked
package io.sluice.placement;

import org.jspecify.annotations.NullMarked;
