/** Thinks about changes: what a run of them comes to, in as few set-based steps as possible. Plain objects. */
@NullMarked
package io.sluice.apply.batch;

import org.jspecify.annotations.NullMarked;
