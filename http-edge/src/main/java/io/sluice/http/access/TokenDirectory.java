package io.sluice.http.access;

import io.sluice.contracts.access.ApiToken;
import java.util.Optional;

/** Where a service finds API tokens; each service has one. */
public interface TokenDirectory {

    /**
     * May block.
     *
     * @param hash see {@link ApiToken#hash(String)}
     * @return the token in its newest state, which may be expired or revoked; empty when there is none
     * @throws io.sluice.contracts.error.SluiceException when that cannot be told now
     */
    Optional<ApiToken> find(String hash);
}
