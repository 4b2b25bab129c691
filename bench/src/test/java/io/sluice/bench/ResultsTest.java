package io.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ResultsTest {

    @Test
    void theFirstToolOfARaceIsComparedWithTheOthersByMedians() {
        Race race = new Race("rows", 1_000, "Sluice");
        race.add("other", 20, Map.of("source", 3.0));
        race.add("Sluice", 1, Map.of());
        race.add("Sluice", 9, Map.of());
        race.add("Sluice", 2, Map.of());

        assertThat(race.table())
                .contains("| Sluice | 2.00 s | 1.00, 9.00, 2.00 | 500 |  |")
                .contains("| other | 20.00 s | 20.00 | 50 | 10.00 times as fast | source 3.00 s |");
        JsonNode json = race.json(new ObjectMapper());
        assertThat(json.at("/tools/Sluice/medianSeconds").asDouble()).isEqualTo(2);
        assertThat(json.at("/tools/other/ratio").asDouble()).isEqualTo(10);
    }

    @Test
    void aVoidToolHasNoFigures() {
        Race race = new Race("rows", 1_000, "Sluice");
        race.add("Sluice", 1, Map.of());
        race.add("other", 1, Map.of());
        race.voided("other", "its rows differ");

        assertThat(race.table()).contains("| other | void: its rows differ |").doesNotContain("| other | 1.00");
        assertThat(race.json(new ObjectMapper())
                        .at("/tools/other/medianSeconds")
                        .isMissingNode())
                .isTrue();
    }

    @Test
    void quantilesAreValuesThatWereMeasured() {
        Latencies latencies = new Latencies(
                "tool", IntStream.range(0, 1_000).mapToDouble(i -> 1_000 - i).toArray());

        assertThat(latencies.quantile(0.5)).isEqualTo(500);
        assertThat(latencies.quantile(0.99)).isEqualTo(990);
        assertThat(latencies.quantile(0.999)).isEqualTo(999);
        assertThat(latencies.quantile(1)).isEqualTo(1_000);
    }

    @Test
    void optionsOfAnotherBenchAreRefused() {
        assertThat(BenchOptions.parse(List.of("latency", "--rate", "200")).rate())
                .isEqualTo(200);
        assertThatThrownBy(() -> BenchOptions.parse(List.of("latency", "--scale", "2")))
                .hasMessage("unknown option of bench latency: --scale");
        assertThatThrownBy(() -> BenchOptions.parse(List.of("incremental", "--scale", "0")))
                .hasMessageContaining("--scale");
        assertThatThrownBy(() -> BenchOptions.parse(List.of("speed"))).hasMessageContaining("incremental");
    }
}
