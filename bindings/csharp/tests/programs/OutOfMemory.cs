using System;
using System.IO;
using Dmerp;

/// <summary>
/// Uses up the heap in a stream that is being pushed. The runtime's own limit should be small. The exception must come out of the
/// verb; one that got into native code would end the process.
/// </summary>
internal static class OutOfMemory
{
    private static Node hoard;

    private static int Main()
    {
        var failed = 0;
        // Nobody listens there, and nothing is sent before the stream was read.
        using (var config = new Config { AppArea = "DMDEV01", ApiKey = "key", BaseUrl = "http://127.0.0.1:9", Proxy = "none" })
        using (var client = new Client(config))
        {
            // The first time also loads what the second needs.
            for (var i = 0; i < 2; i++)
            {
                try
                {
                    client.Push("anna", new Hungry());
                    failed++;
                }
                catch (OutOfMemoryException)
                {
                    hoard = null;
                }
            }
        }
        failed += (int)DmerpLibrary.LiveHandles;
        Console.WriteLine(failed == 0 ? "1 passed, 0 failed" : "0 passed, 1 failed");
        return failed;
    }

    private static void Fill()
    {
        for (var size = 1 << 20; size > 0; size /= 2)
        {
            try
            {
                while (true)
                {
                    hoard = new Node { Next = hoard, Bytes = new byte[size] };
                }
            }
            catch (OutOfMemoryException)
            {
                // Then there may be room for something smaller.
            }
        }
    }

    private sealed class Node
    {
        internal Node Next { get; set; }

        internal byte[] Bytes { get; set; }
    }

    /// <summary>Eats all at its second piece, and wants more at its third.</summary>
    private sealed class Hungry : MemoryStream
    {
        private int pieces;

        internal Hungry() : base(new byte[1000000], false)
        {
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            pieces++;
            if (pieces == 2)
            {
                Fill();
            }
            if (pieces == 3)
            {
                hoard = new Node { Next = hoard, Bytes = new byte[1 << 20] };
            }
            return base.Read(buffer, offset, count);
        }
    }
}
