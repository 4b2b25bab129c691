/** How a message leaves Sluice: by webhook, signed and to an address that may be called, or by mail; within a deadline. */
@NullMarked
package io.sluice.notifier.channel;

import org.jspecify.annotations.NullMarked;
