package io.sluice.apply.change;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.task.TableName;

/**
 * A change that a user has left out for good, since it could not be applied.
 *
 * @param table of the source, or whatever else a command has changed
 */
public record LeftOut(TableName table, ChangePosition position) {}
