using System;
using System.Collections.Generic;
using System.Data;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Xml.Linq;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>Packets read, as mobile apps write them and as nobody should.</summary>
    [TestFixture]
    public class PacketReaderTests : SandboxTests
    {
        [Test]
        public void ARecordTellsWhatItHas()
        {
            var reader = NewReader(@"<NavMobileSync salesmancode='SOFIA01' syncid='7'><table tablename='ORDERS'>
<r status='inserted'><NO>1</NO><NAME>Ж &lt;&#x1F600;&gt;</NAME><EMPTY/></r>
<r status='update' directresponse='true'><NO validate='1' x='y'>2</NO></r>
<r status='odd'><NO> 3 </NO></r>
<r/></table><table tablename='LINES'><r status='deleted'/><r status='read'/></table></NavMobileSync>");
            Assert.AreEqual("SOFIA01", reader.MobileUser);
            CollectionAssert.AreEquivalent(
                new Dictionary<string, string> { { "salesmancode", "SOFIA01" }, { "syncid", "7" } }, reader.Attributes);
            var records = reader.ToList();
            CollectionAssert.AreEqual(
                new[]
                {
                    "ORDERS 1 2 Insert", "ORDERS 2 3 Update", "ORDERS 3 4 Other", "ORDERS 4 5 None", "LINES 1 5 Delete",
                    "LINES 2 5 Read",
                },
                records.Select(record => string.Join(" ", record.Table, record.Number, record.Line, record.Status)));
            Assert.IsTrue(records.All(record => record.Element == "r"));
            CollectionAssert.AreEqual(new[] { "NO", "NAME", "EMPTY" }, records[0].Names);
            Assert.AreEqual("Ж <😀>", records[0]["NAME"]);
            Assert.AreEqual("", records[0]["EMPTY"]);
            Assert.IsNull(records[0]["MISSING"]);
            Assert.IsNull(records[0]["name"]);
            Assert.IsEmpty(records[0].Attributes);
            CollectionAssert.AreEquivalent(
                new Dictionary<string, string> { { "directresponse", "true" } }, records[1].Attributes);
            CollectionAssert.AreEquivalent(
                new Dictionary<string, string> { { "validate", "1" }, { "x", "y" } }, records[1].FieldAttributes("NO"));
            Assert.IsEmpty(records[0].FieldAttributes("NO"));
            Assert.IsEmpty(records[0].FieldAttributes("MISSING"));
            Assert.AreEqual("odd", records[2].Attributes["status"]);
            Assert.AreEqual(" 3 ", records[2]["NO"]);
            Assert.IsEmpty(records[3].Names);
            Assert.IsNull(records[3]["NO"]);
            Assert.IsEmpty(records[3]);
            CollectionAssert.AreEqual(
                new Dictionary<string, string> { { "NO", "1" }, { "NAME", "Ж <😀>" }, { "EMPTY", "" } }, records[0]);
            Assert.AreEqual("table ORDERS, record 1, Insert: NO=1, NAME=Ж <😀>, EMPTY=", records[0].ToString());
            Assert.IsNull(reader.Next());
            Assert.Throws<ArgumentNullException>(() => records[0][null].ToString());
        }

        [TestCase(Culture.Odd)]
        [TestCase("de-DE")]
        [TestCase("bg-BG")]
        [TestCase("tr-TR")]
        public void ValuesAreReadAsWhatTheyAreInAnyCulture(string culture)
        {
            using (new Culture(culture))
            {
                ValuesAreReadAsWhatTheyAre();
            }
        }

        [Test]
        public void WhatIsNoneIsToldWithItsPlace()
        {
            var record = ReadOne("<F>1,5</F>");
            foreach (var read in new TestDelegate[]
            {
                () => record.GetBoolean("F"),
                () => record.GetInt64("F"),
                () => record.GetDecimal("F"),
                () => record.GetDouble("F"),
                () => record.GetDate("F"),
                () => record.GetTime("F"),
                () => record.GetInstant("F"),
                () => record.GetBytes("F"),
            })
            {
                var message = Throws(Status.InvalidArgument, read).Message;
                StringAssert.StartsWith("line 1, table ITEMS, record 1, field F: ", message);
                StringAssert.Contains("1,5", message);
            }
        }

        [TestCase("0.1000000000000000000000000001")]
        [TestCase("-7.9228162514264337593543950335")]
        [TestCase("0.0000000000000000000000000001")]
        [TestCase("000000000000000000000000000000000001.50")]
        [TestCase("1.500000000000000000000000000000000000000")]
        [TestCase("-0.00")]
        [TestCase("100")]
        public void ADecimalHasAllDigits(string text)
        {
            var expected = decimal.Parse(text, CultureInfo.InvariantCulture);
            Assert.AreEqual(expected, ReadOne("<D>" + text + "</D>").GetDecimal("D"));
        }

        [TestCase("79228162514264337593543950336")]
        [TestCase("79228162514264337593543950335.4")]
        [TestCase("7.92281625142643375935439503351")]
        [TestCase("-123456789.12345678901234567890123")]
        [TestCase("0.00000000000000000000000000001")]
        public void ADecimalIsNotRounded(string text)
        {
            var record = ReadOne("<D>" + text + "</D>");
            var message = Throws(Status.InvalidArgument, () => record.GetDecimal("D")).Message;
            StringAssert.StartsWith("line 1, table ITEMS, record 1, field D: " + text, message);
        }

        [Test]
        public void RecordsOutliveTheirReader()
        {
            var writer = DisposedAtEnd(new PacketWriter());
            writer.Table("ITEMS");
            var numbers = Enumerable.Range(1, 5000).Select(i => (long)i).ToList();
            writer.Records(numbers.Select(i => new Dictionary<string, object> { { "NO", i }, { "NAME", "Име " + i } }));
            List<Record> records;
            using (var reader = new PacketReader(writer.Content()))
            {
                records = reader.ToList();
            }
            GC.Collect();
            CollectionAssert.AreEqual(numbers, records.Select(record => record.GetInt64("NO")));
            CollectionAssert.AreEqual(numbers, records.Select(record => record.Number));
            Assert.AreEqual("Име 5000", records.Last()["NAME"]);
        }

        [Test]
        public void ALoopGoesOnWhereAnotherEnded()
        {
            var reader = NewReader(Table("<r><NO>1</NO></r><r><NO>2</NO></r><r><NO>3</NO></r>"));
            Assert.AreEqual("1", reader.First()["NO"]);
            CollectionAssert.AreEqual(new[] { "2", "3" }, reader.Select(record => record["NO"]));
        }

        [Test]
        public void UnknownElementsAndSystemTablesAreReadWhenAskedFor()
        {
            const string xml = @"<NavMobileSync salesmanCode='A'>
<table tablename='ITEMS'><r><NO>1</NO></r><x a='b'><NO>2</NO></x></table>
<table tablename='$metadata'><packet><timestamp>now</timestamp></packet></table></NavMobileSync>";
            var reader = NewReader(xml);
            Assert.AreEqual("A", reader.MobileUser);
            Assert.AreEqual("1", reader.Single()["NO"]);
            Assert.AreEqual(1, reader.Skipped);
            var options = new PacketReaderOptions { KeepUnknownElements = true, SystemTables = true };
            reader = DisposedAtEnd(new PacketReader(Encoding.UTF8.GetBytes(xml), options));
            CollectionAssert.AreEqual(
                new[] { "ITEMS r NO", "ITEMS x NO", "$metadata packet timestamp" },
                reader.Select(record => record.Table + " " + record.Element + " " + record.Names.Single()));
            Assert.AreEqual(0, reader.Skipped);
        }

        [TestCase("<r><NO>3</NO>", 3)]
        [TestCase("<r><NO>3</NO><NO>4</NO></r>", 3)]
        [TestCase("text", null)]
        [TestCase("<r>text</r>", 3)]
        [TestCase("<r><NO>&unknown;</NO></r>", 3)]
        [TestCase("<r><NO>&#1;</NO></r>", 3)]
        [TestCase("<r><NO>\u0001</NO></r>", 3)]
        public void WhereDataCouldBeLostItIsAnError(string bad, int? record)
        {
            var reader = NewReader(Table("<r><NO>1</NO></r>\n<r><NO>2</NO></r>" + bad));
            Assert.AreEqual("1", reader.Next()["NO"]);
            Assert.AreEqual("2", reader.Next()["NO"]);
            var message = Throws(Status.BadPacket, () => reader.Next()).Message;
            StringAssert.Contains("line 2", message);
            StringAssert.Contains("table ITEMS", message);
            if (record != null)
            {
                StringAssert.Contains("record " + record, message);
            }
        }

        [TestCase("")]
        [TestCase("no XML")]
        [TestCase("<other/>")]
        [TestCase("<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><NavMobileSync>&a;</NavMobileSync>")]
        public void WhatIsNoPacketIsAnError(string xml) => Throws(Status.BadPacket, () => NewReader(xml).Next());

        [Test]
        public void ARecordHasALimit()
        {
            var options = new PacketReaderOptions { MaxRecordBytes = 1000 };
            var xml = Table("<r><NO>" + new string('1', 2000) + "</NO></r>");
            Throws(Status.TooLarge, () => DisposedAtEnd(new PacketReader(Encoding.UTF8.GetBytes(xml), options)).Next());
            options.MaxRecordBytes = -1;
            Assert.Throws<DmerpException>(() => new PacketReader(Small, options).ToString());
        }

        [Test]
        public void AFileIsRead()
        {
            using (var folder = new TemporaryFolder())
            {
                var path = folder.File("Пакет.xml", Encoding.UTF8.GetBytes(Table("<r><NO>1</NO></r>")));
                using (var reader = PacketReader.FromFile(path))
                {
                    Assert.AreEqual("1", reader.Single()["NO"]);
                }
                var missing = Path.Combine(folder.Path, "няма.xml");
                StringAssert.Contains("няма.xml", Throws(Status.FileError, () => PacketReader.FromFile(missing)).Message);
            }
        }

        [TestCase(null)]
        [TestCase(1L)]
        public void WhatIsReceivedIsRead(long? memory)
        {
            Sandbox.Send(Encoding.UTF8.GetBytes(Table("<r status='inserted'><NO>1</NO></r>")), "&count=3");
            var client = NewClient(config => config.ReceiveMemoryBytes = memory ?? config.ReceiveMemoryBytes);
            using (var receiver = client.Receive())
            {
                var packet = receiver.Next();
                using (var reader = packet.Read())
                {
                    packet.Done(); // the reader goes on
                    Assert.AreEqual("1", reader.Single()["NO"]);
                }
                Assert.Throws<ObjectDisposedException>(() => packet.Read());
                packet = receiver.Next();
                Assert.AreEqual(packet.Size, packet.Content.Length);
                packet.Done();
                Assert.AreEqual("1", DisposedAtEnd(packet.Read()).Single()["NO"]);
                Throws(Status.InvalidArgument, () => receiver.Next().Read(new PacketReaderOptions { MaxRecordBytes = 0 }));
            }
        }

        [Test]
        public void ATableIsFilledWithItsColumnsTypes()
        {
            var items = new DataTable("ITEMS");
            foreach (var type in new[]
            {
                typeof(string), typeof(bool), typeof(int), typeof(decimal), typeof(double), typeof(DateTime),
                typeof(DateTimeOffset), typeof(TimeSpan), typeof(Guid), typeof(byte[]), typeof(short), typeof(float),
                typeof(ulong), typeof(char), typeof(byte),
            })
            {
                items.Columns.Add(type.Name.Replace("[]", "s"), type);
            }
            items.Columns.Add("DAY", typeof(DateTime));
            var reader = NewReader(Table(@"<r status='inserted'><String>s</String><Boolean>1</Boolean><Int32>-3</Int32>
<Decimal>1.50</Decimal><Double>0.1</Double><DateTime>2026-11-24T09:42:19Z</DateTime>
<DateTimeOffset>2026-11-24T09:42:19Z</DateTimeOffset><TimeSpan>09:42:19Z</TimeSpan>
<Guid>3c351f97-c29e-4024-9313-35d493624ea4</Guid><Bytes>AAE=</Bytes><Int16>7</Int16><Single>0.5</Single>
<UInt64>18446744073709551615</UInt64><Char> </Char><Byte>255</Byte><Day>2026-11-24</Day><OTHER>x</OTHER></r><r/>
<r><String/><Boolean/><Int32/><Decimal/><Double/><DateTime/><DateTimeOffset/><TimeSpan/><Guid/><Bytes/><Int16/><Single/>
<UInt64/><Char/><Byte/><Day/></r>"));
            Assert.AreEqual(3, reader.Fill(items));
            var at = new DateTime(2026, 11, 24, 9, 42, 19);
            CollectionAssert.AreEqual(
                new object[]
                {
                    "s", true, -3, 1.50m, 0.1, at, new DateTimeOffset(at, TimeSpan.Zero), at.TimeOfDay,
                    new Guid("3c351f97-c29e-4024-9313-35d493624ea4"), new byte[] { 0, 1 }, (short)7, 0.5f,
                    ulong.MaxValue, ' ', (byte)255, at.Date,
                },
                items.Rows[0].ItemArray);
            Assert.IsTrue(items.Rows[1].ItemArray.All(value => value is DBNull));
            Assert.AreEqual("", items.Rows[2][0]);
            Assert.IsTrue(items.Rows[2].ItemArray.Skip(1).All(value => value is DBNull));
        }

        [TestCase(typeof(byte), "300")]
        [TestCase(typeof(uint), "-1")]
        [TestCase(typeof(ulong), "18446744073709551616")]
        [TestCase(typeof(ulong), "1.5")]
        [TestCase(typeof(float), "1000000000000000000000000000000000000000")]
        [TestCase(typeof(char), "ab")]
        [TestCase(typeof(Guid), "3c351f97")]
        [TestCase(typeof(decimal), "79228162514264337593543950336")]
        public void WhatAColumnCannotHaveIsRefusedWithItsPlace(Type type, string text)
        {
            var items = new DataTable("ITEMS");
            items.Columns.Add("F", type);
            var reader = NewReader(Table("<r/>\n<r><F>" + text + "</F></r>"));
            var message = Throws(Status.InvalidArgument, () => reader.Fill(items)).Message;
            StringAssert.StartsWith("line 2, table ITEMS, record 2, field F: ", message);
            StringAssert.Contains(text, message);
            Assert.AreEqual(1, items.Rows.Count);
        }

        [TestCase(true)]
        [TestCase(false)]
        public void FieldsWithTheSameColumnAreRefused(bool growing)
        {
            var items = new DataTable("ITEMS");
            if (!growing)
            {
                items.Columns.Add("NO");
            }
            var reader = NewReader(Table("<r><NO>1</NO></r>\n<r><No>2</No></r><r><NO>3</NO><no>4</no></r>"));
            var message = Assert.Throws<DataException>(() => reader.Fill(items)).Message;
            StringAssert.StartsWith("line 2, table ITEMS, record 3, field no: ", message);
            CollectionAssert.AreEqual(new[] { "1", "2" }, items.Rows.Cast<DataRow>().Select(row => row["NO"]));
        }

        [Test]
        public void ARowThatTheTableDoesNotTakeIsToldWithItsPlace()
        {
            var items = new DataTable("ITEMS");
            items.PrimaryKey = new[] { items.Columns.Add("NO") };
            var reader = NewReader(Table("<r><NO>1</NO></r>\n<r><NO>1</NO></r>"));
            StringAssert.StartsWith(
                "line 2, table ITEMS, record 2: ", Assert.Throws<DataException>(() => reader.Fill(items)).Message);
        }

        [Test]
        public void ARowThatTheTableDoesNotDeleteIsToldWithItsPlace()
        {
            var items = new DataTable("ITEMS");
            items.RowDeleting += (_, change) => throw new DataException("stays");
            var reader = NewReader(Table("<r><NO>1</NO></r>\n<r status='deleted'><NO>2</NO></r>"));
            Assert.AreEqual(
                "line 2, table ITEMS, record 2: stays", Assert.Throws<DataException>(() => reader.Fill(items)).Message);
        }

        [Test]
        public void TablesWithoutColumnsGetThoseOfTheRecords()
        {
            var reader = NewReader(@"<NavMobileSync><table tablename='A'><r><NO>1</NO></r><r><NO>2</NO><NAME>x</NAME></r></table>
<table tablename='B'><r><NO>3</NO></r></table><table tablename='C'><r><X>4</X></r></table></NavMobileSync>");
            var a = new DataTable("A");
            var c = new DataTable("C");
            Assert.AreEqual(3, reader.Fill(a, c));
            CollectionAssert.AreEqual(new object[] { "1", DBNull.Value }, a.Rows[0].ItemArray);
            CollectionAssert.AreEqual(new object[] { "2", "x" }, a.Rows[1].ItemArray);
            Assert.AreEqual("4", c.Rows[0]["X"]);
        }

        [TestCase(typeof(Version))]
        [TestCase(typeof(Uri))]
        [TestCase(typeof(DayOfWeek))]
        public void AColumnOfAnotherTypeIsToldBeforeItIsFilled(Type type)
        {
            var items = new DataTable("ITEMS");
            items.Columns.Add("F", type);
            var message = Assert.Throws<DataException>(() => NewReader(Table("<r/><r><F/></r>")).Fill(items)).Message;
            StringAssert.StartsWith("line 1, table ITEMS, record 2, field F: ", message);
            StringAssert.Contains(type.FullName, message);
        }

        [Test]
        public void ATableIsFoundWhateverTheCaseOfItsName()
        {
            var items = new DataTable("Items");
            Assert.AreEqual(1, NewReader(Table("<r><NO>1</NO></r>")).Fill(items));
            Assert.AreEqual("1", items.Rows[0]["NO"]);
            var both = NewReader(@"<NavMobileSync><table tablename='A'><r><NO>1</NO></r></table>
<table tablename='a'><r><NO>2</NO></r></table></NavMobileSync>");
            var message = Assert.Throws<DataException>(() => both.Fill(new DataTable("A"))).Message;
            StringAssert.StartsWith("line 2, table a, record 1: ", message);
        }

        [Test]
        public void WithoutATableOfAnyNameNothingIsFilled()
        {
            var reader = NewReader(Table("<r><NO>1</NO></r>"));
            foreach (var tables in new[]
            {
                new DataTable[0],
                new[] { new DataTable() },
                new[] { new DataTable("ITEMS"), new DataTable("items") },
            })
            {
                Assert.AreEqual("tables", Assert.Throws<ArgumentException>(() => reader.Fill(tables)).ParamName);
            }
            Assert.Throws<ArgumentNullException>(() => reader.Fill((DataTable[])null));
            Assert.Throws<ArgumentNullException>(() => reader.Fill((DataSet)null));
            Assert.AreEqual("1", reader.Single()["NO"]); // nothing was read
        }

        [Test]
        public void ASetGetsTheTablesThatItDoesNotHave()
        {
            var set = new DataSet();
            set.Tables.Add("a").Columns.Add("NO", typeof(int));
            Assert.AreEqual(3, NewReader(@"<NavMobileSync><table tablename='A'><r><NO>1</NO></r></table>
<table tablename='B'><r><NO>2</NO></r><r><NO>3</NO></r></table><table tablename='C'/></NavMobileSync>").Fill(set));
            CollectionAssert.AreEqual(new[] { "a", "B" }, set.Tables.Cast<DataTable>().Select(table => table.TableName));
            Assert.AreEqual(1, set.Tables["a"].Rows[0]["NO"]);
            CollectionAssert.AreEqual(new[] { "2", "3" }, set.Tables["B"].Rows.Cast<DataRow>().Select(row => row["NO"]));
        }

        [Test]
        public void TheStateOfARowFollowsFromTheStatus()
        {
            var table = new DataTable("ITEMS");
            NewReader(Table(@"<r status='inserted'><NO>1</NO></r><r status='updated'><NO>2</NO></r>
<r status='deleted'><NO>3</NO></r><r><NO>4</NO></r>")).Fill(table);
            CollectionAssert.AreEqual(
                new[] { DataRowState.Added, DataRowState.Modified, DataRowState.Deleted, DataRowState.Unchanged },
                table.Rows.Cast<DataRow>().Select(row => row.RowState));
            Assert.AreEqual("3", table.Rows[2]["NO", DataRowVersion.Original]);
        }

        [Test]
        public void CheckTellsAllMistakes()
        {
            var bad = Encoding.UTF8.GetBytes(
                Table("<r status='inserted'><NO>1</NO><NO>2</NO></r>\n<r status='inserted'><A>1</A><A>2</A></r>"));
            var good = Encoding.UTF8.GetBytes(Table("<r status='inserted'/>"));
            using (var folder = new TemporaryFolder())
            {
                foreach (var mistakes in new[] { PacketReader.Check(bad), PacketReader.CheckFile(folder.File("bad.xml", bad)) })
                {
                    CollectionAssert.AreEqual(
                        new[] { "1 ITEMS 1 NO", "2 ITEMS 2 A" },
                        mistakes.Select(one => string.Join(" ", one.Line, one.Table, one.Record, one.Field)));
                    Assert.AreEqual("line 2, table ITEMS, record 2, field A: " + mistakes[1].What, mistakes[1].ToString());
                }
                Assert.IsEmpty(PacketReader.CheckFile(folder.File("good.xml", good)));
                Throws(Status.FileError, () => PacketReader.CheckFile(Path.Combine(folder.Path, "missing")));
            }
            var outside = PacketReader.Check(Encoding.UTF8.GetBytes("<other/>")).First();
            Assert.IsNull(outside.Table);
            Assert.IsNull(outside.Record);
            Assert.IsNull(outside.Field);
            StringAssert.StartsWith("line 1: ", outside.ToString());
            Assert.IsEmpty(PacketReader.Check(Small));
        }

        [Test]
        public void AReaderIsAHandleUntilItIsDisposed()
        {
            var reader = new PacketReader(Small);
            Assert.AreEqual(1, DmerpLibrary.LiveHandles);
            reader.Dispose();
            reader.Dispose();
            Assert.AreEqual(0, DmerpLibrary.LiveHandles);
            foreach (var use in new TestDelegate[]
            {
                () => reader.Next(),
                () => reader.ToList(),
                () => reader.Fill(new DataTable("ITEMS")),
                () => reader.Fill(new DataSet()),
                () => reader.MobileUser.ToString(),
                () => reader.Attributes.ToString(),
                () => reader.Skipped.ToString(),
            })
            {
                Assert.AreEqual("PacketReader", Assert.Throws<ObjectDisposedException>(use).ObjectName);
            }
            foreach (var use in new TestDelegate[]
            {
                () => new PacketReader(null).ToString(),
                () => PacketReader.FromFile(null),
                () => PacketReader.Check(null),
                () => PacketReader.CheckFile(null),
            })
            {
                Assert.Throws<ArgumentNullException>(use);
            }
        }

        /// <summary>Random records, with all that XML can carry, as .NET's parser and this one read what was written.</summary>
        [TestCase(1)]
        [TestCase(2)]
        [TestCase(3)]
        public void DotNetsOwnParserReadsTheSame(int seed)
        {
            var random = new Random(seed);
            var tables = Enumerable.Range(0, 3).ToDictionary(
                i => "T" + i, i => Enumerable.Range(0, random.Next(900)).Select(_ => RandomRecord(random)).ToList());
            var writer = DisposedAtEnd(new PacketWriter("x"));
            foreach (var table in tables)
            {
                writer.Table(table.Key);
                var single = table.Value.Count / 3;
                table.Value.Take(single).ToList().ForEach(record => writer.Record(record));
                writer.Records(table.Value.Skip(single));
            }
            var expected = tables.SelectMany(table => table.Value.Select(
                record => table.Key + ": " + string.Join("|", record.Where(field => field.Value != null).Select(Text)))).ToList();
            using (var reader = new PacketReader(writer.Content()))
            {
                CollectionAssert.AreEqual(expected, reader.Select(
                    record => record.Table + ": " + string.Join("|", record.Names.Select(name => name + "=" + record[name]))));
            }
            CollectionAssert.AreEqual(expected, Xml.Read(writer.Content()).Elements("table").Elements("r").Select(
                record => record.Parent.Attribute("tablename").Value + ": "
                    + string.Join("|", record.Elements().Select(field => field.Name + "=" + field.Value))));
        }

        private void ValuesAreReadAsWhatTheyAre()
        {
            var record = ReadOne(@"<B> TRUE </B><B0>0</B0><I> -12 </I><D>-12.50</D>
<BIG>79228162514264337593543950335</BIG><R>1234.5</R><DAY>2026-11-24</DAY><T>09:42:19</T><TZ>09:42:19Z</TZ><TMS>09:42:19.382</TMS>
<AT>2026-11-24T09:42:19Z</AT><ATMS>2026-11-24T09:42:19.382Z</ATMS>
<X>AAH+ /w==</X><URL>data:image/png;base64,AAH+/w==</URL><NOBYTES>data:;base64,</NOBYTES><E/><W> </W>");
            Assert.AreEqual(true, record.GetBoolean("B"));
            Assert.AreEqual(false, record.GetBoolean("B0"));
            Assert.AreEqual(-12L, record.GetInt64("I"));
            Assert.AreEqual("-12.50", record.GetDecimal("D").Value.ToString(CultureInfo.InvariantCulture));
            Assert.AreEqual(decimal.MaxValue, record.GetDecimal("BIG"));
            Assert.AreEqual(1234.5, record.GetDouble("R"));
            Assert.AreEqual(new DateTime(2026, 11, 24), record.GetDate("DAY"));
            Assert.AreEqual(new TimeSpan(9, 42, 19), record.GetTime("T"));
            Assert.AreEqual(new TimeSpan(9, 42, 19), record.GetTime("TZ"));
            Assert.AreEqual(new TimeSpan(0, 9, 42, 19, 382), record.GetTime("TMS"));
            Assert.AreEqual(new DateTimeOffset(2026, 11, 24, 9, 42, 19, TimeSpan.Zero), record.GetInstant("AT"));
            Assert.AreEqual(new DateTimeOffset(2026, 11, 24, 9, 42, 19, 382, TimeSpan.Zero), record.GetInstant("ATMS"));
            CollectionAssert.AreEqual(new byte[] { 0, 1, 254, 255 }, record.GetBytes("X"));
            CollectionAssert.AreEqual(new byte[] { 0, 1, 254, 255 }, record.GetBytes("URL"));
            CollectionAssert.AreEqual(new byte[0], record.GetBytes("NOBYTES"));
            foreach (var none in new[] { "E", "W", "MISSING" })
            {
                Assert.IsNull(record.GetBoolean(none));
                Assert.IsNull(record.GetInt64(none));
                Assert.IsNull(record.GetDecimal(none));
                Assert.IsNull(record.GetDouble(none));
                Assert.IsNull(record.GetDate(none));
                Assert.IsNull(record.GetTime(none));
                Assert.IsNull(record.GetInstant(none));
                Assert.IsNull(record.GetBytes(none));
            }
        }

        private static string Text(KeyValuePair<string, object> field) => field.Key + "=" + field.Value;

        private static Dictionary<string, object> RandomRecord(Random random)
        {
            var names = new[] { "NO", "Име", "a.b-c_d", "_x", "É" };
            return names.Where(_ => random.Next(5) > 0).ToDictionary(
                name => name, name => random.Next(9) == 0 ? null : (object)RandomText(random));
        }

        private static string RandomText(Random random)
        {
            var pieces = new[]
            {
                "]]>", "&", "<", ">", "\"", "'", "\r\n", "\r", "\n", "\t", " ", "&amp;", "<![CDATA[", "<!--", "x", "Ж", "\u0085",
                "\u2028", "\ufffd", "\u00a0", "\ud7ff", "\ue000", char.ConvertFromUtf32(0x10000), char.ConvertFromUtf32(0x10FFFF),
            };
            var text = new StringBuilder();
            for (var i = random.Next(8); i > 0; i--)
            {
                text.Append(random.Next(2) == 0 ? pieces[random.Next(pieces.Length)] : "" + (char)random.Next(0x20, 0xD800));
            }
            return text.ToString();
        }

        private static string Table(string records) =>
            "<NavMobileSync><table tablename='ITEMS'>" + records + "</table></NavMobileSync>";

        private PacketReader NewReader(string xml) => DisposedAtEnd(new PacketReader(Encoding.UTF8.GetBytes(xml)));

        private Record ReadOne(string fields) => NewReader(Table("<r>" + fields + "</r>")).Single();
    }
}
