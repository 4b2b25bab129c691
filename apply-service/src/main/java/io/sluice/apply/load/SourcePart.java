package io.sluice.apply.load;

import io.sluice.contracts.task.TableName;

/**
 * A relation of the source that holds rows: a table itself, or a partition of one.
 *
 * @param name where the rows are
 * @param file that holds them; another one says that the rows have moved. 0: none, as for a foreign table
 * @param pages of the heap when they were counted
 * @param bytes the heap and its TOAST
 * @param empty no transaction that had ended then has left a row in the file
 * @param columns what they mean, see {@link ColumnWatch#columns}
 */
record SourcePart(TableName name, long oid, long file, long pages, long bytes, boolean empty, String columns) {

    private static final long PAGE = 8_192;

    /** What a page of the heap stands for: large values are beside it. */
    long bytesPerPage() {
        return pages == 0 ? PAGE : Math.max(PAGE, bytes / pages);
    }
}
