/** Writes planned steps to the target. */
@NullMarked
package io.sluice.apply.write;

import org.jspecify.annotations.NullMarked;
