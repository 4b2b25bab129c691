/** What Sluice installs at a source so that changes of its structure arrive in the stream, in order with its rows. */
@NullMarked
package io.sluice.capture.ddl;

import org.jspecify.annotations.NullMarked;
