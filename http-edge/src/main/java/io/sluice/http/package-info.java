/** The edge of every REST service: strict JSON in, problems (RFC 9457) out, pages of lists. */
@NullMarked
package io.sluice.http;

import org.jspecify.annotations.NullMarked;
