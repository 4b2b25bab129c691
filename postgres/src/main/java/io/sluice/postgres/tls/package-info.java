/** TLS from PEM in memory: certificates, private keys, and the sockets made of them; no key is ever written to a file. */
@NullMarked
package io.sluice.postgres.tls;

import org.jspecify.annotations.NullMarked;
