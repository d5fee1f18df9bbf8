package org.dmerp;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Finds and loads the native library: packaged beside the code, else named by a setting, else
 * through the system's search.
 */
final class LibraryFinder {
    private static final String PROPERTY = "dmerp.library";
    private static final String VARIABLE = "DMERP_LIBRARY";

    private static volatile Abi loaded;

    /** Every place that was tried, and why it was no good. */
    private final List<String> tried = new ArrayList<>();

    private LibraryFinder() {}

    /**
     * The native library, loaded when it is first asked for.
     *
     * @throws UnsatisfiedLinkError if there is none; the next call tries again
     */
    static Abi abi() {
        Abi abi = loaded;
        return abi != null ? abi : load();
    }

    private static synchronized Abi load() {
        if (loaded == null) {
            loaded = new LibraryFinder().find();
        }
        return loaded;
    }

    private Abi find() {
        Abi abi = packaged();
        if (abi == null) {
            abi = named();
        }
        if (abi == null) {
            abi = installed();
        }
        if (abi == null) {
            throw notFound();
        }
        return abi;
    }

    private Abi packaged() {
        ClassLoader loader = Abi.class.getClassLoader();
        String resource = Platform.RESOURCE_PREFIX + "/" + System.mapLibraryName("dmerp");
        if (loader.getResource(resource) == null) {
            tried.add("in the jar: there is no " + resource + " beside the package's classes");
            return null;
        }
        File file;
        try {
            file = Native.extractFromResourcePath("/" + resource, loader);
        } catch (IOException problem) {
            tried.add("in the jar: " + resource + " cannot be unpacked: " + oneLine(problem));
            return null;
        }
        if (file == null) {
            tried.add("in the jar: " + resource + " is not unpacked, since jna.nounpack is set");
            return null;
        }
        // So JNA names what it unpacked. A resource in a folder is used where it is.
        boolean unpacked = file.getName().startsWith("jna");
        try {
            return tryLibrary("in the jar, as ", file.getAbsolutePath());
        } finally {
            if (unpacked) {
                discard(file);
            }
        }
    }

    /**
     * Deletes an unpacked library. Windows refuses that while the library is loaded, until after
     * the exit; this marker makes JNA delete it at its next start.
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

    private Abi named() {
        String setting = "system property " + PROPERTY;
        String path = System.getProperty(PROPERTY);
        if (path == null || path.isEmpty()) {
            setting = "environment variable " + VARIABLE;
            path = System.getenv(VARIABLE);
        }
        if (path == null || path.isEmpty()) {
            tried.add(
                    "system property "
                            + PROPERTY
                            + " and environment variable "
                            + VARIABLE
                            + ": not set");
            return null;
        }
        File file = new File(path);
        Abi abi = null;
        if (!file.isAbsolute()) {
            tried.add(setting + ", " + path + ": not a full path");
        } else if (!file.isFile()) {
            tried.add(setting + ", " + path + ": no such file");
        } else {
            abi = tryLibrary(setting + ", ", path);
        }
        if (abi == null) {
            throw notFound();
        }
        return abi;
    }

    private Abi installed() {
        for (String name : systemNames()) {
            Abi abi = tryLibrary("the system's search for ", name);
            if (abi != null) {
                return abi;
            }
        }
        return null;
    }

    /** First the name that the ABI's version is part of, where the platform has such names. */
    private static List<String> systemNames() {
        if (Platform.isWindows()) {
            return Collections.singletonList("dmerp.dll");
        }
        if (Platform.isMac()) {
            return Arrays.asList("libdmerp." + Abi.DMERP_ABI_VERSION + ".dylib", "libdmerp.dylib");
        }
        return Arrays.asList("libdmerp.so." + Abi.DMERP_ABI_VERSION, "libdmerp.so");
    }

    /** Loads a library if it is one for this code; else notes why not, and returns null. */
    private Abi tryLibrary(String place, String library) {
        try {
            Abi abi = Native.load(library, Abi.class);
            int version = abi.dmerp_abi_version();
            if (version != Abi.DMERP_ABI_VERSION) {
                tried.add(
                        place + library + ": has ABI version " + Integer.toUnsignedString(version));
                return null;
            }
            NativeLibrary functions =
                    NativeLibrary.getInstance(library, Abi.class.getClassLoader());
            for (Method method : Abi.class.getMethods()) {
                functions.getFunction(method.getName());
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
        StringBuilder message =
                new StringBuilder("the native library dmerp cannot be used; ABI version ");
        message.append(Abi.DMERP_ABI_VERSION);
        message.append(" is needed (dmerp 0.1 or newer) for ").append(Platform.RESOURCE_PREFIX);
        message.append(". Set ")
                .append(VARIABLE)
                .append(" to the full path of the library file. Tried:");
        for (String place : tried) {
            message.append("\n  - ").append(place);
        }
        return new UnsatisfiedLinkError(message.toString());
    }
}
