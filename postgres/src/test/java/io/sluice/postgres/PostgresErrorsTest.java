package io.sluice.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

class PostgresErrorsTest {

    /** What PostgreSQL says of where a COPY has failed ends with the value, which is nobody's business. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            nullValues = "-",
            value = {
                "COPY item, line 3, column mood: \"private\"                    | mood",
                "COPY item, line 3, column mood                                 | mood",
                "COPY item, line 3, column mood: null input                     | mood",
                "COPY item, line 3, column a b: \"x, line 4, column private\"   | a b",
                "COPY item, line 3                                              | -",
                "PL/pgSQL function f(int) line 1 at RAISE^COPY item, line 3, column v: \"private^y\" | v",
                "COPY item, Zeile 3, Spalte mood: »private«                     | -"
            })
    void aRefusedCopyNamesItsColumnAndNotItsValue(String where, String column) {
        PSQLException error = new PSQLException(new ServerErrorMessage(
                "SERROR\0C22P02\0Minvalid input value: \"private\"\0W" + where.replace('^', '\n')));
        SluiceException explained = PostgresErrors.explain(error, "writing");
        assertThat(explained.code()).isEqualTo(ErrorCode.ROW_REFUSED);
        assertThat(explained)
                .hasMessage("While writing: a value or row was refused" + (column == null ? "" : ", column " + column)
                        + ", SQLSTATE 22P02");
    }
}
