package io.sluice.task.precheck;

import java.sql.SQLException;

/** One thing to look at. */
@FunctionalInterface
interface Check {

    /** Adds what it finds; an error of the database is a finding too, made of it by the caller. */
    void run(Subject subject, Findings findings) throws SQLException;
}
