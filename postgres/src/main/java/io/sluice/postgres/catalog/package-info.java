/** What a PostgreSQL catalog says about tables: columns, keys, identities, sizes. */
@NullMarked
package io.sluice.postgres.catalog;

import org.jspecify.annotations.NullMarked;
