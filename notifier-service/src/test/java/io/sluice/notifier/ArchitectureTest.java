package io.sluice.notifier;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.sluice.notifier", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule servicesMeetOnKafkaOnly = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.sluice.task..", "io.sluice.capture..", "io.sluice.apply..", "io.sluice.postgres..");

    @ArchTest
    static final ArchRule rulesKnowNoWorld = noClasses()
            .that()
            .resideInAPackage("..notifier.rule..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka..",
                    "java.sql..",
                    "javax.sql..",
                    "java.net..",
                    "jakarta..",
                    "io.quarkus..",
                    "org.hibernate..",
                    "io.smallrye..",
                    "io.sluice.http..");

    @ArchTest
    static final ArchRule roomsFormNoCircle =
            slices().matching("io.sluice.notifier.(*)..").should().beFreeOfCycles();
}
