package io.sluice.contracts.access;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** What a caller may do; each role includes those before it. */
public enum Role {
    /** Reads. */
    VIEWER("viewer"),
    /** Creates, changes and deletes tasks and alert topics. */
    OPERATOR("operator"),
    /** Issues tokens and reads the audit trail, too; when granted for all projects. */
    ADMIN("admin");

    private final String label;

    Role(String label) {
        this.label = label;
    }

    @JsonValue
    public String label() {
        return label;
    }

    public boolean includes(Role needed) {
        return compareTo(needed) >= 0;
    }

    /** @throws IllegalArgumentException when no role has this name */
    @JsonCreator
    public static Role of(String label) {
        for (Role role : values()) {
            if (role.label.equals(label)) {
                return role;
            }
        }
        throw new IllegalArgumentException("role: must be viewer, operator or admin, not " + label);
    }
}
