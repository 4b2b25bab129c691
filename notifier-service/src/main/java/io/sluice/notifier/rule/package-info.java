/** When an alert fires and when it resolves, and how that is said; knows no Kafka, no database and no HTTP. */
@NullMarked
package io.sluice.notifier.rule;

import org.jspecify.annotations.NullMarked;
