package io.sluice.contracts.task;

/**
 * A table that is to be loaded while the task runs: added to it, or loaded once more.
 *
 * @param table at the source; one of the order's tables
 * @param number grows with every request for the table; a load that carries the number, or a greater one, has answered it
 * @param since the number of the request that has added the table; 0 when it is the task's since its start. What is known of
 *     it from before that is of an earlier stay
 */
public record LoadRequest(TableName table, long number, long since) {}
