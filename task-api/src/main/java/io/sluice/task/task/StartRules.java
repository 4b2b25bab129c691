package io.sluice.task.task;

import io.sluice.contracts.task.SyncMode;
import io.sluice.task.endpoint.FieldErrors;
import java.util.regex.Pattern;

/** The rules for where a task that carries changes only begins. */
final class StartRules {

    private static final int NAME_LENGTH = 63;
    private static final Pattern SLOT = Pattern.compile("[a-z0-9_]{1,63}");
    private static final Pattern LSN = Pattern.compile("[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}");

    private StartRules() {}

    static void check(FieldErrors errors, TaskInput input) {
        TaskInput.From from =
                input.incremental() == null ? null : input.incremental().from();
        if (from == null) {
            return;
        }
        if (from.slot() == null || !SLOT.matcher(from.slot()).matches()) {
            errors.invalid("incremental.from.slot", "must be the name of a replication slot of the source.");
        }
        errors.text("incremental.from.publication", from.publication(), NAME_LENGTH);
        if (from.lsn() != null && !LSN.matcher(from.lsn()).matches()) {
            errors.invalid("incremental.from.lsn", "must be a position as in 16/B374D848.");
        }
        if (!SyncMode.INCREMENTAL.name().equals(input.mode())) {
            errors.invalid("incremental.from", "must be left out unless the mode is INCREMENTAL.");
        }
    }
}
