package io.sluice.apply.position;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.StatementLog;
import io.sluice.apply.position.NotesTables.NotesTable;
import io.sluice.contracts.task.Dialect;
import io.sluice.postgres.CleanUpSql;
import io.sluice.postgres.dialect.TargetDialect;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NotesTablesTest {

    @Test
    void openGaussTakesThem() {
        List<String> statements = new ArrayList<>();
        for (NotesTable table : NotesTables.ALL) {
            statements.add(table.create(""));
            table.columns().forEach(column -> statements.add(table.add(column)));
        }
        assertThat(StatementLog.unknownToOpenGauss(statements)).isEmpty();
    }

    /** Every unique key must have the distribution column (see "CREATE TABLE" in GaussDB's developer guide). */
    @Test
    void eachIsDistributedByAColumnOfItsKey() {
        assertThat(TargetDialect.of(Dialect.GAUSSDB_DISTRIBUTED).distributionOfNotes())
                .isEqualTo(" DISTRIBUTE BY HASH (task_id)");
        assertThat(NotesTables.ALL)
                .allSatisfy(table -> assertThat(table.key().split(", ")[0]).isEqualTo("task_id"));
    }

    @Test
    void whoeverForgetsATaskByHandForgetsAllOfThem() {
        assertThat(NotesTables.ALL.stream().map(NotesTable::name)).containsExactlyElementsOf(CleanUpSql.NOTES);
    }
}
