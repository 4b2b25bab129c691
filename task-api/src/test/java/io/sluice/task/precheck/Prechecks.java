package io.sluice.task.precheck;

import io.restassured.path.json.JsonPath;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import java.util.List;
import java.util.Map;

/** Tasks as the tests of the prechecks write them, and what their prechecks have found. */
final class Prechecks {

    static final String GOOD_TABLE = "CREATE TABLE good (id int PRIMARY KEY, v text)";

    private Prechecks() {}

    static String columns(String table, String columns) {
        return "{\"schema\": \"public\", \"table\": \"%s\", \"columns\": {%s}}, ".formatted(table, columns);
    }

    /** @param include each with a comma at its end */
    static String chosen(Pair pair, String include, String more) {
        return pair.task(Api.name("chosen"), more)
                .replace("{\"schema\": \"public\", \"table\": \"*\"}", include.substring(0, include.lastIndexOf(',')));
    }

    static JsonPath precheck(String task) {
        return Api.precheck(Api.created(task));
    }

    static List<String> found(JsonPath precheck) {
        return precheck.getList("items.findAll { it.result != 'PASSED' }.key", String.class);
    }

    static Map<String, Object> item(JsonPath precheck, String key) {
        List<Map<String, Object>> items = precheck.getList("items");
        return items.stream()
                .filter(item -> key.equals(item.get("key")))
                .findFirst()
                .orElseThrow();
    }
}
