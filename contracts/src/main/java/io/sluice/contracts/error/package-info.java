/** Every error Sluice can name: a stable code, who must act, whether a retry can help, the HTTP status. */
@NullMarked
package io.sluice.contracts.error;

import org.jspecify.annotations.NullMarked;
