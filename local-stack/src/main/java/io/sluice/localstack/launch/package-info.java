/** What {@code ./sluice} runs once everything is built: the commands, their options, and an orderly end on any signal. */
@NullMarked
package io.sluice.localstack.launch;

import org.jspecify.annotations.NullMarked;
