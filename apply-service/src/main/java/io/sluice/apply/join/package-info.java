/** Tables that come to a task, or come anew, while it runs: loaded beside the stream, brought up to it, handed over. */
@NullMarked
package io.sluice.apply.join;

import org.jspecify.annotations.NullMarked;
