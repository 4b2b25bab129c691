package io.sluice.postgres;

/** The schemas that Sluice makes: what is in them is no part of anybody's task. */
public final class OwnSchemas {

    /** On a target, for what is kept of its tasks. */
    public static final String BOOKKEEPING = "_sluice";

    /** On a source, for the functions and tables of the event triggers. */
    public static final String DDL = "_sluice_ddl";

    /** For the list of an IN in SQL. */
    public static final String LIST = "'" + BOOKKEEPING + "', '" + DDL + "'";

    private OwnSchemas() {}

    public static boolean has(String schema) {
        return schema.equals(BOOKKEEPING) || schema.equals(DDL);
    }
}
