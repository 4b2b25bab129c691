package io.sluice.capture.slot;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A publication that somebody has made for {@code incremental.from}: it is judged, and never altered. Not thread-safe. */
public final class GivenPublication {

    private final Connection connection;
    private final Publication publication;
    private final PublicationTables tables;

    public GivenPublication(Connection connection, String name) {
        this.connection = connection;
        this.publication = Publication.named(connection, name);
        this.tables = new PublicationTables(connection, name);
    }

    public String name() {
        return publication.name();
    }

    @Nullable
    PublicationState find() {
        return publication.find();
    }

    /**
     * @return its identity
     * @throws SluiceException {@code TABLE_UNSUPPORTED} when a change of one of these tables would not be published, whole
     *     and under its name
     */
    public long requireCovers(Collection<TableName> chosen) {
        PublicationState found = publication.find();
        String why = uncovered(chosen);
        if (found == null || why != null) {
            throw new SluiceException(
                    ErrorCode.TABLE_UNSUPPORTED,
                    "For incremental.from, " + (why == null ? "it was dropped" : why) + ".");
        }
        return found.oid();
    }

    /**
     * Why changes may be missing that came while another one had the name; null when it is the one that was noted, or none
     * was.
     */
    public @Nullable String replaced(@Nullable Long noted) {
        PublicationState found = publication.find();
        return found == null || noted == null || found.oid() == noted
                ? null
                : publication.altered("was dropped and made again");
    }

    /** Why a change of one of these tables would not be published, whole and under its name; null when each would. */
    public @Nullable String uncovered(Collection<TableName> chosen) {
        PublicationState found = publication.find();
        if (found == null) {
            return "the publication " + publication.name() + " is not there";
        }
        if (!found.allOperations()) {
            return publication.altered(Publication.SOME_OPERATIONS);
        }
        try {
            Set<TableName> missing = new TreeSet<>(chosen);
            missing.removeAll(tables.published());
            // In this order: one that was dropped meanwhile has nothing to publish.
            missing.retainAll(FollowedTables.read(connection, missing).names());
            missing.removeAll(tables.withoutLog(missing));
            if (!missing.isEmpty()) {
                return publication.altered("does not publish " + missing + " under that name. A partitioned table takes"
                        + " publish_via_partition_root");
            }
            Set<TableName> cut = tables.cut();
            cut.retainAll(Set.copyOf(chosen));
            return cut.isEmpty()
                    ? null
                    : publication.altered(
                            Publication.CUT_TABLES + cut.iterator().next());
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "reading the publication " + publication.name());
        }
    }
}
