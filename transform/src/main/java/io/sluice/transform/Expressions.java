package io.sluice.transform;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelSource;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.extensions.CelExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.cel.runtime.Program;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** CEL as Sluice uses it: what names there are, and how much an expression may ask for. */
final class Expressions {

    static final String ROW = "row";
    static final String BEFORE = "before";
    static final String OP = "op";
    static final String TABLE = "table";
    static final String COMMIT_TIME = "commitTime";

    /** Of a whole expression. */
    static final int MOST_CHARACTERS = 4096;

    private static final CelOptions OPTIONS = CelOptions.current()
            .maxExpressionCodePointSize(MOST_CHARACTERS)
            .maxParseRecursionDepth(64)
            .maxParseErrorRecoveryLimit(10)
            // For one row, all loops together.
            .comprehensionMaxIterations(1_000)
            .maxRegexProgramSize(1_000)
            .enableHeterogeneousNumericComparisons(true)
            .enableQuotedIdentifierSyntax(true)
            .build();

    private static final CelCompiler COMPILER = CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(OPTIONS)
            .setStandardMacros(EnumSet.allOf(CelStandardMacro.class))
            .addLibraries(CelExtensions.strings())
            .addFunctionDeclarations(Functions.DECLARATIONS)
            .addVar(BEFORE, SimpleType.DYN)
            .addVar(OP, SimpleType.STRING)
            .addVar(TABLE, SimpleType.STRING)
            .addVar(COMMIT_TIME, SimpleType.DYN)
            .build();

    private static final CelRuntime RUNTIME = CelRuntimeFactory.plannerRuntimeBuilder()
            .setOptions(OPTIONS)
            .addLibraries(CelExtensions.strings())
            .addFunctionBindings(Functions.BINDINGS)
            .build();

    private Expressions() {}

    static CelAbstractSyntaxTree parse(String text) throws InvalidExpressionException {
        try {
            return COMPILER.parse(text).getAst();
        } catch (CelValidationException e) {
            throw invalid(e);
        }
    }

    /** A part of a parsed expression in which columns have become variables, with the type of its value. */
    record Compiled(Program program, CelKind kind) {}

    static Compiled compile(CelExpr part, CelSource source, List<Reference> references)
            throws InvalidExpressionException {
        CelCompilerBuilder builder = COMPILER.toCompilerBuilder();
        references.forEach(reference -> builder.addVar(reference.variable(), SimpleType.DYN));
        try {
            CelAbstractSyntaxTree checked = builder.build()
                    .check(CelAbstractSyntaxTree.newParsedAst(part, source))
                    .getAst();
            return new Compiled(
                    RUNTIME.createProgram(checked), checked.getResultType().kind());
        } catch (CelValidationException e) {
            throw invalid(e);
        } catch (CelEvaluationException e) {
            throw new InvalidExpressionException(place(part, source), String.valueOf(e.getMessage()));
        }
    }

    /** {@code line:column}, both from 1. */
    static String place(CelExpr part, CelSource source) {
        Integer offset = source.getPositionsMap().get(part.id());
        return offset == null
                ? "1:1"
                : source.getOffsetLocation(offset)
                        .map(location -> location.getLine() + ":" + (location.getColumn() + 1))
                        .orElse("1:1");
    }

    private static InvalidExpressionException invalid(CelValidationException error) {
        List<CelIssue> issues = error.getErrors();
        if (issues.isEmpty()) {
            return new InvalidExpressionException("1:1", String.valueOf(error.getMessage()));
        }
        CelIssue first = issues.getFirst();
        return new InvalidExpressionException(
                Math.max(1, first.getSourceLocation().getLine()) + ":"
                        + (Math.max(0, first.getSourceLocation().getColumn()) + 1),
                first.getMessage().strip().replaceAll("\\s+", " "));
    }

    /** Names that mean something, and that no loop may use for itself. */
    static final Set<String> TAKEN = Set.of(ROW, BEFORE, OP, TABLE, COMMIT_TIME);
}
