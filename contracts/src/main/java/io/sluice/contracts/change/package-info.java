/** The change topic: one record per row change, in commit order, as JSON that any client can read. */
@NullMarked
package io.sluice.contracts.change;

import org.jspecify.annotations.NullMarked;
