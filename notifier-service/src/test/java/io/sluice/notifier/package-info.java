/** The service as a whole, on a real PostgreSQL and a real Kafka, and the arrows between its packages. */
@NullMarked
package io.sluice.notifier;

import org.jspecify.annotations.NullMarked;
