package io.sluice.apply;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.sluice", importOptions = ImportOption.DoNotIncludeTests.class)
class ArrowsTest {

    @ArchTest
    static final ArchRule NO_OTHER_SERVICE = noClasses()
            .that()
            .resideInAPackage("io.sluice.apply..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.sluice.task..", "io.sluice.capture..", "io.sluice.notifier..");

    @ArchTest
    static final ArchRule BATCH_THINKS = noClasses()
            .that()
            .resideInAPackage("io.sluice.apply.batch..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "org.apache.kafka..", "org.postgresql..", "jakarta..", "io.quarkus..");

    @ArchTest
    static final ArchRule KAFKA_AT_ITS_EDGE = noClasses()
            .that()
            .resideInAPackage("io.sluice.apply..")
            .and()
            .resideOutsideOfPackage("io.sluice.apply.consume..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.kafka..");

    /** The clocks of two servers differ: what is newer is told by positions and row versions alone. */
    @ArchTest
    static final ArchRule COMPARISONS_KNOW_NO_TIME = noClasses()
            .that()
            .resideInAPackage("io.sluice.apply.compare..")
            .should()
            .dependOnClassesThat()
            .haveNameMatching(
                    "java\\.time\\.(Clock|.*Instant|.*DateTime|LocalTime)|java\\.util\\.Date|java\\.sql\\.Time.*")
            .orShould()
            .callMethod(System.class, "currentTimeMillis");

    @ArchTest
    static final ArchRule ONE_WAY = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.sluice.apply.batch..",
                    "io.sluice.apply.write..",
                    "io.sluice.apply.position..",
                    "io.sluice.apply.session..",
                    "io.sluice.apply.structure..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.sluice.apply.consume..", "io.sluice.apply.load..");
}
