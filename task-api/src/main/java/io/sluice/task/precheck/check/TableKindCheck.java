package io.sluice.task.precheck.check;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import java.util.List;

/** A kind of table that is moved in a way that the user should know. */
final class TableKindCheck implements Check {

    private final String key;
    private final Kind kind;
    private final String treatment;

    TableKindCheck(String key, Kind kind, String treatment) {
        this.key = key;
        this.kind = kind;
        this.treatment = treatment;
    }

    @Override
    public About about() {
        return About.source(key, Group.TABLES).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) {
        List<TableName> tables = subject.tables().values().stream()
                .filter(table -> table.kind() == kind)
                .map(TableDefinition::name)
                .toList();
        if (!tables.isEmpty()) {
            findings.warn("objects.include", Findings.list(tables) + ": " + treatment, "", tables);
        }
    }
}
