/** Switches from source to target: step by step, undone when it is aborted, fenced at its end. */
@NullMarked
package io.sluice.apply.cutover;

import org.jspecify.annotations.NullMarked;
