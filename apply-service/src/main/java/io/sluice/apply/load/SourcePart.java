package io.sluice.apply.load;

import io.sluice.contracts.task.TableName;
import java.util.List;

/**
 * A relation of the source that holds rows: a table itself, or a partition of one.
 *
 * @param name where the rows are
 * @param file that holds them; another one says that the rows have moved. 0: none, as for a foreign table
 * @param pages of the heap when they were counted
 * @param bytes the heap and its TOAST
 * @param empty no transaction that had ended then has left a row in the file
 * @param pieces how some of its pages are read
 * @param columns what they mean, see {@link ColumnWatch#columns}
 * @param labels that values in them can have
 */
record SourcePart(
        TableName name,
        long oid,
        long file,
        long pages,
        long bytes,
        boolean empty,
        Pieces pieces,
        String columns,
        List<EnumLabel> labels) {

    private static final long PAGE = 8_192;

    /** How a server finds some pages of a relation. */
    enum Pieces {
        /** By a range of {@code ctid}: from PostgreSQL 14 on. */
        RANGES,
        /** By every place that a row can have in these pages: where a range would read the whole relation. */
        PLACES,
        /** Only by reading all of it: it is no heap, or its pages could not be counted. */
        NONE
    }

    /** What a page of the heap stands for: large values are beside it. */
    long bytesPerPage() {
        return pages == 0 ? PAGE : Math.max(PAGE, bytes / pages);
    }
}
