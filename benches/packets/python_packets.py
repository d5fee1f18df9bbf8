"""Packets by lxml's xmlfile and iterparse, or by iterparse of Python's own xml.etree.

python_packets.py write TEXTS PACKET COUNT | read PACKET | read-etree PACKET
"""

import json
import sys
from datetime import date, datetime
from decimal import Decimal
from xml.etree import ElementTree

from lxml import etree
from rows import NAMES, Cursor


def text_of(value):
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def write(texts, path, count):
    written = 0
    with etree.xmlfile(path, encoding="utf-8") as packet:
        packet.write_declaration()
        with packet.element("NavMobileSync", salesmancode="SOFIA01"), packet.element("table", tablename="ITEMS"):
            for row in Cursor(texts, int(count)):
                record = etree.Element("r", status="inserted")
                for name, value in zip(NAMES, row):
                    etree.SubElement(record, name).text = text_of(value)
                packet.write(record)
                written += 1
    return written


def read(path):
    count = length = 0
    for _, record in etree.iterparse(path, tag="r"):
        values = {field.tag: field.text for field in record}
        count += 1
        length += len(values["NOTE"])
        record.clear()
        while record.getprevious() is not None:
            del record.getparent()[0]
    return count, length


def read_etree(path):
    count = length = 0
    table = None
    for event, element in ElementTree.iterparse(path, ("start", "end")):
        if event == "start":
            if element.tag == "table":
                table = element
        elif element.tag == "r":
            values = {field.tag: field.text for field in element}
            count += 1
            length += len(values["NOTE"])
            table.clear()
    return count, length


def main():
    verb, *arguments = sys.argv[1:]
    count, length = (
        (write(*arguments), 0) if verb == "write" else read(*arguments) if verb == "read" else read_etree(*arguments)
    )
    print(json.dumps({"records": count, "length": length}))


if __name__ == "__main__":
    main()
