/** The API's own description: held equal to the committed copy, and used to make requests that nobody meant. */
@org.jspecify.annotations.NullMarked
package io.sluice.task.openapi;
