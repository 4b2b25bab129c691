/** Requests that must be carried out once, however often they are sent: answers kept by {@code Idempotency-Key}. */
@NullMarked
package io.sluice.http.once;

import org.jspecify.annotations.NullMarked;
