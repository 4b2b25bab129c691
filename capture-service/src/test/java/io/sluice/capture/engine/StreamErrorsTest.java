package io.sluice.capture.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.debezium.DebeziumException;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.io.EOFException;
import java.sql.SQLException;
import java.util.List;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;

class StreamErrorsTest {

    /** An error as the engine throws it, and what it means. */
    private record Case(Throwable error, ErrorCode code) {}

    @Test
    void theCauseDecides() {
        List<Case> cases = List.of(
                new Case(new SluiceException(ErrorCode.RECORD_TOO_LARGE, "x"), ErrorCode.RECORD_TOO_LARGE),
                new Case(new ConnectException(new SluiceException(ErrorCode.SLOT_LOST, "x")), ErrorCode.SLOT_LOST),
                new Case(new ConnectException(sql("terminating connection", "57P01")), ErrorCode.CONNECTION_LOST),
                new Case(
                        new ConnectException(new SQLException("I/O error", "08006", new EOFException())),
                        ErrorCode.CONNECTION_LOST),
                new Case(
                        new DebeziumException(
                                "Failed to start replication stream",
                                sql("replication slot \"x\" is active for PID 1", "55006")),
                        ErrorCode.SLOT_IN_USE),
                new Case(
                        new DebeziumException(sql("replication slot \"x\" does not exist", "42704")),
                        ErrorCode.SLOT_LOST),
                new Case(new DebeziumException(sql("publication \"x\" does not exist", "42704")), ErrorCode.SLOT_LOST),
                new Case(
                        new ConnectException(sql("can no longer get changes from replication slot \"x\"", "55000")),
                        ErrorCode.SLOT_LOST),
                new Case(
                        new ConnectException(
                                sql("number of requested standby connections exceeds max_wal_senders", "53300")),
                        ErrorCode.NO_FREE_WAL_SENDER),
                new Case(
                        new ConnectException(sql("This replication stream has been closed.", "08003")),
                        ErrorCode.CONNECTION_LOST),
                new Case(
                        new ConnectException(new DebeziumException(
                                "Table 'a' has columns that differ only by case. Column name: 'B'.")),
                        ErrorCode.TABLE_UNSUPPORTED),
                new Case(new IllegalStateException("what"), ErrorCode.INTERNAL));
        for (Case each : cases) {
            assertThat(StreamErrors.explain(each.error()).code())
                    .as(each.error().toString())
                    .isEqualTo(each.code());
        }
    }

    private static SQLException sql(String message, String state) {
        return new SQLException(message, state);
    }
}
