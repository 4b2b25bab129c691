package io.sluice.task.precheck.check;

import java.sql.SQLException;

/** A target that is older than the source lacks what came between. */
final class VersionOrderCheck implements Check {

    @Override
    public About about() {
        return About.both("version-order", Group.VERSION);
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        // openGauss and GaussDB carry the number of the PostgreSQL 9.2 that they came from.
        if (TargetVersionCheck.gauss(subject.spec().dialect())) {
            return;
        }
        judge(subject.source().majorVersion(), subject.target().majorVersion(), findings);
    }

    static void judge(int source, int target, Findings findings) {
        if (target < source) {
            findings.warn(
                    "target",
                    "The target is PostgreSQL " + target + ", older than the source, which is " + source + ": types,"
                            + " functions and syntax that came between are not there. Upgrade the target if you can.",
                    "");
        }
    }
}
