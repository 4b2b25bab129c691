/** Copies whole tables under one snapshot, many pieces at a time. */
@NullMarked
package io.sluice.apply.load;

import org.jspecify.annotations.NullMarked;
