package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Each place where the native library is looked for, each in a process of its own. */
class LibraryFinderTest {
    /**
     * Tells the version, or why there is none, twice: the second try must be as clear as the first.
     */
    public static final class Probe {
        private Probe() {}

        public static void main(String[] arguments) {
            for (int i = 0; i < 2; i++) {
                try {
                    System.out.println("dmerp " + Dmerp.version() + ", ABI " + Dmerp.abiVersion());
                } catch (UnsatisfiedLinkError error) {
                    System.out.println(error.getMessage());
                }
            }
        }
    }

    private static final Path LIBRARY = Path.of(System.getenv("DMERP_LIBRARY"));
    private static final String NAME = System.mapLibraryName("dmerp");
    private static final String FOUND = "dmerp " + Dmerp.version() + ", ABI 1";

    @TempDir private Path folder;
    private final List<Object> classPath = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private String variable;
    private String searched;
    private Path current;

    @BeforeEach
    void withoutALibrary() {
        classPath.add(ChildJvm.placeOf(Dmerp.class));
        classPath.add(ChildJvm.placeOf(Probe.class));
        classPath.add(ChildJvm.placeOf(Platform.class));
        searched = folder.toString();
    }

    private String[] probe() throws IOException, InterruptedException {
        ProcessBuilder builder =
                ChildJvm.builder(
                        ChildJvm.classPath(classPath.toArray()), options, Probe.class.getName());
        builder.environment().remove("DMERP_LIBRARY");
        if (variable != null) {
            builder.environment().put("DMERP_LIBRARY", variable);
        }
        builder.environment().put("LD_LIBRARY_PATH", searched);
        builder.directory(current == null ? null : current.toFile());
        String output = ChildJvm.output(builder.start());
        String half = output.substring(0, output.length() / 2);
        assertEquals(output, half + half, "both tries");
        return half.split("\\R");
    }

    private static String library(Path place) throws IOException {
        Files.createDirectories(place.getParent());
        return Files.copy(LIBRARY, place).toString();
    }

    private void packaged() throws IOException {
        Path resources = folder.resolve("resources");
        library(resources.resolve(Platform.RESOURCE_PREFIX).resolve(NAME));
        classPath.add(resources);
    }

    @Test
    void findsTheNamedOneFirst() throws Exception {
        packaged();
        variable = library(folder.resolve("Библиотека").resolve(NAME));
        assertEquals(FOUND, probe()[0]);
        options.add("-Ddmerp.library=" + LIBRARY);
        variable = "/not/there.so";
        assertEquals(FOUND, probe()[0], "the property counts before the variable");
        options.set(0, "-Ddmerp.library=/not/there.so");
        variable = LIBRARY.toString();
        assertTrue(probe()[1].contains("system property dmerp.library, /not/there.so: "));
    }

    @Test
    void findsThePackagedOneSecond() throws Exception {
        packaged();
        Files.writeString(folder.resolve(NAME), "no library");
        Files.writeString(folder.resolve("libdmerp.so.1"), "no library");
        assertEquals(FOUND, probe()[0]);
        variable = "";
        assertEquals(FOUND, probe()[0], "an empty variable is none");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the system's search is not used there")
    void findsTheInstalledOneLast() throws Exception {
        searched = folder.resolve("installed").toString();
        library(folder.resolve("installed/libdmerp.so.1"));
        Files.writeString(folder.resolve("installed/libdmerp.so"), "no library");
        assertEquals(FOUND, probe()[0]);
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the system's search is not used there")
    void findsTheInstalledOneUnderItsPlainName() throws Exception {
        library(folder.resolve("libdmerp.so"));
        assertEquals(FOUND, probe()[0]);
    }

    @Test
    void skipsNoNamedOne() throws Exception {
        library(folder.resolve("libdmerp.so.1"));
        packaged();
        for (String unusable : List.of("/not/there.so", "libdmerp.so.1", junk())) {
            variable = unusable;
            String[] lines = probe();
            assertTrue(lines[0].contains("ABI version 1 is needed (dmerp 0.1 or newer)"), lines[0]);
            assertTrue(
                    lines[1].contains("environment variable DMERP_LIBRARY, " + unusable + ": "),
                    lines[1]);
            assertEquals(2, lines.length);
        }
    }

    private String junk() throws IOException {
        return Files.writeString(folder.resolve("junk.so"), "no library").toString();
    }

    @Test
    void listsEveryPlace() throws Exception {
        String[] lines = probe();
        assertTrue(lines[0].contains(" for " + Platform.RESOURCE_PREFIX + "."), lines[0]);
        assertTrue(lines[1].contains("dmerp.library"), lines[1]);
        assertTrue(lines[1].contains("DMERP_LIBRARY: not set"), lines[1]);
        String resource = Platform.RESOURCE_PREFIX + "/" + NAME;
        String ours = ChildJvm.placeOf(Dmerp.class).toUri().getPath();
        assertTrue(lines[2].endsWith("in the jar, " + resource + ": not in " + ours), lines[2]);
        List<String> searched = LibraryFinder.systemNames(Platform.getOSType());
        for (int i = 0; i < searched.size(); i++) {
            assertTrue(lines[3 + i].contains(searched.get(i) + ": "), lines[3 + i]);
            assertFalse(lines[3 + i].contains("resource path"), "only what the system says");
        }
        assertEquals(3 + searched.size(), lines.length);
    }

    /** A bare name would load what somebody put into the current folder. */
    @Test
    void searchesNothingOnWindows() {
        assertEquals(List.of(), LibraryFinder.systemNames(Platform.WINDOWS));
        assertEquals(
                List.of("libdmerp.1.dylib", "libdmerp.dylib"),
                LibraryFinder.systemNames(Platform.MAC));
    }

    @Test
    void loadsNothingFromTheCurrentFolder() throws Exception {
        current = Files.createDirectory(folder.resolve("current"));
        library(current.resolve(NAME));
        searched = "";
        assertTrue(probe()[0].contains("cannot be used"));
    }

    /** Windows would look in a library's own folder first for what it needs. */
    @Test
    @EnabledOnOs(value = OS.WINDOWS, disabledReason = "others look in the system's folders only")
    void needsNothingOfTheLibrarysFolder() throws Exception {
        variable = library(folder.resolve("planted").resolve(NAME));
        Files.writeString(folder.resolve("planted/bcryptprimitives.dll"), "no library");
        assertEquals(FOUND, probe()[0]);
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "musl is a C library of Linux")
    void knowsMusl() {
        assertEquals(Platform.RESOURCE_PREFIX, LibraryFinder.folder(false));
        assertEquals("linux-musl-" + Platform.ARCH, LibraryFinder.folder(true));
        String mapped = "7f60e1c6d000-7f60e1c81000 r--p 00000000 08:01 42    ";
        for (String musl :
                List.of("/lib/ld-musl-x86_64.so.1", "/usr/lib/x86_64-linux-musl/libc.so")) {
            assertTrue(LibraryFinder.isMusl(Stream.of(mapped, mapped + musl)), musl);
        }
        for (String other : List.of("/usr/lib/x86_64-linux-gnu/libc.so.6", "/lib/libc-2.17.so")) {
            assertFalse(LibraryFinder.isMusl(Stream.of(mapped, mapped + other)), other);
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = NO_COMPILER)
    void refusesAnotherAbi() throws Exception {
        variable = compiled("0.2.0", 2);
        assertEquals(refusal("ABI version 1, but ", "dmerp 0.2.0 with ABI version 2"), probe()[1]);
        variable = compiled("0.0.9", 0);
        assertEquals(refusal("ABI version 1, but ", "dmerp 0.0.9 with ABI version 0"), probe()[1]);
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = NO_COMPILER)
    void refusesALibraryThatLacksAFunction() throws Exception {
        variable = compiled("0.0.9", 1);
        String line = probe()[1].replaceFirst("the function dmerp_\\w+\\(\\)", "one");
        assertEquals(refusal("one, but ", "dmerp 0.0.9 with ABI version 1"), line);
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = NO_COMPILER)
    void refusesALibraryOfSomethingElse() throws Exception {
        variable = compiled("int other(void) { return 0; }");
        String line = probe()[1];
        assertTrue(line.contains(variable + ": no library of dmerp: it lacks dmerp_ver"), line);
    }

    private static final String NO_COMPILER = "there is no C compiler";

    private String refusal(String needs, String theirs) {
        return "  - environment variable DMERP_LIBRARY, "
                + variable
                + ": dmerp "
                + Dmerp.version()
                + " ("
                + ChildJvm.placeOf(Dmerp.class)
                + "/) needs "
                + needs
                + variable
                + " is "
                + theirs
                + ": install both from one package";
    }

    private String compiled(String version, int abi) throws Exception {
        return compiled(
                "unsigned dmerp_abi_version(void) { return "
                        + abi
                        + "; } const char *dmerp_version(void) { return \""
                        + version
                        + "\"; }");
    }

    private String compiled(String code) throws Exception {
        Path source = Files.writeString(folder.resolve("other.c"), code);
        Path library = Files.createTempFile(folder, "other", ".so");
        Process compiler =
                new ProcessBuilder("cc", "-shared", "-o", library.toString(), source.toString())
                        .redirectErrorStream(true)
                        .start();
        assertEquals("", ChildJvm.output(compiler));
        return library.toString();
    }
}
