package io.sluice.contracts.errand;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.sluice.contracts.task.TableName;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Something to do for a task beside its run. It stays in the task's order until its end was reported; who finds it there
 * again after a restart goes on with it.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "errand")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Errand.Comparison.class, name = "Comparison"),
    @JsonSubTypes.Type(value = Errand.Cutover.class, name = "Cutover"),
    @JsonSubTypes.Type(value = Errand.Repair.class, name = "Repair"),
    @JsonSubTypes.Type(value = Errand.Snapshot.class, name = "Snapshot"),
})
public sealed interface Errand {

    /** Names it within its task. */
    String id();

    /**
     * @param number within the task, from 1
     * @param tables names at the source; empty for all of the task's
     * @param workers tables that are compared at a time, 1-16
     * @param maxRowsPerSecond rows read on each side; null for as fast as it goes
     */
    record Comparison(
            int number,
            ComparisonKind kind,
            List<TableName> tables,
            int workers,
            @Nullable Long maxRowsPerSecond) implements Errand {

        public Comparison {
            tables = List.copyOf(Objects.requireNonNullElse(tables, List.of()));
        }

        @Override
        public String id() {
            return "comparison-" + number;
        }
    }

    /**
     * @param number within the task, from 1
     * @param readOnlySource new sessions of the source's database may not write
     * @param endSessions sessions of the source's database are ended once it is read-only, but for Sluice's own
     * @param endSessionsOf only those of these roles; of every role when empty
     * @param compare what is compared at the end
     * @param sequenceMargin how far sequences are set past the source's value; not negative
     * @param aborted the user wants it undone, if the fence was not reached
     */
    record Cutover(
            int number,
            boolean readOnlySource,
            boolean endSessions,
            List<String> endSessionsOf,
            FinalComparison compare,
            long sequenceMargin,
            boolean aborted)
            implements Errand {

        public Cutover {
            endSessionsOf = List.copyOf(Objects.requireNonNullElse(endSessionsOf, List.of()));
        }

        @Override
        public String id() {
            return "cutover-" + number;
        }

        public Cutover abort() {
            return new Cutover(number, readOnlySource, endSessions, endSessionsOf, compare, sequenceMargin, true);
        }
    }

    /**
     * @param number among the task's repairs, from 1
     * @param comparison whose rows are repaired
     */
    record Repair(int number, int comparison) implements Errand {

        @Override
        public String id() {
            return "repair-" + number;
        }
    }

    /**
     * All rows of some tables go to the task's topic of snapshots; the only errand that capture carries out.
     *
     * @param number among the task's snapshots, from 1
     * @param tables names at the source; empty for all of the task's
     */
    record Snapshot(int number, List<TableName> tables) implements Errand {

        public Snapshot {
            tables = List.copyOf(Objects.requireNonNullElse(tables, List.of()));
        }

        @Override
        public String id() {
            return "snapshot-" + number;
        }
    }

    /** What is compared before the fence. */
    enum FinalComparison {
        /** The number of rows of every table, and the content of rows written lately. */
        RECENT,
        /** The content of every table. */
        ALL,
        NONE
    }
}
