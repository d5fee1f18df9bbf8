#!/usr/bin/env python3
"""Writes the CSV files of this folder. The same files come out every time."""

import csv
import pathlib
import random
import uuid

HERE = pathlib.Path(__file__).resolve().parent
CUSTOMERS = 240
ITEMS = 320
PRICE_GROUPS = ["RETAIL", "WHOLESALE", "HORECA", "CHAIN", "KIOSK", "EXPORT"]

# By country: towns, first words of a shop's name, what kind of shop it is.
COUNTRIES = {
    "BG": (
        ["София", "Пловдив", "Варна", "Бургас", "Русе", "Стара Загора", "Велико Търново"],
        ["Роза", "Балкан", "Янтра", "Светлина", "Щъркел", "Юнак", "Чайка", "Люляк"],
        ["Супермаркет", "Магазин", "Кафе", "Пекарна", "Механа"],
    ),
    "DE": (
        ["München", "Köln", "Lübeck", "Görlitz", "Würzburg", "Gießen", "Saarbrücken"],
        ["Grünfeld", "Süßmund", "Sonnenhöfe", "Weißdorn", "Kühlmann", "Österbach", "Rößler"],
        ["Getränkemarkt", "Bäckerei", "Gasthaus", "Feinkost", "Kiosk"],
    ),
    "GR": (
        ["Αθήνα", "Θεσσαλονίκη", "Πάτρα", "Ηράκλειο", "Λάρισα", "Βόλος", "Ιωάννινα"],
        ["Ήλιος", "Ακρόπολη", "Γαλάζιο", "Ελιά", "Δελφίνι", "Αστέρι", "Θάλασσα"],
        ["Ταβέρνα", "Παντοπωλείο", "Φούρνος", "Καφενείο", "Αγορά"],
    ),
    "GB": (
        ["Leeds", "Bristol", "York", "Dundee", "Swansea", "Exeter"],
        ["Harbour & Vine", "O'Malley", "The \"Old\" Mill", "Fish < Chips", "Green > Lean", "Bread, Butter"],
        ["Store", "Bakery", "Inn", "Deli", "Corner Shop"],
    ),
}
GOODS = [
    ("Mineral water", "WATER", ["0.5 l", "1 l", "1.5 l"], 0.30, 0.90),
    ("Bier naturtrüb", "BEER", ["0.33 l", "0.5 l"], 0.70, 1.60),
    ("Кисело мляко", "DAIRY", ["200 g", "400 g"], 0.60, 1.40),
    ("Сирене \"Тракия\"", "DAIRY", ["250 g", "800 g"], 2.20, 8.90),
    ("Φέτα Ηπείρου", "DAIRY", ["200 g", "1 kg"], 2.80, 11.50),
    ("Ελαιόλαδο", "OIL", ["0.5 l", "1 l", "5 l"], 4.90, 38.00),
    ("Müsli mit Nüssen", "CEREAL", ["375 g", "750 g"], 2.10, 4.40),
    ("Salt & vinegar crisps", "SNACK", ["40 g", "150 g"], 0.55, 1.80),
    ("Chocolate <dark> 70%", "SNACK", ["100 g", "200 g"], 1.20, 3.60),
    ("Лютеница", "PRESERVE", ["314 g", "560 g"], 1.30, 3.10),
]
FLAVOURS = ["classic", "rosemary", "Honig", "мед", "λεμόνι", "light", "Apfel & Zimt", "чубрица"]

draw = random.Random(20260701)


def row_id():
    """A primary key as mobile databases make them."""
    return str(uuid.UUID(int=draw.getrandbits(128), version=4))


def rarely(chance, value):
    return value if draw.random() < chance else ""


def write(name, head, rows):
    with open(HERE / name, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


customers = []
for number in range(1, CUSTOMERS + 1):
    country = draw.choice(list(COUNTRIES))
    towns, names, kinds = COUNTRIES[country]
    name = f"{draw.choice(kinds)} {draw.choice(names)} {number}"
    note = rarely(0.15, draw.choice(["Ask for \"Eva\"", "Ramp < 3 m", "Cash & carry", "Вход откъм двора", "Μόνο πρωί"]))
    customers.append([
        row_id(), f"C{number:05}", name, draw.choice(towns), country, draw.choice(PRICE_GROUPS),
        rarely(0.6, f"{draw.randint(2, 150) * 100}.00"), rarely(0.1, "1"), note,
    ])

items, cost = [], {}
for number in range(1, ITEMS + 1):
    good, group, packs, low, high = draw.choice(GOODS)
    code = f"I{number:05}"
    cost[code] = draw.uniform(low, high)
    items.append([
        row_id(), code, f"{good}, {draw.choice(FLAVOURS)}, {draw.choice(packs)}", group,
        draw.choice(["PCS", "BOX", "CRATE"]), rarely(0.8, f"380{draw.randint(10**9, 10**10 - 1)}"),
        draw.choice(["0", "9", "20", "20"]),
    ])

prices = []
for code in cost:
    for group in PRICE_GROUPS:
        least = draw.choice([1, 1, 1, 6, 12])
        price = cost[code] * draw.uniform(1.15, 1.6)
        prices.append([len(prices) + 1, code, group, least, f"{price:.2f}", rarely(0.2, "2026-12-31")])

visits = []
for number, customer in enumerate(draw.sample(customers, 60), 1):
    visits.append([row_id(), customer[1], f"2026-07-{1 + number // 12:02}", 8 + number % 12, rarely(0.1, "Take the new price list")])

write("customers.csv", ["DMS_ROWID", "NO", "NAME", "CITY", "COUNTRY", "PRICEGROUP", "CREDITLIMIT", "BLOCKED", "NOTE"], customers)
write("items.csv", ["DMS_ROWID", "NO", "DESCRIPTION", "ITEMGROUP", "UOM", "BARCODE", "VATPERCENT"], items)
write("prices.csv", ["DMS_ROWID", "ITEMNO", "PRICEGROUP", "MINQUANTITY", "UNITPRICE", "ENDDATE"], prices)
write("visits.csv", ["DMS_ROWID", "CUSTOMERNO", "VISITDATE", "HOUR", "REMARK"], visits)
