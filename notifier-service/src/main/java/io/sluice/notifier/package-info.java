/** The edge of the notifier: what the process needs from outside (clock, master key) and its settings. */
@NullMarked
package io.sluice.notifier;

import org.jspecify.annotations.NullMarked;
