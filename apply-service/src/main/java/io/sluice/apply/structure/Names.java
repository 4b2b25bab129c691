package io.sluice.apply.structure;

import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.Identifier;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the names of the source become on the target: tables and columns as the task's choices say; views, sequences and
 * indexes follow their schema or their table; types and functions keep their names within their schema.
 */
public final class Names {

    private static final Pattern WORDS = Pattern.compile("[\\p{L}_][\\p{L}\\p{N}_$]*");

    private final TaskSpec spec;
    private final Map<TableName, TableMapping> mappings;
    private final Map<TableName, TableName> relations = new HashMap<>();
    private final Map<TableName, Map<String, String>> renamedColumns = new HashMap<>();
    private final Set<String> schemas = new HashSet<>();
    private final Set<String> changedWords = new HashSet<>();
    private final boolean changes;
    private final SqlRewriter rewriter = new SqlRewriter(this);

    /** @param mappings of the task's tables, and of the partitions that come with them */
    public Names(TaskSpec spec, Collection<TableMapping> mappings) {
        this.spec = spec;
        this.mappings = new HashMap<>();
        boolean other = false;
        for (TableMapping mapping : mappings) {
            this.mappings.put(mapping.source(), mapping);
            relations.put(mapping.source(), mapping.target());
            other |= !mapping.source().equals(mapping.target()) || !mapping.sameColumns();
            noteWords(mapping);
        }
        this.changes = other
                || spec.structure().nameCase() != NameCase.SOURCE
                || spec.choices().stream().anyMatch(choice -> choice.targetSchema() != null);
    }

    private void noteWords(TableMapping mapping) {
        if (!mapping.source().equals(mapping.target())) {
            changedWords.add(mapping.source().table());
        }
        if (!mapping.source().schema().equals(mapping.target().schema())) {
            changedWords.add(mapping.source().schema());
        }
        changedWords.addAll(mapping.excluded());
        schemas.add(mapping.source().schema());
    }

    /** A view, sequence or index. */
    void addRelation(TableName source, TableName target) {
        relations.putIfAbsent(source, target);
        schemas.add(source.schema());
        // One that only goes along with its schema is still found by its name there.
        if (!target.equals(new TableName(targetSchema(source.schema()), source.table()))) {
            changedWords.add(source.table());
        }
    }

    void addSchema(String schema) {
        schemas.add(schema);
    }

    /** The columns that a table has at the source. */
    void addColumns(TableName table, Collection<String> columns) {
        TableMapping mapping = mappings.get(table);
        if (mapping == null || mapping.sameColumns()) {
            return;
        }
        Map<String, String> renamed = new HashMap<>();
        for (String column : columns) {
            String target = mapping.targetColumn(column);
            if (!target.equals(column)) {
                renamed.put(column, target);
                changedWords.add(column);
            }
        }
        renamedColumns.put(table, renamed);
    }

    /** Whether anything is called differently on the target. */
    boolean changes() {
        return changes;
    }

    /** What a schema becomes for what is no table: what the choice of all of its tables says. */
    public String targetSchema(String schema) {
        TableChoice found = null;
        for (TableChoice choice : spec.choices()) {
            if (choice.table().equals("*")
                    && choice.pattern().matches(new TableName(schema, "*"))
                    && (found == null
                            || choice.schema().equals(schema)
                            || !found.schema().equals(schema))) {
                found = choice;
            }
        }
        String chosen = found == null ? null : found.targetSchema();
        return chosen == null ? TableMapping.apply(spec.structure().nameCase(), schema) : chosen;
    }

    /** What a view or a sequence becomes that goes with its schema. */
    TableName inItsSchema(TableName name) {
        return new TableName(
                targetSchema(name.schema()), TableMapping.apply(spec.structure().nameCase(), name.table()));
    }

    /**
     * What a sequence becomes: beside the table of its column, since PostgreSQL wants that, else with its schema.
     *
     * @param owner of the column that it belongs to
     */
    TableName sequence(TableName name, @Nullable TableName owner) {
        TableName usual = inItsSchema(name);
        return owner == null || !owner.schema().equals(name.schema())
                ? usual
                : new TableName(target(owner).schema(), usual.table());
    }

    TableName target(TableName relation) {
        TableName known = relations.get(relation);
        return known == null ? inItsSchema(relation) : known;
    }

    String relation(TableName relation) {
        return Identifier.quote(target(relation));
    }

    String schema(String schema) {
        return Identifier.quote(targetSchema(schema));
    }

    /** Every schema of the target that something of this one goes to. */
    SortedSet<String> schemas(String schema) {
        SortedSet<String> targets = new TreeSet<>();
        targets.add(targetSchema(schema));
        relations.forEach((source, target) -> {
            if (source.schema().equals(schema)) {
                targets.add(target.schema());
            }
        });
        return targets;
    }

    /**
     * What a schema becomes where names are looked for in it.
     *
     * @throws RenameException when what lies in it has gone to several
     */
    String inSearchPath(String schema) {
        if (!schemas.contains(schema)) {
            return schema;
        }
        SortedSet<String> targets = schemas(schema);
        if (targets.size() > 1) {
            throw new RenameException(
                    "its search_path has " + schema + ", which on the target is " + String.join(" and ", targets));
        }
        return targets.first();
    }

    /** A type, function or the like. */
    String object(String schema, String name) {
        return schema(schema) + "." + Identifier.quote(name);
    }

    @Nullable
    TableMapping mapping(TableName table) {
        return mappings.get(table);
    }

    boolean moves(TableName table, String column) {
        TableMapping mapping = mappings.get(table);
        return mapping == null || mapping.moves(column);
    }

    String targetColumn(TableName table, String column) {
        TableMapping mapping = mappings.get(table);
        return mapping == null ? column : mapping.targetColumn(column);
    }

    String column(TableName table, String column) {
        return Identifier.quote(targetColumn(table, column));
    }

    List<String> columns(TableName table, Collection<String> columns) {
        return columns.stream().map(column -> targetColumn(table, column)).toList();
    }

    /** A definition with qualified names in it. */
    public String text(String sql) {
        return changes ? rewriter.rewrite(sql, Map.of(), false) : sql;
    }

    /**
     * The text of a query, where a table that is called differently must be known by its old name.
     *
     * @throws RenameException when a word could mean two things
     */
    public String query(String sql) {
        return changes ? rewriter.rewrite(sql, Map.of(), true) : sql;
    }

    /** A definition over the columns of one table, which stand in it without the table's name. */
    String over(TableName table, String sql) {
        if (!changes) {
            return sql;
        }
        return rewriter.rewrite(sql, renamedColumns.getOrDefault(table, Map.of()), false);
    }

    /** What a qualified name stands for; null when it stays. */
    @Nullable
    TableName renamed(String schema, String name, boolean function) {
        if (!schemas.contains(schema)) {
            return null;
        }
        TableName source = new TableName(schema, name);
        TableName known = function ? null : relations.get(source);
        TableName target = known == null ? new TableName(targetSchema(schema), name) : known;
        return target.equals(source) ? null : target;
    }

    /** {@code OPERATOR(schema.+)}: what comes after the schema is no name. */
    String schemaOfOperator(String schema, String written) {
        return schemas.contains(schema) && !targetSchema(schema).equals(schema) ? schema(schema) : written;
    }

    /**
     * A text that only its language understands can be taken over when it speaks of nothing that is called differently.
     *
     * @throws RenameException that names the first such word
     */
    void requireUntouched(String body) {
        if (!changes) {
            return;
        }
        Matcher words = WORDS.matcher(body);
        while (words.find()) {
            String word = words.group();
            if (changedWords.contains(word)
                    || changedWords.contains(word.toLowerCase(Locale.ROOT))
                    || schemaChanges(word)) {
                throw new RenameException(
                        "its body mentions " + word + ", which is called differently or left out on the target");
            }
        }
    }

    private boolean schemaChanges(String word) {
        return schemas.contains(word) && !targetSchema(word).equals(word);
    }
}
