/** What Sluice keeps beside the data on the target: who may write, how far each table and the stream are. */
@NullMarked
package io.sluice.apply.position;

import org.jspecify.annotations.NullMarked;
