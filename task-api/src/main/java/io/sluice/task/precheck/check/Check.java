package io.sluice.task.precheck.check;

import java.sql.SQLException;

/** One thing to look at; becomes one item of a precheck. Without state, so that several prechecks can use it at once. */
interface Check {

    About about();

    /** Adds what it finds; an error of the database is a finding too, made of it by the caller. */
    void run(Subject subject, Findings findings) throws SQLException;
}
