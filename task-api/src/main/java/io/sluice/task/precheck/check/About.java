package io.sluice.task.precheck.check;

/**
 * What a check is called and what must be there before it can be done.
 *
 * @param key stable: users confirm by it, and {@code docs/prechecks.md} lists it
 * @param tables the chosen tables must be known
 * @param momentary what it warns of is never the same for long, as who is connected: a confirmation is of the kind of thing
 */
public record About(String key, Group group, boolean source, boolean target, boolean tables, boolean momentary) {

    About(String key, Group group, boolean source, boolean target, boolean tables) {
        this(key, group, source, target, tables, false);
    }

    /** Looks at the source's server. */
    static About source(String key, Group group) {
        return new About(key, group, true, false, false);
    }

    /** Looks at the target's server. */
    static About target(String key, Group group) {
        return new About(key, group, false, true, false);
    }

    /** Compares the two. */
    static About both(String key, Group group) {
        return new About(key, group, true, true, false);
    }

    /** The same, once the chosen tables are known. */
    About ofTables() {
        return new About(key, group, source, target, true, momentary);
    }

    /** The same, of what changes by itself. */
    About ofTheMoment() {
        return new About(key, group, source, target, tables, true);
    }
}
