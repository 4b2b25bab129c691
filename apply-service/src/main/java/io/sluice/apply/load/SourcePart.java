package io.sluice.apply.load;

import io.sluice.contracts.task.TableName;

/**
 * A relation of the source that holds rows: a table itself, or a partition of one.
 *
 * @param name where the rows are
 * @param file that holds them; another one says that the rows have moved. 0: none, as for a foreign table
 * @param pages of the heap when they were counted
 * @param bytes the heap and its TOAST
 * @param columns what they mean, see {@link ColumnWatch#columns}
 */
record SourcePart(TableName name, long oid, long file, long pages, long bytes, String columns) {}
