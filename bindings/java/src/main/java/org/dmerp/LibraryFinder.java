package org.dmerp;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds and loads the native library: named by a setting, else packaged beside the code, else
 * through the system's search.
 */
final class LibraryFinder {
    /** The version of this package; the native library tells its own. */
    static final String VERSION = "0.1.0";

    /** Windows looks for what a DLL needs in its own folder of system DLLs alone. */
    private static final int LOAD_LIBRARY_SEARCH_SYSTEM32 = 0x800;

    private static Abi loaded;

    /** Why JNA is of no use. Java tells it once only. */
    private static String withoutJna;

    /** Every place that was tried, and why it was no good. */
    private final List<String> tried = new ArrayList<>();

    private LibraryFinder() {}

    /**
     * The native library, loaded when it is first asked for.
     *
     * @throws UnsatisfiedLinkError if there is none; the next call tries again
     */
    static synchronized Abi abi() {
        if (loaded == null) {
            startJna();
            loaded = new LibraryFinder().find();
        }
        return loaded;
    }

    /** JNA has a native library of its own, which it unpacks and loads when it is first used. */
    private static void startJna() {
        if (withoutJna == null) {
            try {
                Native.getLastError();
                return;
            } catch (UnsatisfiedLinkError problem) {
                String unpacked = System.getProperty("jnidispatch.path");
                withoutJna =
                        "JNA, which dmerp needs, cannot load its own native library: "
                                + problem.getMessage()
                                + (unpacked == null ? "" : unpackedTo(new File(unpacked)));
            }
        }
        throw new UnsatisfiedLinkError(withoutJna);
    }

    private Abi find() {
        String setting = "system property dmerp.library";
        String path = System.getProperty("dmerp.library", "");
        if (path.isEmpty()) {
            setting = "environment variable DMERP_LIBRARY";
            path = Objects.toString(System.getenv("DMERP_LIBRARY"), "");
        }
        Abi abi;
        if (!path.isEmpty()) {
            String named = path;
            abi = attempt(setting + ", " + named, () -> named(named));
        } else {
            tried.add("system property dmerp.library, environment variable DMERP_LIBRARY: not set");
            String resource = folder() + "/" + System.mapLibraryName("dmerp");
            abi = attempt("in the jar, " + resource, () -> packaged(resource));
            for (String name : systemNames(Platform.getOSType())) {
                abi =
                        abi != null
                                ? abi
                                : attempt(
                                        "the system's search for " + name, () -> load(name, name));
            }
        }
        if (abi == null) {
            throw new UnsatisfiedLinkError(
                    "the native library dmerp cannot be used; ABI version "
                            + Abi.DMERP_ABI_VERSION
                            + " is needed (dmerp 0.1 or newer) for "
                            + folder()
                            + ". Set DMERP_LIBRARY to the full path of the library file. Tried:\n  - "
                            + String.join("\n  - ", tried));
        }
        return abi;
    }

    /** The library of a place; null if it is of no use, after a note of why. */
    private Abi attempt(String place, Callable<Abi> load) {
        try {
            return load.call();
        } catch (Exception | UnsatisfiedLinkError problem) {
            String why = "" + problem.getMessage();
            tried.add(place + ": " + why.trim().replaceAll("\\s*[\\r\\n]+\\s*", "; "));
            return null;
        }
    }

    private static Abi named(String path) throws Exception {
        if (!new File(path).isAbsolute()) {
            throw new IOException("not a full path");
        }
        if (!new File(path).isFile()) {
            throw new IOException("no such file");
        }
        return load(path, path);
    }

    private static Abi packaged(String resource) throws Exception {
        ClassLoader loader = Abi.class.getClassLoader();
        URL packaged = loader.getResource(resource);
        if (packaged == null) {
            throw new IOException("not in " + place());
        }
        File file = Native.extractFromResourcePath("/" + resource, loader);
        if (file == null) {
            throw new IOException("not unpacked, since jna.nounpack is set");
        }
        // JNA uses a resource in a folder where it is, and names what it unpacked jna and a number.
        boolean unpacked = file.getName().startsWith("jna");
        try {
            return load(file.getAbsolutePath(), packaged.toString());
        } catch (UnsatisfiedLinkError problem) {
            throw new IOException(problem.getMessage() + (unpacked ? unpackedTo(file) : ""));
        } finally {
            // Windows deletes nothing that is loaded; the marker makes JNA delete it at its next
            // start.
            if (unpacked && !file.delete()) {
                new File(file.getPath() + ".x").createNewFile();
            }
        }
    }

    /** What to know where a library that was unpacked cannot be loaded. */
    private static String unpackedTo(File file) {
        // On a file system mounted noexec no file can be executed, whatever its mode.
        boolean noexec = file.setExecutable(true) && !file.canExecute();
        return "; it was unpacked into "
                + file.getParent()
                + (noexec ? ", which is mounted noexec" : "")
                + ": start Java with -Djna.tmpdir=FOLDER to have it in another folder";
    }

    /** The folder of this platform's library in the jar. */
    static String folder() {
        return folder(isMusl());
    }

    /** JNA's name for the platform. It knows one Linux only; that with musl is told apart here. */
    static String folder(boolean musl) {
        return musl
                ? Platform.RESOURCE_PREFIX.replace("linux-", "linux-musl-")
                : Platform.RESOURCE_PREFIX;
    }

    /** Whether the C library of this process is musl. */
    private static boolean isMusl() {
        if (!Platform.isLinux()) {
            return false;
        }
        // Names of files have no encoding of their own; this one fits all.
        try (Stream<String> mapped =
                Files.lines(Paths.get("/proc/self/maps"), StandardCharsets.ISO_8859_1)) {
            return isMusl(mapped);
        } catch (IOException notMounted) {
            return false;
        }
    }

    /** Whether one of the mapped files is musl, which is a C library and its loader in one file. */
    static boolean isMusl(Stream<String> mapped) {
        return mapped.anyMatch(line -> line.matches(".*/(ld-musl-[^/]*|libc[.]so)"));
    }

    /**
     * First the name that the ABI's version is part of. None on Windows, whose search would load a
     * dmerp.dll that somebody put into the current folder.
     */
    static List<String> systemNames(int system) {
        switch (system) {
            case Platform.WINDOWS:
                return Collections.emptyList();
            case Platform.MAC:
                return Arrays.asList(
                        "libdmerp." + Abi.DMERP_ABI_VERSION + ".dylib", "libdmerp.dylib");
            default:
                return Arrays.asList("libdmerp.so." + Abi.DMERP_ABI_VERSION, "libdmerp.so");
        }
    }

    /** Loads a library, by a path or a name, and sees that it is the one for this package. */
    private static Abi load(String library, String shown) throws IOException {
        Map<String, Object> options = new HashMap<>();
        options.put(Library.OPTION_STRING_ENCODING, "UTF-8");
        // A class loader without dmerp: else JNA would look into the jar in its own way, at last.
        options.put(Library.OPTION_CLASSLOADER, ClassLoader.getSystemClassLoader().getParent());
        if (Platform.isWindows()) {
            options.put(Library.OPTION_OPEN_FLAGS, LOAD_LIBRARY_SEARCH_SYSTEM32);
        }
        Abi abi;
        try {
            abi = Native.load(library, Abi.class, options);
        } catch (UnsatisfiedLinkError problem) {
            // JNA's own message adds the whole class path.
            String causes =
                    Stream.of(problem.getSuppressed())
                            .filter(UnsatisfiedLinkError.class::isInstance)
                            .map(Throwable::getMessage)
                            .distinct()
                            .collect(Collectors.joining("; "));
            throw new UnsatisfiedLinkError(causes.isEmpty() ? problem.getMessage() : causes);
        }
        NativeLibrary functions =
                ((Library.Handler) Proxy.getInvocationHandler(abi)).getNativeLibrary();
        if (!has(functions, "dmerp_version") || !has(functions, "dmerp_abi_version")) {
            throw new IOException(
                    "no library of dmerp: it lacks dmerp_version() or dmerp_abi_version()");
        }
        int version = abi.dmerp_abi_version();
        String ours = "dmerp " + VERSION + " (" + place() + ") needs ";
        String theirs =
                shown
                        + " is dmerp "
                        + abi.dmerp_version()
                        + " with ABI version "
                        + Integer.toUnsignedString(version)
                        + ": install both from one package";
        if (version != Abi.DMERP_ABI_VERSION) {
            throw new IOException(
                    ours + "ABI version " + Abi.DMERP_ABI_VERSION + ", but " + theirs);
        }
        // An older library can lack some. Now is better than in the middle of the work.
        for (Method method : Abi.class.getMethods()) {
            if (!has(functions, method.getName())) {
                throw new IOException(
                        ours + "the function " + method.getName() + "(), but " + theirs);
            }
        }
        return abi;
    }

    private static boolean has(NativeLibrary library, String function) {
        try {
            library.getFunction(function);
            return true;
        } catch (UnsatisfiedLinkError missing) {
            return false;
        }
    }

    /** Where this package itself is: a jar or a folder. */
    private static String place() {
        CodeSource source = Abi.class.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            return "the program itself";
        }
        return source.getLocation().toString().replaceFirst("^file:", "");
    }
}
