package io.sluice.task.task;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilterRulesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "amount > 10",
                "name = 'O''Brien (really)' OR name LIKE '%--%'",
                "\"values\" = 1 AND \"a\"\"b)\" = 2",
                "name ~ '^\\d+$'",
                "tags[1] = 'x' AND (a - -1) / 2 > 0",
                "at < '2026-01-01'::timestamp with time zone",
                "doc ? 'key' AND doc @> '{\"a\": [1]}'",
                "note = 'SELECT 1, TABLE a' AND true",
                "selected AND tables > 1",
                "orders.amount*2 > 1.5",
                "größe > 1\n AND true",
                "\"user\" = 'x' AND orders.user IN ('random()', 'now()')",
                "lower(name) LIKE 'a%' AND app.fits (\"a\") AND amount > numeric(10) '1'",
                "app.now() > at"
            })
    void oneConditionIsTaken(String filter) {
        assertThat(FilterRules.problem(filter)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "a = 1; DROP TABLE b",
                "a = 1 -- rest",
                "a = 1 /* rest",
                "true) OR (true",
                ")",
                "(a = 1",
                "a[1 = 1",
                "(a = 1]",
                "a = 'open",
                "\"a = 1",
                "a = E'\\') OR true --'",
                "a IN (SELECT b FROM c)",
                "EXISTS(select 1)",
                "a IN (TABLE c)",
                "a IN (VALUES (1))",
                "orders.* IS NOT NULL",
                "a = $1",
                "a = $$x$$",
                "a = 'x\u0000y'",
                "a = '\ud800'",
                "random() < 0.5",
                "pg_sleep(60) IS NULL",
                "pg_catalog . \"set_config\" ('a', 'b', false) = a",
                "query_to_xml('select 1', true, true, '') IS NULL",
                "PG_TERMINATE_BACKEND (1)",
                "at > now()",
                "at > CURRENT_TIMESTAMP - interval '1 day'",
                "owner = current_user",
                "U&\"\\0072andom\"() < 0.5"
            })
    void whatCouldLeaveItsPlaceIsRefused(String filter) {
        assertThat(FilterRules.problem(filter)).isPresent();
    }

    @Test
    void itHasAtMost512Characters() {
        assertThat(FilterRules.problem("a".repeat(512))).isEmpty();
        assertThat(FilterRules.problem("a".repeat(513))).isPresent();
    }
}
