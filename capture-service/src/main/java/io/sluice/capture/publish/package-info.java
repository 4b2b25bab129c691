/**
 * From chunks to the change topic: one transactional producer per task, exactly the changes that are not there yet. The
 * only room, beside the edge, that knows Kafka.
 */
@NullMarked
package io.sluice.capture.publish;

import org.jspecify.annotations.NullMarked;
