// A night job: makes one synchronization packet of an ERP's master data, pushes it to several mobile users, and receives and
// reads what mobile users sent.
//
//     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... dotnet run --project Production.csproj -- ../data SOFIA01,SOFIA02 received
//
// The last argument is an existing folder. DMERP_BASE_URL names the portal, if it is not the public one; DMERP_CA_FILE is a CA to
// trust beside the platform's. Exit code: 0 when everything was done and no packet was left in the queue, 1 when not, 2 for wrong
// arguments. Ctrl-C and SIGTERM end it in good order: what was received is still marked done.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using Dmerp;

internal static class Production
{
    private static int Main(string[] arguments)
    {
        if (arguments.Length != 3)
        {
            Console.Error.WriteLine("usage: Production DATA_FOLDER MOBILE_USERS FOLDER");
            return 2;
        }
        var interrupted = new CancellationTokenSource();
        var ended = new ManualResetEventSlim();
        Console.CancelKeyPress += (sender, key) =>
        {
            key.Cancel = !interrupted.IsCancellationRequested; // a second Ctrl-C ends the program at once
            interrupted.Cancel();
        };
        AppDomain.CurrentDomain.ProcessExit += (sender, exit) => // SIGTERM; Mono does not tell of it
        {
            interrupted.Cancel();
            ended.Wait();
        };
        var good = Try(() => Run(arguments[0], arguments[1].Split(','), arguments[2], interrupted.Token));
        Console.WriteLine(good ? "all done" : "not all done");
        ended.Set();
        return good ? 0 : 1;
    }

    private static bool Run(string data, string[] users, string folder, CancellationToken token)
    {
        using (var config = new Config(Setting("DMERP_APP_AREA"), Setting("DMERP_API_KEY")))
        {
            config.BaseUrl = Setting("DMERP_BASE_URL") ?? config.BaseUrl;
            if (Setting("DMERP_CA_FILE") is string file)
            {
                config.TlsCaFile = file;
            }
            config.LogTo(LogLevel.Warning, (level, message) => Console.Error.WriteLine("dmerp " + level + ": " + message));
            using (var client = new Client(config))
            {
                client.Check(cancellationToken: token);
                // A failure of one part does not keep the others from their work.
                return Try(() => Push(client, data, users, token))
                    & Try(() => Receive(client, PacketKind.Packet, folder, token))
                    & Try(() => Receive(client, PacketKind.File, folder, token));
            }
        }
    }

    private static string Setting(string variable) => Environment.GetEnvironmentVariable(variable);

    /// <summary>Pushes one packet to each of the users; whether all are stored.</summary>
    private static bool Push(Client client, string data, string[] users, CancellationToken token)
    {
        var packet = MakePacket(data);
        var mistakes = PacketReader.Check(packet);
        if (mistakes.Count > 0)
        {
            mistakes.ToList().ForEach(mistake => Console.Error.WriteLine("mistake: " + mistake));
            return false;
        }
        var entries = users.Select(user => new Outgoing(user, packet, packetId: MakeId(user, packet))).ToList();
        entries.ForEach(one => Console.WriteLine($"push: packet {one.PacketId} of {packet.Length} bytes to {one.MobileUser}"));
        var results = client.PushMany(entries, new CallOptions { Progress = new Seldom() }, token);
        var failed = results.Where(one => one.Error != null).ToList();
        failed.ForEach(one => Tell(one.Error));
        results.Except(failed).ToList().ForEach(one => Console.WriteLine("push: stored " + one.Pushed.PacketId));
        return failed.Count == 0;
    }

    /// <summary>Receives what a list holds into files; whether all of it.</summary>
    private static bool Receive(Client client, PacketKind kind, string folder, CancellationToken token)
    {
        // Nothing that came from outside is part of the path.
        var run = Path.Combine(folder, kind.ToString().ToLowerInvariant() + "-" + Now("yyyyMMddHHmmssfff") + "-");
        using (var receiver = client.Receive(kind, Format.Xml, new CallOptions { Progress = new Seldom() }))
        using (token.Register(receiver.Stop))
        {
            var good = Try(() =>
            {
                var number = 0;
                foreach (var packet in receiver)
                {
                    var counts = kind == PacketKind.Packet ? Count(packet) : new Dictionary<string, int>();
                    if (counts == null)
                    {
                        continue; // it is kept, and holds up no other
                    }
                    var path = run + (++number).ToString("d4", CultureInfo.InvariantCulture);
                    packet.SaveAs(path);
                    packet.Done(); // only now, when it is on the disk
                    var user = packet.MobileUser ?? "(unknown)";
                    Console.WriteLine($"receive: packet {packet.Id} of {user}: {packet.Size} bytes in {path}");
                    foreach (var table in counts)
                    {
                        Console.WriteLine($"receive: {table.Value} records of {table.Key}");
                    }
                }
                return !token.IsCancellationRequested;
            });
            var left = receiver.Close().Left.ToList(); // marks what is done, also after a failure or Ctrl-C
            foreach (var one in left)
            {
                var status = one.Status != Status.Ok ? one.Status.Name() + ": " : ""; // no error is behind it if it was kept
                Console.Error.WriteLine($"left: {one.Id ?? "?"}: {status}{one.Reason}");
            }
            return good && left.Count == 0;
        }
    }

    /// <summary>
    /// How many records each table of a packet has. An ERP would book them here, in a transaction. Null of a packet that cannot
    /// be read, or not all of it, which stays in the queue.
    /// </summary>
    private static Dictionary<string, int> Count(Received packet)
    {
        try
        {
            using (var reader = packet.Read())
            {
                var counts = new Dictionary<string, int>();
                foreach (var record in reader) // one at a time, so that no packet is too large
                {
                    counts[record.Table] = counts.TryGetValue(record.Table, out var count) ? count + 1 : 1;
                }
                if (reader.Skipped == 0)
                {
                    return counts;
                }
                packet.Keep("unknown elements were skipped: " + reader.Skipped); // the summary tells it
            }
        }
        catch (DmerpException unreadable)
        {
            packet.Keep(unreadable.Message);
        }
        return null;
    }

    /// <summary>A packet for several mobile users, so it names none. An empty value of a CSV file is a null.</summary>
    private static byte[] MakePacket(string folder)
    {
        using (var packet = new PacketWriter(options: new PacketWriterOptions { State = true }))
        {
            foreach (var table in new[] { "customers", "items", "prices", "visits" })
            {
                packet.Table(table.ToUpperInvariant());
                packet.Csv(Path.Combine(folder, table + ".csv"));
            }
            var content = packet.Content();
            Console.WriteLine($"push: packet of {packet.Count} records, {content.Length} bytes");
            return content;
        }
    }

    // The id follows from user, day and content (FNV-1a). So a job that broke off and runs again the same day pushes the same
    // packet under the same id, and the portal knows it for the same. An ERP with a document number uses that.
    private static string MakeId(string mobileUser, byte[] packet)
    {
        var hash = Encoding.UTF8.GetBytes(mobileUser).Concat(packet).Aggregate(
            14695981039346656037, (sum, one) => unchecked((sum ^ one) * 1099511628211));
        return "masterdata-" + Now("yyyyMMdd") + "-" + hash.ToString("x16", CultureInfo.InvariantCulture);
    }

    /// <summary>The time in UTC; the user's own calendar may count other years.</summary>
    private static string Now(string format) => DateTime.UtcNow.ToString(format, CultureInfo.InvariantCulture);

    private static bool Try(Func<bool> step)
    {
        try
        {
            return step();
        }
        catch (Exception error)
        {
            Tell(error);
            return false;
        }
    }

    private static void Tell(Exception error)
    {
        // A cancelled call tells the rest in its inner exception.
        var status = (error as DmerpException ?? error.InnerException as DmerpException)?.Status.Name();
        Console.Error.WriteLine("failed: " + (status != null ? status + ": " : "") + error.Message);
    }

    /// <summary>Tells the progress, at most every 5 seconds.</summary>
    private sealed class Seldom : IProgress<TransferProgress>
    {
        private DateTime last = DateTime.UtcNow;

        public void Report(TransferProgress progress)
        {
            if (DateTime.UtcNow - last >= TimeSpan.FromSeconds(5))
            {
                last = DateTime.UtcNow;
                Console.WriteLine($"    {progress.Packets} packets, {progress.Done} bytes so far");
            }
        }
    }
}
