/** What the services say to each other on Kafka: topic names and the one JSON mapping. */
@NullMarked
package io.sluice.contracts;

import org.jspecify.annotations.NullMarked;
