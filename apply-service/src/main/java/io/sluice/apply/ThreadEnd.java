package io.sluice.apply;

/** Waits for threads that use what whoever waits is about to close. */
public final class ThreadEnd {

    private ThreadEnd() {}

    /** Returns when the thread has ended, and not before; an interrupt meanwhile stays for the caller to see. */
    public static void await(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
