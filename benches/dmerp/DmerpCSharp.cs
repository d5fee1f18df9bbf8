// dmerp from C#.
//
//     DmerpCSharp receive COUNT | push COUNT SIZE | list COUNT TIMES

using System;
using System.IO;
using System.Linq;
using System.Text;
using Dmerp;

static class DmerpCSharp
{
    static string Setting(string name)
    {
        return Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException(name + " is not set");
    }

    static Client MakeClient()
    {
        using (var config = new Config(Setting("DMERP_APP_AREA"), Setting("DMERP_API_KEY")) { BaseUrl = Setting("DMERP_BASE_URL") })
        {
            return new Client(config);
        }
    }

    static (long, long) Receive(Client client)
    {
        long count = 0, total = 0;
        using (var receiver = client.Receive())
        {
            foreach (var packet in receiver)
            {
                var size = packet.Path != null ? new FileInfo(packet.Path).Length : packet.Content.Length;
                if (size != packet.Size)
                {
                    throw new InvalidOperationException(size + " bytes instead of " + packet.Size);
                }
                count++;
                total += size;
                packet.Done();
            }
            var summary = receiver.Close();
            if (summary.Marked != count)
            {
                throw new InvalidOperationException(summary.Marked + " packets are marked");
            }
        }
        return (count, total);
    }

    static (long, long) Push(Client client, int count, int size)
    {
        var content = Encoding.ASCII.GetBytes(new string('x', size));
        var results = client.PushMany(Enumerable.Range(0, count).Select(number => new Outgoing("user" + number, content)));
        if (results.FirstOrDefault(result => result.Error != null) is PushResult failed)
        {
            throw failed.Error;
        }
        return (count, (long)count * size);
    }

    static (long, long) List(Client client, int times)
    {
        long count = 0, total = 0;
        for (var time = 0; time < times; time++)
        {
            var packets = client.Pull();
            count += packets.Count;
            total += packets.Sum(packet => packet.Size ?? 0);
        }
        return (count, total);
    }

    static int Main(string[] arguments)
    {
        var count = int.Parse(arguments[1]);
        var more = arguments.Length > 2 ? int.Parse(arguments[2]) : 0;
        long expected = count;
        (long Packets, long Bytes) handled;
        using (var client = MakeClient())
        {
            switch (arguments[0])
            {
                case "receive":
                    handled = Receive(client);
                    break;
                case "push":
                    handled = Push(client, count, more);
                    break;
                default:
                    handled = List(client, more);
                    expected *= more;
                    break;
            }
        }
        if (handled.Packets != expected)
        {
            Console.Error.WriteLine(handled.Packets + " packets instead of " + expected);
            return 1;
        }
        Console.WriteLine("{\"packets\": " + handled.Packets + ", \"bytes\": " + handled.Bytes + "}");
        return 0;
    }
}
