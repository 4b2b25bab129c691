/** PostgreSQL facts that both ends need: connections, identifiers, snapshots, what an SQLSTATE means. JDBC only. */
@NullMarked
package io.sluice.postgres;

import org.jspecify.annotations.NullMarked;
