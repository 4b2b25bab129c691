package io.sluice.task.precheck.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.task.precheck.check.SameDatabaseCheck.Identity;
import org.junit.jupiter.api.Test;

class SameDatabaseCheckTest {

    private static final Identity SHOP = new Identity("7", "shop", "10:00", false);

    @Test
    void oneServerUnderTwoNamesIsOneDatabase() {
        assertThat(SHOP.sameAs(new Identity("7", "shop", "10:00", false))).isTrue();
    }

    @Test
    void anotherDatabaseAndAnotherClusterAreNot() {
        assertThat(SHOP.sameAs(new Identity("7", "bills", "10:00", false))).isFalse();
        assertThat(SHOP.sameAs(new Identity("8", "shop", "10:00", false))).isFalse();
    }

    @Test
    void aStandbyIsTheDatabaseOfItsPrimaryUntilItIsPromoted() {
        assertThat(SHOP.sameAs(new Identity("7", "shop", "11:00", true))).isTrue();
        assertThat(new Identity("7", "shop", "11:00", true).sameAs(SHOP)).isTrue();
        assertThat(SHOP.sameAs(new Identity("7", "shop", "11:00", false))).isFalse();
    }
}
