@NullMarked
package io.sluice.http.access;

import org.jspecify.annotations.NullMarked;
