using System;
using System.IO;
using System.Reflection;

/// <summary>
/// Runs a program in the way that it is told, as hosts run add-ins: Host.exe WAY PROGRAM ARGUMENTS... The ways: "folder", where
/// the program is; "copy", of a shadow copy, on .NET Framework and Mono; "bytes", of the files' bytes.
/// </summary>
internal static class Host
{
    private static int Main(string[] arguments)
    {
        var program = Path.GetFullPath(arguments[1]);
        var rest = new string[arguments.Length - 2];
        Array.Copy(arguments, 2, rest, 0, rest.Length);
        switch (arguments[0])
        {
            case "folder":
                return Run(Assembly.LoadFrom(program), rest);
#if NETFRAMEWORK
            case "copy":
                return RunCopy(program, rest);
#endif
            case "bytes":
                AppDomain.CurrentDomain.AssemblyResolve += (sender, wanted) =>
                {
                    var name = new AssemblyName(wanted.Name).Name + ".dll";
                    var file = Path.Combine(Path.GetDirectoryName(program), name);
                    return File.Exists(file) ? Assembly.Load(File.ReadAllBytes(file)) : null;
                };
                return Run(Assembly.Load(File.ReadAllBytes(program)), rest);
            default:
                return 2;
        }
    }

    private static int Run(Assembly program, string[] arguments)
    {
        var main = program.EntryPoint;
        var given = main.GetParameters().Length == 0 ? new object[0] : new object[] { arguments };
        return (int)main.Invoke(null, given);
    }

#if NETFRAMEWORK
    private static int RunCopy(string program, string[] arguments)
    {
        var cache = Path.Combine(Path.GetTempPath(), "dmerp-host-" + Guid.NewGuid().ToString("n"));
        var domain = AppDomain.CreateDomain("add-in", null, new AppDomainSetup
        {
            ApplicationBase = Path.GetDirectoryName(program),
            ApplicationName = "host",
            CachePath = cache,
            ShadowCopyFiles = "true",
        });
        try
        {
            return domain.ExecuteAssembly(program, arguments);
        }
        finally
        {
            AppDomain.Unload(domain);
            Directory.Delete(cache, true);
        }
    }
#endif
}
