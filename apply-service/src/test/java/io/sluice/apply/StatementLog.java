package io.sluice.apply;

import io.sluice.localstack.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.shardingsphere.infra.database.core.type.DatabaseType;
import org.apache.shardingsphere.infra.spi.type.typed.TypedSPILoader;
import org.apache.shardingsphere.sql.parser.api.CacheOption;
import org.apache.shardingsphere.sql.parser.api.SQLParserEngine;

/** What Sluice has told a database, as its server's log has it. */
public final class StatementLog {

    private static final SQLParserEngine OPENGAUSS =
            new SQLParserEngine(TypedSPILoader.getService(DatabaseType.class, "openGauss"), new CacheOption(1, 1));

    private static final Pattern PARAMETER = Pattern.compile("\\$\\d+::(\\w+(?:\\[\\])?)");

    /** What openGauss' grammar has and the parser has not; {@link OpenGaussWords} looks at these, too. */
    private static final Pattern BEYOND_THE_PARSER = Pattern.compile("^(MERGE|DO|LOCK)\\b");

    /** For the server: with who speaks, so that what the test says is left out. */
    static final String PREFIX = "%m [%p] %q%u@%d/%a ";

    private static final String OF_THE_TEST = "PostgreSQL JDBC Driver";

    private StatementLog() {}

    /** From here on the log has every statement of the database. */
    public static void begin(PostgresServer server, String database) {
        server.execute("postgres", "ALTER DATABASE \"" + database + "\" SET log_statement = 'all'");
    }

    public static List<String> of(PostgresServer server, String database) {
        Pattern told = Pattern.compile("^\\S+ \\S+ \\S+ \\[\\d+\\] \\S+@" + Pattern.quote(database)
                + "/(.*?) LOG:  (?:statement|execute [^:]*): (.*)$");
        List<String> statements = new ArrayList<>();
        boolean within = false;
        try {
            for (String line : Files.readAllLines(server.logFile())) {
                Matcher match = told.matcher(line);
                if (match.matches()) {
                    within = !match.group(1).equals(OF_THE_TEST);
                    if (within) {
                        statements.add(match.group(2));
                    }
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

    /**
     * What is wrong with statements for openGauss and the distributed GaussDB. All of them are looked at, whatever they are
     * for.
     */
    public static List<String> unknownToOpenGauss(Collection<String> statements) {
        List<String> unknown = new ArrayList<>();
        for (String sql : new LinkedHashSet<>(statements)) {
            try {
                OpenGaussWords.require(sql);
                if (!BEYOND_THE_PARSER.matcher(sql).find()) {
                    OPENGAUSS.parse(PARAMETER.matcher(sql).replaceAll("CAST(NULL AS $1)"), false);
                }
            } catch (RuntimeException e) {
                unknown.add(sql + "\n    " + e.getMessage());
            }
        }
        return unknown;
    }
}
