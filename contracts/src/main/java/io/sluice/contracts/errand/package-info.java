/** What is done for a task beside its run: comparisons, repairs and the cutover. Requests go down in the order, facts come up. */
@NullMarked
package io.sluice.contracts.errand;

import org.jspecify.annotations.NullMarked;
