package io.sluice.apply.structure;

import io.sluice.apply.structure.RawTable.Check;
import io.sluice.apply.structure.RawTable.RawColumn;
import io.sluice.apply.structure.SequenceReader.Sequence;
import io.sluice.apply.structure.SourceObject.Timing;
import io.sluice.contracts.task.TableChoice.Distribution;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.ColumnDefinition.Identity;
import io.sluice.postgres.dialect.ObjectKind;
import io.sluice.postgres.dialect.TableBlueprint;
import io.sluice.postgres.dialect.TableBlueprint.Column;
import io.sluice.postgres.dialect.UnsupportedDdlException;
import java.util.ArrayList;
import java.util.List;

/** Makes objects of the plan of tables: the table itself, checks that come later, and what ALTER TABLE sets. */
final class TableObjects {

    private final DialectRules rules;
    private final List<Sequence> sequences;

    TableObjects(DialectRules rules, List<Sequence> sequences) {
        this.rules = rules;
        this.sequences = sequences;
    }

    void add(RawTable table, SourceObjects objects, Names names) {
        if (table.partition()) {
            rules.addPartition(table.name(), table.parents().getFirst());
        }
        List<Check> inline = new ArrayList<>();
        for (Check check : table.checks()) {
            // What a parent brings comes with it; a partition must have it before it is attached.
            if (!check.own() && !table.partition()) {
                objects.addPart(check.ref(), table.ref());
            } else if (inline(table, check, names)) {
                inline.add(check);
                objects.addPart(check.ref(), table.ref());
            } else {
                objects.add(later(table, check));
            }
        }
        List<Ref> uses = new ArrayList<>();
        table.parentOids().forEach(oid -> uses.add(Ref.relation(oid)));
        List<Sequence> owned = sequences.stream()
                .filter(sequence -> table.name().equals(sequence.table()) && !sequence.ofIdentity())
                .filter(sequence -> sequence.column() != null && names.moves(table.name(), sequence.column()))
                .toList();
        owned.forEach(sequence -> uses.add(sequence.ref()));
        objects.add(new SourceObject(
                table.ref(),
                ObjectKind.TABLE,
                table.name().schema(),
                table.name().toString(),
                table.name(),
                Timing.NEEDED,
                uses,
                later -> {
                    List<String> statements =
                            new ArrayList<>(rules.dialect().createTable(blueprint(table, inline, later)));
                    owned.forEach(sequence -> statements.add("ALTER SEQUENCE " + later.relation(sequence.name())
                            + " OWNED BY " + later.relation(table.name()) + "."
                            + later.column(table.name(), String.valueOf(sequence.column()))));
                    return statements;
                }));
        for (RawColumn column : table.columns()) {
            if (!rules.dialect().computes(column.column().generated())) {
                objects.add(leftOut(table, column.column()));
            }
        }
        settings(table, objects);
        identities(table, objects, names);
        if (table.unlogged() && !table.partitioned() && unloggedLater()) {
            objects.add(unlogged(table));
        }
    }

    private boolean unloggedLater() {
        return rules.dialect().refuses(ObjectKind.TABLE_SETTING) == null;
    }

    /** A crash would empty the table, and leave the notes of what was copied into it. */
    private static SourceObject unlogged(RawTable table) {
        return new SourceObject(
                new Ref(Ref.UNLOGGED, table.ref().oid()),
                ObjectKind.TABLE_SETTING,
                table.name().schema(),
                "UNLOGGED of " + table.name(),
                table.name(),
                Timing.END,
                List.of(table.ref()),
                names -> List.of("ALTER TABLE " + names.relation(table.name()) + " SET UNLOGGED"));
    }

    private static boolean inline(RawTable table, Check check, Names names) {
        // Before PostgreSQL 18 a table would be refused with a NOT NULL that is not inherited.
        if (!check.valid()
                || check.definition().startsWith("NOT NULL ")
                || check.functions() && !table.inHierarchy()
                || check.columns().stream().anyMatch(column -> !names.moves(table.name(), column))) {
            return false;
        }
        try {
            names.over(table.name(), check.definition());
            return true;
        } catch (RenameException e) {
            return false;
        }
    }

    private static SourceObject later(RawTable table, Check check) {
        return new SourceObject(
                check.ref(),
                ObjectKind.CONSTRAINT,
                table.name().schema(),
                check.name() + " on " + table.name(),
                table.name(),
                Timing.TABLE_FILLED_ALONE,
                List.of(table.ref()),
                names -> List.of("ALTER TABLE " + names.relation(table.name()) + " ADD CONSTRAINT "
                        + Identifier.quote(check.name()) + " " + names.over(table.name(), check.definition())));
    }

    private static SourceObject leftOut(RawTable table, Column column) {
        return new SourceObject(
                new Ref(
                        Ref.COMPUTED,
                        table.ref().oid() * 10_000
                                + table.columns().stream()
                                        .map(RawColumn::column)
                                        .toList()
                                        .indexOf(column)),
                ObjectKind.TABLE_SETTING,
                table.name().schema(),
                "generated column " + column.name() + " of " + table.name(),
                table.name(),
                Timing.ALL_FILLED,
                List.of(table.ref()),
                names -> {
                    throw new UnsupportedDdlException("it does not compute columns");
                });
    }

    TableBlueprint blueprint(RawTable table, List<Check> inline, Names names) {
        TableName name = table.name();
        List<Column> columns = new ArrayList<>();
        for (RawColumn column : table.columns()) {
            if (column.own()
                    && names.moves(name, column.column().name())
                    && rules.dialect().computes(column.column().generated())) {
                columns.add(column(name, column.column(), names));
            }
        }
        Distribution chosen = rules.distribution(name, names);
        return new TableBlueprint(
                names.target(name),
                table.unlogged() && !unloggedLater(),
                columns,
                inline.stream()
                        .map(check -> "CONSTRAINT " + Identifier.quote(check.name()) + " "
                                + names.over(name, check.definition()))
                        .toList(),
                table.partitionKey() == null ? null : names.over(name, table.partitionKey()),
                table.partition() ? names.target(table.parents().getFirst()) : null,
                table.bound(),
                table.partition()
                        ? List.of()
                        : table.parents().stream().map(names::target).toList(),
                table.changedColumns().stream()
                        .filter(column -> names.moves(name, column.name()))
                        .map(column -> column(name, column, names))
                        .toList(),
                table.ofType() == null ? null : names.text(table.ofType()),
                table.options(),
                table.accessMethod(),
                chosen == null ? null : new Distribution(chosen.kind(), names.columns(name, chosen.columns())));
    }

    private static Column column(TableName table, Column column, Names names) {
        return new Column(
                names.targetColumn(table, column.name()),
                names.text(column.type()),
                column.collation() == null ? null : names.text(column.collation()),
                column.expression() == null ? null : names.over(table, column.expression()),
                column.generated(),
                column.identity(),
                names.text(column.identityOptions()),
                column.notNull(),
                column.notNullName(),
                column.storage(),
                column.compression(),
                column.statistics(),
                column.options());
    }

    private static void settings(RawTable table, SourceObjects objects) {
        List<String> settings = new ArrayList<>();
        String identity = switch (table.replicaIdentity()) {
            case "f" -> "REPLICA IDENTITY FULL";
            case "n" -> "REPLICA IDENTITY NOTHING";
            case "i" ->
                table.identityIndex() == null
                        ? ""
                        : "REPLICA IDENTITY USING INDEX " + Identifier.quote(table.identityIndex());
            default -> "";
        };
        if (!identity.isEmpty()) {
            settings.add(identity);
        }
        if (table.clusterIndex() != null && !table.partitioned()) {
            settings.add("CLUSTER ON " + Identifier.quote(table.clusterIndex()));
        }
        if (!settings.isEmpty()) {
            objects.add(new SourceObject(
                    new Ref(Ref.SETTINGS, table.ref().oid()),
                    ObjectKind.TABLE_SETTING,
                    table.name().schema(),
                    "settings of " + table.name(),
                    table.name(),
                    Timing.ALL_FILLED,
                    List.of(table.ref()),
                    names -> settings.stream()
                            .map(setting -> "ALTER TABLE ONLY " + names.relation(table.name()) + " " + setting)
                            .toList()));
        }
        defaults(table, objects);
    }

    /** Defaults of columns that a parent brings are the child's own. */
    private static void defaults(RawTable table, SourceObjects objects) {
        List<RawColumn> inherited = table.columns().stream()
                .filter(column -> column.defaultDropped()
                        || !column.own() && column.column().expression() != null)
                .filter(column -> column.column().generated() == TableBlueprint.Generated.NO)
                .toList();
        if (inherited.isEmpty()) {
            return;
        }
        objects.add(new SourceObject(
                new Ref(Ref.INHERITED_DEFAULTS, table.ref().oid()),
                ObjectKind.TABLE_SETTING,
                table.name().schema(),
                "defaults of inherited columns of " + table.name(),
                table.name(),
                Timing.ALL_FILLED,
                List.of(table.ref()),
                names -> inherited.stream()
                        .filter(column ->
                                names.moves(table.name(), column.column().name()))
                        .map(column -> "ALTER TABLE ONLY " + names.relation(table.name()) + " ALTER COLUMN "
                                + names.column(table.name(), column.column().name())
                                + (column.defaultDropped()
                                        ? " DROP DEFAULT"
                                        : " SET DEFAULT "
                                                + names.over(
                                                        table.name(),
                                                        String.valueOf(
                                                                column.column().expression()))))
                        .toList()));
    }

    private static void identities(RawTable table, SourceObjects objects, Names names) {
        List<Column> always = table.columns().stream()
                .map(RawColumn::column)
                .filter(column -> column.identity() == Identity.ALWAYS && names.moves(table.name(), column.name()))
                .toList();
        if (always.isEmpty()) {
            return;
        }
        objects.add(new SourceObject(
                new Ref(Ref.IDENTITY, table.ref().oid()),
                ObjectKind.TABLE_SETTING,
                table.name().schema(),
                SourceObject.identityName(table.name()),
                table.name(),
                Timing.END,
                List.of(table.ref()),
                later -> always.stream()
                        .map(column -> LateIdentities.statement(
                                later.relation(table.name()), later.column(table.name(), column.name())))
                        .toList()));
    }
}
