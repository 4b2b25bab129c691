package io.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.error.SluiceException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageTest {

    @Test
    void theCursorLeadsToTheNextPage() {
        PageRequest first = PageRequest.of("2", null);
        Page<String> page = Page.of(first, List.of("a", "b", "c"), item -> item);

        assertThat(first.fetchSize()).isEqualTo(3);
        assertThat(page.items()).containsExactly("a", "b");
        assertThat(PageRequest.of("2", page.nextCursor()).after()).isEqualTo("b");
    }

    @Test
    void theLastPageHasNoCursor() {
        assertThat(Page.of(PageRequest.of("2", null), List.of("a", "b"), item -> item)
                        .nextCursor())
                .isNull();
    }

    @Test
    void fiftyItemsUnlessAskedOtherwise() {
        assertThat(PageRequest.of(null, null).limit()).isEqualTo(50);
        assertThat(PageRequest.of("200", null).limit()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "201", "-1", "x", "", "99999999999"})
    void aWrongLimitIsNamed(String limit) {
        assertThatThrownBy(() -> PageRequest.of(limit, null))
                .isInstanceOfSatisfying(
                        SluiceException.class,
                        refusal -> assertThat(refusal.violations().getFirst().field())
                                .isEqualTo("limit"));
    }

    @Test
    void aWrongCursorIsNamed() {
        assertThatThrownBy(() -> PageRequest.of(null, "%%"))
                .isInstanceOfSatisfying(
                        SluiceException.class,
                        refusal -> assertThat(refusal.violations().getFirst().field())
                                .isEqualTo("cursor"));
    }
}
