/**
 * {@code ./sluice demo}: a sample shop under live traffic is copied to another PostgreSQL through the REST API and compared row by row.
 */
@NullMarked
package io.sluice.localstack.demo;

import org.jspecify.annotations.NullMarked;
