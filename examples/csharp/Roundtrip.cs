// A full round trip with dmerp in C#: makes a synchronization packet of an ERP's master data, pushes it to a mobile user, then
// pulls what mobile users sent, keeps it safely, and only then marks it done.
//
// Run it with the settings in the environment:
//
//     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... dotnet run -- ../data SOFIA01 received
//
//     DMERP_APP_AREA  the application area          DMERP_BASE_URL  the portal, if it is not the public one
//     DMERP_API_KEY   the area's API key            DMERP_CA_FILE   a CA to trust beside the platform's
//
// The last argument is an existing folder for what is received. Exit code: 0 when everything was done, 1 when not, 2 for wrong
// arguments. Ctrl-C ends the call that is running, and so the program, in an orderly way; a second one ends it at once.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Xml;
using Dmerp;

internal static class Roundtrip
{
    private static int Main(string[] arguments)
    {
        if (arguments.Length != 3)
        {
            Console.Error.WriteLine("usage: Roundtrip DATA_FOLDER MOBILE_USER FOLDER_FOR_WHAT_IS_RECEIVED");
            return 2;
        }
        var good = false;
        try
        {
            using (var interrupted = new CancellationTokenSource())
            {
                ConsoleCancelEventHandler interrupt = (sender, key) =>
                {
                    Console.Error.WriteLine("interrupted");
                    key.Cancel = !interrupted.IsCancellationRequested; // the first time the program ends by itself
                    interrupted.Cancel();
                };
                Console.CancelKeyPress += interrupt;
                try
                {
                    good = Run(arguments[0], arguments[1], arguments[2], interrupted.Token);
                }
                finally
                {
                    Console.CancelKeyPress -= interrupt;
                }
            }
        }
        catch (Exception error)
        {
            Tell(error);
        }
        Console.WriteLine(good ? "all done" : "not all done");
        return good ? 0 : 1;
    }

    /// <summary>Whether all was done; what was not has been told.</summary>
    private static bool Run(string data, string mobileUser, string received, CancellationToken token)
    {
        using (var client = MakeClient())
        {
            client.Check(cancellationToken: token);
            Console.WriteLine("check: the settings are good");
            Push(client, data, mobileUser, token);
            var good = true;
            foreach (var kind in new[] { PacketKind.Packet, PacketKind.File })
            {
                try
                {
                    good &= Receive(client, kind, received, token);
                }
                catch (Exception problem) when (!(problem is OperationCanceledException))
                {
                    good = false;
                    Tell(problem);
                }
            }
            return good;
        }
    }

    private static Client MakeClient()
    {
        using (var config = new Config(Setting("DMERP_APP_AREA"), Setting("DMERP_API_KEY")))
        {
            config.BaseUrl = Environment.GetEnvironmentVariable("DMERP_BASE_URL") ?? config.BaseUrl;
            if (Environment.GetEnvironmentVariable("DMERP_CA_FILE") is string file && file != "")
            {
                config.TlsCaFile = file;
            }
            config.LogTo(LogLevel.Warning, (level, message) => Console.Error.WriteLine("dmerp " + level + ": " + message));
            return new Client(config);
        }
    }

    private static string Setting(string variable) =>
        Environment.GetEnvironmentVariable(variable) is string value && value != "" ? value
        : throw new InvalidOperationException(variable + " is not set");

    private static CallOptions Options() => new CallOptions { Timeout = TimeSpan.FromMinutes(10), Progress = new Quarters() };

    /// <summary>The time in UTC; the user's own calendar may count other years.</summary>
    private static string Now(string format) => DateTime.UtcNow.ToString(format, CultureInfo.InvariantCulture);

    // ---- Sending ----

    private static void Push(Client client, string data, string mobileUser, CancellationToken token)
    {
        var packet = MakePacket(data, mobileUser);
        // The id follows from the user, the day and the content. So a job that broke off and runs again the same day pushes the
        // same packet under the same id, and the portal knows it for the same. An ERP with a document number would use that.
        var id = "masterdata-" + Now("yyyyMMdd") + "-" + Hash(mobileUser, packet);
        Console.WriteLine("push: packet " + id + " of " + packet.Length + " bytes to " + mobileUser);
        var pushed = client.Push(mobileUser, packet, Format.Xml, id, Options(), token);
        Console.WriteLine("push: acknowledged; the portal calls it " + (pushed.SyncLogId ?? "(none)"));
    }

    private static byte[] MakePacket(string folder, string mobileUser)
    {
        var xml = new MemoryStream();
        var settings = new XmlWriterSettings { Encoding = new UTF8Encoding(false), NewLineHandling = NewLineHandling.Entitize };
        using (var writer = XmlWriter.Create(xml, settings))
        {
            writer.WriteStartElement("NavMobileSync");
            writer.WriteAttributeString("salesmancode", mobileUser);
            foreach (var table in new[] { "customers", "items", "prices", "visits" })
            {
                writer.WriteStartElement("table");
                writer.WriteAttributeString("tablename", table.ToUpperInvariant());
                WriteRecords(writer, Path.Combine(folder, table + ".csv"));
                writer.WriteEndElement();
            }
            writer.WriteEndElement();
        }
        return xml.ToArray();
    }

    private static void WriteRecords(XmlWriter writer, string path)
    {
        var rows = Csv(File.ReadAllText(path)).ToList();
        foreach (var row in rows.Skip(1))
        {
            if (row.Count != rows[0].Count)
            {
                throw new InvalidDataException(path + " has a row with another number of fields than its first");
            }
            writer.WriteStartElement("r");
            writer.WriteAttributeString("status", "insert");
            for (var i = 0; i < row.Count; i++)
            {
                if (row[i] != "") // a null is left out
                {
                    writer.WriteElementString(rows[0][i], row[i]);
                }
            }
            writer.WriteElementString("state", "1");
            writer.WriteEndElement();
            writer.WriteWhitespace("\n");
        }
    }

    /// <summary>The rows of a CSV file, as RFC 4180 has it.</summary>
    private static IEnumerable<List<string>> Csv(string text)
    {
        var row = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"' && quoted && i + 1 < text.Length && text[i + 1] == '"')
            {
                field.Append(text[++i]);
            }
            else if (text[i] == '"')
            {
                quoted = !quoted;
            }
            else if (quoted || text[i] != ',' && text[i] != '\r' && text[i] != '\n')
            {
                field.Append(text[i]);
            }
            else if (text[i] != '\r')
            {
                row.Add(field.ToString());
                field.Clear();
                if (text[i] == '\n')
                {
                    yield return row;
                    row = new List<string>();
                }
            }
        }
        if (quoted || row.Count > 0 || field.Length > 0)
        {
            throw new InvalidDataException("the last row of the CSV file is not complete");
        }
    }

    private static string Hash(string mobileUser, byte[] packet)
    {
        var hash = 14695981039346656037; // FNV-1a
        foreach (var one in Encoding.UTF8.GetBytes(mobileUser).Concat(packet))
        {
            hash = unchecked((hash ^ one) * 1099511628211);
        }
        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }

    // ---- Receiving ----

    /// <summary>
    /// Receives what a list holds at the moment; whether all of it. The same packet can be listed again later, so an ERP must be
    /// able to take one twice. A packet that cannot be kept is told and comes again; it does not keep the others from coming.
    /// A failure that would be theirs too ends it.
    /// </summary>
    private static bool Receive(Client client, PacketKind kind, string received, CancellationToken token)
    {
        var list = kind.ToString().ToLowerInvariant();
        var kept = new List<Receipt>();
        var good = true;
        var packets = client.Pull(kind, cancellationToken: token);
        Console.WriteLine("pull: " + packets.Count + " in the " + list + " list");
        foreach (var entry in packets.Unreadable)
        {
            good = false;
            Console.Error.WriteLine("failed: entry " + entry.Place + " of the " + list + " list cannot be read: " + entry.Reason);
        }
        // Nothing that came from outside becomes part of the path.
        var run = Path.Combine(received, list + "-" + Now("yyyyMMddHHmmssfff"));
        try
        {
            for (var i = 0; i < packets.Count; i++)
            {
                try
                {
                    var number = (i + 1).ToString("d4", CultureInfo.InvariantCulture);
                    Keep(client, kind, packets[i], run + "-" + number, token);
                    kept.Add(packets[i].Receipt);
                }
                catch (Exception problem) when (!ConcernsAll(problem))
                {
                    good = false;
                    Tell(problem);
                }
            }
        }
        finally
        {
            // Also when the rest has to wait: what was kept should not come again.
            good &= Mark(client, kind, list, kept);
        }
        return good;
    }

    /// <summary>Whether the next packet would fail in the same way, or is not wanted any more.</summary>
    private static bool ConcernsAll(Exception problem)
    {
        switch ((problem as DmerpException)?.Status)
        {
            case null:
                return problem is OperationCanceledException || problem is IOException; // the latter is the disk
            case Status.FileError:
            case Status.AuthenticationFailed:
            case Status.UnknownAppArea:
            case Status.InvalidConfig:
            case Status.TlsFailed:
                return true;
            default:
                return ((DmerpException)problem).IsRetryable; // all of its retries have failed
        }
    }

    /// <summary>
    /// Marks packets done; a failure is told, and does not hide one that came before it. It has no token: what was kept is marked
    /// also after Ctrl-C, within a minute.
    /// </summary>
    private static bool Mark(Client client, PacketKind kind, string list, List<Receipt> kept)
    {
        if (kept.Count == 0)
        {
            return true;
        }
        try
        {
            client.Done(kept, kind, options: new CallOptions { Timeout = TimeSpan.FromMinutes(1) });
            Console.WriteLine("done: " + kept.Count + " marked in the " + list + " list");
            return true;
        }
        catch (DmerpException problem)
        {
            Tell(problem);
            for (var i = 0; i < problem.Results.Count; i++)
            {
                if (problem.Results[i] is DmerpException reason)
                {
                    Console.Error.WriteLine("    not marked: packet " + kept[i].Id + ": " + reason.Message);
                }
            }
            return false;
        }
    }

    private static void Keep(Client client, PacketKind kind, Packet packet, string path, CancellationToken token)
    {
        long size;
        if (kind == PacketKind.File)
        {
            size = client.DownloadFile(packet.Url, path, Options(), token); // of any size: never in memory as a whole
        }
        else
        {
            var content = client.Download(packet.Url, Options(), token);
            Write(path, content);
            size = content.Length;
        }
        var user = packet.MobileUser ?? "(none)";
        Console.WriteLine("    packet " + packet.Id + " of " + user + ": " + size + " bytes in " + path);
    }

    /// <summary>
    /// Keeps a content for good: the file has its name only when it is whole. An ERP would book it in one transaction of its
    /// database instead.
    /// </summary>
    private static void Write(string path, byte[] content)
    {
        var partial = path + ".part";
        try
        {
            using (var file = new FileStream(partial, FileMode.Create))
            {
                file.Write(content, 0, content.Length);
                file.Flush(flushToDisk: true);
            }
            File.Move(partial, path);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Shows a transfer's progress, at most a line each quarter.</summary>
    private sealed class Quarters : IProgress<TransferProgress>
    {
        private long shown;

        public void Report(TransferProgress progress)
        {
            var quarter = progress.Total > 0 ? 4 * progress.Done / progress.Total.Value : 0;
            if (quarter != shown)
            {
                shown = quarter;
                Console.WriteLine("    " + progress.Done + " of " + progress.Total + " bytes");
            }
        }
    }

    /// <summary>All there is to know about a failure.</summary>
    private static void Tell(Exception exception)
    {
        Console.Error.WriteLine("failed: " + exception.Message);
        // A cancelled call tells the rest in its inner exception.
        if ((exception as DmerpException ?? exception.InnerException) is DmerpException error)
        {
            Console.Error.WriteLine("    status:         " + (error.Status.Name() ?? "(unknown)"));
            Console.Error.WriteLine("    to do:          " + (error.Status.Action() ?? "(unknown)"));
            Console.Error.WriteLine("    server said:    " + (error.ServerMessage ?? "(none)"));
            Console.Error.WriteLine("    HTTP status:    " + (error.HttpStatus?.ToString() ?? "(none)"));
            Console.Error.WriteLine("    packet:         " + (error.PacketId ?? "(none)"));
            Console.Error.WriteLine("    requests made:  " + error.Attempts);
            Console.Error.WriteLine("    retry can help: " + (error.IsRetryable ? "yes" : "no"));
            Console.Error.WriteLine("    wait before it: " + (error.RetryAfter?.ToString() ?? "(not told)"));
            Console.Error.WriteLine("    may be done:    " + (error.IsOutcomeUnknown ? "yes: no answer came" : "no"));
        }
    }
}
