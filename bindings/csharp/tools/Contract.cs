using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

/// <summary>
/// Writes what Dmerp.Client.dll declares of dmerp.h, as its types tell it, to a JSON file: Contract.exe Dmerp.Client.dll FILE.
/// </summary>
internal static class Contract
{
    private static int Main(string[] arguments)
    {
        var package = Assembly.LoadFrom(Path.GetFullPath(arguments[0]));
        var callbacks = package.GetTypes().Where(type => type.IsSubclassOf(typeof(Delegate)) && IsOfHeader(type));
        var functions = package.GetType("Dmerp.Native.NativeMethods", true)
            .GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Where(IsOfHeader);
        var structs = package.GetTypes().Where(type => type.IsValueType && IsOfHeader(type));
        var parts = new[]
        {
            Part("functions", functions.ToDictionary(field => field.Name, field => Signature(field.FieldType))),
            Part("callbacks", callbacks.ToDictionary(type => type.Name, Signature)),
            Part("structs", structs.ToDictionary(type => type.Name, Layout)),
            Part("constants", Constants(package)),
            Part("options", Options(package)),
        };
        File.WriteAllText(arguments[1], "{" + string.Join(",\n", parts) + "}\n");
        return 0;
    }

    private static bool IsOfHeader(MemberInfo member) => member.Name.StartsWith("dmerp_", StringComparison.Ordinal);

    private static string Signature(Type type)
    {
        var convention = type.GetCustomAttribute<UnmanagedFunctionPointerAttribute>();
        if (convention == null || convention.CallingConvention != CallingConvention.Cdecl)
        {
            throw new InvalidOperationException(type.Name + " is not cdecl");
        }
        var invoke = type.GetMethod("Invoke");
        var parameters = invoke.GetParameters().Select(parameter => Text(NativeType(parameter.ParameterType)));
        var returns = Text(NativeType(invoke.ReturnType));
        return "{\"returns\": " + returns + ", \"parameters\": [" + string.Join(", ", parameters) + "]}";
    }

    private static string Layout(Type type)
    {
        var fields = type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Select(field => "["
            + Text(SnakeCase(field.Name)) + ", " + Text(NativeType(field.FieldType)) + ", " + Marshal.OffsetOf(type, field.Name)
            + "]");
        return "{\"size\": " + Marshal.SizeOf(type) + ", \"fields\": [" + string.Join(", ", fields) + "]}";
    }

    private static string NativeType(Type type)
    {
        if (type.IsByRef || type.IsArray || type == typeof(IntPtr) || type.IsSubclassOf(typeof(SafeHandle)))
        {
            return "pointer";
        }
        if (type.IsSubclassOf(typeof(Delegate)))
        {
            return type.Name;
        }
        var names = new Dictionary<Type, string>
        {
            { typeof(void), "void" },
            { typeof(int), "i32" },
            { typeof(uint), "u32" },
            { typeof(long), "i64" },
            { typeof(ulong), "u64" },
            { typeof(UIntPtr), "size" },
            { typeof(double), "f64" },
            { typeof(byte), "char" },
        };
        return IsOfHeader(type) ? type.Name : names[type];
    }

    private static Dictionary<string, string> Constants(Assembly package)
    {
        var constants = new Dictionary<string, string>();
        var families = new Dictionary<string, string>
        {
            { "Status", "" },
            { "LogLevel", "LOG_" },
            { "Format", "FORMAT_" },
            { "PacketKind", "KIND_" },
            { "LeftWhy", "LEFT_" },
            { "RecordStatus", "RECORD_" },
            { "Native.ValueKind", "VALUE_" },
        };
        foreach (var family in families)
        {
            foreach (var value in Enum.GetValues(package.GetType("Dmerp." + family.Key, true)))
            {
                constants.Add("DMERP_" + family.Value + SnakeCase(value.ToString()).ToUpperInvariant(), ((int)value).ToString());
            }
        }
        var native = package.GetType("Dmerp.Native.NativeMethods", true);
        var abi = native.GetField("AbiVersion", BindingFlags.Static | BindingFlags.NonPublic);
        constants.Add("DMERP_ABI_VERSION", abi.GetRawConstantValue().ToString());
        return constants;
    }

    /// <summary>The key that each property of Config reads, which is the first text in its code.</summary>
    private static Dictionary<string, string> Options(Assembly package)
    {
        const byte LoadText = 0x72;
        return package.GetType("Dmerp.Config", true).GetProperties().ToDictionary(
            property =>
            {
                var code = property.GetGetMethod().GetMethodBody().GetILAsByteArray();
                return package.ManifestModule.ResolveString(BitConverter.ToInt32(code, Array.IndexOf(code, LoadText) + 1));
            },
            property => Text(property.Name));
    }

    private static string Part(string name, Dictionary<string, string> members) =>
        Text(name) + ": {" + string.Join(",\n  ", members.Select(member => Text(member.Key) + ": " + member.Value)) + "}";

    private static string Text(string text) => "\"" + text + "\"";

    private static string SnakeCase(string name)
    {
        var snake = new StringBuilder();
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && snake.Length > 0)
            {
                snake.Append('_');
            }
            snake.Append(char.ToLowerInvariant(letter));
        }
        return snake.ToString();
    }
}
