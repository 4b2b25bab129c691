package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.List;
import java.util.Locale;

/** Columns of one table whose names differ only by case. */
final class ColumnCaseCheck implements Check {

    @Override
    public About about() {
        return About.source("column-case", Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) {
        List<TableName> tables = subject.tables().values().stream()
                .filter(ColumnCaseCheck::columnsDifferByCase)
                .map(TableDefinition::name)
                .toList();
        if (subject.streams() && !tables.isEmpty()) {
            findings.fail(
                    "objects.include",
                    ErrorCode.TABLE_UNSUPPORTED,
                    Findings.list(tables) + ": columns of one table whose names differ only by case cannot be read yet."
                            + " Leave them out with objects.exclude.",
                    "",
                    tables);
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
