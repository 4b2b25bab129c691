package io.sluice.localstack;

import java.util.List;

/**
 * Makes a database of a PostgreSQL tell of its distributed tables what Citus tells, and refuse what Citus refuses: a table is
 * empty when it becomes a distributed one, has no unique key without the distribution column, and no UPDATE changes that
 * column. All of it is in {@code pg_catalog}, so that no comparison
 * of objects finds it.
 */
public final class CitusGuard {

    private static final List<String> GUARD = List.of(
            "SET allow_system_table_mods = on",
            """
            CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass PRIMARY KEY, partmethod "char" NOT NULL,
                partkey text, colocationid int NOT NULL, repmodel "char" NOT NULL)""",
            "GRANT SELECT ON pg_catalog.pg_dist_partition TO PUBLIC",
            """
            CREATE FUNCTION pg_catalog.column_to_column_name(relation regclass, partkey text) RETURNS text
            LANGUAGE sql STRICT AS $$ SELECT substr(partkey, 5) $$""",
            """
            CREATE FUNCTION pg_catalog.citus_guard_stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF to_jsonb(new) -> tg_argv[0] <> to_jsonb(old) -> tg_argv[0] THEN
                    RAISE 'modifying the partition value of rows is not allowed' USING ERRCODE = 'feature_not_supported';
                END IF;
                RETURN new;
            END $$""",
            """
            CREATE FUNCTION pg_catalog.create_distributed_table(relation regclass, by text) RETURNS void
            LANGUAGE plpgsql AS $$
            DECLARE filled boolean;
            BEGIN
                EXECUTE format('SELECT EXISTS (SELECT FROM %s)', relation) INTO filled;
                IF filled THEN RAISE 'a table with rows'; END IF;
                INSERT INTO pg_catalog.pg_dist_partition VALUES (relation, 'h', 'VAR ' || by, 1, 's');
                EXECUTE format('CREATE TRIGGER stay BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION'
                    || ' pg_catalog.citus_guard_stay(%L)', relation, by);
                EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER stay', relation);
                UPDATE pg_trigger SET tgisinternal = true WHERE tgrelid = relation AND tgname = 'stay';
            END $$""",
            """
            CREATE FUNCTION pg_catalog.create_reference_table(relation regclass) RETURNS void LANGUAGE sql AS $$
                INSERT INTO pg_catalog.pg_dist_partition VALUES (relation, 'n', NULL, 2, 't') $$""",
            """
            CREATE FUNCTION pg_catalog.citus_guard_keys() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
                IF EXISTS (SELECT FROM pg_index i JOIN pg_catalog.pg_dist_partition p ON p.logicalrelid = i.indrelid
                           JOIN pg_attribute a ON a.attrelid = i.indrelid
                               AND a.attname = column_to_column_name(i.indrelid, p.partkey)
                           WHERE i.indisunique AND a.attnum <> ALL (i.indkey::int2[])) THEN
                    RAISE 'a unique key without the distribution column';
                END IF;
            END $$""",
            "CREATE EVENT TRIGGER citus_guard_keys ON ddl_command_end EXECUTE FUNCTION pg_catalog.citus_guard_keys()",
            "ALTER EVENT TRIGGER citus_guard_keys ENABLE ALWAYS",
            """
            INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
            SELECT 900000, 'citus', 10, 'pg_catalog'::regnamespace, false, '13.0-1'""");

    private CitusGuard() {}

    public static void install(PostgresServer server, String database) {
        server.execute(database, GUARD.toArray(String[]::new));
    }
}
