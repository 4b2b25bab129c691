package io.sluice.apply;

import io.sluice.localstack.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.shardingsphere.infra.database.core.type.DatabaseType;
import org.apache.shardingsphere.infra.spi.type.typed.TypedSPILoader;
import org.apache.shardingsphere.sql.parser.api.CacheOption;
import org.apache.shardingsphere.sql.parser.api.SQLParserEngine;

/** What a database was told, as its server's log has it. */
public final class StatementLog {

    private static final SQLParserEngine OPENGAUSS =
            new SQLParserEngine(TypedSPILoader.getService(DatabaseType.class, "openGauss"), new CacheOption(1, 1));

    private static final Pattern PARAMETER = Pattern.compile("\\$\\d+::text\\[\\]");

    private StatementLog() {}

    /** From here on the log has every statement of the database. */
    public static void begin(PostgresServer server, String database) {
        server.execute("postgres", "ALTER DATABASE \"" + database + "\" SET log_statement = 'all'");
    }

    public static List<String> of(PostgresServer server, String database) {
        Pattern told = Pattern.compile("^\\S+ \\S+ \\S+ \\[\\d+\\] \\S+@" + Pattern.quote(database)
                + " LOG:  (?:statement|execute [^:]*): (.*)$");
        List<String> statements = new ArrayList<>();
        boolean within = false;
        try {
            for (String line : Files.readAllLines(server.logFile())) {
                Matcher match = told.matcher(line);
                if (match.matches()) {
                    statements.add(match.group(1));
                    within = true;
                } else if (within && line.startsWith("\t")) {
                    statements.add(statements.removeLast() + "\n" + line.substring(1));
                } else {
                    within = false;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return statements;
    }

    /** @throws RuntimeException when it is no statement of openGauss */
    public static void parseAsOpenGauss(String sql) {
        try {
            OPENGAUSS.parse(PARAMETER.matcher(sql).replaceAll("CAST('{}' AS text[])"), false);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("not in openGauss' grammar: " + sql, e);
        }
    }
}
