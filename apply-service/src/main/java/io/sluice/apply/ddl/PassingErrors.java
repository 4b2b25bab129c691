package io.sluice.apply.ddl;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.postgres.PostgresErrors;
import java.sql.SQLException;

/** Which errors say nothing of the statement that met them, so that the same one may work a moment later. */
final class PassingErrors {

    private static final String QUERY_CANCELED = "57014";

    private PassingErrors() {}

    /**
     * Classes of SQLSTATEs ("PostgreSQL Error Codes", appendix A of the manual): 40 transaction rollback (deadlock,
     * serialization), 53 insufficient resources, 58 system error.
     */
    static boolean passes(SQLException error) {
        ErrorCode code = PostgresErrors.classify(error);
        String state = String.valueOf(error.getSQLState());
        return code.retry() == ErrorCode.Retry.CONNECTION
                || code == ErrorCode.OBJECT_LOCKED
                || code == ErrorCode.TARGET_READ_ONLY
                || state.startsWith("40")
                || state.startsWith("53")
                || state.startsWith("58")
                || state.equals(QUERY_CANCELED);
    }
}
