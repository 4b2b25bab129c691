/** How a message leaves Sluice: signed, to an address that may be called, within five seconds. */
@NullMarked
package io.sluice.notifier.channel;

import org.jspecify.annotations.NullMarked;
