using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Threading;
using Dmerp;

/// <summary>
/// Uses up the heap in a stream that is being pushed. The exception must come out of the verb; one that got into native code
/// would end the process. The heap should be small, and no code compiled twice: CoreCLR 3.1 ends the process where it compiles
/// without memory, so all that is needed is practised before.
/// </summary>
internal static class OutOfMemory
{
    private static Node hoard;

    private static int Main()
    {
        var failed = 0;
        Practise();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        // Nobody listens there, and nothing is sent before the stream was read.
        using (var config = new Config("DMDEV01", "key") { BaseUrl = "http://127.0.0.1:9", Proxy = "none" })
        using (var client = new Client(config))
        {
            try
            {
                client.Push("anna", new Hungry(Fill));
                failed++;
            }
            catch (OutOfMemoryException)
            {
                hoard = null;
            }
        }
        failed += (int)DmerpLibrary.LiveHandles;
        Console.WriteLine(failed == 0 ? "1 passed, 0 failed" : "0 passed, 1 failed");
        return failed;
    }

    /// <summary>Has all compiled that is needed; what it leaves undisposed, for the finalizers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Practise()
    {
        var config = new Config("DMDEV01", "key") { BaseUrl = "http://127.0.0.1:9", Proxy = "none" };
        try
        {
            // So long that the library asks whether to wait on.
            new Client(config).Push("anna", new Hungry(() => Thread.Sleep(500)));
        }
        catch (OutOfMemoryException)
        {
            hoard = null;
        }
        Fill(() => throw new OutOfMemoryException());
        hoard = null;
    }

    private static void Fill() => Fill(() => { });

    private static void Fill(Action before)
    {
        for (var size = 1 << 20; size > 0; size /= 2)
        {
            try
            {
                while (true)
                {
                    before();
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

        private readonly Action fill;

        internal Hungry(Action fill) : base(new byte[1000000], false)
        {
            this.fill = fill;
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            pieces++;
            if (pieces == 2)
            {
                fill();
            }
            if (pieces == 3)
            {
                if (hoard == null)
                {
                    throw new OutOfMemoryException("as if");
                }
                hoard = new Node { Next = hoard, Bytes = new byte[1 << 20] };
            }
            return base.Read(buffer, offset, count);
        }
    }
}
