package io.sluice.capture;

import org.junit.jupiter.api.AfterEach;

/** A task that is captured, and a reader of its topic. */
abstract class StreamScenario {

    TestingTask task;
    TestingRun run;
    TopicReader topic;

    void stream(TestingTask captured) {
        task = captured;
        run = task.start();
        topic = new TopicReader(task.id);
    }

    @AfterEach
    void end() {
        topic.close();
        task.close();
    }
}
