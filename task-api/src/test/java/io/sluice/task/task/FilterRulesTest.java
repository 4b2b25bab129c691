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
                "größe > 1\n AND true"
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
                "a = $1",
                "a = $$x$$",
                "a = 'x\u0000y'",
                "a = '\ud800'"
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
