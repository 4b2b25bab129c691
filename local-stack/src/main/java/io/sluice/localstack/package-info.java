/**
 * Real servers of this machine: PostgreSQL, Kafka and the services, each as a child process that can be stopped, killed and started again
 * on the same port with the same data. Used by {@code ./sluice} and by the tests of every module; never part of a service.
 */
@NullMarked
package io.sluice.localstack;

import org.jspecify.annotations.NullMarked;
