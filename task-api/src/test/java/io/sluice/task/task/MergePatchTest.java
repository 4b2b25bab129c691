package io.sluice.task.task;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MergePatchTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The examples of RFC 7396, appendix A, whose documents and patches are objects. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {"a":"b"}           | {"a":"c"}           | {"a":"c"}
        {"a":"b"}           | {"b":"c"}           | {"a":"b","b":"c"}
        {"a":"b"}           | {"a":null}          | {}
        {"a":"b","b":"c"}   | {"a":null}          | {"b":"c"}
        {"a":["b"]}         | {"a":"c"}           | {"a":"c"}
        {"a":"c"}           | {"a":["b"]}         | {"a":["b"]}
        {"a":{"b":"c"}}     | {"a":{"b":"d","c":null}} | {"a":{"b":"d"}}
        {"a":[{"b":"c"}]}   | {"a":[1]}           | {"a":[1]}
        {"e":null}          | {"a":1}             | {"e":null,"a":1}
        {}                  | {"a":{"bb":{"ccc":null}}} | {"a":{"bb":{}}}
        """)
    void asTheStandardSays(String document, String patch, String result) throws JsonProcessingException {
        assertThat(MergePatch.apply(object(document), object(patch))).isEqualTo(object(result));
    }

    @Test
    void differencesAreNamedByPath() throws JsonProcessingException {
        assertThat(MergePatch.differences(
                        object("{\"a\": {\"b\": 1, \"c\": [1]}, \"d\": 1, \"same\": {}}"),
                        object("{\"a\": {\"b\": 2, \"c\": [2]}, \"e\": 1, \"same\": {}}")))
                .containsExactly("a.b", "a.c", "d", "e");
    }

    private static ObjectNode object(String json) throws JsonProcessingException {
        return (ObjectNode) JSON.readTree(json);
    }
}
