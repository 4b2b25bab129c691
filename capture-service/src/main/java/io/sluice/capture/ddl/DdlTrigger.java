package io.sluice.capture.ddl;

import io.sluice.contracts.change.DdlContent;
import io.sluice.postgres.Identifier;

/** The text of the function that the event triggers run; {@link DdlCapture} installs it. */
final class DdlTrigger {

    /**
     * What became of partitions between two looks; nothing where the first one does not know of any. What they are partitions
     * of may have got another name, which is no news of each. To be asked for its key it is locked: only that is, to which the
     * command itself has given or taken one.
     */
    private static final String MOVED = """
            (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                    'before', b.part || jsonb_build_object('parentKey', CASE WHEN a.part IS NULL
                        THEN pg_get_partkeydef((b.part #>> '{parent,oid}')::oid) END),
                    'after', a.part || CASE WHEN b.part IS NULL THEN jsonb_build_object(
                        'parentKey', pg_get_partkeydef((a.part #>> '{parent,oid}')::oid),
                        'key', pg_get_partkeydef((a.part ->> 'oid')::oid)) ELSE '{}' END,
                    'dropped', a.part IS NULL AND NOT EXISTS (
                        SELECT FROM pg_class c WHERE c.oid = (b.part ->> 'oid')::oid)))
                    ORDER BY a.place, b.place), '[]')
                FROM jsonb_array_elements(known -> 'partitions') WITH ORDINALITY AS b (part, place)
                FULL JOIN jsonb_array_elements(found -> 'partitions') WITH ORDINALITY AS a (part, place)
                    ON a.part ->> 'oid' = b.part ->> 'oid'
                WHERE known ? 'partitions' AND a.part - 'parent' IS DISTINCT FROM b.part - 'parent')""";

    private DdlTrigger() {}

    /**
     * Tells of every table of the task that a command has changed or dropped, of tables that were made, and of schemas,
     * views and types. The mirror has the name of the function.
     *
     * <p>What becomes of values that no change of rows tells of ({@code table_rewrite}) is noted in the mirror until the end of
     * the command; 4 is the reason that has to do with columns that were there before. What the command said of it is looked
     * for in its text, the client's or, from within a function, the context's; a text that is not there may have said
     * anything.
     *
     * <p>A message is followed by an empty one, which nobody reads. PostgreSQL merges what the subtransactions of a transaction
     * have done by where it begins in the log, but for a message, of which it takes the end ({@code logicalmsg_decode}). That
     * is where the next record begins: the first row after the command, which may be of the transaction itself while the
     * message is of the function's block. Either may then come first, and does when somebody else commits a change of the
     * catalog in between.
     *
     * <p>Each renaming of a table of the task has a number, so that whoever knows the tables by their names of some time can
     * tell what they are called now. Two transactions that rename one come one after the other.
     *
     * @param others the table that has what views and types looked like last
     * @param look the function that tells what one looks like
     */
    static String function(
            String function, String shape, String partitions, String others, String look, String taskId) {
        return """
                CREATE OR REPLACE FUNCTION %1$s() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
                SET search_path = pg_catalog AS $sluice$
                DECLARE
                    objects jsonb := '[]';
                    touched oid[] := '{}';
                    wholes oid[] := '{}';
                    looked boolean := false;
                    made oid[] := '{}';
                    command record;
                    relation oid;
                    known jsonb;
                    found jsonb;
                    rewrites jsonb;
                    moved jsonb;
                    renaming bigint;
                    other jsonb;
                    earlier jsonb;
                    classes oid[] := '{}';
                    ids oid[] := '{}';
                    class_of oid;
                    object oid;
                    dependent record;
                    context text;
                    said text;
                    message jsonb;
                BEGIN
                    IF TG_EVENT = 'table_rewrite' THEN
                        touched := touched || pg_event_trigger_table_rewrite_oid();
                        GET DIAGNOSTICS context = PG_CONTEXT;
                        said := CASE WHEN strpos(context, chr(10)) = 0 THEN current_query()
                            WHEN split_part(context, chr(10), 2) ~* '[[:<:]]alter[[:>:]]' THEN context END;
                        rewrites := '["ROWS"]';
                        IF pg_event_trigger_table_rewrite_reason() & 4 <> 0 THEN
                            rewrites := rewrites
                                || CASE WHEN said !~* '[[:<:]]using[[:>:]]' THEN '["CAST"]' ELSE '["COMPUTED"]' END::jsonb;
                        END IF;
                        IF (said ~* '[[:<:]](set|drop)[[:>:]][^,]*[[:<:]]default[[:>:]]') IS NOT FALSE THEN
                            rewrites := rewrites || '["OTHER_DEFAULTS"]';
                        END IF;
                        UPDATE %1$s m
                        SET shape = m.shape
                            || jsonb_build_object('rewrites', coalesce(m.shape -> 'rewrites', '[]') || rewrites)
                        WHERE m.oid <> 0 AND (m.oid = pg_event_trigger_table_rewrite_oid() OR m.oid IN (
                            SELECT a FROM pg_partition_ancestors(pg_event_trigger_table_rewrite_oid()) AS a));
                        RETURN;
                    ELSIF TG_EVENT = 'sql_drop' THEN
                        FOR command IN SELECT * FROM pg_event_trigger_dropped_objects() WHERE NOT is_temporary LOOP
                            known := NULL;
                            earlier := NULL;
                            IF command.classid = 'pg_class'::regclass THEN
                                SELECT m.shape INTO known FROM %1$s m WHERE m.oid = command.objid AND m.oid <> 0;
                                wholes := wholes || ARRAY(SELECT m.oid FROM %1$s m
                                    WHERE command.object_type = 'table' AND m.shape -> 'partitions'
                                        @> jsonb_build_array(jsonb_build_object('oid', command.objid::bigint)));
                            END IF;
                            IF known IS NOT NULL AND command.objsubid = 0 THEN
                                objects := objects || jsonb_build_object('type', 'table', 'dropped', true,
                                    'schema', command.schema_name, 'name', command.object_name,
                                    'identity', command.object_identity, 'before', known - 'partitions');
                                UPDATE %1$s m SET names = m.names || jsonb_build_array(jsonb_build_object(
                                    'oid', command.objid::bigint,
                                    'names', (SELECT d.names FROM %1$s d WHERE d.oid = command.objid)
                                        || jsonb_build_array(jsonb_build_object(
                                            'schema', known -> 'schema', 'name', known -> 'name'))))
                                WHERE m.oid = 0;
                                DELETE FROM %1$s WHERE oid = command.objid;
                                CONTINUE;
                            END IF;
                            DELETE FROM %7$s o
                            WHERE o.class = command.classid AND o.id = command.objid AND command.objsubid = 0
                            RETURNING o.shape INTO earlier;
                            IF earlier IS NOT NULL THEN
                                objects := objects || jsonb_build_object('type', earlier -> 'type', 'dropped', true,
                                    'schema', command.schema_name, 'name', command.object_name,
                                    'identity', command.object_identity, 'earlier', earlier - '{type,labels}'::text[]);
                            ELSIF known IS NOT NULL THEN
                                touched := touched || command.objid;
                            ELSIF command.object_type = 'composite type column' THEN
                                classes := classes || 'pg_type'::regclass::oid;
                                ids := ids || (SELECT c.reltype FROM pg_class c WHERE c.oid = command.objid);
                            ELSIF command.object_type = 'index' THEN
                                touched := touched || ARRAY(SELECT m.oid FROM %1$s m
                                    WHERE m.shape ->> 'schema' = command.schema_name AND m.shape -> 'indexes'
                                        @> jsonb_build_array(jsonb_build_object('name', command.object_name)));
                            ELSIF command.object_type = 'table constraint' THEN
                                touched := touched || ARRAY(SELECT m.oid FROM %1$s m
                                    WHERE m.shape ->> 'schema' = command.address_names[1]
                                        AND m.shape ->> 'name' = command.address_names[2]);
                            ELSIF command.original
                                AND command.object_type IN ('schema', 'view', 'materialized view', 'table', 'type') THEN
                                objects := objects || jsonb_build_object('type', command.object_type, 'dropped', true,
                                    'schema', command.schema_name, 'name', command.object_name,
                                    'identity', command.object_identity);
                            END IF;
                        END LOOP;
                    ELSE
                        FOR command IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE NOT in_extension LOOP
                            CONTINUE WHEN command.schema_name LIKE 'pg\\_temp%%' OR command.schema_name = 'pg_toast';
                            relation := NULL;
                            IF command.classid = 'pg_class'::regclass THEN
                                SELECT coalesce(i.indrelid, c.oid) INTO relation
                                FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
                                WHERE c.oid = command.objid AND c.relkind IN ('r', 'p', 'i', 'I');
                            ELSIF command.classid = 'pg_constraint'::regclass THEN
                                SELECT nullif(k.conrelid, 0) INTO relation FROM pg_constraint k WHERE k.oid = command.objid;
                            END IF;
                            IF relation IS NOT NULL THEN
                                touched := touched || relation;
                                wholes := wholes || ARRAY(SELECT m.oid FROM %1$s m
                                    WHERE m.oid IN (SELECT a FROM pg_partition_ancestors(relation) AS a));
                                IF command.command_tag IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO')
                                    AND command.objid = relation THEN
                                    made := made || relation;
                                END IF;
                            ELSIF command.object_type = 'schema' THEN
                                objects := objects || (SELECT jsonb_build_object('type', 'schema', 'name', n.nspname,
                                    'identity', command.object_identity) FROM pg_namespace n WHERE n.oid = command.objid);
                                touched := touched || ARRAY(SELECT m.oid
                                    FROM %1$s m JOIN pg_class c ON c.oid = m.oid JOIN pg_namespace n ON n.oid = c.relnamespace
                                    WHERE n.oid = command.objid AND m.shape ->> 'schema' <> n.nspname);
                                IF TG_TAG = 'ALTER SCHEMA' THEN
                                    FOR class_of, object IN SELECT o.class, o.id
                                        FROM %7$s o
                                        LEFT JOIN pg_class c ON o.class = 'pg_class'::regclass AND c.oid = o.id
                                        LEFT JOIN pg_type t ON o.class = 'pg_type'::regclass AND t.oid = o.id
                                        WHERE coalesce(c.relnamespace, t.typnamespace) = command.objid LOOP
                                        classes := classes || class_of;
                                        ids := ids || object;
                                    END LOOP;
                                END IF;
                            ELSE
                                class_of := CASE WHEN command.object_type ~ '^(materialized )?view' THEN 'pg_class'::regclass
                                    ELSE 'pg_type'::regclass END;
                                object := CASE
                                    WHEN class_of = 'pg_class'::regclass OR command.object_type = 'type' THEN command.objid
                                    WHEN command.object_type LIKE 'composite type%%' THEN (
                                        SELECT c.reltype FROM pg_class c WHERE c.oid = command.objid)
                                    WHEN command.classid = 'pg_constraint'::regclass THEN (
                                        SELECT k.contypid FROM pg_constraint k WHERE k.oid = command.objid) END;
                                IF object IS NOT NULL THEN
                                    classes := classes || class_of;
                                    ids := ids || object;
                                END IF;
                            END IF;
                        END LOOP;
                        IF TG_TAG LIKE 'ALTER %%' THEN
                            -- A command writes the tables anew that inherit from its own, too.
                            touched := touched || ARRAY(SELECT m.oid FROM %1$s m WHERE m.shape ? 'rewrites');
                        END IF;
                    END IF;
                    FOR class_of, object IN SELECT DISTINCT u.class, u.id FROM unnest(classes, ids) AS u (class, id) LOOP
                        earlier := NULL;
                        SELECT o.shape INTO earlier FROM %7$s o WHERE o.class = class_of AND o.id = object FOR UPDATE;
                        other := %8$s(class_of, object, true);
                        CONTINUE WHEN other IS NULL;
                        objects := objects || (other || jsonb_build_object('earlier', earlier - '{type,labels}'::text[]));
                        INSERT INTO %7$s AS o (class, id, shape) VALUES (class_of, object, %8$s(class_of, object, false))
                        ON CONFLICT (class, id) DO UPDATE SET shape = excluded.shape;
                        CONTINUE WHEN other ->> 'type' <> 'type' OR earlier IS NULL
                            OR (earlier ->> 'schema', earlier ->> 'name') = (other ->> 'schema', other ->> 'name');
                        -- What is made of the type is called differently by that alone.
                        FOR dependent IN SELECT o.class, o.id FROM %7$s o
                            WHERE strpos(o.shape::text, earlier ->> 'name') > 0 AND o.id <> ALL (ids) FOR UPDATE LOOP
                            UPDATE %7$s o SET shape = coalesce(%8$s(o.class, o.id, false), o.shape)
                            WHERE o.class = dependent.class AND o.id = dependent.id;
                        END LOOP;
                        FOR relation, known IN SELECT m.oid, m.shape FROM %1$s m
                            WHERE m.oid <> 0 AND strpos(m.shape::text, earlier ->> 'name') > 0 FOR UPDATE LOOP
                            found := %2$s(relation);
                            UPDATE %1$s m SET shape = found
                            WHERE m.oid = relation AND found <> known AND found - '{columns,constraints,indexes}'::text[]
                                = known - '{columns,constraints,indexes}'::text[]
                                AND (SELECT jsonb_agg(c - '{type,default,generated,typeDefault}'::text[])
                                    FROM jsonb_array_elements(found -> 'columns') c)
                                = (SELECT jsonb_agg(c - '{type,default,generated,typeDefault}'::text[])
                                    FROM jsonb_array_elements(known -> 'columns') c);
                        END LOOP;
                    END LOOP;
                    looked := true;
                    FOR relation IN SELECT DISTINCT u FROM unnest(touched) AS u LOOP
                        -- Whoever is about to change it has told of that first.
                        known := NULL;
                        SELECT m.shape INTO known FROM %1$s m WHERE m.oid = relation AND m.oid <> 0 FOR UPDATE;
                        found := %2$s(relation);
                        rewrites := coalesce(known -> 'rewrites', '[]');
                        IF known ? 'rewrites' THEN
                            known := known - 'rewrites';
                            UPDATE %1$s SET shape = known WHERE oid = relation;
                        END IF;
                        IF found IS NULL OR known IS NULL AND relation <> ALL (made)
                            OR known - 'file' = found - 'file' AND NOT rewrites ?| '{CAST,COMPUTED}' THEN
                            CONTINUE;
                        END IF;
                        moved := %5$s;
                        renaming := NULL;
                        IF (known ->> 'schema', known ->> 'name') <> (found ->> 'schema', found ->> 'name') THEN
                            UPDATE %1$s m
                            SET shape = m.shape || jsonb_build_object('renames', (m.shape ->> 'renames')::bigint + 1)
                            WHERE m.oid = 0 RETURNING (m.shape ->> 'renames')::bigint INTO renaming;
                        END IF;
                        objects := objects || jsonb_build_object('type', 'table', 'schema', found -> 'schema',
                            'name', found -> 'name', 'before', known - 'partitions', 'after', found - 'partitions',
                            'rewrites', rewrites, 'partitions', moved, 'rename', renaming);
                        UPDATE %1$s m SET shape = found, names = CASE WHEN renaming IS NULL THEN m.names
                            ELSE m.names || jsonb_build_array(jsonb_build_object(
                                'until', renaming, 'schema', known -> 'schema', 'name', known -> 'name')) END
                        WHERE m.oid = relation;
                    END LOOP;
                    -- A command on a partition holds no lock on the whole, so no more is asked of that.
                    FOR relation IN SELECT DISTINCT u FROM unnest(wholes) AS u LOOP
                        known := NULL;
                        SELECT m.shape INTO known FROM %1$s m
                        WHERE m.oid = relation AND m.shape ? 'partitions' FOR UPDATE;
                        found := known || jsonb_build_object('partitions', %6$s(relation));
                        IF known IS NULL OR known = found THEN
                            CONTINUE;
                        END IF;
                        moved := %5$s;
                        UPDATE %1$s SET shape = found WHERE oid = relation;
                        CONTINUE WHEN moved = '[]';
                        known := known - 'partitions' - 'rewrites';
                        objects := objects || jsonb_build_object('type', 'table', 'schema', known -> 'schema',
                            'name', known -> 'name', 'before', known, 'after', known, 'rewrites', '[]'::jsonb,
                            'partitions', moved);
                    END LOOP;
                    IF objects = '[]' THEN
                        RETURN;
                    END IF;
                    message := jsonb_build_object('objects', objects);
                    PERFORM pg_logical_emit_message(true, '%4$s', (message || jsonb_build_object('task', %3$s,
                        'secret', (SELECT m.shape -> 'secret' FROM %1$s m WHERE m.oid = 0),
                        'tag', TG_TAG, 'statement', left(current_query(), 10000)))::text);
                    PERFORM pg_logical_emit_message(true, '%4$s.end', '');
                EXCEPTION WHEN OTHERS THEN
                    -- The command of the user goes on; the task is told that it does not know what became of it. The mirror
                    -- does not know either, so the next command on the table tells both.
                    PERFORM pg_logical_emit_message(true, '%4$s', jsonb_build_object('task', %3$s,
                        'secret', (SELECT m.shape -> 'secret' FROM %1$s m WHERE m.oid = 0), 'tag', TG_TAG,
                        'statement', left(current_query(), 10000), 'error', SQLERRM, 'objects', (
                            SELECT coalesce(jsonb_agg(jsonb_build_object('type', 'table', 'schema', m.shape -> 'schema',
                                'name', m.shape -> 'name')), '[]') || CASE WHEN looked THEN '[]' ELSE
                                jsonb_build_array(jsonb_build_object('type', 'unknown', 'name', TG_TAG)) END
                            FROM %1$s m WHERE m.oid = ANY (touched || wholes) AND m.oid <> 0))::text);
                    PERFORM pg_logical_emit_message(true, '%4$s.end', '');
                END
                $sluice$""".formatted(
                function, shape, Identifier.literal(taskId), DdlContent.PREFIX, MOVED, partitions, others, look);
    }
}
