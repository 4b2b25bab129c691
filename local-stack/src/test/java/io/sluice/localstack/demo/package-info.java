/** The parts of the demo that can be tried without all of Sluice. */
@NullMarked
package io.sluice.localstack.demo;

import org.jspecify.annotations.NullMarked;
