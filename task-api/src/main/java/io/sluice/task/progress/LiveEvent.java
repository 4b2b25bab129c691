package io.sluice.task.progress;

/**
 * One message of a live stream.
 *
 * @param name {@code event}, {@code state}, {@code progress} or {@code lag}
 * @param lastLine the newest line of the history that the reader has with this message; a reconnect goes on from there
 * @param data written as JSON
 */
record LiveEvent(String name, long lastLine, Object data) {}
