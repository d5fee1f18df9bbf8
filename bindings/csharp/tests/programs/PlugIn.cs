using System;
using System.IO;
using System.Reflection;

/// <summary>
/// Loads Dmerp.Client.dll from a folder that is not the program's, as hosts of add-ins do; prints where its native library is.
/// </summary>
internal static class PlugIn
{
    private static void Main(string[] arguments)
    {
        var library = Assembly.LoadFrom(Path.Combine(arguments[0], "Dmerp.Client.dll")).GetType("Dmerp.DmerpLibrary");
        Console.WriteLine("path: " + library.GetProperty("Path").GetValue(null));
    }
}
