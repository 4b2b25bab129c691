package io.sluice.task.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import io.sluice.postgres.catalog.TableDefinition.ReplicaIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NewTablesTest {

    private final List<List<TableName>> looks = new ArrayList<>();

    @Test
    void whereAllFitOneLookIsEnough() {
        NewTables.Fit fit = fit(names(200), List.of());

        assertThat(fit.tables()).hasSize(200);
        assertThat(fit.unfit()).isEmpty();
        assertThat(looks).hasSize(1);
    }

    @Test
    void oneThatCannotJoinKeepsNoOtherOut() {
        NewTables.Fit fit = fit(names(200), List.of(name("t117")));

        assertThat(fit.tables()).hasSize(199);
        assertThat(fit.unfit()).containsOnlyKeys(name("t117"));
        assertThat(fit.unfit().get(name("t117"))).hasMessage("unfit: [public.t117]");
        assertThat(looks).hasSizeLessThan(25);
    }

    @Test
    void ofTwoThatWantOnePlaceTheFirstGetsIt() {
        List<TableName> both = List.of(name("t1"), name("t3"));

        NewTables.Fit fit = NewTables.fit(names(5), together -> {
            if (together.containsAll(both)) {
                throw new SluiceException(ErrorCode.TARGET_NAMES_CLASH, "one place");
            }
            return judge(together, List.of());
        });

        assertThat(fit.tables().stream().map(TableDefinition::name))
                .containsExactly(name("t0"), name("t1"), name("t2"), name("t4"));
        assertThat(fit.unfit()).containsOnlyKeys(name("t3"));
    }

    @Test
    void aDatabaseThatIsAwaySaysNothingOfTheTables() {
        assertThatThrownBy(() -> NewTables.fit(names(3), together -> {
                    throw new SluiceException(ErrorCode.CONNECTION_LOST, "away");
                }))
                .hasMessage("away");
    }

    private NewTables.Fit fit(List<TableName> tables, List<TableName> unfit) {
        return NewTables.fit(tables, together -> judge(together, unfit));
    }

    private List<TableDefinition> judge(List<TableName> together, List<TableName> unfit) {
        looks.add(together);
        List<TableName> refused = together.stream().filter(unfit::contains).toList();
        if (!refused.isEmpty()) {
            throw new SluiceException(ErrorCode.TABLE_WITHOUT_KEY, "unfit: " + refused);
        }
        return together.stream().map(NewTablesTest::definition).toList();
    }

    private static List<TableName> names(int count) {
        return IntStream.range(0, count).mapToObj(n -> name("t" + n)).toList();
    }

    private static TableName name(String table) {
        return new TableName("public", table);
    }

    private static TableDefinition definition(TableName name) {
        return new TableDefinition(
                name, 1, Kind.TABLE, false, ReplicaIdentity.DEFAULT, 0, 0, 0, List.of(), List.of(), List.of());
    }
}
