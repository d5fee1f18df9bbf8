// Packets by dmerp, from C#.
//
//     DmerpPackets write TEXTS PACKET COUNT | read PACKET

using System;
using Dmerp;

static class DmerpPackets
{
    static long Write(string texts, string path, long count)
    {
        using (var packet = PacketWriter.ToFile(path, "SOFIA01"))
        {
            packet.Table("ITEMS");
            var written = packet.Records(new Rows(texts, count));
            packet.Finish();
            return written;
        }
    }

    static (long, long) Read(string path)
    {
        long count = 0, length = 0;
        using (var packet = PacketReader.FromFile(path))
        {
            foreach (var record in packet)
            {
                count++;
                foreach (var name in record.Names)
                {
                    length += name.Length + record[name].Length;
                }
            }
        }
        return (count, length);
    }

    static void Main(string[] arguments)
    {
        (long Records, long Length) handled = arguments[0] == "write"
            ? (Write(arguments[1], arguments[2], long.Parse(arguments[3])), 0)
            : Read(arguments[1]);
        Console.WriteLine("{\"records\": " + handled.Records + ", \"length\": " + handled.Length + "}");
    }
}
