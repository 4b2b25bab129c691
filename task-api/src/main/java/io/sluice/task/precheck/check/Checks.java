package io.sluice.task.precheck.check;

import io.sluice.postgres.catalog.TableDefinition.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Every check, in the order in which users read them. */
final class Checks {

    static final About SOURCE_CONNECTION = new About("source-connection", Group.CONNECTION, false, false, false);
    static final About TARGET_CONNECTION = new About("target-connection", Group.CONNECTION, false, false, false);

    static final Check SAME_DATABASE = new SameDatabaseCheck();
    static final Check SOURCE_VERSION = new SourceVersionCheck();

    /** Done at once, as soon as what they need is known. */
    static final List<Check> OTHERS = Stream.of(
                    List.of(new TargetVersionCheck(), new VersionOrderCheck()),
                    List.of(new WalLevelCheck(), new FreeSlotCheck(), new FreeSenderCheck(), new StandbyCheck()),
                    SlotSettingCheck.ALL,
                    List.of(new OldTransactionsCheck(Duration.ofMinutes(5))),
                    List.of(new ReplicationRightsCheck(), new TableRightsCheck(), new TableOwnerCheck()),
                    List.of(
                            new TableKeyCheck(),
                            new ReplicaIdentityCheck(),
                            new DeferrableKeyCheck(),
                            new GeneratedKeyCheck(),
                            new UnloggedCheck(),
                            new TableKindCheck("partitioned-tables", Kind.PARTITIONED, "partitioned tables"),
                            new TableKindCheck("partitions", Kind.PARTITION, "partitions"),
                            new TableKindCheck(
                                    "inherited-tables", Kind.INHERITED, "tables that inherit or are inherited from"),
                            new TableKindCheck("foreign-tables", Kind.FOREIGN, "foreign tables"),
                            new LargeObjectsCheck(),
                            new ColumnCaseCheck(),
                            new ColumnTypesCheck()),
                    List.of(new TargetRightsCheck(), new TargetWritableCheck(), new EncodingCheck()),
                    LocaleSettingCheck.ALL,
                    List.of(new TargetSpaceCheck(), new TargetSessionsCheck(), new QuietTriggersCheck()),
                    List.of(
                            new TargetTableCheck(),
                            new NameClashCheck(),
                            new DependenciesCheck(),
                            new FunctionsCheck(),
                            new ExtensionsCheck()))
            .<Check>flatMap(List::stream)
            .toList();

    /** What can change from one moment to the next: looked at again at each start. */
    static final Set<String> VOLATILE =
            Set.of("wal-level", "free-slot", "free-sender", "standby", "target-writable", "target-tables");

    private Checks() {}
}
