package io.sluice.contracts.task;

import io.sluice.contracts.secret.SealedSecret;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** How a database is reached; every secret in it sealed in the context of the task's id. */
public record Endpoint(String host, int port, String database, String username, SealedSecret password, Tls tls) {

    /** For people to read: where, never who with what. */
    public String address() {
        return host + ":" + port + "/" + database;
    }

    /** Every secret of it. */
    public List<SealedSecret> secrets() {
        return Stream.of(password, tls.clientKey(), tls.clientKeyPassword())
                .filter(Objects::nonNull)
                .toList();
    }

    /** The same with other seals. */
    public Endpoint resealed(UnaryOperator<SealedSecret> reseal) {
        return new Endpoint(host, port, database, username, reseal.apply(password), tls.resealed(reseal));
    }
}
