/** The audit trail: who asked for which change, and what was answered. */
@NullMarked
package io.sluice.http.audit;

import org.jspecify.annotations.NullMarked;
