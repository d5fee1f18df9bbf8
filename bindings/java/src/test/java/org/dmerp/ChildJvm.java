package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Java programs in processes of their own. */
final class ChildJvm {
    private ChildJvm() {}

    /** The class path of these tests. */
    static String classPath() {
        return System.getProperty(
                "surefire.test.class.path", System.getProperty("java.class.path"));
    }

    static String classPath(Object... parts) {
        List<String> all = new ArrayList<>();
        for (Object part : parts) {
            all.add(part.toString());
        }
        return String.join(File.pathSeparator, all);
    }

    /** Where a class is loaded from: a folder or a jar. */
    static Path placeOf(Class<?> type) {
        return Path.of(
                java.net.URI.create(
                        type.getProtectionDomain().getCodeSource().getLocation().toString()));
    }

    static ProcessBuilder builder(
            String classPath, List<String> options, String... programAndArguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(options);
        command.addAll(Arrays.asList("-cp", classPath));
        command.addAll(Arrays.asList(programAndArguments));
        return new ProcessBuilder(command).redirectErrorStream(true);
    }

    static Process of(String classPath, List<String> options, String... programAndArguments)
            throws IOException {
        return builder(classPath, options, programAndArguments).start();
    }

    /** All that a process writes, which must end soon. */
    static String output(Process process) throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(
                process.waitFor(Sandbox.SOON.toSeconds(), TimeUnit.SECONDS),
                "the program does not end");
        return output;
    }
}
