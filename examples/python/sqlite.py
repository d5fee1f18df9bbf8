#!/usr/bin/env python3
"""Makes a packet of a database's query, with sqlite3, and prints it. Any DB-API driver's cursor serves as well."""

import datetime as dt
import sqlite3
import sys
from decimal import Decimal

import dmerp

SCHEMA = """
CREATE TABLE items (
    no TEXT, description TEXT, unitprice DECIMAL, stock INTEGER, changed TIMESTAMP, enddate DATE, blocked BOOLEAN
);
INSERT INTO items VALUES
    ('I00001', 'Кисело мляко, 400 g', '1.04', 1200, '2026-11-24T09:42:19+02:00', NULL, 0),
    ('I00002', 'Salt & pepper', '0.89', -3, '2026-11-24T10:00:00+02:00', '2026-12-31', 1);
"""

# SQLite has few types of its own. Other databases' drivers give these values by themselves.
sqlite3.register_converter("DECIMAL", lambda text: Decimal(text.decode()))
sqlite3.register_converter("TIMESTAMP", lambda text: dt.datetime.fromisoformat(text.decode()))
sqlite3.register_converter("DATE", lambda text: dt.date.fromisoformat(text.decode()))
sqlite3.register_converter("BOOLEAN", lambda text: text == b"1")


def make_packet(database: sqlite3.Connection) -> bytes:
    """Make a packet of a query: a record for each row, a field for each column that is not null."""
    query = """
        SELECT no AS "NO", description AS "DESCRIPTION", unitprice AS "UNITPRICE", stock AS "STOCK", changed AS "CHANGED",
            enddate AS "ENDDATE", blocked AS "BLOCKED"
        FROM items
    """
    with dmerp.PacketWriter("SOFIA01") as packet:
        packet.table("ITEMS", row_id="NO")
        packet.records(database.execute(query))
        return packet.content()


if __name__ == "__main__":
    connection = sqlite3.connect(":memory:", detect_types=sqlite3.PARSE_DECLTYPES)
    connection.executescript(SCHEMA)
    sys.stdout.buffer.write(make_packet(connection))
    connection.close()
