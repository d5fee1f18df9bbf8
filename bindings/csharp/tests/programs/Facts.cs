using System;
using Dmerp;

/// <summary>Prints what DmerpLibrary tells, or why it cannot.</summary>
internal static class Facts
{
    private static int Main()
    {
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
