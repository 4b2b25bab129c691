package io.sluice.task.precheck;

/** Stored tasks about which something happens right after the first look at one. */
final class ChangedMeanwhile implements PrecheckTasks {

    private final PrecheckTasks tasks;
    private final Runnable meanwhile;
    private boolean done;

    ChangedMeanwhile(PrecheckTasks tasks, Runnable meanwhile) {
        this.tasks = tasks;
        this.meanwhile = meanwhile;
    }

    @Override
    public String loadStored(String task) {
        return tasks.loadStored(task);
    }

    @Override
    public Candidate loadCandidate(String task) {
        Candidate candidate = tasks.loadCandidate(task);
        if (!done) {
            done = true;
            meanwhile.run();
        }
        return candidate;
    }
}
