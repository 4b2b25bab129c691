package io.sluice.postgres.dialect;

import io.sluice.contracts.task.StructureChoice.Kind;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** What can be made on a target, in the order in which it is when nothing else decides. */
public enum ObjectKind {
    SCHEMA(Kind.SCHEMA),
    EXTENSION(Kind.EXTENSION),
    COLLATION(Kind.TYPE),
    TYPE(Kind.TYPE),
    DOMAIN(Kind.TYPE),
    SEQUENCE(Kind.SEQUENCE),
    TABLE(Kind.TABLE),
    FUNCTION(Kind.FUNCTION),
    PROCEDURE(Kind.PROCEDURE),
    AGGREGATE(Kind.FUNCTION),
    OPERATOR(Kind.FUNCTION),
    CAST(Kind.FUNCTION),
    /** The primary key, or what else identifies a row in the stream of changes. */
    KEY(Kind.TABLE),
    CONSTRAINT(Kind.CONSTRAINT),
    INDEX(Kind.INDEX),
    STATISTICS(Kind.INDEX),
    VIEW(Kind.VIEW),
    MATERIALIZED_VIEW(Kind.MATERIALIZED_VIEW),
    RULE(Kind.RULE),
    TRIGGER(Kind.TRIGGER),
    FOREIGN_KEY(Kind.FOREIGN_KEY),
    POLICY(Kind.POLICY),
    /** What ALTER TABLE sets: replica identity, the index of CLUSTER, an identity that is ALWAYS. */
    TABLE_SETTING(Kind.TABLE),
    COMMENT(Kind.COMMENT),
    PRIVILEGE(Kind.PRIVILEGE),
    /** What lies in a schema and is not moved; its name says what it is. */
    OTHER(Kind.SCHEMA);

    private final Kind choice;

    ObjectKind(Kind choice) {
        this.choice = choice;
    }

    /** The kind of the REST contract by which it is chosen. */
    public Kind choice() {
        return choice;
    }

    /** @param kinds null for all but privileges, whose roles are seldom there */
    public boolean among(@Nullable Collection<Kind> kinds) {
        return kinds == null ? this != PRIVILEGE : kinds.contains(choice);
    }
}
