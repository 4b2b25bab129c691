/** The way onto the bus: what is written in the transaction of a command reaches Kafka afterwards, in order, at least once. */
@NullMarked
package io.sluice.task.dispatch;

import org.jspecify.annotations.NullMarked;
