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
        goals.ratio("time beside pgcopydb", comparison.ratio("pgcopydb"), 0.8);
        goals.ratio("time beside bare pipes", comparison.ratio("bare pipes"), 1.15);
        goals.megabytes("memory", 513, 512);

        assertThat(goals.table()).isEqualTo("""
                | goal | measured | at most | |
                |---|---|---|---|
                | time beside pgcopydb | 0.80 | 0.80 | met |
                | time beside bare pipes | 1.33 | 1.15 | **not met** |
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
        Goals goals = new Goals();
        goals.ratio("time", 0.8001, 0.8);

        assertThat(goals.table()).contains("| time | 0.80 | 0.80 | **not met** |");
    }
}
