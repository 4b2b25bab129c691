package io.sluice.task.precheck.check;

import io.sluice.postgres.catalog.TableDefinition.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
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
                    List.of(
                            new ReplicationRightsCheck(),
                            new TableRightsCheck(),
                            new TableOwnerCheck(),
                            new DdlCaptureCheck()),
                    List.of(
                            new TableKeyCheck(),
                            new ReplicaIdentityCheck(),
                            new DeferrableKeyCheck(),
                            new GeneratedKeyCheck(),
                            new UnloggedCheck(),
                            new PartitionedTablesCheck(),
                            new TableKindCheck(
                                    "partitions",
                                    Kind.PARTITION,
                                    "partitions whose partitioned table is not chosen become ordinary tables."),
                            new TableKindCheck(
                                    "inherited-tables",
                                    Kind.INHERITED,
                                    "of tables that inherit or are inherited from each is moved with its own rows alone."),
                            new ForeignTablesCheck(),
                            new LargeObjectsCheck(),
                            new ColumnCaseCheck(),
                            new ChosenColumnsCheck(),
                            new ColumnTypesCheck(),
                            new FilterColumnsCheck(),
                            new TransformsCheck(),
                            new DistributionCheck()),
                    List.of(new TargetRightsCheck(), new TargetWriteCheck()),
                    List.of(new TargetWritableCheck(), new EncodingCheck()),
                    LocaleSettingCheck.ALL,
                    List.of(new TargetSpaceCheck(), new TargetSessionsCheck(), new QuietTriggersCheck()),
                    List.of(
                            new TargetTableCheck(),
                            new NameClashCheck(),
                            new DependenciesCheck(),
                            new ViewsCheck(),
                            new FunctionsCheck(),
                            new ExtensionsCheck()))
            .<Check>flatMap(List::stream)
            .toList();

    /**
     * What concerns single tables. Not what they depend on: they may depend on tables that the task has already; what
     * cannot be made is named by the structure then.
     */
    static final Set<String> OF_TABLES = Stream.concat(
                    OTHERS.stream()
                            .map(Check::about)
                            .filter(about -> about.group() == Group.TABLES)
                            .map(About::key),
                    Stream.of(
                            "source-read",
                            "source-owner",
                            "target-create",
                            "target-write",
                            "target-tables",
                            "target-names",
                            "extensions"))
            .collect(Collectors.toUnmodifiableSet());

    private Checks() {}
}
