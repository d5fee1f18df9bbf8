// Packets by XmlWriter and XmlReader of System.Xml.
//
//     XmlPackets write TEXTS PACKET COUNT | read PACKET

using System;
using System.Data;
using System.Globalization;
using System.IO;
using System.Text;
using System.Xml;

/// <summary>In place of NameTable, whose random numbers come from an OpenSSL that is too old for today's systems.</summary>
sealed class Names : XmlNameTable
{
    readonly string[] known = new string[1024];

    public override string Add(char[] array, int offset, int length)
    {
        var hash = length;
        for (var i = offset; i < offset + length; i++)
        {
            hash = hash * 31 + array[i];
        }
        for (;; hash++)
        {
            ref var name = ref known[hash & (known.Length - 1)];
            if (name == null)
            {
                name = new string(array, offset, length);
            }
            if (IsSame(name, array, offset, length))
            {
                return name;
            }
        }
    }

    static bool IsSame(string name, char[] array, int offset, int length)
    {
        if (name.Length != length)
        {
            return false;
        }
        for (var i = 0; i < length; i++)
        {
            if (name[i] != array[offset + i])
            {
                return false;
            }
        }
        return true;
    }

    public override string Add(string array) => Add(array.ToCharArray(), 0, array.Length);
    public override string Get(char[] array, int offset, int length) => Add(array, offset, length);
    public override string Get(string array) => Add(array);
}

static class XmlPackets
{
    static string TextOf(object value, string databaseType)
    {
        if (value is string text)
        {
            return text;
        }
        if (value is bool truth)
        {
            return truth ? "true" : "false";
        }
        if (value is DateTime time)
        {
            return time.ToString(databaseType == "date" ? "yyyy-MM-dd" : "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        }
        return Convert.ToString(value, CultureInfo.InvariantCulture);
    }

    static long Write(IDataReader rows, string path)
    {
        long count = 0;
        var names = new string[rows.FieldCount];
        var types = new string[rows.FieldCount];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = rows.GetName(i);
            types[i] = rows.GetDataTypeName(i);
        }
        using (var packet = XmlWriter.Create(path, new XmlWriterSettings { Encoding = new UTF8Encoding(false) }))
        {
            packet.WriteStartElement("NavMobileSync");
            packet.WriteAttributeString("salesmancode", "SOFIA01");
            packet.WriteStartElement("table");
            packet.WriteAttributeString("tablename", "ITEMS");
            while (rows.Read())
            {
                packet.WriteStartElement("r");
                packet.WriteAttributeString("status", "inserted");
                for (var i = 0; i < names.Length; i++)
                {
                    if (!rows.IsDBNull(i))
                    {
                        packet.WriteElementString(names[i], TextOf(rows.GetValue(i), types[i]));
                    }
                }
                packet.WriteEndElement();
                count++;
            }
        }
        return count;
    }

    static (long, long) Read(string path)
    {
        long count = 0, length = 0;
        using (var file = File.OpenRead(path))
        using (var packet = XmlReader.Create(file, new XmlReaderSettings { NameTable = new Names() }))
        {
            packet.Read();
            while (!packet.EOF)
            {
                if (packet.NodeType == XmlNodeType.Element && packet.Depth == 3)
                {
                    length += packet.LocalName.Length;
                    length += packet.ReadElementContentAsString().Length; // moves on, too
                    continue;
                }
                if (packet.NodeType == XmlNodeType.Element && packet.Depth == 2)
                {
                    count++;
                }
                packet.Read();
            }
        }
        return (count, length);
    }

    static void Main(string[] arguments)
    {
        (long Records, long Length) handled = arguments[0] == "write"
            ? (Write(new Rows(arguments[1], long.Parse(arguments[3])), arguments[2]), 0)
            : Read(arguments[1]);
        Console.WriteLine("{\"records\": " + handled.Records + ", \"length\": " + handled.Length + "}");
    }
}
