/** Writes changes to the target: planned, filtered, routed to lanes, and what is in the way named. */
@NullMarked
package io.sluice.apply.write;

import org.jspecify.annotations.NullMarked;
