package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.Endpoint;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Source and target must not be one database. Needs neither: by their addresses it can always be told. */
final class SameDatabaseCheck implements Check {

    private static final String IDENTITY = """
            SELECT system_identifier || '/' || current_database() FROM pg_control_system()
            """;

    @Override
    public About about() {
        return new About("same-database", Group.CONNECTION, false, false, false);
    }

    @Override
    public void run(Subject subject, Findings findings) {
        Endpoint source = subject.spec().source();
        if (sameAddress(source, subject.spec().target())
                || sameServer(subject.sourceConnection(), subject.targetConnection())) {
            findings.fail(
                    "target.database",
                    ErrorCode.SAME_DATABASE,
                    "Source and target are the same database (" + source.address() + "): choose another target.",
                    "");
        }
    }

    private static boolean sameAddress(Endpoint source, Endpoint target) {
        return source.address().toLowerCase(Locale.ROOT).equals(target.address().toLowerCase(Locale.ROOT))
                && source.database().equals(target.database());
    }

    /** Also under two names: the identifier is made by initdb and kept by every copy of the cluster. */
    private static boolean sameServer(@Nullable Connection source, @Nullable Connection target) {
        if (source == null || target == null) {
            return false;
        }
        try {
            return new Query(source).text(IDENTITY).equals(new Query(target).text(IDENTITY));
        } catch (SQLException e) {
            // Some managed services keep this function for themselves; then the addresses have to do.
            return false;
        }
    }
}
