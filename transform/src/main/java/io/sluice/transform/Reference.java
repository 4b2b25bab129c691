package io.sluice.transform;

/**
 * A column that an expression looks at. In the expression that is compiled it is a variable, so that only what is looked
 * at is ever read out of a row.
 *
 * @param variable its name there
 * @param before of the old image
 */
record Reference(String variable, String column, boolean before) {}
