package io.sluice.task.precheck.check;

import io.sluice.contracts.task.TableName;
import java.sql.SQLException;
import java.util.List;

/** Foreign tables have their rows on another server: they are left out of what the patterns choose. */
final class ForeignTablesCheck implements Check {

    @Override
    public About about() {
        return About.source("foreign-tables", Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        List<TableName> tables = SelectionCheck.foreign(subject);
        if (!tables.isEmpty()) {
            findings.warn(
                    "objects.include",
                    Findings.list(tables)
                            + ": foreign tables are left out, since their rows are on another server. Move"
                            + " them from there.",
                    "",
                    tables);
        }
    }
}
