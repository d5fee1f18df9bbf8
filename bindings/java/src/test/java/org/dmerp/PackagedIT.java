package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Platform;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar as a user has it: with JNA, and without DMERP_LIBRARY. */
class PackagedIT {
    private static final Path JAR = ChildJvm.placeOf(Dmerp.class);
    private static final Path JNA = ChildJvm.placeOf(Platform.class);
    private static final Path REPOSITORY = Path.of("../..");

    @TempDir private Path folder;

    private static ProcessBuilder withoutLibrary(ProcessBuilder builder) {
        builder.environment().remove("DMERP_LIBRARY");
        return builder;
    }

    private static String succeeds(ProcessBuilder builder) throws Exception {
        Process process = builder.start();
        String output = ChildJvm.output(process);
        assertEquals(0, process.exitValue(), output);
        return output;
    }

    private void compile(Path source) {
        int problems =
                ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                null,
                                null,
                                "--release",
                                "8",
                                "-Xlint:all,-options",
                                "-Werror",
                                "-cp",
                                JAR.toString(),
                                "-d",
                                folder.toString(),
                                source.toString());
        assertEquals(0, problems);
    }

    @Test
    void holdsTheLibraryAndNothingOfTheTests() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            assertEquals(
                    "org.dmerp",
                    jar.getManifest().getMainAttributes().getValue("Automatic-Module-Name"));
            String library = Platform.RESOURCE_PREFIX + "/" + System.mapLibraryName("dmerp");
            assertNotNull(jar.getEntry(library), library);
            int classes = 0;
            for (JarEntry entry : Collections.list(jar.entries())) {
                assertFalse(entry.getName().contains("Test"), entry.getName());
                if (entry.getName().endsWith(".class")) {
                    try (DataInputStream bytes = new DataInputStream(jar.getInputStream(entry))) {
                        bytes.readInt();
                        assertEquals(52, bytes.readInt() & 0xffff, "Java 8's class files");
                    }
                    classes++;
                }
            }
            assertTrue(classes > 20);
        }
    }

    @Test
    void runsTheReadmesExample() throws Exception {
        Matcher example =
                Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                        .matcher(Files.readString(Path.of("README.md")));
        assertTrue(example.find());
        try (Sandbox sandbox = new Sandbox("--api-key", "the-key-from-the-portal")) {
            sandbox.send("anna", Samples.xml("1"));
            sandbox.send("anna", Samples.xml("2"));
            sandbox.send("anna", Samples.xml("3"));
            sandbox.send("anna", Samples.binary(1000), "&queue=file");
            sandbox.fault(
                    "{'on':'portal','path':'/pull','action':{'spoil_entries':[{'place':3,'how':'no_url'}]}}");
            sandbox.fault("{'on':'storage','method':'GET','action':{'status':{'code':404}}}");
            String where = "new Config().baseUrl(\"" + sandbox.baseUrl() + "\").proxy(\"none\")";
            String code = example.group(1).replace("new Config()", where);
            compile(Files.writeString(folder.resolve("Quick.java"), code));
            ProcessBuilder builder =
                    ChildJvm.builder(
                            ChildJvm.classPath(folder, JAR, JNA),
                            List.of(),
                            "Quick",
                            folder.toString());
            builder.environment().put("DMERP_API_KEY", "the-key-from-the-portal");
            String output = succeeds(withoutLibrary(builder));
            assertTrue(output.contains("why=NOT_DOWNLOADED, status=NOT_FOUND, "), output);
            assertTrue(output.contains("why=UNREADABLE, "), output);
            assertNotNull(sandbox.content("anna", "order-4711"));
            assertArrayEquals(Samples.binary(1000), Files.readAllBytes(folder.resolve("FILE-1")));
            assertEquals(2, sandbox.waiting().size(), "what failed, and what was unreadable");
        }
    }

    private String example(String script, String data, String program) throws Exception {
        compile(REPOSITORY.resolve("examples/java/" + program + ".java"));
        ProcessBuilder builder =
                new ProcessBuilder(
                                "sh",
                                REPOSITORY.resolve("tests").resolve(script).toString(),
                                System.getenv("DMERP_SANDBOX"),
                                REPOSITORY.resolve("examples").resolve(data).toString(),
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                ChildJvm.classPath(folder, JAR, JNA),
                                program)
                        .redirectErrorStream(true);
        return succeeds(withoutLibrary(builder));
    }

    @Test
    void runsTheExamples() throws Exception {
        String quickstart = example("quickstart.sh", "data/packet.xml", "Quickstart");
        assertTrue(quickstart.endsWith(" passed, 0 failed\n"), quickstart);
        String production = example("example.sh", "data", "Production");
        assertTrue(production.endsWith(" passed, 0 failed\n"), production);
    }

    private Process production(Sandbox sandbox) throws Exception {
        compile(REPOSITORY.resolve("examples/java/Production.java"));
        ProcessBuilder builder =
                ChildJvm.builder(
                        ChildJvm.classPath(folder, JAR, JNA),
                        List.of(),
                        "Production",
                        REPOSITORY.resolve("examples/data").toString(),
                        "anna",
                        folder.toString());
        builder.environment().put("DMERP_BASE_URL", sandbox.baseUrl());
        builder.environment().put("DMERP_APP_AREA", sandbox.fact("app_area"));
        builder.environment().put("DMERP_API_KEY", sandbox.apiKey());
        return withoutLibrary(builder).start();
    }

    @Test
    void endsTheExampleProgramInAnOrderlyWay() throws Exception {
        try (Sandbox sandbox = new Sandbox()) {
            sandbox.send("anna", Samples.xml("1"));
            String id = sandbox.send("anna", Samples.xml("2")).get("id").getAsString();
            sandbox.fault("{'on':'storage','method':'GET','skip':1,'times':0,'action':'hang'}");
            Process process = production(sandbox);
            sandbox.await(request -> !request.get("fault").isJsonNull());
            process.toHandle().destroy(); // Process.destroy() would close the output, too
            String output = ChildJvm.output(process);
            assertTrue(output.contains("failed: CANCELLED: "), output);
            assertTrue(output.contains("left: "), output);
            assertTrue(output.endsWith("not all done\n"), output);
            assertEquals(128 + 15, process.exitValue());
            assertFalse(output.contains("handles were not freed"), output);
            int received = output.split("receive: packet ", -1).length - 1;
            assertEquals(2 - received, sandbox.waiting().size(), output);
        }
    }

    @Test
    void tellsEachFailureInTheExampleProgram() throws Exception {
        try (Sandbox sandbox = new Sandbox()) {
            sandbox.send("anna", Samples.xml("1"));
            sandbox.send("anna", Samples.xml("2"));
            sandbox.fault(
                    "{'on':'storage','method':'GET','skip':1,'times':0,'action':{'status':{'code':404}}}");
            sandbox.fault(
                    "{'on':'portal','path':'/done','times':0,'action':{'status':{'code':404}}}");
            sandbox.fault(
                    "{'on':'portal','path':'/push/','times':0,'action':{'status':{'code':400}}}");
            Process process = production(sandbox);
            String output = ChildJvm.output(process);
            assertEquals(1, process.exitValue(), output);
            assertTrue(output.contains("failed: REJECTED: push of packet "), output);
            assertEquals(3, output.split("left: .*: NOT_FOUND: ", -1).length, output);
        }
    }

    @Test
    void isAModule() throws Exception {
        Path source = folder.resolve("Version.java");
        String code =
                "class Version { public static void main(String[] a) { System.out.print(org.dmerp.Dmerp.version()); } }";
        compile(Files.writeString(source, code));
        List<String> options =
                List.of(
                        "-p",
                        ChildJvm.classPath(JAR, JNA),
                        "--add-modules",
                        "org.dmerp",
                        "--enable-native-access=com.sun.jna");
        String output =
                succeeds(withoutLibrary(ChildJvm.builder(folder.toString(), options, "Version")));
        assertEquals(Dmerp.version(), output);
    }

    @Test
    void leavesNoUnpackedLibraryBehind() throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("temporary"));
        List<String> options = List.of("-Djna.tmpdir=" + temporary);
        String classPath =
                ChildJvm.classPath(JAR, JNA, ChildJvm.placeOf(LibraryFinderTest.Probe.class));
        // Halted, as by a crash: nothing that runs at the exit can have tidied up.
        ProcessBuilder builder = ChildJvm.builder(classPath, options, Halt.class.getName());
        assertTrue(succeeds(withoutLibrary(builder)).contains("halting with dmerp"));
        try (var left = Files.list(temporary)) {
            assertEquals(
                    List.of(), left.filter(file -> file.toFile().length() > 1_000_000).toList());
        }
    }

    /** Uses the library and ends at once. */
    public static final class Halt {
        private Halt() {}

        public static void main(String[] arguments) {
            System.out.println("halting with dmerp " + Dmerp.version());
            Runtime.getRuntime().halt(0);
        }
    }
}
