package io.sluice.contracts.change;

import io.sluice.contracts.change.ChangeRecord.RowChange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is the same in every row of a table, from its "source" to the transaction. Not thread-safe. */
final class LearntTable {

    private static final int MOST_IMAGES = 8;

    private final byte[] start;
    private final @Nullable RowChange like;
    private final List<LearntImage> images = new ArrayList<>();
    private int latestBefore;
    private int latestAfter;

    /**
     * @param start the bytes from the "source" to the transaction
     * @param like a change of the table; null for a table that no record is of
     */
    LearntTable(byte[] start, @Nullable RowChange like) {
        this.start = start;
        this.like = like;
    }

    @Nullable
    RowChange like() {
        return like;
    }

    /** Whether the record is of this table. */
    boolean startsIn(byte[] record) {
        int end = end();
        return like != null
                && end + QuickDecoder.TX.length <= record.length
                && Arrays.equals(record, QuickDecoder.SOURCE, end, start, 0, start.length)
                && Arrays.equals(record, end, end + QuickDecoder.TX.length, QuickDecoder.TX, 0, QuickDecoder.TX.length);
    }

    /** Where, in a record, what is the same ends. */
    int end() {
        return QuickDecoder.SOURCE + start.length;
    }

    /** Returns false when there is nothing new. */
    boolean learn(@Nullable Row row) {
        if (row == null || images.stream().anyMatch(image -> image.columns().equals(row.columns()))) {
            return false;
        }
        if (images.size() == MOST_IMAGES) {
            forget();
        }
        images.add(new LearntImage(row.columns()));
        return true;
    }

    void forget() {
        images.clear();
        latestBefore = 0;
        latestAfter = 0;
    }

    int images() {
        return images.size();
    }

    LearntImage image(int place) {
        return images.get(place);
    }

    /** The place of the image that the latest old row had: the next one probably has it, too. */
    int latestBefore() {
        return latestBefore;
    }

    void latestBefore(int place) {
        latestBefore = place;
    }

    /** The same of the latest new row. */
    int latestAfter() {
        return latestAfter;
    }

    void latestAfter(int place) {
        latestAfter = place;
    }
}
