package io.sluice.localstack.demo;

import io.sluice.localstack.AdminToken;
import io.sluice.localstack.PostgresServer;
import io.sluice.localstack.Screen;
import io.sluice.localstack.SluiceStack;
import java.nio.file.Path;

/** Tells the user where to look while the demo goes on. */
final class Guide {
    private Guide() {}

    static void show(
            Screen screen,
            SluiceStack stack,
            PostgresServer source,
            PostgresServer target,
            String database,
            String task,
            AdminToken token) {
        String url = stack.taskApi().url();
        screen.say("the shop is open again, until Ctrl-C. Where to look:");
        screen.say("  API       " + url + "/q/swagger-ui");
        screen.say("  task      curl -H \"Authorization: Bearer %s\" %s/api/v1/tasks/%s/lag"
                .formatted(token.shell(), url, task));
        screen.say("  source    " + psql(source, database));
        screen.say("  target    " + psql(target, database));
        screen.say("  Kafka     %s, topic sluice.changes.%s"
                .formatted(stack.kafka().bootstrapServers(), task));
        screen.say("  notifier  " + stack.notifier().url() + "/q/swagger-ui");
        screen.say("  logs      " + stack.taskApi().logFile().getParent());
    }

    private static String psql(PostgresServer server, String database) {
        Path home = server.logFile().getParent();
        return "PGPASSWORD=\"$(cat '%s-password')\" psql -h %s -p %d -U %s %s"
                .formatted(home, server.host(), server.port(), PostgresServer.SUPERUSER, database);
    }
}
