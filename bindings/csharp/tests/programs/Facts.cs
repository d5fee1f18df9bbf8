using System;
using System.IO;
using System.Text;
using Dmerp;

/// <summary>Prints what DmerpLibrary tells, or why it cannot.</summary>
internal static class Facts
{
    private static int Main()
    {
        // On Windows it would be in an old code page, in which not every path can be written.
        Console.SetOut(new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = true });
        try
        {
            Console.WriteLine("version: " + DmerpLibrary.Version);
            Console.WriteLine("path: " + DmerpLibrary.Path);
            using (new Config())
            {
                // A use of the library.
            }
            Console.WriteLine("handles: " + DmerpLibrary.LiveHandles);
            return 0;
        }
        catch (DllNotFoundException exception)
        {
            Console.WriteLine(exception);
            return 1;
        }
    }
}
