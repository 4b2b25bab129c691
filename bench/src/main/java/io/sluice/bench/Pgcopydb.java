package io.sluice.bench;

import io.sluice.localstack.Directories;
import io.sluice.localstack.PostgresServer;
import java.nio.file.Path;

/** {@code pgcopydb clone}, with as many jobs for tables and for indexes. */
final class Pgcopydb implements Contender {

    private final PostgresServer source;
    private final PostgresServer target;
    private final int workers;
    private final Commands commands;

    Pgcopydb(PostgresServer source, PostgresServer target, int workers, Commands commands) {
        this.source = source;
        this.target = target;
        this.workers = workers;
        this.commands = commands;
        Commands.require("pgcopydb", "Debian, Ubuntu: apt-get install pgcopydb");
    }

    @Override
    public String name() {
        return "pgcopydb";
    }

    @Override
    public double copy(String from, String to) {
        Path work = Directories.temporary("pgcopydb");
        String jobs = Integer.toString(workers);
        long began = System.nanoTime();
        commands.run(
                "pgcopydb",
                "clone",
                "--source",
                Commands.uri(source, from),
                "--target",
                Commands.uri(target, to),
                "--table-jobs",
                jobs,
                "--index-jobs",
                jobs,
                "--dir",
                work.resolve("work").toString(),
                "--fail-fast");
        double seconds = (System.nanoTime() - began) / 1e9;
        Directories.delete(work);
        return seconds;
    }
}
