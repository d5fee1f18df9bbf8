using System;
using System.Collections.Generic;
using System.Data;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using System.Xml.Linq;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>Packets made of what a program has; .NET's own XML parser tells what is in them.</summary>
    [TestFixture]
    public class PacketWriterTests : SandboxTests
    {
        private enum Unit
        {
            Piece,
            Кутия,
        }

        /// <summary>A value, and the text it has in a packet.</summary>
        private static readonly object[][] Forms =
        {
            new object[] { "text", "text" },
            new object[] { "", "" },
            new object[] { " a\tb\r\nc\n ", " a\tb\r\nc\n " },
            new object[] { Strange, Strange },
            new object[] { "]]>", "]]>" },
            new object[] { 'x', "x" },
            new object[] { true, "true" },
            new object[] { false, "false" },
            new object[] { (byte)255, "255" },
            new object[] { (sbyte)-128, "-128" },
            new object[] { (short)-12, "-12" },
            new object[] { (ushort)12, "12" },
            new object[] { 0, "0" },
            new object[] { -1234567, "-1234567" },
            new object[] { uint.MaxValue, "4294967295" },
            new object[] { long.MinValue, "-9223372036854775808" },
            new object[] { long.MaxValue, "9223372036854775807" },
            new object[] { ulong.MaxValue, "18446744073709551615" },
            new object[] { 12.50m, "12.50" },
            new object[] { -1234567.89m, "-1234567.89" },
            new object[] { 0.0000000000000000000000000001m, "0.0000000000000000000000000001" },
            new object[] { decimal.MaxValue, "79228162514264337593543950335" },
            new object[] { 0.1, "0.1" },
            new object[] { -1.0, "-1" },
            new object[] { 0.1 + 0.2, "0.30000000000000004" },
            new object[] { 1234567.891, "1234567.891" },
            new object[] { 1e-7, "0.0000001" },
            new object[] { -1.25e-10, "-0.000000000125" },
            new object[] { 1e22, "10000000000000000000000" },
            new object[] { 0.0, "0" },
            new object[] { -0.0, "-0" },
            new object[] { -0.0f, "-0" },
            new object[] { -0.0m, "0.0" },
            new object[] { double.Epsilon, "0." + new string('0', 323) + "5" },
            new object[] { -3 * double.Epsilon, "-0." + new string('0', 322) + "15" },
            new object[] { 0.1f, "0.1" },
            new object[] { 1.5e-6f, "0.0000015" },
            new object[] { new DateTime(2026, 11, 24, 9, 42, 19, DateTimeKind.Utc), "2026-11-24T09:42:19Z" },
            new object[] { new DateTime(2026, 1, 2, 3, 4, 5, 6, DateTimeKind.Utc).AddTicks(9999), "2026-01-02T03:04:05.006Z" },
            new object[] { new DateTime(2026, 11, 24, 9, 42, 19), "2026-11-24T09:42:19Z" },
            new object[] { new DateTimeOffset(2026, 11, 24, 1, 42, 19, TimeSpan.FromHours(2)), "2026-11-23T23:42:19Z" },
            new object[] { new TimeSpan(9, 42, 19), "09:42:19Z" },
            new object[] { new TimeSpan(0, 23, 59, 59, 38), "23:59:59.038" },
            new object[] { new byte[] { 0, 1, 254, 255 }, "AAH+/w==" },
            new object[] { new byte[0], "" },
            new object[] { new Guid("3C351F97-C29E-4024-9313-35D493624EA4"), "3c351f97-c29e-4024-9313-35d493624ea4" },
            new object[] { Unit.Кутия, "Кутия" },
            new object[] { (Unit)(-7), "-7" },
            new object[] { FileAccess.ReadWrite, "ReadWrite" },
            new object[] { FileShare.Read | FileShare.Delete, "Read, Delete" },
        };

        [TestCase(Culture.Odd)]
        [TestCase("en-US")]
        [TestCase("de-DE")]
        [TestCase("bg-BG")]
        [TestCase("tr-TR")]
        [TestCase("th-TH")]
        [TestCase("fa-IR")]
        public void EachValueHasOneFormInAnyCulture(string culture)
        {
            using (new Culture(culture))
            {
                var writer = NewWriter();
                writer.Record(Fields(Forms.Select(form => form[0]).ToArray()));
                writer.Records(new[] { Fields(Forms.Select(form => form[0]).ToArray()) });
                var expected = Forms.Select(form => form[1]).ToList();
                CollectionAssert.AreEqual(new[] { expected, expected }, Rows(writer));
            }
        }

        [Test]
        public void AFloatingNumberIsReadAsItWas()
        {
            var random = new Random(1);
            var numbers = Enumerable.Range(0, 5000)
                .Select(i => BitConverter.Int64BitsToDouble((long)(random.NextDouble() * long.MaxValue)))
                .Concat(new[] { double.MaxValue, double.MinValue, double.Epsilon, 5.3, 1e15, 123456789012345680.0 })
                .Where(number => !double.IsNaN(number) && !double.IsInfinity(number)).ToList();
            var writer = NewWriter();
            writer.Records(numbers.Select(number => Fields(number)));
            var texts = Rows(writer).Select(row => row.Single()).ToList();
            Assert.IsTrue(texts.All(text => text.All(letter => "-.0123456789".IndexOf(letter) >= 0)));
            using (var reader = new PacketReader(writer.Content()))
            {
                CollectionAssert.AreEqual(numbers, reader.Select(record => record.GetDouble("F0")));
            }
        }

        [Test]
        public void ALocalTimeIsTakenToUtc()
        {
            var options = new PacketWriterOptions
            {
                TimeZone = TimeZoneInfo.CreateCustomTimeZone("x", new TimeSpan(5, 30, 0), "x", "x"),
            };
            var local = new DateTime(2026, 11, 24, 9, 42, 19, DateTimeKind.Local);
            var writer = NewWriter(options);
            writer.Record(Fields(new DateTime(2026, 11, 24, 2, 42, 19), local, local.ToUniversalTime()));
            var utc = local.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
            CollectionAssert.AreEqual(new[] { new[] { "2026-11-23T21:12:19Z", utc, utc } }, Rows(writer));
        }

        /// <summary>As Java and Python have it.</summary>
        [Test]
        public void AnHourThatComesTwiceIsTheFirst()
        {
            var writer = NewWriter(new PacketWriterOptions { TimeZone = NewZoneOfSummers() });
            foreach (var hour in new[] { 2, 3, 4 })
            {
                writer.Record(Fields(new DateTime(2026, 3, 29, hour, 30, 0), new DateTime(2026, 10, 25, hour, 30, 0)));
            }
            CollectionAssert.AreEqual(
                new[]
                {
                    new[] { "2026-03-29T00:30:00Z", "2026-10-24T23:30:00Z" },
                    new[] { "2026-03-29T01:30:00Z", "2026-10-25T00:30:00Z" },
                    new[] { "2026-03-29T01:30:00Z", "2026-10-25T02:30:00Z" },
                },
                Rows(writer));
        }

        [Test]
        public void NullsAreLeftOut()
        {
            var writer = NewWriter();
            writer.Record(Fields(null, 1, DBNull.Value, ""));
            writer.Records(new[] { Fields(null, 1, DBNull.Value, "") });
            writer.Record(Fields(null, null));
            writer.Records(new[] { Fields(), Fields(DBNull.Value) });
            CollectionAssert.AreEqual(new[] { "F1,F3", "F1,F3", "", "", "" }, Records(writer).Select(
                record => string.Join(",", record.Elements().Select(field => field.Name.LocalName))));
        }

        [Test]
        public void OptionsChangeHowItIsWritten()
        {
            var options = new PacketWriterOptions
            {
                ShortStatus = true,
                State = true,
                Metadata = true,
                OmitEmptyTexts = true,
                ReplaceInvalidCharacters = true,
                TempDir = Path.GetTempPath(),
            };
            var writer = NewWriter(options, "F1");
            foreach (var status in new[] { RecordStatus.Insert, RecordStatus.Update, RecordStatus.Delete })
            {
                writer.Record(Fields("", "a\0b\u0007\ud83d c\uffff"), status);
                writer.Records(new[] { Fields("", "a\0b\u0007\ud83d c\uffff") }, status);
            }
            var root = Xml.Read(writer.Content());
            CollectionAssert.AreEqual(
                new[] { "ITEMS", "$metadata" }, root.Elements("table").Select(table => table.Attribute("tablename").Value));
            var records = root.Elements("table").First().Elements().ToList();
            CollectionAssert.AreEqual(
                new[] { "insert", "insert", "update", "update", "delete", "delete" },
                records.Select(record => record.Attribute("status").Value));
            CollectionAssert.AreEqual(
                new[] { "1", "1", "2", "2", "3", "3" }, records.Select(record => record.Element("state").Value));
            foreach (var record in records)
            {
                Assert.AreEqual("a\ufffdb\ufffd\ufffd c\ufffd", record.Element("F1").Value);
                Assert.AreEqual("a\ufffdb\ufffd\ufffd c\ufffd", record.Element("DMS_ROWID").Value);
                Assert.IsNull(record.Element("F0"));
            }
            Assert.AreEqual(6, writer.Count);
        }

        [Test]
        public void UsuallyThereIsNothingBesideTheFields()
        {
            var writer = NewWriter();
            writer.Record(Fields(1));
            var root = Xml.Read(writer.Content());
            root.DescendantNodes().OfType<XText>().Where(text => text.Value == "\n").Remove(); // between the records
            Assert.AreEqual(
                "<NavMobileSync salesmancode=\"SOFIA01\"><table tablename=\"ITEMS\"><r status=\"inserted\"><F0>1</F0></r></table>"
                + "</NavMobileSync>",
                root.ToString(SaveOptions.DisableFormatting));
        }

        [Test]
        public void RootRecordsAndFieldsCanHaveAttributes()
        {
            var writer = DisposedAtEnd(new PacketWriter());
            writer.Attribute("syncid", "<\"&'>\n 1");
            writer.Table("ITEMS");
            writer.Record(
                Fields(1, null, 3), RecordStatus.Update,
                new Dictionary<string, string> { { "directresponse", "true" }, { "x", Strange } },
                new Dictionary<string, IEnumerable<KeyValuePair<string, string>>>
                {
                    { "F1", new Dictionary<string, string> { { "gone", "1" } } },
                    { "F2", new Dictionary<string, string> { { "validate", "false" }, { "y", "2" } } },
                });
            var misspelt = new Dictionary<string, IEnumerable<KeyValuePair<string, string>>>
            {
                { "F22", new Dictionary<string, string> { { "validate", "true" } } },
            };
            Refused(
                "table ITEMS, record 2, field F22: ", "", () => writer.Record(Fields(1), RecordStatus.Insert, null, misspelt));
            var root = Xml.Read(writer.Content());
            Assert.IsNull(root.Attribute("salesmancode"));
            Assert.AreEqual("<\"&'>\n 1", root.Attribute("syncid").Value);
            var record = root.Element("table").Element("r");
            CollectionAssert.AreEquivalent(
                new[] { "status=updated", "directresponse=true", "x=" + Strange },
                record.Attributes().Select(one => one.Name + "=" + one.Value));
            CollectionAssert.AreEqual(
                new[] { "validate=false", "y=2" }, record.Element("F2").Attributes().Select(one => one.Name + "=" + one.Value));
            Assert.IsEmpty(record.Element("F0").Attributes());
            Assert.AreEqual(2, record.Elements().Count());
        }

        [Test]
        public void RowsOfADatabaseAreRecords()
        {
            var day = new DateTime(2026, 11, 24, 9, 42, 19);
            var rows = Enumerable.Range(1, 1234).Select(i => new object[] { i, "name " + i, DBNull.Value, day.Date, day });
            var writer = NewWriter();
            var columns = new[] { "NO int", "NAME nvarchar", "NOTE nvarchar", "DAY Date", "AT datetime" };
            Assert.AreEqual(1234, writer.Records(new RowReader(columns, rows), RecordStatus.Update));
            Assert.AreEqual(1234, writer.Count);
            var records = Records(writer);
            Assert.AreEqual(1234, records.Count);
            Assert.AreEqual(
                "<r status=\"updated\"><NO>1234</NO><NAME>name 1234</NAME><DAY>2026-11-24</DAY><AT>2026-11-24T09:42:19Z</AT></r>",
                records.Last().ToString(SaveOptions.DisableFormatting));
        }

        [Test]
        public void ADateWithATimeIsAnInstant()
        {
            var day = new DateTime(2026, 11, 24);
            var rows = new[] { day, day.AddTicks(1), day.AddHours(9) }.Select(at => new object[] { at });
            var writer = NewWriter();
            writer.Records(new RowReader(new[] { "AT DATE" }, rows));
            CollectionAssert.AreEqual(
                new[] { "2026-11-24", "2026-11-24T00:00:00Z", "2026-11-24T09:00:00Z" },
                Records(writer).Select(record => record.Value));
        }

        [Test]
        public void AReaderNeedNotTellItsTypes()
        {
            var at = new DateTime(2026, 11, 24, 9, 42, 19);
            foreach (var noType in new Exception[] { new NotImplementedException(), new NotSupportedException() })
            {
                var writer = NewWriter();
                var rows = new[] { new object[] { 1, "name", at }, new object[] { 2, "midnight", at.Date } };
                writer.Records(new RowReader(new[] { "NO", "NAME", "AT" }, rows) { NoType = noType });
                CollectionAssert.AreEqual(
                    new[] { new[] { "1", "name", "2026-11-24T09:42:19Z" }, new[] { "2", "midnight", "2026-11-24T00:00:00Z" } },
                    Rows(writer));
            }
        }

        [Test]
        public void RowsOfATableAreRecordsUnlessTheyAreDeleted()
        {
            var table = new DataTable();
            table.Columns.Add("NO", typeof(int));
            table.Columns.Add("PRICE", typeof(decimal));
            table.Rows.Add(1, 1.50m);
            table.Rows.Add(2, 2.50m);
            table.Rows.Add(3, null);
            table.AcceptChanges();
            table.Rows[1].Delete();
            var writer = NewWriter();
            Assert.AreEqual(2, writer.Records(table));
            CollectionAssert.AreEqual(new[] { new[] { "1", "1.50" }, new[] { "3" } }, Rows(writer));
        }

        [Test]
        public void DeletedRowsOfATableAreRecordsThatSaySo()
        {
            var table = new DataTable();
            table.Columns.Add("NO", typeof(int));
            table.Columns.Add("NAME", typeof(string));
            Enumerable.Range(1, 4).ToList().ForEach(no => table.Rows.Add(no, no == 3 ? null : "name"));
            table.AcceptChanges();
            var writer = NewWriter();
            Assert.AreEqual(0, writer.Records(table, RecordStatus.Delete));
            using (var rows = table.CreateDataReader())
            {
                Assert.AreEqual(4, writer.Records(rows, RecordStatus.Delete));
            }
            table.Rows[1]["NAME"] = "changed";
            table.Rows[1].Delete();
            table.Rows[2].Delete();
            Assert.AreEqual(2, writer.Records(table, RecordStatus.Delete));
            Assert.AreEqual(2, writer.Records(table, RecordStatus.Update));
            CollectionAssert.AreEqual(
                new[]
                {
                    "deleted 1 name", "deleted 2 name", "deleted 3", "deleted 4 name", "deleted 2 name", "deleted 3",
                    "updated 1 name", "updated 4 name",
                },
                Records(writer).Select(record => record.Attribute("status").Value + " "
                    + string.Join(" ", record.Elements().Select(field => field.Value))));
        }

        [Test]
        public void DictionariesWithOtherFieldsEachAreRecords()
        {
            var random = new Random(2);
            var source = Enumerable.Range(0, 2000).Select(i => Enumerable.Range(0, 6)
                .Where(_ => random.Next(3) > 0).OrderBy(_ => random.Next(20) == 0 ? random.Next() : 0)
                .ToDictionary(name => "F" + name, name => (object)(i * 10 + name))).ToList();
            var writer = NewWriter();
            Assert.AreEqual(2000, writer.Records(source));
            CollectionAssert.AreEqual(
                source.Select(record => string.Join(",", record.Select(field => field.Key + "=" + field.Value))),
                Records(writer).Select(
                    record => string.Join(",", record.Elements().Select(field => field.Name + "=" + field.Value))));
        }

        [Test]
        public void ALargeValueIsOneAsOthers()
        {
            var large = Bytes(1000000);
            var writer = NewWriter();
            writer.Records(new[] { Fields(1, Small), Fields(2, large), Fields(3, Small) });
            writer.Record(Fields(4, large));
            using (var reader = new PacketReader(writer.Content()))
            {
                var records = reader.ToList();
                Assert.AreEqual(4, records.Count);
                CollectionAssert.AreEqual(large, records[1].GetBytes("F1"));
                CollectionAssert.AreEqual(Small, records[2].GetBytes("F1"));
                CollectionAssert.AreEqual(large, records[3].GetBytes("F1"));
            }
        }

        [Test]
        public void AConverterMakesOtherForms()
        {
            var asked = new List<string>();
            var writer = NewWriter(new PacketWriterOptions
            {
                Converter = (field, value) =>
                {
                    asked.Add(field + "=" + (value ?? "null"));
                    return value is bool truth ? (truth ? "Y" : "N") : value ?? 0;
                },
            });
            writer.Record(Fields(true, null));
            writer.Records(new RowReader(new[] { "F0 bit", "F1 int" }, new[] { new object[] { false, DBNull.Value } }));
            CollectionAssert.AreEqual(new[] { new[] { "Y", "0" }, new[] { "N", "0" } }, Rows(writer));
            CollectionAssert.AreEqual(new[] { "F0=True", "F1=null", "F0=False", "F1=null" }, asked);
        }

        [Test]
        public void WhatACsvFileHasAreRecords()
        {
            using (var folder = new TemporaryFolder())
            {
                var text = "\ufeffNO;NAME;NOTE\r\n1;\"a;\"\"b\"\"\nc\";\r\n2;Ж;x\r\n";
                var path = folder.File("Стоки.csv", Encoding.UTF8.GetBytes(text));
                var writer = NewWriter(null, "NO");
                Assert.AreEqual(2, writer.Csv(path, RecordStatus.Update, ';'));
                CollectionAssert.AreEqual(
                    new[] { new[] { "1", "a;\"b\"\nc", "1" }, new[] { "2", "Ж", "x", "2" } }, Rows(writer));
                StringAssert.Contains("няма.csv", Throws(Status.FileError, () => writer.Csv("няма.csv")).Message);
                Assert.Throws<ArgumentOutOfRangeException>(() => writer.Csv(path, delimiter: 'ж'));
            }
        }

        [Test]
        public void AValueWithoutAFormIsRefusedWithItsPlace()
        {
            var writer = NewWriter();
            writer.Record(Fields(1));
            foreach (var bad in new Dictionary<object, string>
            {
                { new Version(), "System.Version" },
                { new Convertible(TypeCode.Boolean), "Convertible" },
                { new Convertible(TypeCode.Int64), "Convertible" },
                { new Convertible(TypeCode.Single), "Convertible" },
                { new Convertible(TypeCode.Double), "Convertible" },
                { new Convertible(TypeCode.DateTime), "Convertible" },
                { new Convertible(TypeCode.String), "Convertible" },
                { double.NaN, "NaN" },
                { float.PositiveInfinity, "Infinity" },
                { TimeSpan.FromDays(1), "1.00:00:00" },
                { TimeSpan.FromSeconds(-1), "-00:00:01" },
            })
            {
                Refused(
                    "table ITEMS, record 2, field F1: ", bad.Value, () => writer.Record(Fields(1, bad.Key)));
            }
            writer.Table("MORE");
            Refused(
                "table MORE, record 3, field F0: ", "System.Object",
                () => writer.Records(new[] { Fields(1), Fields(2), Fields(new object()), Fields(4) }));
            writer.Record(Fields(5));
            CollectionAssert.AreEqual(new[] { "1", "1", "2", "5" }, Records(writer).Select(record => record.Value));
        }

        [Test]
        public void AMomentThatUtcDoesNotHaveIsRefusedWithItsPlace()
        {
            foreach (var bad in new[] { DateTime.MinValue, DateTime.MaxValue })
            {
                var ahead = TimeSpan.FromHours(bad == DateTime.MinValue ? 2 : -2);
                var zone = TimeZoneInfo.CreateCustomTimeZone("here", ahead, "x", "x");
                var writer = NewWriter(new PacketWriterOptions { TimeZone = zone });
                Refused("table ITEMS, record 1, field F0: ", "here", () => writer.Record(Fields(bad)));
            }
            Assert.Throws<ArgumentNullException>(() => new PacketWriterOptions { TimeZone = null }.ToString());
        }

        [Test]
        public void NullsInARecordAreRefusedWithTheirPlace()
        {
            var writer = NewWriter();
            var nameless = new[] { new KeyValuePair<string, object>(null, 1) };
            Refused("table ITEMS, record 1: ", "field is null", () => writer.Record(nameless));
            Refused(
                "table ITEMS, record 2: ", "field is null", () => writer.Records(new[] { Fields(1), nameless.AsEnumerable() }));
            Refused("table ITEMS, record 3: ", "it is null", () => writer.Records(new[] { Fields(1), null, Fields(3) }));
            var attributes = new Dictionary<string, string> { { "x", null } };
            Refused(
                "table ITEMS, record 3, attribute x: ", "null",
                () => writer.Record(Fields(1), RecordStatus.Insert, attributes));
            var ofField = new Dictionary<string, IEnumerable<KeyValuePair<string, string>>>
            {
                { "F0", new[] { new KeyValuePair<string, string>(null, "x") } },
            };
            Refused(
                "table ITEMS, record 3: ", "attribute is null",
                () => writer.Record(Fields(1), RecordStatus.Insert, null, ofField));
            Assert.AreEqual(2, writer.Count);
        }

        [Test]
        public void ARecordNeedsATable()
        {
            var writer = DisposedAtEnd(new PacketWriter());
            AllRefused(writer, "begin one first");
            writer.Table("ITEMS");
            writer.Record(Fields(1));
            Assert.AreEqual(1, writer.Count);
        }

        [Test]
        public void ATableThatIsRefusedHasNoRecords()
        {
            PacketWriter writer = null;
            foreach (var refused in new Dictionary<TestDelegate, Type>
            {
                { () => writer.Table("OLD"), typeof(DmerpException) },
                { () => writer.Table(""), typeof(DmerpException) },
                { () => writer.Table("NEW\0"), typeof(ArgumentException) },
                { () => writer.Table("half \ud83d of it"), typeof(ArgumentException) },
                { () => writer.Table("NEW", "NO\0"), typeof(ArgumentException) },
                { () => writer.Table(null), typeof(ArgumentNullException) },
            })
            {
                writer = DisposedAtEnd(new PacketWriter());
                writer.Table("OLD");
                writer.Record(Fields(1));
                Assert.Throws(refused.Value, refused.Key);
                AllRefused(writer, "the last table was refused");
                writer.Table("LAST");
                writer.Record(Fields(2));
                CollectionAssert.AreEqual(
                    new[] { "OLD 1", "LAST 2" }, Xml.Read(writer.Content()).Elements("table").Select(
                        table => table.Attribute("tablename").Value + " " + table.Value.Trim()));
            }
        }

        [Test]
        public void WhatNoPacketCanCarryIsRefusedWithItsPlace()
        {
            var writer = NewWriter();
            writer.Record(Fields(1));
            foreach (var bad in new[] { "\0", "\u0007", "\ufffe", "half \ud83d of it", "\udc00" })
            {
                Refused("table ITEMS, record 2, field F1", "", () => writer.Record(Fields(1, bad)));
                Refused("table ITEMS, record 2, field F1", "", () => writer.Records(new[] { Fields(1, bad) }));
            }
            var twice = new[] { new KeyValuePair<string, object>("A", 1), new KeyValuePair<string, object>("A", 2) };
            Refused("table ITEMS, record 2, field A", "", () => writer.Record(twice));
            var noName = new Dictionary<string, object> { { "no name", 1 } };
            Refused("table ITEMS, record 2", "no name", () => writer.Record(noName));
            Refused("table ITEMS, record 2", "", () => writer.Record(Fields(1), RecordStatus.None));
            Throws(Status.InvalidArgument, () => writer.Table("ITEMS"));
            Throws(Status.InvalidArgument, () => writer.Attribute("late", "1"));
            Assert.AreEqual(1, Records(writer).Count);
        }

        [Test]
        public void RecordsBeforeTheRefusedOneAreWritten()
        {
            var writer = NewWriter();
            var source = Enumerable.Range(1, 700).Select(i => Fields(i, i == 640 ? "\u0007" : "x"));
            Refused("table ITEMS, record 640, field F1", "", () => writer.Records(source));
            Assert.AreEqual(639, writer.Count);
            var thrown = new InvalidOperationException("the source");
            var failing = Enumerable.Range(1, 7).Select(i => i < 7 ? Fields(i) : throw thrown);
            Assert.AreSame(thrown, Assert.Throws<InvalidOperationException>(() => writer.Records(failing)));
            Assert.AreEqual(645, writer.Count);
            Assert.AreEqual(645, Records(writer).Count);
        }

        [Test]
        public void ASourceOrAConverterCannotUseItsWriter()
        {
            var client = NewClient();
            PacketWriter writer = null;
            var uses = new TestDelegate[]
            {
                () => writer.Attribute("a", "b"),
                () => writer.Table("MORE"),
                () => writer.Record(Fields(7)),
                () => writer.Records(new[] { Fields(7) }),
                () => writer.Csv("x.csv"),
                () => writer.Finish(),
                () => writer.Content(),
                () => client.Push(writer),
                () => client.PushAsync(writer),
            };
            var during = "";
            Func<string, object, object> refused = (field, value) =>
            {
                foreach (var use in uses)
                {
                    var message = Assert.Throws<InvalidOperationException>(use).Message;
                    StringAssert.StartsWith("the writer is writing " + during + ": ", message);
                }
                return value;
            };
            writer = NewWriter(new PacketWriterOptions { Converter = refused });
            during = "Record";
            writer.Record(Fields(1));
            during = "Records";
            writer.Records(new RowReader(new[] { "F0 int" }, new[] { new object[] { 2 } }));
            writer.Records(new[] { 3, 4 }.Select(value => Fields(refused("F0", value))));
            Refused(
                "table ITEMS, record 6, field F0", "", () => writer.Records(new[] { Fields(5), Fields("\0") }));
            writer.Table("LAST");
            Assert.AreEqual(5, writer.Count);
            CollectionAssert.AreEqual(
                new[] { "ITEMS 1 2 3 4 5", "LAST " }, Xml.Read(writer.Content()).Elements("table").Select(
                    table => table.Attribute("tablename").Value + " "
                        + string.Join(" ", table.Elements("r").Select(record => record.Value))));
            Assert.IsEmpty(Sandbox.Pushed());
        }

        [Test]
        public void AFileAppearsWhenItIsFinished()
        {
            using (var folder = new TemporaryFolder())
            {
                var path = folder.File("Пакет.xml", Small);
                using (var writer = PacketWriter.ToFile(path, "SOFIA01"))
                {
                    writer.Table("ITEMS");
                    writer.Records(Enumerable.Range(1, 30000).Select(i => Fields(i, "name")));
                    CollectionAssert.AreEqual(Small, File.ReadAllBytes(path));
                }
                CollectionAssert.AreEqual(Small, File.ReadAllBytes(path));
                Assert.AreEqual(1, Directory.GetFiles(folder.Path).Length, "something was left beside it");
                using (var writer = PacketWriter.ToFile(path, "SOFIA01"))
                {
                    writer.Table("ITEMS");
                    writer.Record(Fields(1));
                    writer.Finish();
                    writer.Finish();
                    Throws(Status.InvalidArgument, () => writer.Record(Fields(2)));
                    Throws(Status.InvalidArgument, () => writer.Content());
                }
                Assert.AreEqual("1", Xml.Read(File.ReadAllBytes(path)).Value.Trim());
                Assert.AreEqual(1, Directory.GetFiles(folder.Path).Length, "something was left beside it");
                path = Path.Combine(folder.Path, "missing", "x.xml");
                StringAssert.Contains("missing", Throws(Status.FileError, () => PacketWriter.ToFile(path)).Message);
            }
        }

        [Test]
        public void ARefusedOptionLeavesNothing()
        {
            using (var folder = new TemporaryFolder())
            {
                var before = DmerpLibrary.LiveHandles;
                var options = new PacketWriterOptions { TempDir = folder.Path };
                var path = Path.Combine(folder.Path, "packet.xml");
                Throws(Status.InvalidArgument, () => PacketWriter.ToFile(path, null, options));
                Assert.IsEmpty(Directory.GetFiles(folder.Path));
                Assert.AreEqual(before, DmerpLibrary.LiveHandles);
            }
        }

        [Test]
        public void APacketIsPushedAsItIs()
        {
            var client = NewClient();
            var memory = NewWriter();
            memory.Records(Enumerable.Range(1, 10000).Select(i => Fields(i, "name", Strange)));
            var pushed = client.Push(memory, packetId: "memory");
            CollectionAssert.AreEqual(memory.Content(), Sandbox.PushedContent("SOFIA01", "memory"));
            Assert.AreEqual(memory.Content().Length, pushed.Size);
            client.Push(memory, "anna", "again");
            CollectionAssert.AreEqual(memory.Content(), Sandbox.PushedContent("anna", "again"));
            using (var folder = new TemporaryFolder())
            {
                var path = Path.Combine(folder.Path, "packet.xml");
                var file = DisposedAtEnd(PacketWriter.ToFile(path));
                file.Table("ITEMS");
                file.Record(Fields(1));
                client.PushAsync(file, "anna", "file").Wait();
                CollectionAssert.AreEqual(File.ReadAllBytes(path), Sandbox.PushedContent("anna", "file"));
            }
            var nobody = DisposedAtEnd(new PacketWriter());
            Throws(Status.InvalidArgument, () => client.Push(nobody));
        }

        /// <summary>Also where the callback waits for another thread, as for that of a window.</summary>
        [Test]
        public void AProgressOfAPushCanCount()
        {
            var client = NewClient();
            var writer = NewWriter();
            writer.Records(Enumerable.Range(1, 3).Select(i => Fields(i)));
            var counts = new List<long>();
            var progress = new Reporting(_ =>
            {
                counts.Add(writer.Count);
                counts.Add(Task.Run(() => writer.Count).Result);
            });
            client.Push(writer, options: new CallOptions { Progress = progress });
            CollectionAssert.AreEqual(new[] { 3L }, counts.Distinct());
        }

        [Test]
        public void AFailedPushIsRepeatedWithTheSameWriter()
        {
            var client = NewClient();
            var writer = NewWriter();
            writer.Record(Fields(1));
            Sandbox.Fault("'on': 'storage', 'action': {'status': {'code': 403}}, 'times': 0");
            Throws(Status.StorageRefused, () => client.Push(writer, packetId: "p"));
            Sandbox.ClearFaults();
            client.Push(writer, packetId: "p");
            CollectionAssert.AreEqual(writer.Content(), Sandbox.PushedContent("SOFIA01", "p"));
        }

        [Test]
        public void AWriterIsAHandleUntilItIsDisposed()
        {
            var client = NewClient();
            var before = DmerpLibrary.LiveHandles;
            var writer = new PacketWriter();
            Assert.AreEqual(before + 1, DmerpLibrary.LiveHandles);
            writer.Table("ITEMS");
            writer.Content();
            writer.Dispose();
            writer.Dispose();
            Assert.AreEqual(before, DmerpLibrary.LiveHandles);
            foreach (var use in new TestDelegate[]
            {
                () => writer.Attribute("a", "b"),
                () => writer.Table("a"),
                () => writer.Record(Fields(1)),
                () => writer.Records(new[] { Fields(1) }),
                () => writer.Csv("x"),
                () => writer.Finish(),
                () => writer.Content(),
                () => writer.Count.ToString(),
                () => client.Push(writer, "anna"),
            })
            {
                Assert.AreEqual("PacketWriter", Assert.Throws<ObjectDisposedException>(use).ObjectName);
            }
        }

        [Test]
        public void NullsAreArgumentNullExceptions()
        {
            var writer = NewWriter();
            foreach (var use in new TestDelegate[]
            {
                () => PacketWriter.ToFile(null),
                () => writer.Attribute(null, "x"),
                () => writer.Attribute("x", null),
                () => writer.Table(null),
                () => writer.Record(null),
                () => writer.Records((IDataReader)null),
                () => writer.Records((DataTable)null),
                () => writer.Records((IEnumerable<IEnumerable<KeyValuePair<string, object>>>)null),
                () => writer.Csv(null),
                () => NewClient().Push((PacketWriter)null),
            })
            {
                Assert.Throws<ArgumentNullException>(use);
            }
        }

        private static Dictionary<string, object> Fields(params object[] values) =>
            Enumerable.Range(0, values?.Length ?? 1).ToDictionary(i => "F" + i, i => values?[i]);

        /// <summary>The exception's message begins with the place and has the word.</summary>
        private static void Refused(string place, string word, TestDelegate write)
        {
            var message = Throws(Status.InvalidArgument, write).Message;
            StringAssert.Contains(place, message);
            StringAssert.Contains(word, message);
        }

        /// <summary>Whatever is in the records, and however they are written.</summary>
        private static void AllRefused(PacketWriter writer, string word)
        {
            foreach (var value in new object[] { 1, null, double.NaN, new Version() })
            {
                Refused("", word, () => writer.Record(Fields(value)));
                Refused("", word, () => writer.Records(new[] { Fields(value) }));
                Refused("", word, () => writer.Records(new[] { Fields(1), Fields(value) }));
            }
            Refused("", word, () => writer.Records(new[] { (Dictionary<string, object>)null }));
        }

        private static List<XElement> Records(PacketWriter writer) =>
            Xml.Read(writer.Content()).Descendants("r").ToList();

        private static List<List<string>> Rows(PacketWriter writer) =>
            Records(writer).ConvertAll(record => record.Elements().Select(field => field.Value).ToList());

        /// <summary>Two hours east of Greenwich, and three in summer, as the EU has it.</summary>
        private static TimeZoneInfo NewZoneOfSummers()
        {
            Func<int, int, TimeZoneInfo.TransitionTime> lastSunday = (month, hour) =>
                TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, hour, 0, 0), month, 5, DayOfWeek.Sunday);
            var rule = TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(
                DateTime.MinValue.Date, DateTime.MaxValue.Date, TimeSpan.FromHours(1), lastSunday(3, 3), lastSunday(10, 4));
            return TimeZoneInfo.CreateCustomTimeZone("x", TimeSpan.FromHours(2), "x", "x", "x", new[] { rule });
        }

        /// <summary>At its first table.</summary>
        private PacketWriter NewWriter(PacketWriterOptions options = null, string rowId = null)
        {
            var writer = DisposedAtEnd(new PacketWriter("SOFIA01", options));
            writer.Table("ITEMS", rowId);
            return writer;
        }
    }
}
