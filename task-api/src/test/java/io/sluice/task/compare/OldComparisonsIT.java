package io.sluice.task.compare;

import static io.sluice.task.Api.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Comparisons are put into the database, as nobody makes hundreds of them here. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class OldComparisonsIT {

    @Inject
    OldComparisons old;

    private final List<String> ids = new ArrayList<>();

    @AfterEach
    void remove() throws SQLException {
        for (String id : ids) {
            Api.execute("sluice", "DELETE FROM task WHERE id = '" + id + "'");
        }
    }

    @Test
    void theNewestHundredStayAndWhatStillHasToEnd() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String many = compared(pair, 160);
        String few = compared(pair, 100);
        Api.execute(
                "sluice",
                "UPDATE comparison SET state = 'RUNNING' WHERE number = 2 AND task_id = '" + many + "'",
                "UPDATE comparison SET state = 'REQUESTED' WHERE number = 3 AND task_id = '" + many + "'",
                "UPDATE comparison SET state = 'SCHEDULED', at = 'infinity' WHERE number = 4 AND task_id = '" + many
                        + "'",
                repair(many, 1, 5, "COMPLETED"),
                repair(many, 2, 6, "RUNNING"));

        old.run();

        assertThat(numbers(many, "comparison"))
                .isEqualTo(IntStream.concat(IntStream.of(2, 3, 4, 6), IntStream.rangeClosed(61, 160))
                        .mapToObj(String::valueOf)
                        .toList());
        assertThat(numbers(many, "comparison_table")).isEqualTo(numbers(many, "comparison"));
        assertThat(numbers(many, "repair")).containsExactly("2");
        assertThat(numbers(few, "comparison")).hasSize(100);
        call().get("/api/v1/tasks/" + many + "/comparisons/60")
                .then()
                .statusCode(404)
                .body("code", equalTo("COMPARISON_NOT_FOUND"));
    }

    private String compared(Pair pair, int comparisons) throws SQLException {
        String id = Api.created(pair.task(Api.name("compared")));
        ids.add(id);
        Api.execute(
                "sluice",
                "INSERT INTO comparison (task_id, number, kind, state, tables, workers, requested_at, requested_by) SELECT '"
                        + id
                        + "', i, 'CONTENT', CASE i % 3 WHEN 0 THEN 'COMPLETED' WHEN 1 THEN 'FAILED' ELSE 'CANCELLED'"
                        + " END, '[]', 1, now(), 'admin' FROM generate_series(1, " + comparisons + ") i",
                "INSERT INTO comparison_table SELECT task_id, number, 'public', 'a', 'EQUAL', '{}' FROM comparison"
                        + " WHERE task_id = '" + id + "'");
        return id;
    }

    private static String repair(String id, int number, int comparison, String state) {
        return "INSERT INTO repair (task_id, number, comparison, state, tables, requested_at, requested_by) VALUES ('"
                + id + "', " + number + ", " + comparison + ", '" + state + "', '[]', now(), 'admin')";
    }

    private static List<String> numbers(String id, String table) throws SQLException {
        return Api.query("sluice", "SELECT number FROM " + table + " WHERE task_id = '" + id + "' ORDER BY number");
    }
}
