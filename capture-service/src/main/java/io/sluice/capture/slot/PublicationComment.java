package io.sluice.capture.slot;

import io.sluice.postgres.PublicationNote;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the comment of a task's publication says.
 *
 * @param begun the first record of the task has been in the change topic, and nothing is missing since
 * @param gap why changes are missing; null when none are
 * @param lineage the source as it was when capture last began; null when that is not known
 * @param selection of the order whose tables it lists; see {@link PublicationNote}
 * @param topic id of the change topic; null when it is not known
 * @param streamed which publication somebody has given to be streamed instead; null when none was, or it is not known
 */
record PublicationComment(
        boolean begun,
        @Nullable String gap,
        @Nullable SourceLineage lineage,
        long selection,
        @Nullable String topic,
        @Nullable Long streamed) {

    /** What comes after it is of the tables ({@link NotedTables}), and may be long. */
    static final int HEAD_CHARS = 1000;

    private static final String BEGUN = "Sluice has begun to capture";
    private static final String GAP = "Sluice misses changes";
    private static final String WHY = "): ";
    private static final Pattern TOPIC = Pattern.compile(", topic ([A-Za-z0-9_-]+)[,)]");
    private static final Pattern STREAMED = Pattern.compile(", streams publication (\\d+)\\)");

    static PublicationComment read(@Nullable String comment) {
        String text = comment == null ? "" : comment;
        String streamed = found(STREAMED, text);
        return new PublicationComment(
                text.startsWith(BEGUN),
                text.startsWith(GAP) ? text.substring(text.indexOf(WHY) + WHY.length()) : null,
                SourceLineage.find(comment),
                PublicationNote.selection(comment),
                found(TOPIC, text),
                streamed == null ? null : Long.valueOf(streamed));
    }

    private static @Nullable String found(Pattern pattern, String comment) {
        Matcher matcher = pattern.matcher(comment);
        return matcher.find() ? matcher.group(1) : null;
    }

    static String begun(
            SourceLineage lineage,
            long selection,
            @Nullable String topic,
            @Nullable Long streamed,
            NotedTables tables) {
        return BEGUN + " (" + lineage + ", " + PublicationNote.text(selection)
                + (topic == null ? "" : ", topic " + topic)
                + (streamed == null ? "" : ", streams publication " + streamed) + ")" + tables.text();
    }

    /** It counts also when the cause is gone. */
    static String gap(long selection, String why) {
        String text = GAP + " (" + PublicationNote.text(selection) + WHY + why;
        return text.length() > HEAD_CHARS ? text.substring(0, HEAD_CHARS) : text;
    }
}
