package io.sluice.apply.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MadeColumnsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "integer | integer | true",
                "bigint | integer | true",
                "integer | bigint | false",
                "numeric | bigint | true",
                "numeric | numeric(10,2) | true",
                "numeric | real | false",
                "numeric(10,2) | numeric | false",
                "numeric(12,4) | numeric(10,2) | true",
                "numeric(10,2) | numeric(12,4) | false",
                "numeric(10,4) | numeric(10,2) | false",
                "text | character varying(10) | true",
                "character varying | text | true",
                "character varying(20) | character varying(10) | true",
                "character varying(10) | character varying(20) | false",
                "character varying(20) | text | false",
                "text | character(10) | false",
                "timestamp(3) without time zone | timestamp without time zone | false",
                "real | double precision | false"
            })
    void aTypeHoldsAnotherWhenNoValueChanges(String wide, String type, boolean holds) {
        assertThat(MadeColumns.holds(wide, type)).isEqualTo(holds);
    }
}
