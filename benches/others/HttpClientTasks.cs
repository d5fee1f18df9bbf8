// HttpClient on CoreCLR with 16 tasks, and System.Text.Json.
//
//     HttpClientTasks receive COUNT | push COUNT SIZE | list COUNT TIMES

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

sealed class Packet
{
    public string Id, ReceiptHandle, Url;
    public long Size;
}

static class HttpClientTasks
{
    const int InFlight = 16;
    const int Batch = 50;
    const int InMemory = 1 << 20;

    static readonly string Erp = Setting("DMERP_BASE_URL") + "/erp";
    static readonly string Area = Setting("DMERP_APP_AREA");
    static readonly string Key = Setting("DMERP_API_KEY");
    static readonly HttpClient Http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = InFlight });

    static string Setting(string name)
    {
        return Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException(name + " is not set");
    }

    static async Task<byte[]> Portal(HttpMethod method, string path, byte[] body)
    {
        using (var request = new HttpRequestMessage(method, Erp + path))
        {
            request.Headers.Add("x-api-key", Key);
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using (var answer = await Http.SendAsync(request).ConfigureAwait(false))
            {
                answer.EnsureSuccessStatusCode();
                return await answer.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
            }
        }
    }

    static Task<byte[]> Portal(string path)
    {
        return Portal(HttpMethod.Get, path, Array.Empty<byte>());
    }

    static async Task<List<Packet>> Pull()
    {
        var answer = await Portal("/pull/" + Area + "?packetType=packet&format=json").ConfigureAwait(false);
        using (var list = JsonDocument.Parse(answer))
        {
            return list.RootElement.EnumerateArray().Select(entry => new Packet
            {
                Id = entry.GetProperty("id").GetString(),
                ReceiptHandle = entry.GetProperty("receiptHandle").GetString(),
                Url = entry.GetProperty("url").GetString(),
                Size = entry.GetProperty("size").GetInt64(),
            }).ToList();
        }
    }

    static async Task<JsonDocument> Succeeded(Task<byte[]> answer)
    {
        var outcome = JsonDocument.Parse(await answer.ConfigureAwait(false));
        if (!outcome.RootElement.GetProperty("success").GetBoolean())
        {
            throw new InvalidOperationException(outcome.RootElement.ToString());
        }
        return outcome;
    }

    static async Task Done(IReadOnlyCollection<Packet> packets)
    {
        var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartArray();
            foreach (var packet in packets)
            {
                json.WriteStartObject();
                json.WriteString("id", packet.Id);
                json.WriteString("receiptHandle", packet.ReceiptHandle);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        using (await Succeeded(Portal(HttpMethod.Post, "/pull/" + Area + "/done?format=json", body.ToArray())).ConfigureAwait(false))
        {
        }
    }

    // The content is held in memory, or in a file if it is big.
    static async Task<long> Download(string url)
    {
        using (var answer = await Http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead).ConfigureAwait(false))
        {
            answer.EnsureSuccessStatusCode();
            if (answer.Content.Headers.ContentLength <= InMemory)
            {
                return (await answer.Content.ReadAsByteArrayAsync().ConfigureAwait(false)).Length;
            }
            using (var file = new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1,
                FileOptions.DeleteOnClose))
            using (var content = await answer.Content.ReadAsStreamAsync().ConfigureAwait(false))
            {
                await content.CopyToAsync(file, 256 * 1024).ConfigureAwait(false);
                return file.Length;
            }
        }
    }

    static Task InTasks(Func<Task> work)
    {
        return Task.WhenAll(Enumerable.Range(0, InFlight).Select(_ => Task.Run(work)));
    }

    static async Task<(long, long)> Receive()
    {
        var packets = await Pull().ConfigureAwait(false);
        var received = new List<Packet>();
        long total = 0;
        var next = -1;
        await InTasks(async () =>
        {
            int place;
            while ((place = Interlocked.Increment(ref next)) < packets.Count)
            {
                var packet = packets[place];
                var link = await Portal("/pull/" + Area + "/link?path=" + Uri.EscapeDataString(packet.Url)).ConfigureAwait(false);
                var size = await Download(System.Text.Encoding.UTF8.GetString(link)).ConfigureAwait(false);
                if (size != packet.Size)
                {
                    throw new InvalidOperationException(size + " bytes instead of " + packet.Size);
                }
                Interlocked.Add(ref total, size);
                List<Packet> batch = null;
                lock (packets)
                {
                    received.Add(packet);
                    if (received.Count == Batch)
                    {
                        batch = received;
                        received = new List<Packet>();
                    }
                }
                if (batch != null)
                {
                    await Done(batch).ConfigureAwait(false);
                }
            }
        }).ConfigureAwait(false);
        if (received.Count > 0)
        {
            await Done(received).ConfigureAwait(false);
        }
        return (packets.Count, total);
    }

    static async Task<(long, long)> Push(int count, int size)
    {
        var content = new byte[size];
        Array.Fill(content, (byte)'x');
        var next = 0;
        await InTasks(async () =>
        {
            int number;
            while ((number = Interlocked.Increment(ref next)) <= count)
            {
                var about = "?packetUniqueId=" + Guid.NewGuid() + "&size=" + size + "&packetType=xml";
                using (var announced = await Succeeded(Portal("/push/" + Area + "/user" + number + about)).ConfigureAwait(false))
                using (var upload = new ByteArrayContent(content))
                {
                    upload.Headers.ContentType = new MediaTypeHeaderValue("application/xml");
                    var url = announced.RootElement.GetProperty("uploadPath").GetString();
                    using (var answer = await Http.PutAsync(url, upload).ConfigureAwait(false))
                    {
                        answer.EnsureSuccessStatusCode();
                    }
                }
            }
        }).ConfigureAwait(false);
        return (count, (long)count * size);
    }

    static async Task<(long, long)> List(int times)
    {
        long count = 0, total = 0;
        for (var time = 0; time < times; time++)
        {
            var packets = await Pull().ConfigureAwait(false);
            count += packets.Count;
            total += packets.Sum(packet => packet.Size);
        }
        return (count, total);
    }

    static Task<(long, long)> Handle(string verb, int count, int more)
    {
        switch (verb)
        {
            case "receive":
                return Receive();
            case "push":
                return Push(count, more);
            default:
                return List(more);
        }
    }

    static int Main(string[] arguments)
    {
        var count = int.Parse(arguments[1]);
        var more = arguments.Length > 2 ? int.Parse(arguments[2]) : 0;
        var (packets, bytes) = Handle(arguments[0], count, more).GetAwaiter().GetResult();
        var expected = arguments[0] == "list" ? (long)count * more : count;
        if (packets != expected)
        {
            Console.Error.WriteLine(packets + " packets instead of " + expected);
            return 1;
        }
        Console.WriteLine("{\"packets\": " + packets + ", \"bytes\": " + bytes + "}");
        return 0;
    }
}
