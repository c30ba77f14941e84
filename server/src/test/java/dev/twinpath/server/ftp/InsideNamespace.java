package dev.twinpath.server.ftp;

import dev.twinpath.testsupport.NetworkNamespace;
import java.lang.reflect.Method;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * Runs each test method on a thread inside a network namespace of its own, so that sockets and
 * clients of the test live there. Of one test instance; made before root is known to be there, the
 * namespace comes with the first use.
 */
final class InsideNamespace implements InvocationInterceptor, AfterEachCallback {
  private NetworkNamespace namespace;

  NetworkNamespace namespace() {
    if (namespace == null) {
      namespace = NetworkNamespace.create();
    }
    return namespace;
  }

  @Override
  public void interceptTestMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    namespace()
        .call(
            () -> {
              try {
                invocation.proceed();
              } catch (Throwable t) {
                failure.set(t);
              }
              return null;
            });
    if (failure.get() != null) {
      throw failure.get();
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (namespace != null) {
      namespace.close();
    }
  }
}
