/**
 * Copies whole tables under one snapshot of the source, many pieces at a time, and builds their keys and indexes while
 * others are still copied. What was interrupted goes on with the pieces that are missing, and is then brought to the
 * newest snapshot.
 */
@NullMarked
package io.sluice.apply.load;

import org.jspecify.annotations.NullMarked;
