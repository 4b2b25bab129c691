package io.sluice.capture.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class CatalogKeyTest {

    private static final Set<String> ID = Set.of("id");
    private static final long EDGE = 1L << 32;

    @Test
    void aKeyIsTakenWhenItIsOlderThanTheSlot() {
        assertThat(new CatalogKey(ID, 700, 900).heldFor(750, 720)).isTrue();
        assertThat(new CatalogKey(ID, 2, 900).heldFor(750, 720)).isTrue();
        assertThat(new CatalogKey(ID, 730, 900).heldFor(750, 720)).isFalse();
        assertThat(CatalogKey.NONE.heldFor(750, 720)).isFalse();
    }

    @Test
    void aKeyIsTakenByTransactionsThatBeganAfterIt() {
        CatalogKey key = new CatalogKey(ID, 730, 900);
        assertThat(key.heldFor(899, 720)).isFalse();
        assertThat(key.heldFor(900, 720)).isTrue();
        assertThat(key.heldFor(901, 720)).isTrue();
    }

    @Test
    void transactionIdsAreComparedAroundTheirEdge() {
        assertThat(new CatalogKey(ID, EDGE - 50, EDGE + 20).heldFor(5, EDGE - 20))
                .isTrue();
        CatalogKey key = new CatalogKey(ID, 5, EDGE + 20);
        assertThat(key.heldFor(EDGE - 5, EDGE - 20)).isFalse();
        assertThat(key.heldFor(19, EDGE - 20)).isFalse();
        assertThat(key.heldFor(20, EDGE - 20)).isTrue();
        assertThat(new CatalogKey(ID, EDGE - 50, 3 * EDGE + 20).heldFor(30, 10)).isTrue();
    }
}
