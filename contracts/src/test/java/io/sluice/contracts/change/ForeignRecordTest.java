package io.sluice.contracts.change;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What somebody else may write into a change topic: it is named, and neither keeps a reader busy nor fills its memory. */
class ForeignRecordTest {

    private static final String SOURCE = "\"source\":{\"schema\":\"public\",\"table\":\"secret\",\"key\":[\"id\"]}";
    private static final String TRANSACTION = "\"transaction\":{\"id\":\"1:2\",\"total_order\":1}";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "secret",
                "null",
                "[]",
                "{}",
                "7",
                "{\"op\":\"c\"",
                "{\"op\":\"x\"," + SOURCE + "," + TRANSACTION + "}",
                "{\"op\":\"c\"," + SOURCE + "," + TRANSACTION + ",\"after\":null}",
                "{\"op\":\"c\"," + SOURCE + "," + TRANSACTION + ",\"after\":7}",
                "{\"op\":\"c\"," + SOURCE + "," + TRANSACTION + ",\"after\":[]}",
                "{\"op\":\"c\"," + SOURCE + "," + TRANSACTION + ",\"after\":{\"id\":{\"id\":7}}}",
                "{\"op\":\"c\"," + SOURCE + "," + TRANSACTION + ",\"after\":{\"id\":[7]}}",
                "{\"op\":\"c\"," + SOURCE + "," + TRANSACTION + ",\"after\":{\"id\":7,\"id\":8}}",
                "{\"op\":\"c\"," + SOURCE + "," + TRANSACTION + ",\"after\":{\"id\":7}} {}",
                "{\"op\":\"c\"," + SOURCE + ",\"transaction\":null,\"after\":{\"id\":7}}",
                "{\"op\":\"c\"," + SOURCE + ",\"transaction\":{\"id\":\"1\",\"total_order\":1},\"after\":{\"id\":7}}",
                "{\"op\":\"c\"," + SOURCE
                        + ",\"transaction\":{\"id\":\"1:2\",\"total_order\":\"1\"},\"after\":{\"id\":7}}",
                "{\"op\":\"c\",\"source\":null," + TRANSACTION + ",\"after\":{\"id\":7}}",
                "{\"op\":\"c\",\"source\":[{}]," + TRANSACTION + ",\"after\":{\"id\":7}}",
                "{\"op\":\"c\",\"source\":{\"schema\":\"a\",\"table\":\"b\",\"key\":null}," + TRANSACTION
                        + ",\"after\":{\"id\":7}}",
                "{\"op\":\"c\",\"source\":{\"schema\":\"a\",\"table\":\"b\",\"key\":[null]}," + TRANSACTION
                        + ",\"after\":{\"id\":7}}",
                "{\"op\":\"c\",\"source\":{\"schema\":\"a\",\"table\":\"b\",\"key\":[[\"id\"]]}," + TRANSACTION
                        + ",\"after\":{\"id\":7}}",
                "{\"op\":\"c\",\"source\":{\"schema\":\"a\",\"table\":\"b\",\"columns\":7}," + TRANSACTION
                        + ",\"after\":{\"id\":7}}",
                "{\"op\":\"c\",\"source\":{\"schema\":\"a\",\"table\":\"b\",\"columns\":[7]}," + TRANSACTION
                        + ",\"after\":{\"id\":7}}",
                "{\"op\":\"c\",\"source\":{\"schema\":\"\",\"table\":\"b\"}," + TRANSACTION + ",\"after\":{\"id\":7}}",
                "{\"op\":\"m\",\"message\":null}",
                "{\"op\":\"m\"," + TRANSACTION + ",\"message\":{\"prefix\":\"sluice.ddl\",\"content\":{}}}",
                "{\"op\":\"m\"," + TRANSACTION
                        + ",\"message\":{\"prefix\":\"sluice.ddl\",\"content\":{\"tag\":\"A\",\"objects\":[null]}}}",
                "{\"status\":\"END\",\"id\":\"1:2\",\"event_count\":1}",
                "{\"status\":\"END\",\"id\":\"1:2\",\"event_count\":1,\"end_lsn\":\"secret\",\"ts_ms\":1}",
                "{\"status\":\"END\",\"id\":\"1:2\",\"event_count\":1,\"end_lsn\":\"0/\",\"ts_ms\":1}"
            })
    void isNamed(String record) {
        assertForeign(record.getBytes(UTF_8));
    }

    @Test
    void soIsWhatIsNoTextAtAllOrNested() {
        assertForeign(null);
        assertForeign(new byte[] {(byte) 0xFF, 0, '{'});
        assertForeign("[".repeat(100_000).getBytes(UTF_8));
        assertForeign(("{\"op\":\"c\",\"x\":" + "[".repeat(100_000)).getBytes(UTF_8));
    }

    private static void assertForeign(byte[] record) {
        ChangeDecoder decoder = new ChangeDecoder();
        SluiceException failure = catchThrowableOfType(SluiceException.class, () -> decoder.decode(record));
        assertThat(failure).isNotNull();
        assertThat(failure.code()).isEqualTo(ErrorCode.CHANGE_UNREADABLE);
        assertThat(failure).hasMessageNotContaining("secret").hasNoCause();
    }
}
