package io.sluice.localstack;

import java.io.PrintStream;
import java.util.List;

/** What the user reads: lines, and on a terminal a block of lines that is drawn over. Thread-safe. */
public final class Screen {
    private static final int BAR_WIDTH = 30;

    private final PrintStream out;
    private final boolean terminal;
    private int drawn;

    public Screen(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    public boolean isTerminal() {
        return terminal;
    }

    public synchronized void say(String line) {
        out.println(line);
        out.flush();
        drawn = 0;
    }

    /** Replaces the block drawn last, on a terminal; else prints the lines. */
    public synchronized void draw(List<String> lines) {
        if (terminal && drawn > 0) {
            out.print("\033[" + drawn + "A");
        }
        for (String line : lines) {
            out.println(terminal ? "\033[2K" + line : line);
        }
        out.flush();
        drawn = lines.size();
    }

    /** @param percent 0-100; values outside are taken as the nearest */
    public static String bar(double percent) {
        int filled = (int) Math.round(Math.clamp(percent, 0, 100) * BAR_WIDTH / 100);
        return "[" + "#".repeat(filled) + ".".repeat(BAR_WIDTH - filled) + "]";
    }
}
