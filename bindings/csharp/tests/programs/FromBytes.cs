using System;
using System.IO;
using System.Reflection;

/// <summary>
/// Loads Dmerp.Client.dll from bytes, as programs do that are packed into one file; prints where its native library is.
/// </summary>
internal static class FromBytes
{
    private static void Main()
    {
        var file = Path.Combine(AppDomain.CurrentDomain.BaseDirectory, "Dmerp.Client.dll");
        var library = Assembly.Load(File.ReadAllBytes(file)).GetType("Dmerp.DmerpLibrary");
        Console.WriteLine("path: " + library.GetProperty("Path").GetValue(null));
    }
}
