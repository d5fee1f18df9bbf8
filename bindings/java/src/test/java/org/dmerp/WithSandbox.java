package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test the one sandbox of the run, emptied; and looks for what the test left unfreed.
 */
final class WithSandbox implements BeforeEachCallback, AfterEachCallback, ParameterResolver {
    @Override
    public void beforeEach(ExtensionContext context) {
        sandbox(context).reset();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        assertEquals(0, Dmerp.liveHandles(), "native handles that were not freed");
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Sandbox.class;
    }

    @Override
    public Sandbox resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return sandbox(context);
    }

    /** The store closes it at the end of the run. */
    private static Sandbox sandbox(ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(WithSandbox.class))
                .getOrComputeIfAbsent(
                        Sandbox.class,
                        key -> {
                            try {
                                return new Sandbox();
                            } catch (IOException problem) {
                                throw new UncheckedIOException(problem);
                            }
                        },
                        Sandbox.class);
    }
}
