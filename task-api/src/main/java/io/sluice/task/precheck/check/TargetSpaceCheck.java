package io.sluice.task.precheck.check;

import io.sluice.postgres.catalog.TableDefinition;

/** PostgreSQL tells nobody how much disk is free; so it says how much is needed. */
final class TargetSpaceCheck implements Check {

    private static final long MEBIBYTE = 1 << 20;

    @Override
    public About about() {
        return About.target("target-space", Group.TARGET_SETTINGS).ofTables();
    }

    @Override
    public void run(Subject subject, Findings findings) {
        long bytes = subject.tables().values().stream()
                .mapToLong(TableDefinition::bytes)
                .sum();
        findings.remark("The chosen tables take " + (bytes + MEBIBYTE - 1) / MEBIBYTE
                + " MiB on the source, their indexes not counted. A PostgreSQL server does not tell how much disk is"
                + " free: make sure that the target has twice that, for indexes and WAL.");
    }
}
