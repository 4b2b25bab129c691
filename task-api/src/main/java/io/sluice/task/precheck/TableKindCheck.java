package io.sluice.task.precheck;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/** Kinds of tables that this version cannot move. */
final class TableKindCheck implements Check {

    @Override
    public void run(Subject subject, Findings findings) {
        kind(subject, findings, "partitioned tables", Kind.PARTITIONED);
        kind(subject, findings, "partitions", Kind.PARTITION);
        kind(subject, findings, "tables that inherit or are inherited from", Kind.INHERITED);
        kind(subject, findings, "foreign tables", Kind.FOREIGN);
        if (subject.streams()) {
            refuse(
                    subject,
                    findings,
                    TableDefinition::unlogged,
                    "of UNLOGGED tables no changes can be read",
                    "Leave them out with objects.exclude, or run",
                    true);
            refuse(
                    subject,
                    findings,
                    TableKindCheck::columnsDifferByCase,
                    "columns of one table whose names differ only by case cannot be read yet",
                    "Leave them out with objects.exclude.",
                    false);
        }
    }

    private static void kind(Subject subject, Findings findings, String what, Kind kind) {
        refuse(
                subject,
                findings,
                table -> table.kind() == kind,
                what + " cannot be moved yet",
                "Leave them out with objects.exclude.",
                false);
    }

    private static void refuse(
            Subject subject,
            Findings findings,
            Predicate<TableDefinition> which,
            String why,
            String advice,
            boolean logged) {
        List<TableName> tables = subject.tables().values().stream()
                .filter(which)
                .map(TableDefinition::name)
                .toList();
        if (!tables.isEmpty()) {
            String sql = logged ? " " + Findings.sql(tables, table -> "ALTER TABLE " + table + " SET LOGGED") : "";
            findings.add(
                    "objects.include",
                    ErrorCode.TABLE_UNSUPPORTED,
                    Findings.list(tables) + ": " + why + ". " + advice + sql);
        }
    }

    private static boolean columnsDifferByCase(TableDefinition table) {
        long distinct = table.columns().stream()
                .map(ColumnDefinition::name)
                .map(name -> name.toLowerCase(Locale.ROOT))
                .distinct()
                .count();
        return distinct < table.columns().size();
    }
}
