/** Makes tables, and all that hangs on them, on the target as they are at the source. */
@NullMarked
package io.sluice.apply.structure;

import org.jspecify.annotations.NullMarked;
