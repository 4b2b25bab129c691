package io.sluice.task.task;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A filter is checked on the source before it is stored. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class FiltersIT {

    @Test
    void aFilterIsCheckedOnTheSource() throws Exception {
        Pair pair = Api.pair(
                "CREATE TABLE orders (id int PRIMARY KEY, amount numeric, \"values\" text)",
                "CREATE TABLE other (id int PRIMARY KEY)",
                "CREATE FUNCTION big(numeric) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN $1 > 10",
                "CREATE FUNCTION vip(numeric) RETURNS boolean STABLE LANGUAGE sql RETURN true");
        Api.create(filtered(
                        pair,
                        "orders",
                        "public.big(amount) AND to_char(amount, '99') <> '' AND length(\\\"values\\\") IN (1)"))
                .statusCode(201);
        refused(filtered(pair, "orders", "public.vip(amount)"), "FILTER_REFUSED", "public.vip");
        refused(filtered(pair, "orders", "pg_column_size(amount) > 1"), "VALIDATION_FAILED", "pg_column_size");
        refused(filtered(pair, "orders", "table_to_xml('other', true, true, '') IS NULL"), "VALIDATION_FAILED", "xml");
        refused(filtered(pair, "orders", "version() = 'x'"), "FILTER_REFUSED", "version");
        Api.create(filtered(pair, "orders", "amount > 10 AND \\\"values\\\" ~ '^a?b{2}$'"))
                .statusCode(201)
                .body("objects.include[0].filter", containsString("amount > 10"));
        refused(filtered(pair, "orders", "amuont > 10"), "FILTER_REFUSED", "amuont");
        refused(filtered(pair, "orders", "amount"), "FILTER_REFUSED", "boolean");
        refused(filtered(pair, "orders", "count(*) > 1"), "FILTER_REFUSED", "aggregate");
        refused(filtered(pair, "orders", "amount >"), "FILTER_REFUSED", "syntax");
        refused(filtered(pair, "*", "amount > 10"), "FILTER_REFUSED", "public.other");
        refused(filtered(pair, "ordres", "amount > 10"), "NOTHING_SELECTED", "public.ordres");
        Api.create(filtered(new Pair("no_such", pair.target()), "orders", "amount > 10"))
                .statusCode(422)
                .body("code", equalTo("DATABASE_UNKNOWN"))
                .body("detail", containsString("filters cannot be checked"));

        String id = Api.created(pair.task(Api.name("later")));
        Api.patch(
                        id,
                        "*",
                        "{\"objects\": {\"include\": [{\"schema\": \"public\", \"table\": \"orders\", \"filter\":"
                                + " \"x = 1\"}]}}")
                .statusCode(422)
                .body("code", equalTo("FILTER_REFUSED"));
        Api.patch(
                        id,
                        "*",
                        "{\"objects\": {\"include\": [{\"schema\": \"public\", \"table\": \"orders\", \"filter\":"
                                + " \"id = 1\"}]}}")
                .statusCode(200);
        Api.task(id).then().body("objects.include[0].filter", equalTo("id = 1"));
    }

    @Test
    void aFilterComparesNoTimeWithAValueOfTheMoment() throws Exception {
        Pair pair = Api.pair(
                "CREATE TYPE priority AS ENUM ('now', 'later')",
                "CREATE TABLE orders (id int PRIMARY KEY, note text, p priority, at timestamptz, day date, times tstzrange)");
        for (String filter : List.of(
                "at > 'now'",
                "at > 'now'::timestamptz",
                "at > 'now'::text::timestamptz",
                "at > CAST(' NOW() ' AS timestamp)",
                "day IN ('2026-01-01', 'Today')",
                "at > timestamptz 'yesterday 10:00'",
                "at > date_trunc('day', 'today'::date)",
                "at > ANY ('{2026-01-01, tomorrow}')",
                "times && '[today,)'")) {
            refused(filtered(pair, "orders", filter), "FILTER_REFUSED", "Write the date or time itself");
        }
        for (String filter : List.of(
                "note = 'now' OR note LIKE '%today'", "p = 'now'", "at > '2026-01-01' AND note IN ('now', 'today')")) {
            Api.create(filtered(pair, "orders", filter)).statusCode(201);
        }
    }

    private static void refused(String task, String code, String word) {
        Api.create(task)
                .statusCode("VALIDATION_FAILED".equals(code) ? 400 : 422)
                .body("code", equalTo(code))
                .body("violations[0].field", equalTo("objects.include[0].filter"))
                .body("violations[0].message", containsString(word));
    }

    private static String filtered(Pair pair, String table, String filter) {
        return pair.task(Api.name("filtered"))
                .replace("\"table\": \"*\"", "\"table\": \"" + table + "\", \"filter\": \"" + filter + "\"");
    }
}
