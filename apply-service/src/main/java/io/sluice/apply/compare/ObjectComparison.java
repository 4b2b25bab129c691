package io.sluice.apply.compare;

import static java.util.Comparator.comparingInt;

import io.sluice.apply.sequence.Sequences;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.session.ReplicaRole;
import io.sluice.apply.structure.Definitions;
import io.sluice.apply.structure.Definitions.Definition;
import io.sluice.apply.structure.Distributions;
import io.sluice.apply.structure.ExtraTables;
import io.sluice.contracts.errand.ObjectDifference;
import io.sluice.contracts.errand.ObjectDifference.Kind;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.dialect.ObjectKind;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares the definitions of both sides: both are read by what makes the structure, and told in its words. Sequences are
 * compared by where they are, too.
 */
public final class ObjectComparison {

    /** The kinds that come after all others. */
    private static final List<Kind> LATE = List.of(Kind.EXTRA, Kind.LAGGING);

    private final Connections source;
    private final Connections target;
    private final RunContext context;

    public ObjectComparison(Connections source, Connections target, RunContext context) {
        this.source = source;
        this.target = target;
        this.context = context;
    }

    /**
     * @param objects how many the source has
     * @param differences those at the end that are {@code LAGGING} are none
     */
    public record Result(long objects, List<ObjectDifference> differences) {

        public Result {
            differences = List.copyOf(differences);
        }

        /** How many there are, without what only lags. */
        public long total() {
            return differences.stream()
                    .filter(difference -> difference.kind() != Kind.LAGGING)
                    .count();
        }
    }

    /** @throws SluiceException when the databases cannot be read, also after a while */
    public Result run() {
        return new Patience(context.order().taskId(), context).retry(this::attempt);
    }

    private Result attempt() {
        TaskOrder order = context.order();
        TargetDialect dialect = TargetDialect.of(order.spec().dialect());
        if (!dialect.describesObjects()) {
            throw new SluiceException(
                    ErrorCode.NOT_AVAILABLE,
                    "Definitions cannot be compared with a target of the dialect "
                            + order.spec().dialect().label()
                            + " yet: its catalog is another one. Compare rows, and look at what the structure has listed.");
        }
        try (DatabaseSession onSource = DatabaseSession.open(source, context, List.of());
                DatabaseSession onTarget = DatabaseSession.open(target, context, dialect.sessionSetup())) {
            Distributions distributions = Distributions.read(onSource, onTarget, order.spec(), order.tables(), dialect);
            Definitions.Question question = new Definitions.Question(
                    order.spec(),
                    order.tables(),
                    dialect,
                    isQuiet(onTarget),
                    order.phase() == Phase.IDLE,
                    distributions);
            List<Definition> wanted = Definitions.ofSource(onSource, question);
            List<Definition> there = new ArrayList<>(Definitions.ofTarget(onTarget, question));
            there.addAll(ExtraTables.of(onSource, onTarget, question));
            List<ObjectDifference> differences = new ArrayList<>(DefinitionDifferences.between(wanted, there));
            differences.removeIf(difference -> isNoSchema(difference, onTarget));
            if (ObjectKind.TABLE.among(order.spec().structure().kinds())) {
                distributions.differing().forEach(one -> differences.add(distribution(one)));
            }
            differences.addAll(sequences(order, onSource, onTarget));
            // Only the first are kept: what the target lacks comes before what it has besides.
            differences.sort(comparingInt(difference -> LATE.indexOf(difference.kind())));
            return new Result(wanted.size(), differences);
        }
    }

    /**
     * Of the target's schemas those are read that the task's tables are in. So others of the source's seem to be missing, and
     * those that only mapped tables are in to be too many.
     */
    private static boolean isNoSchema(ObjectDifference difference, DatabaseSession target) {
        if (!difference.object().equals("SCHEMA")) {
            return false;
        }
        String name = difference.name().substring(DefinitionDifferences.MAKES_SCHEMA.length());
        return difference.kind() != Kind.MISSING
                || target.inTransaction("looking for a schema", connection -> {
                    try (PreparedStatement statement =
                            connection.prepareStatement("SELECT to_regnamespace(?) IS NOT NULL")) {
                        statement.setString(1, name);
                        try (ResultSet row = statement.executeQuery()) {
                            row.next();
                            return row.getBoolean(1);
                        }
                    }
                });
    }

    private static ObjectDifference distribution(Distributions.Differing table) {
        return new ObjectDifference(
                ObjectKind.TABLE.name(),
                Definitions.beginning(table.table()),
                Kind.DIFFERING,
                "distribution",
                table.wanted(),
                table.found());
    }

    /** While the task streams nothing moves the sequences of the target: the cutover does. */
    private static List<ObjectDifference> sequences(TaskOrder order, DatabaseSession source, DatabaseSession target) {
        boolean lagging = order.phase() != Phase.IDLE && order.spec().mode().streams();
        return new Sequences(order.spec(), order.tables(), 0)
                .behind(source, target).stream()
                        .map(behind -> new ObjectDifference(
                                "SEQUENCE",
                                "SEQUENCE " + behind.name(),
                                lagging ? Kind.LAGGING : Kind.DIFFERING,
                                "last value",
                                behind.source(),
                                behind.target()))
                        .toList();
    }

    /** Structure leaves what would fire until the end when it cannot be kept quiet. */
    private static boolean isQuiet(DatabaseSession target) {
        return target.inTransaction("asking for settings", ReplicaRole::isSet);
    }
}
