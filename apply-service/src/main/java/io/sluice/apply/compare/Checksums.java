package io.sluice.apply.compare;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;

/**
 * Number of rows and sum of their hashes (modulo 2<sup>64</sup>) for each piece of one side. Equal sums of equally many
 * rows mean equal rows, but for a chance of 2<sup>-64</sup> a piece. Immutable once it is shared.
 */
final class Checksums {

    @JsonProperty
    private final long[] counts;

    @JsonProperty
    private final long[] sums;

    @JsonCreator
    private Checksums(@JsonProperty("counts") long[] counts, @JsonProperty("sums") long[] sums) {
        this.counts = counts;
        this.sums = sums;
    }

    static Checksums empty(int pieces) {
        return new Checksums(new long[pieces], new long[pieces]);
    }

    /** Sums of parts of a table may be added: it does not matter in which part a row was found. */
    Checksums plus(Checksums part) {
        Checksums whole = new Checksums(counts.clone(), sums.clone());
        for (int i = 0; i < counts.length; i++) {
            whole.counts[i] += part.counts[i];
            whole.sums[i] += part.sums[i];
        }
        return whole;
    }

    /** Only before others see this object. */
    void add(int piece, long count, long sum) {
        counts[piece] += count;
        sums[piece] += sum;
    }

    long rows() {
        long rows = 0;
        for (long count : counts) {
            rows += count;
        }
        return rows;
    }

    /** The pieces that are not equal, ascending. */
    List<Integer> differing(Checksums other) {
        List<Integer> differing = new ArrayList<>();
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] != other.counts[i] || sums[i] != other.sums[i]) {
                differing.add(i);
            }
        }
        return differing;
    }
}
