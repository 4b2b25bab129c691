package io.sluice.transform;

import com.google.common.collect.ImmutableList;
import dev.cel.common.CelSource;
import dev.cel.common.Operator;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelCall;
import dev.cel.common.ast.CelExpr.CelComprehension;
import dev.cel.common.ast.CelExpr.CelMap;
import dev.cel.common.ast.CelExpr.ExprKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Finds the columns that a part of an expression looks at, and makes variables of them. One use per object. */
final class ColumnFinder {

    private final CelSource source;
    private final Map<String, Reference> found = new LinkedHashMap<>();
    private final Set<String> others = new TreeSet<>();

    ColumnFinder(CelSource source) {
        this.source = source;
    }

    List<Reference> references() {
        return List.copyOf(found.values());
    }

    /** Of {@code before}, {@code op}, {@code commitTime} and {@code table} those that are looked at. */
    Set<String> others() {
        return others;
    }

    /** The column that {@code row.column} or {@code row["column"]} means; null when it is something else. */
    static @Nullable String columnOf(CelExpr part, String of) {
        if (part.getKind() == ExprKind.Kind.SELECT
                && !part.select().testOnly()
                && isIdent(part.select().operand(), of)) {
            return part.select().field();
        }
        if (part.getKind() == ExprKind.Kind.CALL
                && part.call().function().equals(Operator.INDEX.getFunction())
                && isIdent(part.call().args().getFirst(), of)
                && part.call().args().get(1).getKind() == ExprKind.Kind.CONSTANT
                && part.call().args().get(1).constant().getKind() == CelConstant.Kind.STRING_VALUE) {
            return part.call().args().get(1).constant().stringValue();
        }
        return null;
    }

    private static boolean isIdent(CelExpr part, String name) {
        return part.getKind() == ExprKind.Kind.IDENT && part.ident().name().equals(name);
    }

    CelExpr replace(CelExpr part) throws InvalidExpressionException {
        String ofRow = columnOf(part, Expressions.ROW);
        if (ofRow != null) {
            return variable(part, ofRow, false);
        }
        String ofBefore = columnOf(part, Expressions.BEFORE);
        if (ofBefore != null) {
            return variable(part, ofBefore, true);
        }
        return switch (part.getKind()) {
            case IDENT -> ident(part);
            case SELECT -> select(part);
            case CALL -> call(part);
            case LIST ->
                CelExpr.ofList(
                        part.id(), all(part.list().elements()), part.list().optionalIndices());
            case MAP -> map(part);
            case COMPREHENSION -> comprehension(part);
            case CONSTANT -> part;
            case STRUCT, NOT_SET ->
                throw new InvalidExpressionException(
                        place(part), "messages cannot be made here; write {\"column\": …}");
        };
    }

    private CelExpr variable(CelExpr part, String column, boolean before) {
        Reference reference = found.computeIfAbsent(
                (before ? "b" : "r") + column, key -> new Reference("column_" + found.size(), column, before));
        if (before) {
            others.add(Expressions.BEFORE);
        }
        return CelExpr.ofIdent(part.id(), reference.variable());
    }

    private CelExpr ident(CelExpr part) throws InvalidExpressionException {
        String name = part.ident().name();
        if (name.equals(Expressions.ROW)) {
            throw new InvalidExpressionException(
                    place(part), "row must be followed by a column: row.name, or row[\"name\"]");
        }
        if (Expressions.TAKEN.contains(name)) {
            others.add(name);
        }
        return part;
    }

    private CelExpr select(CelExpr part) throws InvalidExpressionException {
        CelExpr operand = part.select().operand();
        if (part.select().testOnly() && (isIdent(operand, Expressions.ROW) || isIdent(operand, Expressions.BEFORE))) {
            throw new InvalidExpressionException(
                    place(part),
                    "every row has all columns of the table; ask for NULL with "
                            + operand.ident().name() + "." + part.select().field() + " != null");
        }
        return CelExpr.ofSelect(
                part.id(),
                replace(operand),
                part.select().field(),
                part.select().testOnly());
    }

    private CelExpr call(CelExpr part) throws InvalidExpressionException {
        CelCall call = part.call();
        Optional<CelExpr> target = call.target();
        return CelExpr.ofCall(
                part.id(),
                target.isPresent() ? Optional.of(replace(target.get())) : Optional.empty(),
                call.function(),
                all(call.args()));
    }

    private CelExpr map(CelExpr part) throws InvalidExpressionException {
        List<CelMap.Entry> entries = new ArrayList<>();
        for (CelMap.Entry entry : part.map().entries()) {
            entries.add(CelExpr.ofMapEntry(
                    entry.id(), replace(entry.key()), replace(entry.value()), entry.optionalEntry()));
        }
        return CelExpr.ofMap(part.id(), ImmutableList.copyOf(entries));
    }

    private CelExpr comprehension(CelExpr part) throws InvalidExpressionException {
        CelComprehension loop = part.comprehension();
        if (Expressions.TAKEN.contains(loop.iterVar()) || Expressions.TAKEN.contains(loop.iterVar2())) {
            throw new InvalidExpressionException(
                    place(part), loop.iterVar() + " has a meaning already; call the variable otherwise");
        }
        return CelExpr.ofComprehension(
                part.id(),
                loop.iterVar(),
                loop.iterVar2(),
                replace(loop.iterRange()),
                loop.accuVar(),
                replace(loop.accuInit()),
                replace(loop.loopCondition()),
                replace(loop.loopStep()),
                replace(loop.result()));
    }

    private ImmutableList<CelExpr> all(List<CelExpr> parts) throws InvalidExpressionException {
        List<CelExpr> replaced = new ArrayList<>();
        for (CelExpr part : parts) {
            replaced.add(replace(part));
        }
        return ImmutableList.copyOf(replaced);
    }

    private String place(CelExpr part) {
        return Expressions.place(part, source);
    }
}
