package io.sluice.notifier.rule;

/** An alert that has just begun to fire or resolved, and what people read about it. */
public record Change(AlertKind kind, Alert alert, String subject, String message) {}
