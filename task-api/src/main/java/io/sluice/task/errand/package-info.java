/**
 * What is asked for a task beside its run, as it is stored: what comparisons, repairs, cutovers and snapshots have in common.
 */
@NullMarked
package io.sluice.task.errand;

import org.jspecify.annotations.NullMarked;
