"""What the programs in Python write: a database cursor's rows of native values, most of them made before the first record."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

NAMES = ("NO", "DESCRIPTION", "QUANTITY", "PRICE", "DUEDATE", "CHANGED", "BLOCKED", "NOTE")


class Cursor:
    """A cursor as PEP 249 has it, as far as one reads it."""

    def __init__(self, texts, count):
        lines = Path(texts).read_text(encoding="utf-8").splitlines()
        descriptions, notes = lines[: len(lines) // 2], lines[len(lines) // 2 :]
        changed = datetime(2026, 1, 1, tzinfo=timezone.utc)
        self.description = tuple((name, None, None, None, None, None, None) for name in NAMES)
        self.count = count
        self.pool = [
            (
                descriptions[i % 8],
                i * 7 % 1000 - 100,
                Decimal(i * 3737 % 100000).scaleb(-2),
                date(2026, 1, 1) + timedelta(days=i % 365),
                changed + timedelta(seconds=i * 30011),
                i % 3 == 0,
                notes[i % 8],
            )
            for i in range(1000)
        ]

    def __iter__(self):
        pool = self.pool
        for number in range(self.count):
            yield (f"I{number:07}", *pool[number % 1000])
