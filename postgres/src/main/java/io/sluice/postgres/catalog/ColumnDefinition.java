package io.sluice.postgres.catalog;

import org.jspecify.annotations.Nullable;

/**
 * @param type as {@code format_type} writes it, qualified where it is not built in
 * @param castType the type without length or precision: a cast to it cuts nothing, while the assignment to a column that
 *     is too short is refused
 * @param builtInType the type comes with every PostgreSQL, so that its OID and binary form are the same everywhere
 * @param binaryType the built-in type, without length or precision, whose binary form the values have: a domain's is that
 *     of its base type. {@link #ENUM} for every enum, whose values go as their labels; null for any other type of users
 *     and for domains over such, or over another domain
 * @param defaultExpression null when there is none, and for generated columns
 * @param collation qualified and quoted; null for the default of the type
 * @param equality the operator by which a unique index on the column tells values apart; qualified when an extension
 *     brought it, since no search path is relied on
 */
public record ColumnDefinition(
        String name,
        String type,
        String castType,
        boolean builtInType,
        @Nullable String binaryType,
        boolean notNull,
        @Nullable String defaultExpression,
        Identity identity,
        @Nullable String generatedAs,
        @Nullable String collation,
        String equality) {

    /** No type of PostgreSQL is called so. */
    public static final String ENUM = "enum";

    /** {@code GENERATED … AS IDENTITY}. */
    public enum Identity {
        NONE,
        ALWAYS,
        BY_DEFAULT
    }

    /** The database computes the value: it is neither copied nor written. */
    public boolean generated() {
        return generatedAs != null;
    }
}
