/** The launcher as a user meets it: a process that prints, and ends on a signal. */
@NullMarked
package io.sluice.localstack.launch;

import org.jspecify.annotations.NullMarked;
