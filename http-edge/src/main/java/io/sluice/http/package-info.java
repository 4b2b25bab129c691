/** The edge of every REST service: strict JSON in, problems (RFC 9457) out, callers admitted by bearer token, pages of lists. */
@NullMarked
package io.sluice.http;

import org.jspecify.annotations.NullMarked;
