/**
 * What every REST service's description of itself is tested by: held equal to the committed copy, judged, and used to make
 * requests that nobody meant. The services' tests use it from the test jar of this module.
 */
@org.jspecify.annotations.NullMarked
package io.sluice.http.document;
