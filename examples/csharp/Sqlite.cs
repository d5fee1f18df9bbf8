// Makes a packet of a database's query, with Mono's driver for SQLite, and prints it. Any driver's IDataReader serves as well:
// with .NET, Microsoft.Data.Sqlite has the same classes.
//
//     mcs -r:Dmerp.Client.dll -r:System.Data.dll -r:Mono.Data.Sqlite.dll Sqlite.cs && mono Sqlite.exe

using System;
using Dmerp;
using Mono.Data.Sqlite;

internal static class Sqlite
{
    private const string Schema = @"
        CREATE TABLE items (
            no TEXT, description TEXT, unitprice DECIMAL(10, 2), stock INTEGER, changed DATETIME, enddate DATE, blocked BOOLEAN);
        INSERT INTO items VALUES
            ('I00001', 'Кисело мляко, 400 g', 1.04, 1200, '2026-11-24 09:42:19', NULL, 0),
            ('I00002', 'Salt & pepper', 0.89, -3, '2026-11-24 10:00:00', '2026-12-31', 1);";

    private const string Query = @"
        SELECT no AS NO, description AS DESCRIPTION, unitprice AS UNITPRICE, stock AS STOCK, changed AS CHANGED,
            enddate AS ENDDATE, blocked AS BLOCKED
        FROM items ORDER BY no";

    private static void Main()
    {
        using (var database = new SqliteConnection("Data Source=:memory:"))
        {
            database.Open();
            new SqliteCommand(Schema, database).ExecuteNonQuery();
            using (var rows = new SqliteCommand(Query, database).ExecuteReader())
            using (var packet = new PacketWriter("SOFIA01"))
            {
                packet.Table("ITEMS", rowId: "NO");
                packet.Records(rows);
                var content = packet.Content();
                Console.OpenStandardOutput().Write(content, 0, content.Length);
            }
        }
    }
}
