package io.sluice.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import org.junit.jupiter.api.Test;

class SnapshotFenceTest {

    private static final Lsn UNTIL = new Lsn(1000);

    @Test
    void hidesWhatTheSnapshotSaw() {
        SnapshotFence fence = SnapshotFence.parse("100:110:103,105", UNTIL);
        assertThat(fence.hides(at(99))).isTrue();
        assertThat(fence.hides(at(104))).isTrue();
        assertThat(fence.hides(at(109))).isTrue();
    }

    @Test
    void letsThroughWhatWasRunningOrCameLater() {
        SnapshotFence fence = SnapshotFence.parse("100:110:103,105", UNTIL);
        assertThat(fence.hides(at(103))).isFalse();
        assertThat(fence.hides(at(105))).isFalse();
        assertThat(fence.hides(at(110))).isFalse();
    }

    @Test
    void aCommitAfterTheSnapshotIsNeverHidden() {
        SnapshotFence fence = SnapshotFence.parse("100:110:", UNTIL);
        assertThat(fence.hides(new ChangePosition(new Lsn(1001), 99, 1))).isFalse();
    }

    @Test
    void idsAreWidenedAcrossAWrapAround() {
        long epoch = 3L << 32;
        SnapshotFence justAfter = SnapshotFence.parse((epoch - 5) + ":" + (epoch + 5) + ":" + (epoch + 1), UNTIL);
        assertThat(justAfter.hides(at(0xFFFF_FFF0L))).isTrue();
        assertThat(justAfter.hides(at(0))).isTrue();
        assertThat(justAfter.hides(at(1))).isFalse();
        assertThat(justAfter.hides(at(5))).isFalse();
        SnapshotFence justBefore = SnapshotFence.parse((epoch - 9) + ":" + (epoch - 5) + ":", UNTIL);
        assertThat(justBefore.hides(at(0xFFFF_FFF0L))).isTrue();
        assertThat(justBefore.hides(at(3))).isFalse();
    }

    private static ChangePosition at(long xid) {
        return new ChangePosition(new Lsn(500), xid, 1);
    }
}
