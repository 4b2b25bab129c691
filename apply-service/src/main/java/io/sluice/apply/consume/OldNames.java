package io.sluice.apply.consume;

import io.sluice.apply.position.TableRenames.Renaming;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TooLarge;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.task.TableName;
import java.util.List;

/** Gives records that are older than a renaming of their table the name that it has now. Immutable. */
final class OldNames {

    private final List<Renaming> renamings;

    /** @param renamings in their order */
    OldNames(List<Renaming> renamings) {
        this.renamings = List.copyOf(renamings);
    }

    ChangeRecord now(ChangeRecord change, long offset) {
        if (renamings.isEmpty() || renamings.getLast().topicOffset() < offset) {
            return change;
        }
        return switch (change) {
            case RowChange row -> row.of(now(row.table(), offset, 0));
            case TooLarge large -> large.of(now(large.table(), offset, 0));
            case Truncate truncate ->
                new Truncate(now(truncate.table(), offset, 0), truncate.position(), truncate.commitMillis());
            case Ddl ddl ->
                ddl.with(ddl.objects().stream()
                        .map(object -> now(object, offset))
                        .toList());
            default -> change;
        };
    }

    private SourceObject now(SourceObject object, long offset) {
        SourceTable before = object.before();
        if (before == null) {
            return object;
        }
        Long number = object.rename();
        return number == null
                ? object.named(now(before.tableName(), offset, 0))
                : object.onlyRenamed(now(before.tableName(), offset, number));
    }

    /** @param since the number of the first renaming that counts of those that are told of by this very record; 0 for none */
    private TableName now(TableName name, long offset, long since) {
        TableName now = name;
        for (Renaming renaming : renamings) {
            boolean later = renaming.topicOffset() > offset
                    || since > 0 && renaming.topicOffset() == offset && renaming.number() >= since;
            if (later && renaming.from().equals(now)) {
                now = renaming.to();
            }
        }
        return now;
    }
}
