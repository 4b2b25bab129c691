package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.postgres.Identifier;
import java.sql.SQLException;

/** A text must have the same bytes, and the same length, on both sides. */
final class EncodingCheck implements Check {

    private static final String ENCODING =
            "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()";

    @Override
    public About about() {
        return About.both("encoding", Group.TARGET_SETTINGS);
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        String source = subject.source().text(ENCODING);
        String target = subject.target().text(ENCODING);
        if (!source.equals(target)) {
            findings.fail(
                    "target.database",
                    ErrorCode.ENCODING_DIFFERS,
                    "The source's database is in " + source + ", the target's in " + target + ": characters could be"
                            + " refused or change. The encoding is chosen when a database is made: make another one on"
                            + " the target.",
                    "CREATE DATABASE "
                            + Identifier.quote(subject.spec().target().database() + "_new") + " ENCODING '" + source
                            + "' TEMPLATE template0;");
        }
    }
}
