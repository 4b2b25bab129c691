package io.sluice.apply.write;

import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A table of the source, its transform, and what becomes of it.
 *
 * @param full changes carry whole old rows
 * @param keyed rows have a key
 * @param target the definition there
 * @param there what the target has, as one text for each row
 * @param expected the same of the source's table
 */
record TransformedTable(
        String name,
        boolean full,
        boolean keyed,
        Set<String> excluded,
        Map<String, String> renamed,
        String transform,
        String target,
        String there,
        String expected) {

    static final List<TransformedTable> ALL = List.of(
            new TransformedTable(
                    "whole",
                    true,
                    true,
                    Set.of("secret"),
                    Map.of("name", "label"),
                    """
                    row.n % 5 == 0 ? null
                    : row.secret == "x" ? {"name": mask(row.name, 2), "extra": row.name, "n": row.n * 2}
                    : {"big": row.big == null ? "none" : left(row.big, 3), "extra": null}""",
                    "id bigint PRIMARY KEY, n bigint, label text, big text, at timestamptz, extra text",
                    "concat_ws('|', id, n, coalesce(label, '-'), coalesce(big, '-'), coalesce(at::text, '-'), coalesce(extra, '-'))",
                    """
                    SELECT CASE WHEN secret = 'x' THEN concat_ws('|', id, n * 2,
                            coalesce(repeat('*', greatest(length(name) - 2, 0)) || right(name, 2), '-'),
                            coalesce(big, '-'), coalesce(at::text, '-'), coalesce(name, '-'))
                        ELSE concat_ws('|', id, n, coalesce(name, '-'), coalesce(left(big, 3), 'none'),
                            coalesce(at::text, '-'), '-') END
                    FROM whole WHERE n % 5 <> 0"""),
            new TransformedTable(
                    "keyonly",
                    false,
                    true,
                    Set.of(),
                    Map.of(),
                    """
                    row.id % 7 == 3 ? false : {"big": hash(row.big, "k"), "copy": row.big, "odd": row.id % 2 == 1,
                        "name": row.name == null ? null : row.name.upperAscii()}""",
                    "id bigint PRIMARY KEY, n bigint, name text, secret text, big text, at timestamptz, copy text, odd boolean",
                    "concat_ws('|', id, n, coalesce(name, '-'), coalesce(secret, '-'), coalesce(big, '-'), coalesce(at::text, '-'), coalesce(copy, '-'), odd)",
                    """
                    SELECT concat_ws('|', id, n, coalesce(upper(name COLLATE "C"), '-'), coalesce(secret, '-'),
                        coalesce(encode(hmac_sha256(big, 'k'), 'hex'), '-'),
                        coalesce(at::text, '-'), coalesce(big, '-'), id % 2 = 1) FROM keyonly WHERE id % 7 <> 3"""),
            new TransformedTable(
                    "bag",
                    true,
                    false,
                    Set.of("id", "at"),
                    Map.of(),
                    "row.name == \"x\" ? false : {\"name\": string(row.n) + \"!\", \"n\": 1}",
                    "n bigint, name text, secret text, big text",
                    "concat_ws('|', n, coalesce(name, '-'), coalesce(secret, '-'), coalesce(big, '-'))",
                    """
                    SELECT concat_ws('|', 1, coalesce(n || '!', '-'), coalesce(secret, '-'), coalesce(big, '-'))
                    FROM bag WHERE name IS DISTINCT FROM 'x'"""),
            new TransformedTable(
                    "archive",
                    true,
                    true,
                    Set.of("big"),
                    Map.of(),
                    "op == \"DELETE\" ? null : {\"last\": op, \"since\": commitTime, \"was\": before.n}",
                    "id bigint PRIMARY KEY, n bigint, name text, secret text, at timestamptz, last text, since timestamptz, was bigint",
                    "concat_ws('|', id, n, last, extract(epoch from since)::bigint, coalesce(was::text, '-'))",
                    "SELECT concat_ws('|', id, n, last, 1000, coalesce(was::text, '-')) FROM archive_log"));

    TableMapping mapping() {
        return new TableMapping(
                source(),
                new TableName("public", name + "_there"),
                excluded,
                renamed,
                NameCase.SOURCE,
                null,
                null,
                transform);
    }

    TableName source() {
        return new TableName("public", name);
    }
}
