package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
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
    private static final String FOUND = "dmerp " + Dmerp.version() + ", ABI 1";

    @TempDir private Path folder;
    private final List<Object> classPath = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private String variable;
    private String searched;

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
        String output = ChildJvm.output(builder.start());
        String half = output.substring(0, output.length() / 2);
        assertEquals(output, half + half, "both tries");
        return half.split("\n");
    }

    private static String library(Path place) throws IOException {
        Files.createDirectories(place.getParent());
        Files.createSymbolicLink(place, LIBRARY.toAbsolutePath());
        return place.toString();
    }

    private void packaged() throws IOException {
        Path resources = folder.resolve("resources");
        library(resources.resolve(Platform.RESOURCE_PREFIX).resolve("libdmerp.so"));
        classPath.add(resources);
    }

    @Test
    void findsTheNamedOneFirst() throws Exception {
        packaged();
        variable = library(folder.resolve("Библиотека.so"));
        assertEquals(FOUND, probe()[0]);
        options.add("-Ddmerp.library=" + variable);
        variable = "/not/there.so";
        assertEquals(FOUND, probe()[0], "the property counts before the variable");
        options.set(0, "-Ddmerp.library=/not/there.so");
        variable = LIBRARY.toString();
        assertTrue(probe()[1].contains("system property dmerp.library, /not/there.so: "));
    }

    @Test
    void findsThePackagedOneSecond() throws Exception {
        packaged();
        Files.writeString(folder.resolve("libdmerp.so.1"), "no library");
        assertEquals(FOUND, probe()[0]);
        variable = "";
        assertEquals(FOUND, probe()[0], "an empty variable is none");
    }

    @Test
    void findsTheInstalledOneLast() throws Exception {
        searched = folder.resolve("installed").toString();
        library(folder.resolve("installed/libdmerp.so.1"));
        Files.writeString(folder.resolve("installed/libdmerp.so"), "no library");
        assertEquals(FOUND, probe()[0]);
    }

    @Test
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
        assertTrue(lines[1].contains("dmerp.library"), lines[1]);
        assertTrue(lines[1].contains("DMERP_LIBRARY: not set"), lines[1]);
        assertTrue(lines[2].contains("in the jar, " + Platform.RESOURCE_PREFIX), lines[2]);
        assertTrue(lines[3].contains("libdmerp.so.1: "), lines[3]);
        assertTrue(lines[4].contains("libdmerp.so: "), lines[4]);
        assertEquals(5, lines.length);
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
    void refusesAnotherAbi() throws Exception {
        Path source =
                Files.writeString(
                        folder.resolve("a.c"), "unsigned dmerp_abi_version(void) { return 2; }");
        variable = compiled(source);
        String[] lines = probe();
        assertTrue(lines[1].endsWith(": has ABI version 2"), lines[1]);
    }

    @Test
    void refusesALibraryThatLacksAFunction() throws Exception {
        Path source =
                Files.writeString(
                        folder.resolve("b.c"), "unsigned dmerp_abi_version(void) { return 1; }");
        variable = compiled(source);
        String[] lines = probe();
        assertTrue(lines[1].contains("dmerp_"), lines[1]);
    }

    private String compiled(Path source) throws Exception {
        Path library = folder.resolve(source.getFileName() + ".so");
        Process compiler =
                new ProcessBuilder("cc", "-shared", "-o", library.toString(), source.toString())
                        .redirectErrorStream(true)
                        .start();
        assertEquals("", ChildJvm.output(compiler));
        return library.toString();
    }
}
