package io.sluice.e2e;

import io.sluice.localstack.KafkaServer;
import io.sluice.localstack.PostgresServer;
import io.sluice.localstack.ServiceProcess;

/**
 * Something that dies by SIGKILL and comes back.
 *
 * @param start returns when it is ready
 */
record Victim(String name, Runnable kill, Runnable start) {

    static Victim of(ServiceProcess service) {
        return new Victim(service.name(), service::kill, service::start);
    }

    static Victim of(KafkaServer kafka) {
        return new Victim("Kafka", kafka::kill, kafka::start);
    }

    /** The server with all of its sessions. */
    static Victim of(String name, PostgresServer server) {
        return new Victim(name, server::kill, server::start);
    }
}
