/**
 * The whole of Sluice, its sources and its targets as real processes, driven through REST and SQL: one class per scenario, and in the end
 * every row and column of both sides compared.
 */
package io.sluice.e2e;
