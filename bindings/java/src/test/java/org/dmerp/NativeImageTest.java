package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.jna.Callback;
import com.sun.jna.NativeMapped;
import com.sun.jna.Structure;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The metadata for native images of GraalVM against what JNA asks by reflection. */
class NativeImageTest {
    private static final Set<String> CONSTRUCTORS =
            Set.of("allDeclaredConstructors", "allPublicConstructors");

    static JsonObject metadata() throws Exception {
        String name = "/META-INF/native-image/org.dmerp/dmerp/reachability-metadata.json";
        try (InputStream file = Dmerp.class.getResourceAsStream(name)) {
            String json = new String(file.readAllBytes(), StandardCharsets.UTF_8);
            return JsonParser.parseString(json).getAsJsonObject();
        }
    }

    /** What JNA asks of each type of the binding: its constructors, its fields and so on. */
    private static Map<String, Set<String>> asked() {
        List<Class<?>> types = new ArrayList<>(Arrays.asList(Abi.class.getClasses()));
        for (Method function : Abi.class.getMethods()) {
            types.add(function.getReturnType());
            types.addAll(Arrays.asList(function.getParameterTypes()));
        }
        Map<String, Set<String>> asked = new TreeMap<>();
        asked.put("{\"proxy\":[\"org.dmerp.Abi\"]}", Set.of());
        asked.put("org.dmerp.Abi", Set.of("allPublicFields", "allPublicMethods"));
        for (Class<?> type : types) {
            if (Structure.class.isAssignableFrom(type)) {
                Set<String> members = new TreeSet<>(CONSTRUCTORS);
                members.add("allDeclaredFields");
                asked.put(type.getName(), members);
            } else if (Callback.class.isAssignableFrom(type)) {
                asked.put(type.getName(), Set.of("allDeclaredMethods", "allPublicMethods"));
            } else if (NativeMapped.class.isAssignableFrom(type)) {
                asked.put(type.getName(), CONSTRUCTORS);
            } else if (Structure[].class.isAssignableFrom(type)) {
                asked.put(type.getComponentType().getName() + "[]", Set.of());
            }
        }
        return asked;
    }

    @Test
    void knowsWhatJnaAsks() throws Exception {
        Map<String, Set<String>> known = new TreeMap<>();
        for (JsonElement element : metadata().getAsJsonArray("reflection")) {
            JsonObject entry = element.getAsJsonObject();
            JsonElement type = entry.remove("type");
            String name = type.isJsonObject() ? type.toString() : type.getAsString();
            assertEquals(null, known.put(name, new TreeSet<>(entry.keySet())), "twice: " + name);
            entry.asMap().forEach((what, value) -> assertEquals(true, value.getAsBoolean(), what));
        }
        assertEquals(asked(), known);
    }

    /** A field of a struct whose type JNA makes by reflection must be among the types above. */
    @Test
    void needsNoOtherTypeInTheStructs() {
        Map<String, Set<String>> asked = asked();
        for (Class<?> type : Abi.class.getClasses()) {
            for (Field field : type.getDeclaredFields()) {
                if (NativeMapped.class.isAssignableFrom(field.getType())) {
                    assertEquals(CONSTRUCTORS, asked.get(field.getType().getName()), "" + field);
                }
            }
        }
    }
}
