/** What becomes of a change on its way to the target: names, columns, chosen operations. Plain objects. */
@NullMarked
package io.sluice.apply.change;

import org.jspecify.annotations.NullMarked;
