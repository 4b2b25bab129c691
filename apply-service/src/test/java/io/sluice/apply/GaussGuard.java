package io.sluice.apply;

import io.sluice.localstack.PostgresServer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Makes a database of a PostgreSQL refuse what the distributed GaussDB refuses of the tables that are distributed in it: an
 * UPDATE that sets a distribution column, whatever to; a unique key without it; foreign keys; ON CONFLICT. It keeps to that
 * where triggers are quiet, too. What it cannot do is to refuse the rest of PostgreSQL's grammar.
 */
public final class GaussGuard {

    private static final List<String> GUARD = List.of(
            "CREATE SCHEMA gauss_guard",
            """
            CREATE TABLE gauss_guard.distributed (relation regclass PRIMARY KEY, columns text[] NOT NULL)""",
            """
            CREATE FUNCTION gauss_guard.stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE 'Distributed key column can''t be updated in current version' USING ERRCODE = 'feature_not_supported';
            END $$""",
            """
            CREATE FUNCTION gauss_guard.speak() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF current_query() ~* 'ON\\s+CONFLICT|OVERRIDING\\s|\\sONLY\\s' THEN
                    RAISE 'syntax error in "%"', current_query() USING ERRCODE = 'syntax_error';
                END IF;
                RETURN NULL;
            END $$""",
            """
            CREATE FUNCTION gauss_guard.judge() RETURNS void LANGUAGE plpgsql AS $$
            DECLARE refused text;
            BEGIN
                SELECT i.indexrelid::regclass::text INTO refused
                FROM pg_index i JOIN gauss_guard.distributed d ON d.relation = i.indrelid
                WHERE (i.indisunique OR i.indisexclusion) AND cardinality(d.columns) > 0
                  AND NOT d.columns <@ ARRAY(SELECT a.attname::text FROM pg_attribute a
                      WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]));
                IF FOUND THEN
                    RAISE 'Cannot create index % whose evaluation cannot be enforced to remote nodes', refused
                        USING ERRCODE = 'feature_not_supported';
                END IF;
                SELECT c.conname INTO refused FROM pg_constraint c JOIN gauss_guard.distributed d
                    ON d.relation IN (c.conrelid, c.confrelid) WHERE c.contype = 'f';
                IF FOUND THEN
                    RAISE 'FOREIGN KEY ... REFERENCES constraint % is not yet supported', refused
                        USING ERRCODE = 'feature_not_supported';
                END IF;
            END $$""",
            """
            CREATE FUNCTION gauss_guard.look() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
                PERFORM gauss_guard.judge();
            END $$""",
            """
            CREATE FUNCTION gauss_guard.distribute(relation text, VARIADIC columns text[]) RETURNS void
            LANGUAGE plpgsql AS $$ BEGIN
                INSERT INTO gauss_guard.distributed VALUES (relation::regclass, columns);
                EXECUTE format('CREATE TRIGGER gauss_speak BEFORE INSERT OR UPDATE OR DELETE ON %s
                    FOR EACH STATEMENT EXECUTE FUNCTION gauss_guard.speak()', relation);
                EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER gauss_speak', relation);
                IF cardinality(columns) > 0 THEN
                    EXECUTE format('CREATE TRIGGER gauss_stay BEFORE UPDATE OF %s ON %s
                        FOR EACH STATEMENT EXECUTE FUNCTION gauss_guard.stay()',
                        (SELECT string_agg(quote_ident(name), ', ') FROM unnest(columns) AS name), relation);
                    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER gauss_stay', relation);
                END IF;
                PERFORM gauss_guard.judge();
            END $$""",
            "CREATE EVENT TRIGGER gauss_look ON ddl_command_end EXECUTE FUNCTION gauss_guard.look()",
            "ALTER EVENT TRIGGER gauss_look ENABLE ALWAYS");

    private GaussGuard() {}

    public static void install(PostgresServer server, String database) {
        server.execute(database, GUARD.toArray(String[]::new));
    }

    /**
     * The statement that makes a table of a guarded database a distributed one.
     *
     * @param table quoted
     * @param columns by which its rows are spread; none when all of them are on every node
     */
    public static String distribute(String table, String... columns) {
        return "SELECT gauss_guard.distribute('" + table.replace("'", "''") + "'"
                + (columns.length == 0 ? ", VARIADIC '{}'::text[]" : "")
                + Arrays.stream(columns)
                        .map(column -> ", '" + column.replace("'", "''") + "'")
                        .collect(Collectors.joining())
                + ")";
    }
}
