/** Who calls and what they may do: bearer tokens (the administrator's, API tokens, an issuer's), roles, projects. */
@NullMarked
package io.sluice.http.access;

import org.jspecify.annotations.NullMarked;
