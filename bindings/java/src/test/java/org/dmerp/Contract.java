package org.dmerp;

import com.google.gson.GsonBuilder;
import com.sun.jna.Callback;
import com.sun.jna.Pointer;
import com.sun.jna.PointerType;
import com.sun.jna.Structure;
import com.sun.jna.ptr.PointerByReference;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes what this package declares of the C ABI, for a comparison with dmerp.h: {@code Contract
 * FILE}.
 */
final class Contract {
    private Contract() {}

    public static void main(String[] arguments) throws Exception {
        Map<String, Object> contract = new TreeMap<>();
        contract.put("functions", functions());
        contract.put("callbacks", callbacks());
        contract.put("structs", structs());
        contract.put("constants", constants());
        contract.put("options", options());
        String json = new GsonBuilder().setPrettyPrinting().create().toJson(contract);
        Files.writeString(Path.of(arguments[0]), json + "\n");
    }

    private static Map<String, Object> functions() {
        Map<String, Object> functions = new TreeMap<>();
        for (Method method : Abi.class.getMethods()) {
            functions.put(method.getName(), signature(method));
        }
        return functions;
    }

    private static Map<String, Object> callbacks() {
        Map<String, Object> callbacks = new TreeMap<>();
        for (Class<?> type : Abi.class.getClasses()) {
            if (Callback.class.isAssignableFrom(type)) {
                callbacks.put(type.getSimpleName(), signature(type.getMethods()[0]));
            }
        }
        return callbacks;
    }

    private static Map<String, Object> signature(Method method) {
        List<String> parameters = new ArrayList<>();
        for (Parameter parameter : method.getParameters()) {
            boolean unsigned = parameter.isAnnotationPresent(Abi.Unsigned.class);
            parameters.add(type(parameter.getType(), unsigned));
        }
        boolean unsigned = method.isAnnotationPresent(Abi.Unsigned.class);
        return Map.of("returns", type(method.getReturnType(), unsigned), "parameters", parameters);
    }

    private static String type(Class<?> type, boolean unsigned) {
        if (type == void.class) {
            return "void";
        }
        if (type == int.class) {
            return unsigned ? "u32" : "i32";
        }
        if (type == long.class) {
            return unsigned ? "u64" : "i64";
        }
        if (type == byte.class) {
            return "char";
        }
        if (type == double.class) {
            return "f64";
        }
        if (type == Abi.SizeT.class) {
            return "size";
        }
        if (Callback.class.isAssignableFrom(type)) {
            return type.getSimpleName();
        }
        boolean pointer =
                type == Pointer.class
                        || type == String.class
                        || type == byte[].class
                        || PointerType.class.isAssignableFrom(type)
                        || Structure.class.isAssignableFrom(type)
                        || Structure[].class.isAssignableFrom(type);
        if (!pointer) {
            throw new IllegalStateException("a type that C does not have: " + type);
        }
        return "pointer";
    }

    private static Map<String, Object> structs() throws Exception {
        Method offset = Structure.class.getDeclaredMethod("fieldOffset", String.class);
        offset.setAccessible(true);
        Map<String, Object> structs = new TreeMap<>();
        for (Class<?> type : Abi.class.getClasses()) {
            if (Structure.class.isAssignableFrom(type)) {
                Structure struct = (Structure) type.getConstructor().newInstance();
                List<Object> fields = new ArrayList<>();
                for (String name : type.getAnnotation(Structure.FieldOrder.class).value()) {
                    Field field = type.getField(name);
                    boolean unsigned = field.isAnnotationPresent(Abi.Unsigned.class);
                    // A struct in a struct is there itself, not a pointer to it.
                    String its =
                            Structure.class.isAssignableFrom(field.getType())
                                    ? field.getType().getSimpleName()
                                    : type(field.getType(), unsigned);
                    fields.add(List.of(name, its, offset.invoke(struct, name)));
                }
                structs.put(type.getSimpleName(), Map.of("size", struct.size(), "fields", fields));
            }
        }
        return structs;
    }

    private static Map<String, Object> constants() throws Exception {
        Map<String, Object> constants = new TreeMap<>();
        for (Field field : Abi.class.getDeclaredFields()) {
            constants.put(field.getName(), field.getInt(null));
        }
        for (Status status : Status.values()) {
            if (status != Status.UNKNOWN) {
                constants.put("DMERP_" + status, status.number);
            }
        }
        for (LogLevel level : LogLevel.values()) {
            constants.put("DMERP_LOG_" + level, level.number);
        }
        for (Format format : Format.values()) {
            constants.put("DMERP_FORMAT_" + format, format.number);
        }
        for (LeftWhy why : LeftWhy.values()) {
            if (why != LeftWhy.UNKNOWN) {
                constants.put("DMERP_LEFT_" + why, why.number);
            }
        }
        for (RecordStatus status : RecordStatus.values()) {
            constants.put("DMERP_RECORD_" + status, status.number);
        }
        for (PacketKind kind : PacketKind.values()) {
            constants.put("DMERP_KIND_" + kind, kind.number);
        }
        return constants;
    }

    /** Calls every setter, with a stand-in for the library that notes the keys. */
    private static Map<String, Object> options() throws Exception {
        List<String> keys = new ArrayList<>();
        Abi noting =
                (Abi)
                        Proxy.newProxyInstance(
                                Abi.class.getClassLoader(),
                                new Class<?>[] {Abi.class},
                                (proxy, method, arguments) -> {
                                    if (method.getName().equals("dmerp_config_new")) {
                                        Pointer handle = Pointer.createConstant(1);
                                        ((PointerByReference) arguments[0]).setValue(handle);
                                    }
                                    if (method.getName().equals("dmerp_config_set")) {
                                        keys.add((String) arguments[1]);
                                    }
                                    return method.getReturnType() == int.class ? 0 : null;
                                });
        Field loaded = LibraryFinder.class.getDeclaredField("loaded");
        loaded.setAccessible(true);
        loaded.set(null, noting);

        Map<Class<?>, Object> values =
                Map.of(
                        String.class,
                        "x",
                        int.class,
                        1,
                        long.class,
                        1L,
                        Duration.class,
                        Duration.ofMillis(1),
                        Path.class,
                        Path.of("x"),
                        Format.class,
                        Format.XML,
                        TlsRoots.class,
                        TlsRoots.FILE);
        Map<String, Object> options = new TreeMap<>();
        Config config = new Config();
        for (Method method : Config.class.getMethods()) {
            if (method.getReturnType() == Config.class && method.getParameterCount() == 1) {
                keys.clear();
                method.invoke(config, values.get(method.getParameterTypes()[0]));
                options.put(keys.get(0), method.getName());
            }
        }
        return options;
    }
}
