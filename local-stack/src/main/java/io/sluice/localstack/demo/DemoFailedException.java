package io.sluice.localstack.demo;

/** The demo cannot go on; the message is for the user. */
final class DemoFailedException extends RuntimeException {
    DemoFailedException(String message) {
        super(message);
    }

    DemoFailedException(String message, Throwable cause) {
        super(message + ": " + cause.getMessage(), cause);
    }
}
