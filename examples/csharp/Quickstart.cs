// The shortest useful program: makes a packet and sends it to a mobile user, then receives and reads what mobile users sent.
//
//     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... dotnet run --project Quickstart.csproj -- SOFIA01 received
//
// The last argument is an existing folder. DMERP_BASE_URL names the portal, if it is not the public one.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Dmerp;

internal static class Quickstart
{
    private static int Main(string[] arguments)
    {
        if (arguments.Length != 2)
        {
            Console.Error.WriteLine("usage: Quickstart MOBILE_USER FOLDER");
            return 2;
        }
        try
        {
            using (var config = new Config(Setting("DMERP_APP_AREA"), Setting("DMERP_API_KEY")))
            {
                config.BaseUrl = Setting("DMERP_BASE_URL") ?? config.BaseUrl;
                using (var client = new Client(config))
                {
                    Push(client, arguments[0]);
                    return Receive(client, arguments[1]);
                }
            }
        }
        catch (Exception error)
        {
            Console.Error.WriteLine("failed: " + error.Message);
            return 1;
        }
    }

    private static void Push(Client client, string mobileUser)
    {
        using (var packet = new PacketWriter(mobileUser))
        {
            packet.Table("ITEMS", rowId: "NO"); // NO is the key of a record
            packet.Record(Item("I00001", "Sunflower oil, 1 l", 3.49m));
            packet.Record(Item("I00002", "Crisps <salt & pepper>", 0.99m));
            packet.Record(Item("I00003", "Bread", 1.20m));
            Console.WriteLine("pushed " + client.Push(packet).PacketId);
        }
    }

    private static Dictionary<string, object> Item(string no, string description, decimal price) =>
        new Dictionary<string, object> { { "NO", no }, { "DESCRIPTION", description }, { "UNITPRICE", price } };

    private static int Receive(Client client, string folder)
    {
        using (var receiver = client.Receive(format: Format.Xml))
        {
            var number = 0;
            foreach (var packet in receiver)
            {
                // Nothing that came from outside is part of the file's name.
                var name = "received-" + DateTimeOffset.UtcNow.ToUnixTimeSeconds() + "-" + ++number + ".xml";
                var path = Path.Combine(folder, name);
                using (var reader = packet.Read())
                {
                    var records = reader.Count(); // your ERP takes the records here: their table, status and fields
                    packet.SaveAs(path);
                    packet.Done(); // only now; a packet that is not done stays in the queue
                    Console.WriteLine("received " + path + ": " + records + " records");
                }
            }
            var left = receiver.Close().LeftCount; // tells the portal which packets are done
            return left == 0 ? 0 : throw new IOException(left + " packets are left in the queue");
        }
    }

    private static string Setting(string variable) => Environment.GetEnvironmentVariable(variable);
}
