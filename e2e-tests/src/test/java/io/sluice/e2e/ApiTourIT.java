package io.sluice.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of {@code docs/api-tour.md}, as a reader would paste them. */
@EndToEnd
class ApiTourIT {

    private static final Pattern BLOCK = Pattern.compile("(?ms)^```bash\\n(.*?)^```$");

    @Test
    void everyCommandOfTheTourWorks(Sluice sluice, @TempDir Path directory) throws IOException, InterruptedException {
        Pair pair = Pair.create(sluice, "api_tour");
        pair.onSource(
                "CREATE TABLE item (id int PRIMARY KEY, name text)",
                "INSERT INTO item SELECT i, 'item ' || i FROM generate_series(1, 500) i",
                "CREATE TABLE tmp_item (id int)");
        String tour = Files.readString(Path.of("../docs/api-tour.md"));
        String commands = BLOCK.matcher(tour)
                .results()
                .map((MatchResult block) -> block.group(1))
                .collect(Collectors.joining("\n"));
        Path script = Files.writeString(directory.resolve("tour.sh"), "set -euo pipefail\n" + commands);
        Path output = directory.resolve("output");
        ProcessBuilder builder = new ProcessBuilder("bash", script.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        Path authority = Files.writeString(directory.resolve("authority.pem"), Sluice.AUTHORITY.certificate());
        builder.environment().put("CURL_CA_BUNDLE", authority.toString());
        builder.environment().put("SLUICE_API", sluice.stack().taskApi().url() + "/api/v1");
        builder.environment().put("SLUICE_TOKEN", sluice.stack().adminToken());
        builder.environment().put("SOURCE", pair.sourceEndpoint().toString());
        builder.environment().put("TARGET", pair.targetEndpoint().toString());

        Process process = builder.start();
        boolean ended = process.waitFor(4, TimeUnit.MINUTES);
        if (!ended) {
            process.destroyForcibly();
        }
        String printed = Files.readString(output, UTF_8);
        assertThat(ended).as(printed).isTrue();
        assertThat(process.exitValue()).as(printed).isZero();
        assertThat(printed)
                .contains(
                        "\"UNKNOWN_FIELD\"", "tour-of-the-api", "public.item", "made by the tour", "PAUSED", "STOPPING")
                .doesNotContain(pair.source().password());
    }
}
