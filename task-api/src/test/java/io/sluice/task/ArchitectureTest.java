package io.sluice.task;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;

@AnalyzeClasses(packages = "io.sluice.task", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule noOtherServiceIsUsed = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.sluice.capture..", "io.sluice.apply..", "io.sluice.notifier..", "io.sluice.placement..");

    @ArchTest
    static final ArchRule theLifeOfATaskIsPlain = classes()
            .that()
            .resideInAPackage("..life..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("io.sluice.task.life..", "io.sluice.contracts..", "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule checksKnowNoBusNoHttpAndNoStoredTask = noClasses()
            .that()
            .resideInAPackage("..precheck.check..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka..",
                    "io.smallrye.reactive..",
                    "org.eclipse.microprofile.reactive..",
                    "jakarta.ws.rs..",
                    "jakarta.persistence..",
                    "io.sluice.task.task..");

    @ArchTest
    static final ArchRule onlyTheEdgesKnowKafka = noClasses()
            .that()
            .resideOutsideOfPackage("..dispatch..")
            .and()
            .doNotHaveSimpleName("ReportConsumer")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka..", "io.smallrye.reactive..", "org.eclipse.microprofile.reactive.messaging..");

    @ArchTest
    static final ArchRule onlyResourcesKnowHttp = noClasses()
            .that()
            .haveSimpleNameNotEndingWith("Resource")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jakarta.ws.rs..");

    @ArchTest
    static final ArchRule roomsFormNoCircle = SlicesRuleDefinition.slices()
            .matching("io.sluice.task.(*)..")
            .should()
            .beFreeOfCycles();
}
