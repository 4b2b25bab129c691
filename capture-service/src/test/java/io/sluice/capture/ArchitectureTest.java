package io.sluice.capture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.sluice.capture", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule noOtherService = classes()
            .that()
            .resideInAPackage("io.sluice.capture..")
            .should()
            .onlyDependOnClassesThat()
            .resideOutsideOfPackages(
                    "io.sluice.task..",
                    "io.sluice.api..",
                    "io.sluice.apply..",
                    "io.sluice.notifier..",
                    "io.sluice.http..");

    @ArchTest
    static final ArchRule debeziumStaysInTheEngine = noClasses()
            .that()
            .resideOutsideOfPackage("io.sluice.capture.engine")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.debezium..", "org.apache.kafka.connect..");

    @ArchTest
    static final ArchRule kafkaClientsStayWhereRecordsArePublished = noClasses()
            .that()
            .resideOutsideOfPackages("io.sluice.capture.publish", "io.sluice.capture.engine")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.kafka..");

    /** The connector API describes its settings with a class of Kafka's. */
    @ArchTest
    static final ArchRule theEngineKnowsNoKafkaButConnect = noClasses()
            .that()
            .resideInAPackage("io.sluice.capture.engine")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka.clients..", "io.sluice.capture.publish..", "io.sluice.capture.slot..");

    @ArchTest
    static final ArchRule theSlotKnowsTheSourceOnly = noClasses()
            .that()
            .resideInAPackage("io.sluice.capture.slot")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.sluice.capture.engine..", "io.sluice.capture.publish..", "io.sluice.placement..");

    @ArchTest
    static final ArchRule roomsDoNotKnowTheEdge = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.sluice.capture.engine",
                    "io.sluice.capture.slot",
                    "io.sluice.capture.publish",
                    "io.sluice.capture.snapshot")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.sluice.capture", "jakarta..", "io.quarkus..", "io.micrometer..");
}
