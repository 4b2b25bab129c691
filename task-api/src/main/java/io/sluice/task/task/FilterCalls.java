package io.sluice.task.task;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names that a filter puts before an opening parenthesis: its functions, and words of the language such as IN. Only
 * for filters in which {@link FilterRules} found nothing wrong with the quoting.
 */
final class FilterCalls {

    /** Built-in functions that act, read something else than the row, or answer differently every time. */
    private static final Pattern UNFIT =
            Pattern.compile("pg_(?!lsn$).*|lo_.*|txid_.*|has_.*_privilege|.*_to_xml(_.*|schema)?"
                    + "|set_config|current_setting|nextval|setval|currval|lastval|random.*|setseed|gen_random_uuid|uuidv[47]"
                    + "|now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|ts_stat|ts_rewrite");

    private final String filter;
    private final Set<Call> calls = new LinkedHashSet<>();
    private List<String> chain = new ArrayList<>();
    private int at;

    private FilterCalls(String filter) {
        this.filter = filter;
    }

    /** @param schema {@code pg_catalog} when none is named: the sessions in which filters run look nowhere else */
    record Call(String schema, String name) {

        boolean unfit() {
            return schema.equals("pg_catalog") && UNFIT.matcher(name).matches();
        }

        @Override
        public String toString() {
            return schema.equals("pg_catalog") ? name : schema + "." + name;
        }
    }

    static Set<Call> of(String filter) {
        FilterCalls scan = new FilterCalls(filter);
        scan.run();
        return scan.calls;
    }

    private void run() {
        boolean dot = false;
        while (at < filter.length()) {
            char c = filter.charAt(at);
            if (c == '"' || Character.isLetter(c) || c == '_') {
                String name = c == '"' ? quoted() : word();
                if (!dot) {
                    chain = new ArrayList<>();
                }
                chain.add(name);
                dot = false;
            } else if (Character.isWhitespace(c)) {
                at++;
            } else if (c == '.') {
                dot = true;
                at++;
            } else {
                if (c == '(' && !chain.isEmpty()) {
                    calls.add(
                            new Call(chain.size() == 1 ? "pg_catalog" : chain.get(chain.size() - 2), chain.getLast()));
                }
                chain = new ArrayList<>();
                dot = false;
                at = c == '\'' ? filter.indexOf('\'', at + 1) + 1 : at + 1;
            }
        }
    }

    private String quoted() {
        StringBuilder name = new StringBuilder();
        at++;
        while (at < filter.length()) {
            char c = filter.charAt(at++);
            if (c == '"') {
                if (at >= filter.length() || filter.charAt(at) != '"') {
                    break;
                }
                at++;
            }
            name.append(c);
        }
        return name.toString();
    }

    private String word() {
        int begin = at;
        while (at < filter.length()
                && (Character.isLetterOrDigit(filter.charAt(at)) || "_$".indexOf(filter.charAt(at)) >= 0)) {
            at++;
        }
        return filter.substring(begin, at).toLowerCase(Locale.ROOT);
    }
}
