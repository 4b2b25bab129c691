package io.sluice.contracts.error;

/**
 * One thing that is wrong with a request or with what it points at.
 *
 * @param field path of the field in the request, as in {@code source.host}; empty when the request as a whole is meant
 * @param code what kind of error this one is
 * @param message what is wrong and what to do, without secrets and without row data
 */
public record Violation(String field, ErrorCode code, String message) {}
