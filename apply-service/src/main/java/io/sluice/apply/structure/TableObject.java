package io.sluice.apply.structure;

import io.sluice.contracts.task.TableName;

/**
 * A key, constraint, index or the like that is built once a table's rows are in.
 *
 * @param id names it within the task, the same in every run
 * @param table the source's table
 * @param name for people to read
 * @param alone it locks the whole table: it must be built when nothing else works on the table, in the order of the
 *     list and after every object that is not so; those others may be built side by side
 */
public record TableObject(String id, TableName table, String name, boolean alone) {}
