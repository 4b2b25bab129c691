/** Topics and their subscriptions: who wants to be told, and has agreed to it. */
@NullMarked
package io.sluice.notifier.topic;

import org.jspecify.annotations.NullMarked;
