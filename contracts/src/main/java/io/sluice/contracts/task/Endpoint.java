package io.sluice.contracts.task;

import io.sluice.contracts.secret.SealedSecret;

/** How a database is reached; the password sealed in the context of the task's id. */
public record Endpoint(String host, int port, String database, String username, SealedSecret password, Tls tls) {

    /** For people to read: where, never who with what. */
    public String address() {
        return host + ":" + port + "/" + database;
    }
}
