package io.sluice.apply.ddl;

import io.sluice.apply.change.TableFailure;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/**
 * Carries out on the target what a command has done at the source, within the caller's transaction. Tables of the task,
 * schemas, views over tables of the task, and new labels of enumeration types are followed; other objects are not.
 */
public final class DdlApply {

    private static final Logger LOG = Logger.getLogger(DdlApply.class);

    private final Map<TableName, TableMapping> mappings;

    /** @param mappings of the tables of the task, by their name at the source */
    public DdlApply(Map<TableName, TableMapping> mappings) {
        this.mappings = Map.copyOf(mappings);
    }

    /**
     * @return whether the target was changed
     * @throws TableFailure {@code SCHEMA_CHANGED} that names the command, when the target does not take it or it is not
     *     certain what it means there
     */
    public boolean apply(Ddl ddl, Connection target) throws SQLException {
        if (ddl.error() != null) {
            // What it did to columns shows in the next change of the table.
            LOG.warnf("The source could not say what a command has changed: %s: %s", ddl.tag(), ddl.error());
        }
        TargetCatalog catalog = new CatalogQueries(target);
        boolean changed = false;
        for (SourceObject object : ddl.objects()) {
            List<String> statements;
            try {
                statements = plan(object, ddl.statement(), catalog);
            } catch (SluiceException e) {
                throw named(ddl, object, e.getMessage(), e);
            }
            for (String sql : statements) {
                execute(target, sql, ddl, object);
                changed = true;
            }
        }
        return changed;
    }

    private static void execute(Connection target, String sql, Ddl ddl, SourceObject object) throws SQLException {
        try (Statement statement = target.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            if (PostgresErrors.classify(e).retry() == ErrorCode.Retry.CONNECTION) {
                throw e;
            }
            throw named(
                    ddl,
                    object,
                    "The target does not take " + sql + ": " + e.getMessage()
                            + ". Remove the cause or make the change by hand, then resume the task.",
                    e);
        }
    }

    private static TableFailure named(Ddl ddl, SourceObject object, String why, Exception cause) {
        return TableFailure.ofChange(
                object.subject(),
                ddl,
                ErrorCode.SCHEMA_CHANGED,
                why + " The command at the source: " + ddl.statement(),
                cause);
    }

    /** The statements for one object. */
    List<String> plan(SourceObject object, String statement, TargetCatalog catalog) {
        return switch (object.type()) {
            case "table" -> table(object, statement, catalog);
            case "schema" -> schema(object, catalog);
            case "view" -> view(object, catalog);
            case "type" -> labels(object, catalog);
            default -> List.of();
        };
    }

    private List<String> table(SourceObject object, String statement, TargetCatalog catalog) {
        TableName name = new TableName(String.valueOf(object.schema()), object.name());
        if (object.before() == null) {
            if (!object.dropped() && mappings.containsKey(name)) {
                throw new SluiceException(
                        ErrorCode.SCHEMA_CHANGED,
                        "Table " + name + " was made anew at the source. Stop the task and load it with a new one.");
            }
            return List.of();
        }
        TableMapping mapping = mappings.get(
                new TableName(object.before().schema(), object.before().name()));
        if (mapping == null) {
            return List.of();
        }
        List<String> statements;
        if (object.dropped() || object.after() == null) {
            statements = catalog.hasRelation(mapping.target())
                    ? List.of("DROP TABLE " + Identifier.quote(mapping.target()))
                    : List.of();
        } else {
            statements = new TablePlanner(mapping, catalog).plan(object.before(), object.after(), statement);
        }
        if (!statements.isEmpty() && isShared(mapping)) {
            throw new SluiceException(
                    ErrorCode.SCHEMA_CHANGED,
                    "Table " + mapping.source() + " fills " + mapping.target() + " together with others, whose rows "
                            + String.join("; ", statements) + " would change, too. "
                            + (object.after() == null || object.dropped()
                                    ? "Remove the table from the task, and its rows from the target by hand."
                                    : "Make the change for all of them, and on the target by hand, then resume the"
                                            + " task."));
        }
        return statements;
    }

    private boolean isShared(TableMapping mapping) {
        return mappings.values().stream()
                        .filter(other -> other.target().equals(mapping.target()))
                        .count()
                > 1;
    }

    private static List<String> schema(SourceObject object, TargetCatalog catalog) {
        // One that is dropped at the source may hold what others have put there.
        return object.dropped() || catalog.hasSchema(object.name())
                ? List.of()
                : List.of("CREATE SCHEMA " + Identifier.quote(object.name()));
    }

    /** Only where every name in it means the same on the target. */
    private List<String> view(SourceObject object, TargetCatalog catalog) {
        TableName name = new TableName(String.valueOf(object.schema()), object.name());
        if (object.dropped()) {
            return List.of();
        }
        boolean ours = !object.uses().isEmpty()
                && object.uses().stream().allMatch(used -> {
                    TableMapping mapping = mappings.get(new TableName(used.schema(), used.name()));
                    return mapping != null && mapping.identical();
                });
        return ours && object.definition() != null && catalog.hasSchema(name.schema())
                ? List.of("CREATE OR REPLACE VIEW " + Identifier.quote(name) + " AS " + object.definition())
                : List.of();
    }

    private static List<String> labels(SourceObject object, TargetCatalog catalog) {
        List<String> known = catalog.labels(String.valueOf(object.schema()), object.name());
        if (known.isEmpty() || object.dropped()) {
            return List.of();
        }
        String type = Identifier.quote(new TableName(String.valueOf(object.schema()), object.name()));
        List<String> gone =
                known.stream().filter(label -> !object.labels().contains(label)).toList();
        if (!gone.isEmpty() && !known.containsAll(object.labels())) {
            return List.of(renamed(type, known, object.labels(), gone));
        }
        List<String> statements = new ArrayList<>();
        String previous = null;
        for (String label : object.labels()) {
            if (!known.contains(label)) {
                String place = previous == null
                        ? " BEFORE " + Identifier.literal(known.getFirst())
                        : " AFTER " + Identifier.literal(previous);
                statements.add("ALTER TYPE " + type + " ADD VALUE " + Identifier.literal(label) + place);
            }
            previous = label;
        }
        return statements;
    }

    /**
     * A label cannot be dropped; one command renames one, and the new name is in the place of the old one. A target that only
     * has more was made from a later state of the source.
     */
    private static String renamed(String type, List<String> known, List<String> labels, List<String> gone) {
        String old = gone.getFirst();
        int place = known.indexOf(old);
        List<String> expected = new ArrayList<>(known);
        if (gone.size() == 1 && labels.size() == known.size()) {
            expected.set(place, labels.get(place));
        }
        if (!expected.equals(labels)) {
            throw new SluiceException(
                    ErrorCode.SCHEMA_CHANGED,
                    "The type " + type + " has the labels " + labels + " at the source and " + known
                            + " on the target, so it is not certain which was renamed. Rename them on the target"
                            + " (ALTER TYPE ... RENAME VALUE), then resume the task.");
        }
        return "ALTER TYPE " + type + " RENAME VALUE " + Identifier.literal(old) + " TO "
                + Identifier.literal(labels.get(place));
    }
}
