package dev.twinpath;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The forbidden arrows of {@code docs/architecture.md}. */
class ArchitectureTest {
  private static final String NIC = "dev.twinpath.nic..";
  private static final String USERSTACK = "dev.twinpath.userstack..";
  private static final String USERSTACK_NETTY = "dev.twinpath.userstack.netty..";
  private static final String SENDFILE = "dev.twinpath.sendfile..";
  private static final String SERVER = "dev.twinpath.server..";
  private static final String LOADGEN = "dev.twinpath.loadgen..";
  private static final String[] OBSERVERS = {
    "io.micrometer..", "org.slf4j..", "ch.qos.logback..", "java.util.logging.."
  };

  private static JavaClasses code;

  @BeforeAll
  static void importCode() {
    code =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            // In the package phase another module's tests come as a jar.
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("dev.twinpath");
  }

  /** A rule over no class passes in silence, so first make sure that every room was read. */
  @Test
  void everyRoomIsThere() {
    for (String room : new String[] {"nic", "userstack", "sendfile", "server", "loadgen"}) {
      assertThat(code.stream().anyMatch(c -> c.getPackageName().startsWith("dev.twinpath." + room)))
          .as("classes of dev.twinpath.%s", room)
          .isTrue();
    }
  }

  @Test
  void theNicKnowsTheJdkOnly() {
    check(
        classes()
            .that()
            .resideInAPackage(NIC)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(NIC, "java.."));
  }

  @Test
  void theStackOutsideItsTransportKnowsTheNicAndTheJdkOnly() {
    check(
        classes()
            .that()
            .resideInAPackage(USERSTACK)
            .and()
            .resideOutsideOfPackage(USERSTACK_NETTY)
            .should()
            .onlyDependOnClassesThat(
                resideInAnyPackage(NIC, USERSTACK, "java..", "jdk.jfr..")
                    .and(resideOutsideOfPackage(USERSTACK_NETTY))));
  }

  @Test
  void thePathsKnowNeitherTheServerNorEachOther() {
    check(
        noClasses()
            .that()
            .resideInAPackage(SENDFILE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(NIC, USERSTACK, SERVER, LOADGEN));
    check(
        noClasses()
            .that()
            .resideInAPackage(USERSTACK)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(SENDFILE, SERVER, LOADGEN));
  }

  @Test
  void theLoadGeneratorDoesNotKnowTheServer() {
    check(
        noClasses()
            .that()
            .resideInAPackage(LOADGEN)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(SERVER, SENDFILE));
  }

  @Test
  void theHotPathKnowsNeitherMicrometerNorALogger() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(NIC, USERSTACK)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(OBSERVERS));
    check(
        noClasses()
            .that()
            .resideInAnyPackage(
                "dev.twinpath.server.http..",
                "dev.twinpath.server.ftp..",
                "dev.twinpath.server.content..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.micrometer.."));
  }

  private static void check(ArchRule rule) {
    rule.check(code);
  }
}
