package io.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.secret.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonProblemsTest {

    enum Colour {
        RED,
        GREEN
    }

    record Order(
            @Nullable String name,
            @Nullable Integer count,
            @Nullable Boolean paid,
            @Nullable Colour colour,
            @Nullable Secret password,
            @Nullable Instant at,
            @Nullable Duration every,
            @Nullable List<Line> lines) {}

    record Line(@Nullable String article, @Nullable Long pieces) {}

    private static final ObjectMapper JSON = new ObjectMapper();

    static {
        new StrictJson().customize(JSON);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"nam": "a"}                          | UNKNOWN_FIELD     | nam
        {"lines": [{}, {"artikel": "a"}]}     | UNKNOWN_FIELD     | lines[1].artikel
        {"count": "5"}                        | VALIDATION_FAILED | count
        {"count": ""}                         | VALIDATION_FAILED | count
        {"count": 5.5}                        | VALIDATION_FAILED | count
        {"count": 5000000000}                 | VALIDATION_FAILED | count
        {"count": true}                       | VALIDATION_FAILED | count
        {"lines": [{"pieces": 99999999999999999999}]} | VALIDATION_FAILED | lines[0].pieces
        {"paid": "true"}                      | VALIDATION_FAILED | paid
        {"paid": 1}                           | VALIDATION_FAILED | paid
        {"name": 5}                           | VALIDATION_FAILED | name
        {"name": {}}                          | VALIDATION_FAILED | name
        {"colour": "BLUE"}                    | VALIDATION_FAILED | colour
        {"colour": 0}                         | VALIDATION_FAILED | colour
        {"colour": ""}                        | VALIDATION_FAILED | colour
        {"password": 5}                       | VALIDATION_FAILED | password
        {"at": 1900000000}                    | VALIDATION_FAILED | at
        {"at": 1900000000.5}                  | VALIDATION_FAILED | at
        {"at": "1900000000"}                  | VALIDATION_FAILED | at
        {"at": ""}                            | VALIDATION_FAILED | at
        {"at": [2030, 1, 1]}                  | VALIDATION_FAILED | at
        {"at": "2030-02-30T00:00:00Z"}        | VALIDATION_FAILED | at
        {"every": 3600}                       | VALIDATION_FAILED | every
        {"every": 0.5}                        | VALIDATION_FAILED | every
        {"every": "3600"}                     | VALIDATION_FAILED | every
        {"every": ""}                         | VALIDATION_FAILED | every
        {"every": "PT99999999999999999999H"}  | VALIDATION_FAILED | every
        {"lines": {}}                         | VALIDATION_FAILED | lines
        {"lines": ["a"]}                      | VALIDATION_FAILED | lines[0]
        """)
    void aFieldIsNamedByItsPath(String body, ErrorCode code, String field) {
        Problem problem = problem(body);

        assertThat(problem.code()).isEqualTo(code);
        assertThat(problem.status()).isEqualTo(400);
        assertThat(problem.detail()).contains(field);
        assertThat(problem.violations()).singleElement().satisfies(violation -> {
            assertThat(violation.field()).isEqualTo(field);
            assertThat(violation.code()).isEqualTo(code);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"{\"name\": ", "{\"name\": \"a\"} 5", "{\"name\": \"a\", \"name\": \"b\"}", "[]", "5", "{name: 5}"
            })
    void whatIsNoObjectIsMalformed(String body) {
        Problem problem = problem(body);

        assertThat(problem.code()).isEqualTo(ErrorCode.MALFORMED_REQUEST);
        assertThat(problem.violations()).isEmpty();
    }

    @Test
    void noAnswerRepeatsWhatWasSentOrTellsOfJava() {
        for (String body : List.of(
                "{\"count\": \"my-password\"}", "{\"colour\": \"my-password\"}", "{\"lines\": \"my-password\"}")) {
            Problem problem = problem(body);
            assertThat(problem.toString())
                    .doesNotContain("my-password")
                    .doesNotContain("java")
                    .doesNotContain("io.sluice");
        }
    }

    @Test
    void anEnumTellsWhatItTakes() {
        assertThat(problem("{\"colour\": \"BLUE\"}").detail()).contains("RED, GREEN");
    }

    @Test
    void timesAndDurationsTellTheirForm() throws JsonProcessingException {
        assertThat(problem("{\"at\": 5}").detail())
                .isEqualTo("at must be a time in ISO 8601, as in 2026-01-31T12:00:00Z.");
        assertThat(problem("{\"every\": 5}").detail()).isEqualTo("every must be a duration in ISO 8601, as in PT6H.");
        Order order = JSON.readValue("{\"at\": \"2030-01-01T01:00:00+01:00\", \"every\": \"PT90S\"}", Order.class);
        assertThat(order.at()).isEqualTo("2030-01-01T00:00:00Z");
        assertThat(order.every()).isEqualTo(Duration.ofSeconds(90));
    }

    @Test
    void aSecretIsReadAndNotPrinted() throws JsonProcessingException {
        Order order = JSON.readValue("{\"password\": \"my-password\"}", Order.class);

        assertThat(order.password()).isNotNull();
        assertThat(order.toString()).doesNotContain("my-password");
    }

    private static Problem problem(String body) {
        JsonProcessingException exception =
                catchThrowableOfType(JsonProcessingException.class, () -> JSON.readValue(body, Order.class));
        return JsonProblems.of(exception, "/api/v1/orders");
    }
}
