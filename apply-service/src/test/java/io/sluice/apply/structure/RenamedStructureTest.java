package io.sluice.apply.structure;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.task.TableName;
import org.junit.jupiter.api.Test;

class RenamedStructureTest {

    private static final TableName ON = new TableName("app", "item");
    private static final TableName AS = new TableName("old", "Thing");

    @Test
    void statementsSpeakOfTheNewName() {
        assertThat(renamed("ALTER TABLE \"app\".\"item\" ALTER COLUMN \"id\" SET GENERATED ALWAYS;"))
                .isEqualTo("ALTER TABLE \"old\".\"Thing\" ALTER COLUMN \"id\" SET GENERATED ALWAYS;");
        assertThat(
                        renamed(
                                "CREATE RULE r AS ON INSERT TO app.item DO INSTEAD DELETE FROM app.items WHERE app.item.id = 1"))
                .isEqualTo("CREATE RULE r AS ON INSERT TO \"old\".\"Thing\" DO INSTEAD DELETE FROM app.items"
                        + " WHERE \"old\".\"Thing\".id = 1");
    }

    @Test
    void whatOnlyLooksLikeItStays() {
        String sql = "CREATE TRIGGER t BEFORE INSERT ON app.item_2 EXECUTE FUNCTION f('app.item', 'other.app.item')";
        assertThat(renamed(sql)).isEqualTo(sql);
    }

    private static String renamed(String sql) {
        return RenamedStructure.statement(sql, ON, AS);
    }
}
