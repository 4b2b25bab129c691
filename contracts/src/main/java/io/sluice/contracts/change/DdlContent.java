package io.sluice.contracts.change;

import io.sluice.contracts.Json;
import io.sluice.contracts.error.SluiceException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the record of a DDL command says, in JSON.
 *
 * @param tag as in {@code ALTER TABLE}
 * @param statement what the client had sent, cut where it is long
 * @param error why the source could not say what the command has changed; null when it could
 */
public record DdlContent(
        String tag,
        String statement,
        List<SourceObject> objects,
        @Nullable String error) {

    /** Of the message in the envelope. */
    public static final String PREFIX = "sluice.ddl";

    public DdlContent {
        Objects.requireNonNull(tag, "tag");
        statement = Objects.requireNonNullElse(statement, "");
        objects = List.copyOf(Objects.requireNonNullElse(objects, List.of()));
    }

    /** @throws SluiceException {@code INTERNAL} when the text is no such JSON */
    public static DdlContent read(String json) {
        return Json.read(json, DdlContent.class);
    }

    public String write() {
        return Json.write(this);
    }
}
