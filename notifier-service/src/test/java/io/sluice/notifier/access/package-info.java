@NullMarked
package io.sluice.notifier.access;

import org.jspecify.annotations.NullMarked;
