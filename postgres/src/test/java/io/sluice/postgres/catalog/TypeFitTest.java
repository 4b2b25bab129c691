package io.sluice.postgres.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TypeFitTest {

    @ParameterizedTest(name = "a column of {0} and values of {1}: {2}")
    @CsvSource(delimiter = '|', textBlock = """
            numeric(10,2)                  | numeric(10,2)                  | true
            numeric(10,2)                  | numeric(20,6)                  | false
            numeric(20,6)                  | numeric(10,2)                  | true
            numeric(10,6)                  | numeric(10,2)                  | false
            numeric                        | numeric(20,6)                  | true
            numeric(20,6)                  | numeric                        | false
            numeric(5,-2)                  | numeric(10,2)                  | false
            numeric(10,2)[]                | numeric(20,6)[]                | false
            numeric(10,0)                  | integer                        | true
            numeric(9,0)                   | integer                        | false
            numeric(20,0)                  | double precision               | false
            integer                        | numeric                        | false
            bigint                         | integer                        | true
            integer                        | bigint                         | false
            real                           | double precision               | false
            double precision               | real                           | true
            double precision               | bigint                         | false
            timestamp(3) without time zone | timestamp without time zone    | false
            timestamp(6) without time zone | timestamp without time zone    | true
            timestamp(3) without time zone | timestamp(0) without time zone | true
            timestamp(0) without time zone | date                           | true
            timestamp without time zone    | timestamp with time zone       | false
            date                           | timestamp without time zone    | false
            time(0) without time zone      | time without time zone         | false
            interval(3)                    | interval                       | false
            interval                       | interval day to second(3)      | true
            character varying(20)          | character varying(10)          | true
            character varying(10)          | character varying(20)          | false
            character varying(10)          | text                           | false
            text                           | character varying(10)          | true
            bit(5)                         | bit(8)                         | false
            jsonb                          | json                           | true
            shop.mood                      | shop.mood                      | true
            """)
    void aColumnHoldsWhatItDoesNotCut(String taker, String given, boolean holds) {
        assertThat(TypeFit.holds(column(taker), column(given))).isEqualTo(holds);
    }

    private static ColumnDefinition column(String type) {
        String castType = type.replaceFirst("\\(.*?\\)", "").replace("interval day to second", "interval");
        return new ColumnDefinition(
                "c", type, castType, true, castType, false, null, ColumnDefinition.Identity.NONE, null, null, "=");
    }
}
