package io.sluice.apply.structure;

/** An object of the source by its catalog and OID, as {@code pg_depend} names it. */
record Ref(long catalog, long oid) {

    static final long CLASS = 1259;
    static final long TYPE = 1247;
    static final long PROC = 1255;
    static final long ATTRDEF = 2604;
    static final long CAST = 2605;
    static final long CONSTRAINT = 2606;
    static final long OPERATOR = 2617;
    static final long REWRITE = 2618;
    static final long NAMESPACE = 2615;
    static final long TRIGGER = 2620;
    static final long EXTENSION = 3079;
    static final long POLICY = 3256;
    static final long STATISTICS = 3381;
    static final long COLLATION = 3456;

    // What is no object of the catalog for itself but is made for itself; the OID is that of the object it belongs to.
    static final long REFRESH = -1;
    static final long SECURITY = -2;
    static final long FORCED_SECURITY = -3;
    static final long COMMENTS = -4;
    static final long GRANTS = -5;
    static final long OWNER = -6;
    static final long SETTINGS = -7;
    static final long KEY = -8;
    static final long ATTACHMENT = -9;
    static final long IDENTITY = -10;
    static final long INHERITED_DEFAULTS = -11;
    static final long COMPUTED = -12;
    static final long UNLOGGED = -13;

    static Ref relation(long oid) {
        return new Ref(CLASS, oid);
    }
}
