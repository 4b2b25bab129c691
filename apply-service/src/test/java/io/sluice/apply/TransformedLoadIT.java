package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.Transform;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rows go through the transform of their table while they are loaded. */
class TransformedLoadIT extends LoadScenario {

    @Test
    void rowsOfATableWithATransformGoThroughItAlsoWhenItsLoadIsInterrupted() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE item (id bigint PRIMARY KEY, amount numeric, price float8, active bool, at timestamptz,"
                        + " name text, raw bytea, doc jsonb, tags text[], pad char(5), secret text)",
                """
                INSERT INTO item SELECT i, i / 7.0, i / 3.0, i % 2 = 0, CASE i % 50 WHEN 0 THEN 'infinity'
                        WHEN 1 THEN '0044-03-15 12:00:00 BC' ELSE timestamptz '2026-01-01 UTC' + i * interval '1.000001 s' END,
                    CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN E'tab\tand\nline \\\\N \\\\.' WHEN 2 THEN '' WHEN 3 THEN 'Zoë 😀'
                        ELSE 'name ' || i END,
                    decode(md5(i::text), 'hex'), jsonb_build_object('a', i), ARRAY['x', NULL, 'y z'], 'ab',
                    CASE WHEN i % 3 = 0 THEN 'hidden' END
                FROM generate_series(1, 60000) i""",
                "CREATE TABLE other (id int PRIMARY KEY, v text)",
                "INSERT INTO other SELECT i, 'v' || i FROM generate_series(1, 100) i");
        server.execute(
                targetName,
                "CREATE TABLE item (id bigint PRIMARY KEY, amount numeric, price float8, active bool, at timestamptz,"
                        + " name text, raw bytea, doc jsonb, tags text[], pad char(5), secret text, digest text,"
                        + " copied timestamptz, op text)");
        structure =
                new StructureChoice(true, null, StructureChoice.ExistingTable.KEEP, StructureChoice.NameCase.SOURCE);
        transforms = List.of(new Transform("public.item", """
                row.id % 10 == 3 ? null : {
                  "name": row.secret != null ? mask(row.name, 2) : row.name,
                  "digest": hash(row.id),
                  "price": row.price * 2.0,
                  "active": !row.active,
                  "copied": row.at,
                  "raw": row.raw + b"\\x00",
                  "secret": null,
                  "op": op
                }"""));
        List<TableName> tables = names("item", "other");
        Run first = run(tables, new LoadLimits(null, 3_000_000L, null, List.of()));
        await().atMost(Duration.ofSeconds(60))
                .until(() -> loadedBytes() > 2_000_000 || first.done().isDone());
        first.context().stop();
        await().atMost(Duration.ofSeconds(30)).until(first.done()::isDone);
        server.execute(
                sourceName, "DELETE FROM item WHERE id = 100", "UPDATE item SET name = 'changed' WHERE id = 101");
        complete(tables);

        assertThat(databases.ask(targetName, """
                        SELECT md5(string_agg(item::text, E'\n' ORDER BY id)) || count(*) FROM item""")).isEqualTo(databases.ask(sourceName, """
                        SELECT md5(string_agg(t::text, E'\n' ORDER BY id)) || count(*) FROM (
                            SELECT id, amount, price * 2 AS price, NOT active AS active, at,
                                CASE WHEN secret IS NULL THEN name
                                    ELSE repeat('*', greatest(length(name) - 2, 0)) || right(name, 2) END AS name,
                                raw || '\\x00'::bytea AS raw, doc, tags, pad, NULL::text AS secret,
                                encode(sha256(id::text::bytea), 'hex') AS digest, at AS copied, 'LOAD' AS op
                            FROM item WHERE id % 10 <> 3) t"""));
        assertThat(databases.ask(targetName, "SELECT count(*) FROM other")).isEqualTo("100");
    }

    @Test
    void aRowOnWhichATransformFailsEndsTheLoadOfItsTableAloneAndIsNamedByItsPlace() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE bad (id int PRIMARY KEY, n text)",
                "INSERT INTO bad SELECT i, CASE i WHEN 500 THEN 'private' ELSE '7' END FROM generate_series(1, 1000) i",
                "CREATE TABLE good (id int PRIMARY KEY)",
                "INSERT INTO good SELECT generate_series(1, 10)");
        transforms = List.of(new Transform("public.bad", "{\"n\": int(row.n) * 6}"));
        List<TableName> tables = names("bad", "good");
        SluiceException failure = run(tables, LoadLimits.NONE).done().get();

        assertThat(failure).isNotNull();
        assertThat(failure.code()).isEqualTo(ErrorCode.TRANSFORM_FAILED);
        String place = databases.ask(sourceName, "SELECT ctid::text FROM bad WHERE id = 500");
        assertThat(failure)
                .hasMessageContaining("BAD_FORMAT at 1:18")
                .hasMessageContaining("WHERE ctid = '" + place + "'");
        assertThat(failure.getMessage()).doesNotContain("private");
        assertThat(databases.ask(targetName, "SELECT count(*) FROM good")).isEqualTo("10");

        server.execute(sourceName, "UPDATE bad SET n = '7' WHERE id = 500");
        complete(tables);
        assertThat(databases.ask(targetName, "SELECT count(*) || ' ' || min(n) || ' ' || max(n) FROM bad"))
                .isEqualTo("1000 42 42");
    }
}
