package io.sluice.contracts.change;

/** What happened to a row; the codes are those of Debezium's envelope. */
public enum Operation {
    INSERT('c'),
    UPDATE('u'),
    DELETE('d');

    private final char code;

    Operation(char code) {
        this.code = code;
    }

    public char code() {
        return code;
    }
}
