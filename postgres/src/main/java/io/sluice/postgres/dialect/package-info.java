/** The single place where targets differ. */
@NullMarked
package io.sluice.postgres.dialect;

import org.jspecify.annotations.NullMarked;
