/** Makes the chosen tables on the target as they are at the source. */
@NullMarked
package io.sluice.apply.structure;

import org.jspecify.annotations.NullMarked;
