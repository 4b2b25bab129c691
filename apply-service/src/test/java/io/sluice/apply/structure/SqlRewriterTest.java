package io.sluice.apply.structure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.Tls;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlRewriterTest {

    private static final TableName PERSON = new TableName("old", "person");

    private final Names names = names();

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        (name <> 'name'::text)                              | ("full name" <> 'name'::text)
        lower(name)                                         | lower("full name")
        (name COLLATE "name")                               | ("full name" COLLATE "name")
        name(other)                                         | name(other)
        (x)::name                                           | (x)::name
        ROW(person.name)                                    | ROW(person.name)
        nextval('old.person_id_seq'::regclass)              | nextval('"new"."person_id_seq"'::regclass)
        'old.person'::text                                  | 'old.person'::text
        (good = 'good'::old.mood)                           | (good = 'good'::"new"."mood")
        OPERATOR(old.===)                                   | OPERATOR("new".===)
        f(E'it\\'s name', name)                           | f(E'it\\'s name', "full name")
        $$ name $$                                          | $$ name $$
        "from" + name                                       | "from" + "full name"
        """)
    void anExpressionOverOneTable(String before, String after) {
        assertThat(names.over(PERSON, before)).isEqualTo(after);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        SELECT person.id FROM old.person                    | SELECT person.id FROM "new"."client" person
        SELECT p.id FROM old.person p WHERE p.id = 1        | SELECT p.id FROM "new"."client" p WHERE p.id = 1
        SELECT 1 FROM (old.person JOIN old.other ON true)   | SELECT 1 FROM ("new"."client" person JOIN "new"."other" ON true)
        SELECT x::old.person FROM old.other                 | SELECT x::"new"."client" FROM "new"."other"
        SELECT old.f(1) FROM old.other o                    | SELECT "new"."f"(1) FROM "new"."other" o
        SELECT old.person.id FROM elsewhere.person          | SELECT "new"."client".id FROM elsewhere.person
        """)
    void aQueryKnowsATableByItsOldName(String before, String after) {
        assertThat(names.query(before)).isEqualTo(after);
    }

    @Test
    void whatCouldMeanTwoThingsIsNotTouched() {
        assertThatThrownBy(() -> names.over(PERSON, "EXTRACT(year FROM born)"))
                .isInstanceOf(RenameException.class)
                .hasMessageContaining("year");
        assertThatThrownBy(() -> names.query("SELECT old.id FROM old.person old"))
                .isInstanceOf(RenameException.class)
                .hasMessageContaining("old");
        assertThatThrownBy(() -> names.requireUntouched("BEGIN RETURN new.name; END"))
                .isInstanceOf(RenameException.class)
                .hasMessageContaining("name");
        names.requireUntouched("BEGIN RETURN new.names; END");
    }

    @Property
    void joinedTokensAreTheText(@ForAll String text) {
        StringBuilder joined = new StringBuilder();
        SqlTokens.of(text).forEach(token -> joined.append(token.text()));
        assertThat(joined.toString()).isEqualTo(text);
    }

    private static Names names() {
        Endpoint endpoint = new Endpoint("h", 1, "d", "u", new SealedSecret("v1:"), Tls.DISABLED);
        TaskSpec plain = new TaskSpec(
                "test",
                SyncMode.FULL,
                endpoint,
                Dialect.POSTGRESQL,
                endpoint,
                List.of(),
                List.of(),
                1,
                new RetryWindows(10, 1),
                null);
        TaskSpec spec = new TaskSpec(
                "test",
                plain.mode(),
                endpoint,
                plain.dialect(),
                endpoint,
                List.of(new TableChoice("old", "*", "new", null, null, null, null)),
                List.of(),
                1,
                plain.retry(),
                null,
                plain.structure(),
                plain.changes(),
                List.of(),
                plain.loadLimits(),
                plain.changeLimits(),
                null);
        TableMapping person = new TableMapping(
                PERSON,
                new TableName("new", "client"),
                Set.of(),
                Map.of("name", "full name", "year", "jahr"),
                NameCase.SOURCE,
                null,
                null);
        Names names = new Names(spec, List.of(person));
        names.addSchema("old");
        names.addRelation(new TableName("old", "other"), new TableName("new", "other"));
        names.addRelation(new TableName("old", "person_id_seq"), new TableName("new", "person_id_seq"));
        names.addColumns(PERSON, List.of("id", "name", "year"));
        return names;
    }
}
