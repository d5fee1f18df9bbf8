// The shortest useful program: sends a packet to a mobile user, then receives what mobile users sent.
//
//     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... dotnet run --project Quickstart.csproj -- ../data/packet.xml SOFIA01 received
//
// The last argument is an existing folder. DMERP_BASE_URL names the portal, if it is not the public one.

using System;
using System.IO;
using Dmerp;

internal static class Quickstart
{
    private static int Main(string[] arguments)
    {
        if (arguments.Length != 3)
        {
            Console.Error.WriteLine("usage: Quickstart PACKET_FILE MOBILE_USER FOLDER");
            return 2;
        }
        try
        {
            using (var config = new Config(Setting("DMERP_APP_AREA"), Setting("DMERP_API_KEY")))
            {
                config.BaseUrl = Setting("DMERP_BASE_URL") ?? config.BaseUrl;
                using (var client = new Client(config))
                {
                    var pushed = client.PushFile(arguments[1], arguments[0]);
                    Console.WriteLine("pushed " + pushed.PacketId);
                    return Receive(client, arguments[2]);
                }
            }
        }
        catch (Exception error)
        {
            Console.Error.WriteLine("failed: " + error.Message);
            return 1;
        }
    }

    private static int Receive(Client client, string folder)
    {
        using (var receiver = client.Receive())
        {
            var number = 0;
            foreach (var packet in receiver)
            {
                // Nothing that came from outside is part of the file's name.
                var name = "received-" + DateTimeOffset.UtcNow.ToUnixTimeSeconds() + "-" + ++number + ".xml";
                packet.SaveAs(Path.Combine(folder, name));
                packet.Done(); // only now; a packet that is not done stays in the queue
                Console.WriteLine("received " + Path.Combine(folder, name));
            }
            var left = receiver.Close().LeftCount; // tells the portal which packets are done
            return left == 0 ? 0 : throw new IOException(left + " packets are left in the queue");
        }
    }

    private static string Setting(string variable) => Environment.GetEnvironmentVariable(variable);
}
