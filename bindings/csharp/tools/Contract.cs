using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

/// <summary>
/// Writes what Dmerp.dll declares of dmerp.h, as its types tell it, to a JSON file: Contract.exe Dmerp.dll FILE.
/// </summary>
internal static class Contract
{
    private static int Main(string[] arguments)
    {
        var package = Assembly.LoadFrom(Path.GetFullPath(arguments[0]));
        var delegates = package.GetTypes().Where(type => type.IsSubclassOf(typeof(Delegate)) && IsOfHeader(type)).ToList();
        var callbacks = delegates.Where(type => type.Name.EndsWith("_callback", StringComparison.Ordinal)).ToList();
        // A function counts when NativeMethods binds it, since only then the library is asked for it.
        var bound = package.GetType("Dmerp.Native.NativeMethods", true).GetFields(BindingFlags.Instance | BindingFlags.NonPublic)
            .Select(field => field.FieldType).Where(IsOfHeader).ToList();
        var structs = package.GetTypes().Where(type => type.IsValueType && IsOfHeader(type));
        var parts = new[]
        {
            Part("functions", bound.ToDictionary(type => type.Name, Signature)),
            Part("callbacks", callbacks.ToDictionary(type => type.Name, Signature)),
            Part("structs", structs.ToDictionary(type => type.Name, Layout)),
            Part("constants", Constants(package)),
            Part("exceptions", Exceptions(package)),
            Part("options", Options(package)),
        };
        File.WriteAllText(arguments[1], "{" + string.Join(",\n", parts) + "}\n");
        var unbound = delegates.Except(bound).Except(callbacks).Select(type => type.Name).ToList();
        if (unbound.Count > 0)
        {
            Console.Error.WriteLine("declared, but not bound by NativeMethods: " + string.Join(", ", unbound));
        }
        return unbound.Count;
    }

    private static bool IsOfHeader(Type type) => type.Name.StartsWith("dmerp_", StringComparison.Ordinal);

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
        };
        return names[type];
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

    /// <summary>What the package throws for each status.</summary>
    private static Dictionary<string, string> Exceptions(Assembly package)
    {
        var throwIf = package.GetType("Dmerp.Failure", true).GetMethod("ThrowIf", BindingFlags.Static | BindingFlags.NonPublic);
        var errorHandle = package.GetType("Dmerp.Native.ErrorHandle", true);
        var exceptions = new Dictionary<string, string>();
        foreach (var status in Enum.GetValues(package.GetType("Dmerp.Status", true)))
        {
            try
            {
                throwIf.Invoke(null, new[] { (int)status, Activator.CreateInstance(errorHandle) });
            }
            catch (TargetInvocationException thrown) when (thrown.InnerException.GetType().Assembly == package)
            {
                var name = Text(thrown.InnerException.GetType().Name);
                exceptions.Add("DMERP_" + SnakeCase(status.ToString()).ToUpperInvariant(), name);
            }
        }
        return exceptions;
    }

    private static Dictionary<string, string> Options(Assembly package)
    {
        var config = package.GetType("Dmerp.Config", true);
        return package.GetType("Dmerp.Options", true).GetFields(BindingFlags.Static | BindingFlags.NonPublic).ToDictionary(
            field => (string)field.GetRawConstantValue(),
            field => Text((config.GetProperty(field.Name) ?? throw new MissingMemberException("Config", field.Name)).Name));
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
