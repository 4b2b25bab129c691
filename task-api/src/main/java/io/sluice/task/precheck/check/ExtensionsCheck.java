package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Extensions of the source that the target lacks. */
final class ExtensionsCheck implements Check {

    private record Extension(String name, String schema) {}

    @Override
    public About about() {
        return About.both("extensions", Group.OBJECTS).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Set<String> present =
                new HashSet<>(subject.target().list("SELECT extname FROM pg_extension", row -> row.getString(1)));
        List<Extension> missing = subject
                .source()
                .list(
                        "SELECT extname, extnamespace::regnamespace::text FROM pg_extension ORDER BY extname",
                        row -> new Extension(row.getString(1), row.getString(2)))
                .stream()
                .filter(extension -> !present.contains(extension.name()))
                .toList();
        if (missing.isEmpty()) {
            return;
        }
        List<Requirement> needed = Requirement.of(subject);
        for (Extension extension : missing) {
            List<TableName> tables = needed.stream()
                    .filter(one -> one.kind().equals("EXTENSION") && one.name().equals(extension.name()))
                    .map(Requirement::table)
                    .distinct()
                    .toList();
            // The schema's name is quoted where it has to be.
            String fix = "CREATE SCHEMA IF NOT EXISTS " + extension.schema() + "; CREATE EXTENSION "
                    + Identifier.quote(extension.name()) + " SCHEMA " + extension.schema() + ";";
            if (tables.isEmpty()) {
                findings.warn(
                        "objects",
                        "The target does not have the extension " + extension.name() + " of the source. No chosen table"
                                + " needs it.",
                        fix,
                        List.of(extension.name()));
            } else {
                findings.fail(
                        "objects.include",
                        ErrorCode.TARGET_OBJECT_MISSING,
                        "The target does not have the extension " + extension.name() + ", without which "
                                + Findings.list(tables) + " cannot be made.",
                        fix,
                        List.of(extension.name()));
            }
        }
    }
}
