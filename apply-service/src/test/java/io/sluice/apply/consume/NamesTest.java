package io.sluice.apply.consume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.apply.position.TableRenames;
import io.sluice.apply.position.TableRenames.Renaming;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NamesTest {

    private static final TableName A = name("a");
    private static final TableName B = name("b");
    private static final TableName T = name("t");
    private static final TableName OTHER = name("other");

    private final NewNames names = new NewNames(Set.of(A, B)::contains);
    private long offset;

    @Test
    void untilTheTransactionEndsATableHasTheNameThatTheRunKnows() {
        assertThat(table(row(A))).isEqualTo(A);
        assertThat(subject(renamed(1, A, T))).isEqualTo(A);
        assertThat(names.any()).isTrue();
        assertThat(table(row(T))).isEqualTo(A);
        assertThat(table(row(B))).isEqualTo(B);
        assertThat(subject(altered(T))).isEqualTo(A);
        assertThat(names.renamings()).containsExactly(new Renaming(1, 1, A, T));
    }

    @Test
    void twoThatSwapTheirNames() {
        renamed(1, A, T);
        renamed(2, B, A);
        renamed(3, T, B);
        assertThat(table(row(A))).isEqualTo(B);
        assertThat(table(row(B))).isEqualTo(A);
        assertThat(names.renamings()).extracting(Renaming::to).containsExactly(T, A, B);
    }

    /** Another table may be made under the old name in the same transaction. */
    @Test
    void whatTakesAFreeNameIsNoneOfTheTasks() {
        renamed(1, A, T);
        Ddl made = known(ddl("CREATE TABLE", object(null, table(A), null)));
        assertThat(made.objects()).isEmpty();
        assertThatThrownBy(() -> row(A)).isInstanceOf(SluiceException.class);
    }

    @Test
    void tablesOfOthersAreNotRenamed() {
        renamed(1, OTHER, T);
        assertThat(names.any()).isFalse();
        assertThat(table(row(T))).isEqualTo(T);
    }

    @Test
    void olderRecordsGetTheNewestNames() {
        OldNames old =
                new OldNames(List.of(new Renaming(1, 10, A, T), new Renaming(2, 10, B, A), new Renaming(3, 20, T, B)));
        assertThat(table(old.now(change(A), 9))).isEqualTo(B);
        assertThat(table(old.now(change(B), 9))).isEqualTo(A);
        assertThat(table(old.now(change(T), 15))).isEqualTo(B);
        assertThat(table(old.now(change(A), 15))).isEqualTo(A);
        assertThat(table(old.now(change(A), 21))).isEqualTo(A);
        Ddl both =
                (Ddl) old.now(ddl("ALTER SCHEMA", object(table(A), table(T), 1L), object(table(B), table(A), 2L)), 10);
        assertThat(both.objects()).extracting(SourceObject::subject).containsExactly(B, A);
    }

    /** Its definition speaks of what is called so at the source, and another table may still be on the target. */
    @Test
    void aViewReadsTheTableAsTheRunKnowsItAndIsNotMade() {
        renamed(1, A, T);
        SourceObject view = new SourceObject(
                "view",
                "app",
                "a",
                false,
                null,
                null,
                "SELECT …",
                List.of(new SourceObject.Relation("app", "t")),
                List.of());
        assertThat(known(ddl("CREATE VIEW", view)).objects()).singleElement().satisfies(read -> {
            assertThat(read.uses()).containsExactly(new SourceObject.Relation("app", "a"));
            assertThat(read.definition()).isNull();
        });
    }

    /** By which refused rows hold later changes of theirs back. */
    @Test
    void whatStandsForATableStaysAndIsNoOthers() {
        List<Renaming> swapped =
                List.of(new Renaming(1, 10, A, T), new Renaming(2, 10, B, A), new Renaming(3, 20, T, B));
        assertThat(TableRenames.lasting(swapped, B)).isEqualTo(A);
        assertThat(TableRenames.lasting(swapped, A)).isEqualTo(B);
        assertThat(TableRenames.lasting(swapped, OTHER)).isEqualTo(OTHER);
        assertThat(TableRenames.lasting(swapped, T)).isEqualTo(name("t\n3"));
    }

    private ChangeRecord row(TableName table) {
        return names.known(change(table), offset++);
    }

    private static RowChange change(TableName table) {
        return new RowChange(Operation.DELETE, table, List.of(), ChangePosition.START, null, null, 0);
    }

    private Ddl renamed(long number, TableName from, TableName to) {
        return known(ddl("ALTER TABLE", object(table(from), table(to), number)));
    }

    private Ddl altered(TableName table) {
        return known(ddl("ALTER TABLE", object(table(table), table(table), null)));
    }

    private Ddl known(Ddl ddl) {
        return (Ddl) names.known(ddl, offset++);
    }

    private static Ddl ddl(String tag, SourceObject... objects) {
        return new Ddl(ChangePosition.START, 0, tag, tag + " …", new ArrayList<>(List.of(objects)), null);
    }

    private static SourceObject object(@Nullable SourceTable before, SourceTable after, @Nullable Long rename) {
        return new SourceObject(
                "table",
                after.schema(),
                after.name(),
                false,
                before,
                after,
                null,
                List.of(),
                List.of(),
                Set.of(),
                List.of(),
                rename);
    }

    private static SourceTable table(TableName name) {
        return new SourceTable(name.schema(), name.table(), List.of(), List.of(), List.of(), 1L);
    }

    private static TableName subject(Ddl ddl) {
        return ddl.objects().getFirst().subject();
    }

    private static TableName table(ChangeRecord record) {
        return record instanceof Truncate truncate ? truncate.table() : ((RowChange) record).table();
    }

    private static TableName name(String table) {
        return new TableName("app", table);
    }
}
