package org.dmerp;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;

/**
 * Finds and loads the native library: named by a setting, else packaged beside the code, else
 * through the system's search.
 */
final class LibraryFinder {
    private static Abi loaded;

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
            loaded = new LibraryFinder().find();
        }
        return loaded;
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
            String resource = Platform.RESOURCE_PREFIX + "/" + System.mapLibraryName("dmerp");
            abi = attempt("in the jar, " + resource, () -> packaged(resource));
            for (String name : systemNames(Platform.getOSType())) {
                abi =
                        abi != null
                                ? abi
                                : attempt("the system's search for " + name, () -> load(name));
            }
        }
        if (abi == null) {
            throw new UnsatisfiedLinkError(
                    "the native library dmerp cannot be used; ABI version "
                            + Abi.DMERP_ABI_VERSION
                            + " is needed (dmerp 0.1 or newer) for "
                            + Platform.RESOURCE_PREFIX
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
        return load(path);
    }

    private static Abi packaged(String resource) throws Exception {
        File file = Native.extractFromResourcePath("/" + resource, Abi.class.getClassLoader());
        if (file == null) {
            throw new IOException("not unpacked, since jna.nounpack is set");
        }
        try {
            return load(file.getAbsolutePath());
        } finally {
            // So JNA names what it unpacked. A resource in a folder is used where it is. Windows
            // deletes nothing that is loaded; the marker makes JNA delete it at its next start.
            if (file.getName().startsWith("jna") && !file.delete()) {
                new File(file.getPath() + ".x").createNewFile();
            }
        }
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

    private static Abi load(String library) throws Exception {
        Map<String, String> utf8 =
                Collections.singletonMap(Library.OPTION_STRING_ENCODING, "UTF-8");
        Abi abi = Native.load(library, Abi.class, utf8);
        int version = abi.dmerp_abi_version();
        if (version != Abi.DMERP_ABI_VERSION) {
            throw new IOException("has ABI version " + Integer.toUnsignedString(version));
        }
        // An older library can lack some. Now is better than in the middle of the work.
        Library.Handler handler = (Library.Handler) Proxy.getInvocationHandler(abi);
        for (Method method : Abi.class.getMethods()) {
            handler.getNativeLibrary().getFunction(method.getName());
        }
        return abi;
    }
}
