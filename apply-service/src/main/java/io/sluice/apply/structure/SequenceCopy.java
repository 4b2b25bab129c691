package io.sluice.apply.structure;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.PlannedObject.Stage;
import io.sluice.apply.structure.PlannedObject.State;
import io.sluice.apply.structure.SequenceReader.Sequence;
import io.sluice.apply.structure.SequenceValues.Refused;
import io.sluice.apply.structure.SequenceValues.Value;
import io.sluice.apply.structure.StructureLog.Entry;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.dialect.ObjectKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings the target's sequences to where the source's are. What one of the servers refuses is noted as failed; of what
 * could be done nothing is noted.
 *
 * @param generation of the order
 */
record SequenceCopy(StructureLog log, StructureStates states, Bookkeeping bookkeeping, Names names, long generation) {

    /** None that was on the target goes back. */
    void copy(DatabaseSession source, DatabaseSession target, long epoch, List<Sequence> sequences) {
        List<Refused> unread = new ArrayList<>();
        List<Value> values = source.inTransaction(
                "reading sequences", connection -> SequenceValues.read(connection, sequences, unread));
        states.putAll(target.inTransaction("setting sequences", connection -> {
            bookkeeping.share(connection, epoch);
            List<Refused> unset = new ArrayList<>();
            SequenceValues.write(connection, values, names, this::made, unset);
            List<Entry> entries = entries(sequences, unread, unset);
            log.write(connection, entries);
            return entries;
        }));
    }

    /** Those whose value could not be set when that was tried last. */
    void copyFailed(DatabaseSession source, DatabaseSession target, long epoch, List<Sequence> sequences) {
        copy(source, target, epoch, sequences.stream().filter(this::failed).toList());
    }

    private static String id(Sequence sequence) {
        return "value of " + SourceObject.sequenceId(sequence.name());
    }

    private boolean failed(Sequence sequence) {
        Entry entry = states.find(id(sequence));
        return entry != null && entry.state() == State.FAILED;
    }

    /** The task has made it on the target, by itself or with the table of its identity column. */
    private boolean made(Sequence sequence) {
        TableName table = sequence.table();
        Entry entry = states.find(
                sequence.ofIdentity() && table != null
                        ? SourceObject.tableId(table)
                        : SourceObject.sequenceId(sequence.name()));
        return entry != null && entry.state() == State.DONE;
    }

    /** What is to be noted of sequences that were tried: what failed now, and what had failed and is done. */
    private List<Entry> entries(List<Sequence> tried, List<Refused> unread, List<Refused> unset) {
        Map<Sequence, Entry> entries = new LinkedHashMap<>();
        for (Sequence sequence : tried) {
            if (failed(sequence)) {
                entries.put(sequence, entry(sequence, State.DONE).as(State.DONE, "", null, null));
            }
        }
        unread.forEach(refused ->
                entries.put(refused.sequence(), failure(refused, "Its value could not be read at the source: ")));
        unset.forEach(refused -> entries.put(refused.sequence(), failure(refused, "Its value could not be set: ")));
        return new ArrayList<>(entries.values());
    }

    private Entry failure(Refused refused, String what) {
        return entry(refused.sequence(), State.FAILED)
                .as(
                        State.FAILED,
                        refused.sql() + ";",
                        refused.error().getSQLState(),
                        what + Installer.reason(refused.error()));
    }

    private Entry entry(Sequence sequence, State state) {
        return new Entry(
                id(sequence),
                ObjectKind.SEQUENCE.name(),
                "value of " + sequence.name(),
                sequence.table(),
                Stage.AFTER_DATA,
                state,
                "",
                null,
                null,
                generation);
    }
}
