package io.sluice.contracts.task;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a user asked for, as the services need it: complete, defaults filled in, secrets sealed. task-api checks the
 * rules of the REST contract before a spec becomes one of these.
 */
public record TaskSpec(
        String name,
        SyncMode mode,
        Endpoint source,
        Dialect dialect,
        Endpoint target,
        List<TablePattern> include,
        List<TablePattern> exclude,
        int loadWorkers,
        RetryWindows retry,
        @Nullable String alertTopic) {

    /** Tables by pattern: {@code *} any run of characters, {@code ?} any one character; case-sensitive. */
    public record TablePattern(String schema, String table) {

        public boolean matches(TableName name) {
            return glob(schema, name.schema()) && glob(table, name.table());
        }

        private static boolean glob(String pattern, String text) {
            int p = 0;
            int t = 0;
            int star = -1;
            int mark = 0;
            while (t < text.length()) {
                if (p < pattern.length() && pattern.charAt(p) == '*') {
                    star = p++;
                    mark = t;
                } else if (p < pattern.length() && (pattern.charAt(p) == '?' || pattern.charAt(p) == text.charAt(t))) {
                    p++;
                    t++;
                } else if (star >= 0) {
                    p = star + 1;
                    t = ++mark;
                } else {
                    return false;
                }
            }
            while (p < pattern.length() && pattern.charAt(p) == '*') {
                p++;
            }
            return p == pattern.length();
        }
    }

    /** How long errors are retried before the task fails, in minutes. */
    public record RetryWindows(int connectionMinutes, int otherMinutes) {}
}
