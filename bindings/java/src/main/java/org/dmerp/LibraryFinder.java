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

/**
 * Finds and loads the native library: named by a setting, else packaged beside the code, else
 * through the system's search.
 */
final class LibraryFinder {
    private static final String PROPERTY = "dmerp.library";
    private static final String VARIABLE = "DMERP_LIBRARY";

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
        Abi abi;
        String property = System.getProperty(PROPERTY, "");
        String variable = System.getenv(VARIABLE);
        if (!property.isEmpty()) {
            abi = named("system property " + PROPERTY + ", ", property);
        } else if (variable != null && !variable.isEmpty()) {
            abi = named("environment variable " + VARIABLE + ", ", variable);
        } else {
            tried.add(
                    "system property "
                            + PROPERTY
                            + ", environment variable "
                            + VARIABLE
                            + ": not set");
            abi = packaged();
            for (String name : systemNames(Platform.getOSType())) {
                abi = abi != null ? abi : tryLibrary("the system's search for ", name);
            }
        }
        if (abi == null) {
            throw notFound();
        }
        return abi;
    }

    private Abi named(String setting, String path) {
        File file = new File(path);
        if (!file.isAbsolute()) {
            tried.add(setting + path + ": not a full path");
        } else if (!file.isFile()) {
            tried.add(setting + path + ": no such file");
        } else {
            return tryLibrary(setting, path);
        }
        return null;
    }

    private Abi packaged() {
        String resource = Platform.RESOURCE_PREFIX + "/" + System.mapLibraryName("dmerp");
        File file;
        try {
            file = Native.extractFromResourcePath("/" + resource, Abi.class.getClassLoader());
        } catch (IOException problem) {
            tried.add("in the jar: " + resource + ": " + oneLine(problem));
            return null;
        }
        if (file == null) {
            tried.add("in the jar: " + resource + " is not unpacked, since jna.nounpack is set");
            return null;
        }
        try {
            return tryLibrary("in the jar, as ", file.getAbsolutePath());
        } finally {
            // So JNA names what it unpacked. A resource in a folder is used where it is.
            if (file.getName().startsWith("jna")) {
                discard(file);
            }
        }
    }

    /**
     * Deletes an unpacked library. Windows refuses that while the library is loaded; this marker
     * makes JNA delete it at its next start.
     */
    private static void discard(File unpacked) {
        if (!unpacked.delete()) {
            try {
                new File(unpacked.getPath() + ".x").createNewFile();
            } catch (IOException stays) {
                // One more file in a folder for temporary files.
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

    /** Loads a library if it is one for this code; else notes why not, and returns null. */
    private Abi tryLibrary(String place, String library) {
        try {
            Abi abi =
                    Native.load(
                            library,
                            Abi.class,
                            Collections.singletonMap(Library.OPTION_STRING_ENCODING, "UTF-8"));
            int version = abi.dmerp_abi_version();
            if (version != Abi.DMERP_ABI_VERSION) {
                tried.add(
                        place + library + ": has ABI version " + Integer.toUnsignedString(version));
                return null;
            }
            // An older library can lack some. Now is better than in the middle of the work.
            Library.Handler handler = (Library.Handler) Proxy.getInvocationHandler(abi);
            for (Method method : Abi.class.getMethods()) {
                handler.getNativeLibrary().getFunction(method.getName());
            }
            return abi;
        } catch (UnsatisfiedLinkError unusable) {
            tried.add(place + library + ": " + oneLine(unusable));
            return null;
        }
    }

    private static String oneLine(Throwable problem) {
        return problem.getMessage().trim().replaceAll("\\s*[\\r\\n]+\\s*", "; ");
    }

    private UnsatisfiedLinkError notFound() {
        return new UnsatisfiedLinkError(
                "the native library dmerp cannot be used; ABI version "
                        + Abi.DMERP_ABI_VERSION
                        + " is needed (dmerp 0.1 or newer) for "
                        + Platform.RESOURCE_PREFIX
                        + ". Set "
                        + VARIABLE
                        + " to the full path of the library file. Tried:\n  - "
                        + String.join("\n  - ", tried));
    }
}
