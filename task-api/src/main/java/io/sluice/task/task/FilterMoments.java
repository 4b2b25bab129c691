package io.sluice.task.task;

import java.util.regex.Pattern;

/**
 * The words in the strings of a filter that PostgreSQL takes for a value of the moment where it reads a date or time
 * ("Special Date/Time Inputs" in its manual, section 8.5.1.4), and for themselves where it reads text. Which of both it
 * does hangs on types that only the source knows. Only for filters in which {@link FilterRules} found nothing wrong with
 * the quoting.
 */
final class FilterMoments {

    private static final Pattern WORD =
            Pattern.compile("(?<![a-z])(now|today|tomorrow|yesterday)(?![a-z])", Pattern.CASE_INSENSITIVE);

    /** No month, day, time zone or other word of a date. */
    private static final String NO_DATE = "zzqx";

    private FilterMoments() {}

    /**
     * The filter with other words instead, which are as good in text but are no date or time; the filter itself when it
     * has none.
     */
    static String replaced(String filter) {
        StringBuilder replaced = new StringBuilder();
        int at = 0;
        while (at < filter.length()) {
            char c = filter.charAt(at);
            int end = c == '\'' || c == '"' ? filter.indexOf(c, at + 1) + 1 : at + 1;
            String part = filter.substring(at, end);
            replaced.append(c == '\'' ? WORD.matcher(part).replaceAll(NO_DATE) : part);
            at = end;
        }
        return replaced.toString();
    }
}
