package io.sluice.apply.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KnownColumnsTest {

    private static final TableName TABLE = new TableName("public", "t");
    private static final List<String> LOADED = List.of("1 id", "3 a", "4 b c");

    private final KnownColumns columns = new KnownColumns(Map.of(TABLE, LOADED), false);

    @ParameterizedTest
    @ValueSource(strings = {"1 id,3 b c,4 a", "1 id,4 b c,5 a", "1 id,3 a,5 b c", "1 id,4 a", "id,b c,a"})
    void aNameThatMeansAnotherColumnIsRefused(String described) {
        assertThatThrownBy(() -> columns.see(change(described)))
                .isInstanceOf(SluiceException.class)
                .hasMessageContaining("Table public.t has other columns")
                .hasMessageContaining("reload");
        assertThat(columns.news()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1 id,3 a,4 b c", "id,a,b c", "id,a,b c,more", "id,b c", "id,other,b c"})
    void whatMeansTheSameOrIsNotToldIsNoNews(String described) {
        columns.see(change(described));
        assertThat(columns.news()).isEmpty();
    }

    @Test
    void whatComesLaterIsNotedAndCountsFromThere() {
        columns.see(change("1 id,3 a,4 b c,5 d"));
        assertThat(columns.news()).containsExactly(Map.entry(TABLE, List.of("1 id", "3 a", "4 b c", "5 d")));
        columns.noted();
        assertThatThrownBy(() -> columns.see(change("1 id,3 a,4 b c,6 d"))).hasMessageContaining("than before: d. ");
    }

    @Test
    void aTableThatWasLoadedAnewHasTheColumnsOfThen() {
        columns.learn(Map.of(TABLE, List.of("1 id", "3 b c", "4 a")));
        columns.see(change("1 id,3 b c,4 a"));
        assertThat(columns.news()).isEmpty();
    }

    @Test
    void whereCommandsAreFollowedNamesMayMove() {
        KnownColumns followed = new KnownColumns(Map.of(TABLE, LOADED), true);
        followed.see(change("1 id,3 b c,4 a"));
        assertThat(followed.news()).containsEntry(TABLE, List.of("1 id", "3 b c", "4 a"));
    }

    @Test
    void aTableOfWhichNothingIsKnownIsLearnt() {
        KnownColumns unknown = new KnownColumns(Map.of(), false);
        unknown.see(change("1 id,2 a"));
        assertThat(unknown.news()).containsEntry(TABLE, List.of("1 id", "2 a"));
        assertThatThrownBy(() -> unknown.see(change("1 id,3 a"))).hasMessageContaining("than before: a. ");
    }

    /** @param described each column with its number, or all without */
    private static RowChange change(String described) {
        List<String> words = List.of(described.split(","));
        boolean numbered = Character.isDigit(described.charAt(0));
        Columns columns = numbered
                ? new Columns(
                        words.stream()
                                .map(word -> word.substring(word.indexOf(' ') + 1))
                                .toList(),
                        words.stream()
                                .map(word -> Integer.valueOf(word.substring(0, word.indexOf(' '))))
                                .toList())
                : new Columns(words);
        Row row = new Row(new Columns(List.of("id")), new String[] {"1"});
        return new RowChange(Operation.INSERT, TABLE, List.of("id"), ChangePosition.START, null, row, 0, columns);
    }
}
