package io.sluice.transform;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelSource;
import dev.cel.common.Operator;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelMap;
import dev.cel.common.ast.CelExpr.ExprKind;
import dev.cel.common.types.CelKind;
import io.sluice.transform.Decision.Choice;
import io.sluice.transform.Decision.Drop;
import io.sluice.transform.Decision.Filter;
import io.sluice.transform.Decision.Keep;
import io.sluice.transform.Decision.Outcome;
import io.sluice.transform.Expressions.Compiled;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Takes an expression apart: conditions, ends and the values in them. So it is known before the first row which columns an
 * expression can write and which it looks at, and of an old row no more than the conditions need be known. One use per
 * object.
 */
final class ExpressionReader {

    private static final Set<CelKind> CONDITIONS = Set.of(CelKind.BOOL, CelKind.DYN);
    private static final Set<CelKind> FILTERS = Set.of(CelKind.BOOL, CelKind.DYN, CelKind.NULL_TYPE);
    private static final Set<CelKind> NO_VALUES = Set.of(CelKind.LIST, CelKind.MAP, CelKind.TYPE, CelKind.STRUCT);

    private final CelSource source;
    private final CelExpr whole;
    private final List<Formula> conditions = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private boolean drops;

    ExpressionReader(String text) throws InvalidExpressionException {
        CelAbstractSyntaxTree parsed = Expressions.parse(text);
        this.source = parsed.getSource();
        this.whole = parsed.getExpr();
    }

    RowTransform read() throws InvalidExpressionException {
        Decision decision = decision(whole);
        return new RowTransform(decision, conditions, outcomes, drops);
    }

    private Decision decision(CelExpr part) throws InvalidExpressionException {
        if (isChoice(part)) {
            List<CelExpr> args = part.call().args();
            Formula condition = condition(args.get(0));
            conditions.add(condition);
            return new Choice(condition, decision(args.get(1)), decision(args.get(2)));
        }
        if (part.getKind() == ExprKind.Kind.CONSTANT) {
            CelConstant constant = part.constant();
            if (constant.getKind() == CelConstant.Kind.NULL_VALUE) {
                return drop();
            }
            if (constant.getKind() == CelConstant.Kind.BOOLEAN_VALUE) {
                return constant.booleanValue() ? keep(Map.of()) : drop();
            }
        }
        if (part.getKind() == ExprKind.Kind.IDENT && part.ident().name().equals(Expressions.ROW)) {
            return keep(Map.of());
        }
        if (part.getKind() == ExprKind.Kind.MAP) {
            return keep(values(part));
        }
        Typed filter = formula(part);
        if (!FILTERS.contains(filter.kind())) {
            throw new InvalidExpressionException(
                    filter.formula().place(), "the result must be true, false, null, row or {\"column\": …}");
        }
        conditions.add(filter.formula());
        outcomes.add(Outcome.UNCHANGED);
        drops = true;
        return new Filter(filter.formula());
    }

    private Decision drop() {
        drops = true;
        return new Drop();
    }

    private Decision keep(Map<String, Value> values) {
        Outcome outcome = values.isEmpty() ? Outcome.UNCHANGED : new Outcome(values);
        outcomes.add(outcome);
        return new Keep(outcome);
    }

    private Map<String, Value> values(CelExpr part) throws InvalidExpressionException {
        Map<String, Value> values = new LinkedHashMap<>();
        Set<String> named = new HashSet<>();
        for (CelMap.Entry entry : part.map().entries()) {
            CelExpr key = entry.key();
            if (key.getKind() != ExprKind.Kind.CONSTANT
                    || key.constant().getKind() != CelConstant.Kind.STRING_VALUE
                    || key.constant().stringValue().isEmpty()
                    || entry.optionalEntry()) {
                throw new InvalidExpressionException(
                        Expressions.place(key, source),
                        "the names of columns must be written out as texts: {\"name\": …}");
            }
            String column = key.constant().stringValue();
            if (!named.add(column)) {
                throw new InvalidExpressionException(
                        Expressions.place(key, source), "column " + column + " is named twice");
            }
            Value value = value(entry.value());
            // A column that is itself stays as it is.
            if (!(value instanceof Value.Copy copy && copy.column().equals(column))) {
                values.put(column, value);
            }
        }
        return values;
    }

    private Value value(CelExpr part) throws InvalidExpressionException {
        String column = ColumnFinder.columnOf(part, Expressions.ROW);
        if (column != null) {
            return new Value.Copy(Expressions.place(part, source), column);
        }
        if (part.getKind() == ExprKind.Kind.CONSTANT && part.constant().getKind() == CelConstant.Kind.NULL_VALUE) {
            return new Value.Constant(null);
        }
        if (isChoice(part)) {
            List<CelExpr> args = part.call().args();
            return new Value.Either(condition(args.get(0)), value(args.get(1)), value(args.get(2)));
        }
        Typed computed = formula(part);
        if (NO_VALUES.contains(computed.kind())) {
            throw new InvalidExpressionException(
                    computed.formula().place(), "a column takes no list and no map; make a string of it");
        }
        return new Value.Computed(computed.formula());
    }

    private Formula condition(CelExpr part) throws InvalidExpressionException {
        Typed condition = formula(part);
        if (!CONDITIONS.contains(condition.kind())) {
            throw new InvalidExpressionException(condition.formula().place(), "a condition must be true or false");
        }
        return condition.formula();
    }

    /** @param kind of its value, as far as CEL can say before there is a row */
    private record Typed(Formula formula, CelKind kind) {}

    private Typed formula(CelExpr part) throws InvalidExpressionException {
        ColumnFinder finder = new ColumnFinder(source);
        CelExpr replaced = finder.replace(part);
        Compiled compiled = Expressions.compile(replaced, source, finder.references());
        return new Typed(
                new Formula(Expressions.place(part, source), compiled.program(), finder.references(), finder.others()),
                compiled.kind());
    }

    private static boolean isChoice(CelExpr part) {
        return part.getKind() == ExprKind.Kind.CALL
                && part.call().function().equals(Operator.CONDITIONAL.getFunction());
    }
}
