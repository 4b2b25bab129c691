package io.sluice.capture.slot;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.change.Lsn;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which log a position belongs to. Positions mean the same on a server and on what was promoted or restored from it only up
 * to where the two parted: what the old one wrote after that has the positions that the new one uses for something else.
 *
 * @param system the cluster's identifier, given by initdb
 * @param timeline raised by each promotion and each recovery to a point in time
 */
public record SourceLineage(String system, long timeline) {

    private static final Pattern TEXT = Pattern.compile("system (\\d+), timeline (\\d+)");

    /** A line of a timeline's history: parent timeline, position, reason. */
    private static final Pattern PARTED =
            Pattern.compile("^\\s*(\\d+)\\s+([0-9A-Fa-f]+/[0-9A-Fa-f]+)", Pattern.MULTILINE);

    /** @param replication a connection that speaks the replication protocol */
    public static SourceLineage read(Connection replication) {
        try (Statement statement = replication.createStatement();
                ResultSet row = statement.executeQuery("IDENTIFY_SYSTEM")) {
            row.next();
            return new SourceLineage(row.getString("systemid"), row.getLong("timeline"));
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "asking the source who it is");
        }
    }

    /**
     * Where this lineage left an older one of the same cluster.
     *
     * @return null when the older one is not among its ancestors
     */
    @Nullable
    Lsn partedFrom(SourceLineage older, Connection replication) {
        try (Statement statement = replication.createStatement();
                ResultSet row = statement.executeQuery("TIMELINE_HISTORY " + timeline)) {
            row.next();
            Matcher line = PARTED.matcher(new String(row.getBytes("content"), UTF_8));
            while (line.find()) {
                if (Long.parseLong(line.group(1)) == older.timeline) {
                    return Lsn.parse(line.group(2));
                }
            }
            return null;
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "reading the source's timelines");
        }
    }

    /** Finds one in a text that holds {@link #toString}. */
    static @Nullable SourceLineage find(@Nullable String text) {
        Matcher matcher = TEXT.matcher(text == null ? "" : text);
        return matcher.find() ? new SourceLineage(matcher.group(1), Long.parseLong(matcher.group(2))) : null;
    }

    @Override
    public String toString() {
        return "system " + system + ", timeline " + timeline;
    }
}
