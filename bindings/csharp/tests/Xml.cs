using System.Collections.Generic;
using System.IO;
using System.Xml;
using System.Xml.Linq;

namespace Dmerp.Tests
{
    /// <summary>.NET's own XML parser, as a judge of packets.</summary>
    public static class Xml
    {
        /// <summary>The root, with all white space.</summary>
        public static XElement Read(byte[] packet)
        {
            var settings = new XmlReaderSettings { NameTable = new Names() };
            using (var reader = XmlReader.Create(new MemoryStream(packet), settings))
            {
                return XElement.Load(reader, LoadOptions.PreserveWhitespace);
            }
        }

        /// <summary>In place of NameTable: on .NET Core 3.1 that needs an OpenSSL that new systems do not have.</summary>
        private sealed class Names : XmlNameTable
        {
            private readonly Dictionary<string, string> known = new Dictionary<string, string>();

            public override string Get(string name) => known.TryGetValue(name, out var found) ? found : null;

            public override string Get(char[] text, int offset, int length) => Get(new string(text, offset, length));

            public override string Add(string name) => Get(name) ?? (known[name] = name);

            public override string Add(char[] text, int offset, int length) => Add(new string(text, offset, length));
        }
    }
}
