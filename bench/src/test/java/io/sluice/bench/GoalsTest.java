package io.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class GoalsTest {

    @Test
    void eachIsMetOrNot() {
        Comparison comparison = new Comparison("rows", "Sluice");
        comparison.add("Sluice", 8);
        comparison.add("pgcopydb", 10);
        comparison.add("bare pipes", 6);
        Goals goals = new Goals();
        goals.ratio(comparison, "pgcopydb", 0.8);
        goals.ratio(comparison, "bare pipes", 1.15);
        goals.megabytes("memory", 513, 512);

        assertThat(goals.table()).isEqualTo("""
                | goal | measured | at most | |
                |---|---|---|---|
                | time of Sluice / of pgcopydb, rows | 0.80 | 0.80 | met |
                | time of Sluice / of bare pipes, rows | 1.33 | 1.15 | **not met** |
                | memory | 513 MB | 512 MB | **not met** |
                """);
        JsonNode json = goals.json(new ObjectMapper());
        assertThat(json).hasSize(3);
        assertThat(json.at("/0/met").asBoolean()).isTrue();
        assertThat(json.at("/0/most").asDouble()).isEqualTo(0.8);
        assertThat(json.at("/0/unit").isMissingNode()).isTrue();
        assertThat(json.at("/1/met").asBoolean(true)).isFalse();
        assertThat(json.at("/1/measured").asDouble()).isBetween(1.33, 1.34);
        assertThat(json.at("/2/unit").asText()).isEqualTo("MB");
    }

    /** A little above the goal is above it, also where two digits do not show it. */
    @Test
    void whatIsRoundedForTheEyeIsNotRoundedForTheGoal() {
        Comparison comparison = new Comparison("rows", "Sluice");
        comparison.add("Sluice", 0.8001);
        comparison.add("pgcopydb", 1);
        Goals goals = new Goals();
        goals.ratio(comparison, "pgcopydb", 0.8);

        assertThat(goals.table()).contains("| 0.80 | 0.80 | **not met** |");
    }

    @Test
    void whoHasGivenUpIsNamedAndNothingIsMeasuredByIt() {
        Comparison comparison = new Comparison("rows", "Sluice");
        comparison.add("Sluice", 1);
        comparison.add("pgcopydb", 1);
        comparison.giveUp("pgcopydb");
        Goals goals = new Goals();
        goals.ratio(comparison, "pgcopydb", 0.8);

        assertThat(comparison.table()).contains("| pgcopydb | has given up |");
        assertThat(comparison
                        .json(new ObjectMapper())
                        .at("/tools/pgcopydb/givenUp")
                        .asBoolean())
                .isTrue();
        goals.megabytes("memory", 0, 512);
        assertThat(goals.table())
                .contains("| time of Sluice / of pgcopydb, rows |  | 0.80 | not measured |")
                .contains("| memory |  | 512 MB | not measured |");
        assertThat(goals.json(new ObjectMapper()).at("/0/met").isMissingNode()).isTrue();
    }
}
