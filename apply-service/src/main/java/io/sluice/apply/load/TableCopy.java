package io.sluice.apply.load;

import io.sluice.apply.position.LoadNotes.CopiedPiece;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.SnapshotFence;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The copy into one table of the target in one round: its sources (several when the user maps many into one), the pages
 * that are still to be copied, and what became of it. Counters are thread-safe; everything else is guarded by the
 * {@link WorkQueue} that holds it.
 */
final class TableCopy {

    /** The source keeps a list of every place: some 30 MB for so many pages. */
    private static final long MOST_PAGES_OF_PLACES = 2_048;

    private final TableName target;
    private final List<SourceTable> sources;
    private final boolean binary;
    private final boolean inherited;
    private final boolean whole;
    private final @Nullable SnapshotFence continuedFrom;
    private final Deque<Share> shares = new ArrayDeque<>();
    private final Map<TableName, AtomicLong> rows = new HashMap<>();
    private final Map<TableName, AtomicLong> bytes = new HashMap<>();
    private final long weight;
    private final long pages;
    private volatile long pagesDone;
    private volatile boolean copied;
    private int inFlight;
    private boolean rewritten;
    private @Nullable SluiceException failure;

    /** The pages of one relation that nobody has taken yet. */
    private record Share(SourceTable source, SourcePart part, Deque<PageRange> left) {}

    /**
     * @param sources that go into the same table of the target
     * @param inherited tables of the target inherit from the one that is filled
     * @param whole the table must be copied in one transaction
     * @param continuedFrom the snapshot of the round in which the copy began; null when it begins now
     * @param done what was copied in earlier rounds
     */
    TableCopy(
            List<SourceTable> sources,
            boolean binary,
            boolean inherited,
            boolean whole,
            @Nullable SnapshotFence continuedFrom,
            Collection<CopiedPiece> done) {
        this.target = sources.getFirst().mapping().target();
        this.sources = List.copyOf(sources);
        this.binary = binary;
        this.inherited = inherited;
        this.whole = whole;
        this.continuedFrom = continuedFrom;
        this.weight = sources.stream().mapToLong(SourceTable::bytes).sum();
        this.pages = sources.stream().mapToLong(SourceTable::pages).sum();
        long copied = 0;
        for (SourceTable source : sources) {
            rows.put(source.name(), new AtomicLong());
            bytes.put(source.name(), new AtomicLong());
            for (SourcePart part : source.parts()) {
                List<PageRange> ranges = new ArrayList<>();
                for (CopiedPiece piece : done) {
                    if (piece.part() == part.oid()) {
                        ranges.add(new PageRange(piece.fromPage(), piece.toPage()));
                        copied += Math.min(piece.toPage(), part.pages()) - Math.min(piece.fromPage(), part.pages());
                    }
                }
                Deque<PageRange> left = PageRange.without(ranges);
                if (!left.isEmpty()) {
                    shares.add(new Share(source, part, left));
                }
            }
        }
        pagesDone = copied;
        done.forEach(piece -> passed(piece.table(), piece.rows(), piece.bytes()));
    }

    TableName target() {
        return target;
    }

    List<SourceTable> sources() {
        return sources;
    }

    List<TableName> names() {
        return sources.stream().map(SourceTable::name).toList();
    }

    /** The statements that move the rows of one of the sources. */
    CopySql sql(SourceTable source) {
        return new CopySql(source, binary, inherited);
    }

    /** The whole table is one piece of work. */
    boolean whole() {
        return whole;
    }

    @Nullable
    SnapshotFence continuedFrom() {
        return continuedFrom;
    }

    /** By which the biggest goes first: bytes at the source. */
    long weight() {
        return weight;
    }

    long rows(TableName source) {
        return counter(rows, source).get();
    }

    long bytes(TableName source) {
        return counter(bytes, source).get();
    }

    void passed(TableName source, long moreRows, long moreBytes) {
        counter(rows, source).addAndGet(moreRows);
        counter(bytes, source).addAndGet(moreBytes);
    }

    private static AtomicLong counter(Map<TableName, AtomicLong> counters, TableName source) {
        AtomicLong counter = counters.get(source);
        if (counter == null) {
            throw new IllegalArgumentException("table: " + source + " is no source of this copy");
        }
        return counter;
    }

    boolean hasPages() {
        return !shares.isEmpty();
    }

    /**
     * Takes the next piece of the table.
     *
     * @param bytes that it has at most, unless a single page has more
     */
    Work.CopyPiece cut(long bytes) {
        Share share = shares.getFirst();
        long wanted = Math.max(1, bytes / share.part().bytesPerPage());
        PageRange range = share.left().removeFirst();
        long most = switch (share.part().pieces()) {
            case RANGES -> wanted;
            case PLACES -> Math.min(wanted, MOST_PAGES_OF_PLACES);
            case NONE -> PageRange.END;
        };
        if (most < range.to() - range.from()
                && range.from() + most < share.part().pages()) {
            share.left().addFirst(new PageRange(range.from() + most, range.to()));
            range = new PageRange(range.from(), range.from() + most);
        }
        if (share.left().isEmpty()) {
            shares.removeFirst();
        }
        inFlight++;
        return new Work.CopyPiece(this, share.source(), share.part(), range);
    }

    /** Returns true when nothing of the table is under way or waiting any more. */
    boolean pieceDone(SourcePart part, PageRange range) {
        inFlight--;
        pagesDone = pagesDone + Math.min(range.to(), part.pages()) - Math.min(range.from(), part.pages());
        return inFlight == 0 && shares.isEmpty();
    }

    /** Of the pages at the source; 0-99. */
    int percent() {
        return pages == 0 ? 0 : (int) Math.min(99, 100 * pagesDone / pages);
    }

    /** Every row is there, and noted: nothing of the table may be copied again, whatever comes after. */
    void copied() {
        copied = true;
    }

    boolean isCopied() {
        return copied;
    }

    /** What was read does not make a whole; the table begins again in another round. */
    void rewritten() {
        rewritten = true;
        shares.clear();
    }

    void failed(SluiceException cause) {
        if (failure == null) {
            failure = cause;
        }
        shares.clear();
    }

    boolean wasRewritten() {
        return rewritten;
    }

    @Nullable
    SluiceException failure() {
        return failure;
    }
}
