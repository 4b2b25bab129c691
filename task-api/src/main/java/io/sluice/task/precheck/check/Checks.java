package io.sluice.task.precheck.check;

import io.sluice.postgres.catalog.TableDefinition.Kind;
import java.util.List;
import java.util.Set;

/** Every check, in the order in which users read them. */
final class Checks {

    static final About SOURCE_CONNECTION = new About("source-connection", Group.CONNECTION, false, false, false);
    static final About TARGET_CONNECTION = new About("target-connection", Group.CONNECTION, false, false, false);

    static final Check SAME_DATABASE = new SameDatabaseCheck();
    static final Check SOURCE_VERSION = new SourceVersionCheck();

    /** Done at once, as soon as what they need is known. */
    static final List<Check> OTHERS = List.of(
            new TargetVersionCheck(),
            new WalLevelCheck(),
            new FreeSlotCheck(),
            new FreeSenderCheck(),
            new StandbyCheck(),
            new ReplicationRightsCheck(),
            new TableRightsCheck(),
            new TableOwnerCheck(),
            new TableKeyCheck(),
            new ReplicaIdentityCheck(),
            new DeferrableKeyCheck(),
            new UnloggedCheck(),
            new TableKindCheck("partitioned-tables", Kind.PARTITIONED, "partitioned tables"),
            new TableKindCheck("partitions", Kind.PARTITION, "partitions"),
            new TableKindCheck("inherited-tables", Kind.INHERITED, "tables that inherit or are inherited from"),
            new TableKindCheck("foreign-tables", Kind.FOREIGN, "foreign tables"),
            new ColumnCaseCheck(),
            new TargetWritableCheck(),
            new TargetRightsCheck(),
            new QuietTriggersCheck(),
            new TargetTableCheck());

    /** What can change from one moment to the next: looked at again at each start. */
    static final Set<String> VOLATILE =
            Set.of("wal-level", "free-slot", "free-sender", "standby", "target-writable", "target-tables");

    private Checks() {}
}
