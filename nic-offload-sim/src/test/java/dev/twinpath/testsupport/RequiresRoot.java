package dev.twinpath.testsupport;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that needs root, network namespaces and the named commands of Debian packages.
 *
 * <p>Skipped with the reason when something is missing, unless the environment says {@code
 * TWINPATH_TESTS=all}, as CI does: then nothing is skipped and what is missing fails the test.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(RequiresRootCondition.class)
public @interface RequiresRoot {
  /** Commands that must be on the PATH, for example {@code "lftp"}. */
  String[] commands() default {};
}
