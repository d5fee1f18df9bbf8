package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.sun.jna.Platform;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The jar as a user has it: with JNA, and without DMERP_LIBRARY. */
class PackagedIT {
    private static final Path JAR = ChildJvm.placeOf(Dmerp.class);
    private static final Path JNA = ChildJvm.placeOf(Platform.class);
    private static final Path REPOSITORY = Path.of("../..");

    /** One without a record. */
    private static final byte[] PACKET = "<NavMobileSync/>".getBytes();

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
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assumeTrue(compiler != null, "this Java has no compiler");
        int problems =
                compiler.run(
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
    void holdsTheLibraryAndNothingOfTheTests() throws Exception {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            assertEquals(
                    "org.dmerp",
                    jar.getManifest().getMainAttributes().getValue("Automatic-Module-Name"));
            String library = Platform.RESOURCE_PREFIX + "/" + System.mapLibraryName("dmerp");
            assertNotNull(jar.getEntry(library), library);
            int classes = 0;
            Set<String> libraries = new TreeSet<>();
            for (JarEntry entry : Collections.list(jar.entries())) {
                assertFalse(entry.getName().contains("Test"), entry.getName());
                if (entry.getName().endsWith(".class")) {
                    try (DataInputStream bytes = new DataInputStream(jar.getInputStream(entry))) {
                        bytes.readInt();
                        assertEquals(52, bytes.readInt() & 0xffff, "Java 8's class files");
                    }
                    classes++;
                } else if (entry.getName().matches(".*[.](so|dll|dylib)")) {
                    libraries.add(entry.getName());
                }
            }
            assertTrue(classes > 20);
            Set<String> inImages = new TreeSet<>();
            for (JsonElement resource : NativeImageTest.metadata().getAsJsonArray("resources")) {
                inImages.add(resource.getAsJsonObject().get("glob").getAsString());
            }
            // A jar for this machine alone has one of them.
            inImages.retainAll(libraries.size() == 1 ? libraries : inImages);
            assertEquals(libraries, inImages, "what native images of GraalVM get");
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
            assertNotNull(sandbox.content("anna", "items-4711"));
            assertArrayEquals(Samples.binary(1000), Files.readAllBytes(folder.resolve("FILE-1")));
            assertEquals(2, sandbox.waiting().size(), "what failed, and what was unreadable");
        }
    }

    /** Runs an example by its script. */
    private String example(String script, List<String> data, String program) throws Exception {
        compile(REPOSITORY.resolve("examples/java/" + program + ".java"));
        List<String> command = new ArrayList<>();
        command.add("sh");
        command.add(REPOSITORY.resolve("tests").resolve(script).toString());
        command.add(System.getenv("DMERP_SANDBOX"));
        command.addAll(data);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", ChildJvm.classPath(folder, JAR, JNA), program));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        return succeeds(withoutLibrary(builder));
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the scripts are the shell's")
    void runsTheExamples() throws Exception {
        String quickstart = example("quickstart.sh", List.of(), "Quickstart");
        assertTrue(quickstart.endsWith(" passed, 0 failed\n"), quickstart);
        String data = REPOSITORY.resolve("examples/data").toString();
        String production = example("example.sh", List.of(data), "Production");
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
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "Java ends a process only by force there")
    void endsTheExampleProgramInAnOrderlyWay() throws Exception {
        try (Sandbox sandbox = new Sandbox()) {
            sandbox.send("anna", PACKET);
            String id = sandbox.send("anna", PACKET).get("id").getAsString();
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
            sandbox.send("anna", PACKET);
            sandbox.send("anna", PACKET);
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
    void leavesAPacketOfWhichTheExampleProgramReadOnlyPart() throws Exception {
        try (Sandbox sandbox = new Sandbox()) {
            String packet =
                    "<NavMobileSync><table tablename='ORDERS'><r><NO>1</NO></r><s/></table></NavMobileSync>";
            String id = sandbox.send("anna", packet.getBytes()).get("id").getAsString();
            Process process = production(sandbox);
            String output = ChildJvm.output(process);
            assertEquals(1, process.exitValue(), output);
            String told = "left: " + id + ": unknown elements were skipped: 1\n";
            assertTrue(output.contains(told), output);
            assertFalse(output.contains("failed: "), output);
            assertFalse(output.contains("receive: "), output);
            assertEquals(1, sandbox.waiting().size(), output);
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

    /** As in an application server: each redeployment has a class loader of its own. */
    @Test
    void worksInSeveralClassLoadersAndLeavesNothingBehind() throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("temporary"));
        try (Sandbox sandbox = new Sandbox()) {
            for (int run = 0; run < 2; run++) {
                List<Path> before = libraries(temporary);
                ProcessBuilder builder =
                        program(
                                Redeployed.class,
                                List.of("-Djna.tmpdir=" + temporary),
                                sandbox.baseUrl(),
                                sandbox.apiKey());
                assertTrue(succeeds(builder).contains("halting with 3 copies"));
                // Windows deletes nothing that is loaded: there a later start of JNA deletes it.
                List<Path> after = libraries(temporary);
                assertEquals(OS.WINDOWS.isCurrentOs() ? 3 + 1 : 0, after.size(), "" + after);
                after.retainAll(before);
                assertEquals(List.of(), after, "what an earlier process left");
            }
            assertEquals(2 * 3 * 2, sandbox.requests().size());
        }
    }

    private static List<Path> libraries(Path folder) throws IOException {
        try (var all = Files.list(folder)) {
            return all.filter(file -> file.toFile().length() > 0)
                    .collect(Collectors.toCollection(ArrayList::new));
        }
    }

    /** Uses three copies of the package at the same time, one after the other twice, then halts. */
    public static final class Redeployed {
        private Redeployed() {}

        public static void main(String[] arguments) throws Exception {
            URL[] classes = {JAR.toUri().toURL(), ChildJvm.placeOf(Check.class).toUri().toURL()};
            List<Consumer<String[]>> copies = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                ClassLoader loader = new WithJna(classes);
                Class<?> copy = loader.loadClass(Check.class.getName());
                @SuppressWarnings("unchecked")
                Consumer<String[]> check =
                        (Consumer<String[]>) copy.getDeclaredConstructor().newInstance();
                copies.add(check);
            }
            for (int i = 0; i < 2; i++) {
                copies.forEach(check -> check.accept(arguments));
            }
            System.out.println("halting with " + copies.size() + " copies");
            // As by a crash: nothing that runs at the exit can have tidied up.
            Runtime.getRuntime().halt(0);
        }
    }

    /** Has all but JNA from its own places. */
    private static final class WithJna extends URLClassLoader {
        WithJna(URL[] places) {
            super(places, ClassLoader.getPlatformClassLoader());
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            return name.startsWith("com.sun.jna.")
                    ? PackagedIT.class.getClassLoader().loadClass(name)
                    : super.findClass(name);
        }
    }

    /** Makes one request, in whatever class loader it is. */
    public static final class Check implements Consumer<String[]> {
        @Override
        public void accept(String[] arguments) {
            Config config = new Config().baseUrl(arguments[0]).appArea("DMDEV01");
            try (Client client = new Client(config.apiKey(arguments[1]).proxy("none"))) {
                client.check();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }

    private static ProcessBuilder program(
            Class<?> program, List<String> options, String... arguments) {
        String classPath = ChildJvm.classPath(JAR, JNA, ChildJvm.placeOf(program));
        List<String> all = new ArrayList<>(List.of(program.getName()));
        all.addAll(List.of(arguments));
        return withoutLibrary(ChildJvm.builder(classPath, options, all.toArray(new String[0])));
    }

    /** Makes a configuration twice, or tells why it cannot. */
    public static final class Configure {
        private Configure() {}

        public static void main(String[] arguments) {
            for (int i = 0; i < 2; i++) {
                try {
                    System.out.println(new Config().appArea("DMDEV01").get("app_area").get());
                } catch (UnsatisfiedLinkError error) {
                    System.out.println(error.getMessage());
                }
            }
        }
    }

    /** What Configure writes where the user's cache is mounted noexec; twice, so that is halved. */
    private String configureWithNoexecCache(String... options) throws Exception {
        Path cache = folder.resolve("noexec");
        Files.createDirectories(cache);
        String mounted = "mount -t tmpfs -o noexec none \"$0\" && exec \"$@\"";
        List<String> command =
                new ArrayList<>(List.of("unshare", "--mount", "--map-root-user", "sh", "-c"));
        command.addAll(List.of(mounted, cache.toString()));
        ProcessBuilder builder = program(Configure.class, List.of(options));
        command.addAll(builder.command());
        builder.command(command).environment().put("XDG_CACHE_HOME", cache.toString());
        String output = succeeds(builder).replaceAll("jna[0-9]+[.]tmp", "jna.tmp");
        String half = output.substring(0, output.length() / 2);
        assertEquals(output, half + half, "both times");
        return half;
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "it mounts as Linux does")
    void tellsWhereTheUnpackedLibraryMayNotBeLoaded() throws Exception {
        String seen = folder.resolve("noexec/JNA/temp") + ", which is mounted noexec: start Java";
        String output = configureWithNoexecCache();
        assertTrue(output.startsWith("JNA, which dmerp needs, cannot load its own"), output);
        assertTrue(output.contains(seen + " with -Djna.tmpdir=FOLDER to have it in"), output);
        // An administrator can have installed JNA's own library; that of dmerp is unpacked.
        Path installed = Files.createDirectory(folder.resolve("installed"));
        try (JarFile jna = new JarFile(JNA.toFile())) {
            String library = "com/sun/jna/" + Platform.RESOURCE_PREFIX + "/libjnidispatch.so";
            try (InputStream content = jna.getInputStream(jna.getEntry(library))) {
                Files.copy(content, installed.resolve("libjnidispatch.so"));
            }
        }
        output = configureWithNoexecCache("-Djna.boot.library.path=" + installed);
        String line = output.split("\n")[2];
        assertTrue(line.startsWith("  - in the jar, " + Platform.RESOURCE_PREFIX), line);
        assertTrue(line.contains("failed to map segment from shared object"), line);
        assertTrue(line.contains(seen + " with -Djna.tmpdir=FOLDER to have it in"), line);
        // What the text says helps.
        Path another = folder.resolve("another");
        assertEquals("DMDEV01\n", configureWithNoexecCache("-Djna.tmpdir=" + another));
        assertEquals(List.of(), libraries(another));
    }
}
