"""Whatever file arrives: each case is refused with a hint, repaired and counted, or accepted; and
never silently misread.

The numbers are those of the catalogue of bad inputs that the cases were drawn up from; a case that
came later has none."""

import codecs
import gzip
import io
import itertools
import json
import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
import openpyxl
import pytest

from analysis.errors import SchemaError
from analysis.intake import files
from analysis.intake.reading import Hints

HEAD = "account_id,platform,followers,likes"
ROW = "ana,instagram,1200,30"


class Case(NamedTuple):
    """A file, what the reader says about it, and what has to come of it."""

    name: str
    outcome: str
    """``accepted``, ``repaired``, ``warned`` or ``refused``."""
    content: object
    """Lines, bytes, or a function of the path."""
    expected: object = None
    """The rule, or a part of the sentence."""
    values: dict | None = None
    """Column by account, as read."""
    hints: dict | None = None
    file: str = "my.csv"


STRICT = {"command": "--strict", "python": "strict=True"}
"""Who asks, and what strictness is called there."""

ASKERS = tuple(STRICT)


class Read(NamedTuple):
    """What came of a file."""

    sentence: str
    issues: list
    values: dict
    rows: int
    placed: int


def text(*lines):
    return "\n".join(lines) + "\n"


def cell(column, *values, head=HEAD, **others):
    """A table of accounts a, b, c ... that differ in one column."""
    names = head.split(",") if column in head.split(",") else [*head.split(","), column]
    rows = []
    for account, value in zip("abcdefgh", values, strict=False):
        known = {
            "account_id": account,
            "platform": "instagram",
            "followers": "1200",
            "likes": "30",
            **others,
            column: value,
        }
        quoted = {
            key: f'"{one}"' if any(sign in one for sign in ',"\n') else one
            for key, one in known.items()
        }
        rows.append(",".join(quoted[name] for name in names))
    return text(",".join(names), *rows)


def parquet(sql):
    return lambda path: duckdb.sql(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")


def workbook(*sheets):
    def write(path):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for number, rows in enumerate(sheets, 1):
            sheet = book.create_sheet(f"s{number}")
            for row in rows:
                sheet.append(row)
        book.save(path)

    return write


def read(path, hints=None, asked_from="command"):
    """Read a file; nothing but the one documented error may come of it, and every row has its
    place.
    """
    try:
        with files.opened(path, Hints(**(hints or {}), asked_from=asked_from)) as reading:
            values = {}
            if reading.posts is not None:
                columns = [
                    f"strftime({c}, '%Y-%m-%dT%H:%M:%S') AS {c}" if c == "posted_at" else c
                    for c in reading.posts.columns
                ]
                posts = reading.posts.project(", ".join(columns))
                records = [dict(zip(posts.columns, row, strict=True)) for row in posts.fetchall()]
                values = {
                    name: {one["account_id"]: one[name] for one in records}
                    for name in posts.columns
                }
            placed = reading.used + sum(reading.left_out.values()) + reading.refused
            return Read(
                reading.issues.refusal,
                reading.issues.all,
                values,
                reading.rows,
                placed if reading.posts is not None else reading.rows,
            )
    except SchemaError as refusal:
        return Read(str(refusal), [], {}, 0, 0)


HEADER = HEAD.split(",")
GOOD = {"likes": {"ana": 30.0}, "followers": {"ana": 1200.0}}
BOTH = text(HEAD, ROW, "bo,tiktok,900,2")
TIMES = "account_id,platform,followers,likes,posted_at"
CLICKS = "account_id,platform,followers,clicks,impressions,conversions"


def times(*values):
    return text(
        TIMES, *(f"{name},x,10,1,{value}" for name, value in zip("abcdef", values, strict=False))
    )


def bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (30 << 20))


def slipped(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil.txt", "x")


def cut(path):
    parquet("SELECT 'a' AS account_id, 'x' AS platform, 1 AS followers, 1 AS likes FROM range(9)")(
        path
    )
    path.write_bytes(path.read_bytes()[:-20])


def formula(path):
    workbook([HEADER, ["ana", "instagram", 1200, "=1+2"]])(path)


def protected(path):
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)


def names_twice(path):
    workbook(
        [
            ["account_id", "platform", "followers", "likes", "Likes"],
            ["ana", "instagram", 1200, 30, 31],
        ]
    )(path)


def dated(path):
    workbook([[*HEADER, "posted_at"], ["ana", "instagram", 1200, 30, datetime(2025, 3, 31, 18)]])(
        path
    )


CASES = [
    # a file
    Case(
        "1 UTF-8",
        "accepted",
        text(HEAD, "Jürgen,instagram,1200,30"),
        values={"likes": {"Jürgen": 30}},
    ),
    Case(
        "2 UTF-8 with a byte order mark",
        "accepted",
        codecs.BOM_UTF8 + text(HEAD, ROW).encode(),
        values=GOOD,
    ),
    Case(
        "3 UTF-16 with a byte order mark",
        "repaired",
        text(HEAD, "Zoë,instagram,1200,30").encode("utf-16"),
        "encoding",
        {"likes": {"Zoë": 30}},
    ),
    Case("4 UTF-16 without", "refused", text(HEAD, ROW).encode("utf-16-le"), "byte 2 is NUL"),
    Case(
        "5 cp1252",
        "refused",
        text(HEAD, "Müller,instagram,1200,30").encode("cp1252"),
        "line 2 is not UTF-8 (byte 38). Name its encoding with --encoding NAME",
    ),
    Case(
        "5 cp1252, given",
        "repaired",
        text(HEAD, "Müller,instagram,1200,30").encode("cp1252"),
        "encoding",
        {"likes": {"Müller": 30}},
        {"encoding": "cp1252"},
    ),
    Case(
        "6 Shift-JIS",
        "refused",
        text(HEAD, "田中さん,instagram,1200,30").encode("shift_jis"),
        "is not UTF-8",
    ),
    Case(
        "6 Shift-JIS, given",
        "repaired",
        text(HEAD, "田中,x,1200,30").encode("shift_jis"),
        "encoding",
        {"likes": {"田中": 30}},
        {"encoding": "shift_jis"},
    ),
    Case(
        "7 cp949", "refused", text(HEAD, "김철수,instagram,1200,30").encode("cp949"), "is not UTF-8"
    ),
    Case(
        "8 GB18030",
        "refused",
        text(HEAD, "王小明,instagram,1200,30").encode("gb18030"),
        "is not UTF-8",
    ),
    Case(
        "8 Big5", "refused", text(HEAD, "王小明,instagram,1200,30").encode("big5"), "is not UTF-8"
    ),
    Case(
        "9 cp1251", "refused", text(HEAD, "Иван,instagram,1200,30").encode("cp1251"), "is not UTF-8"
    ),
    Case(
        "10 Georgian in UTF-8",
        "accepted",
        text(HEAD, "ნინო,instagram,1200,30"),
        values={"likes": {"ნინო": 30}},
    ),
    Case(
        "11 two encodings",
        "refused",
        text(HEAD, "Zoë,x,1,1").encode() + "Zoë,x,1,1\n".encode("latin-1"),
        "line 3 is not UTF-8",
    ),
    Case(
        "an encoding that is none",
        "refused",
        text(HEAD, ROW),
        "--encoding klingon is not known",
        hints={"encoding": "klingon"},
    ),
    Case(
        "an encoding that does not fit",
        "refused",
        text(HEAD, "Zoë,x,1,1").encode("latin-1"),
        "is not utf-8",
        hints={"encoding": "utf-8"},
    ),
    Case(
        "12 mojibake",
        "warned",
        text(HEAD, "JosÃ©,instagram,1200,30"),
        "mojibake",
        {"likes": {"JosÃ©": 30}},
    ),
    Case(
        "13 NUL bytes",
        "refused",
        text(HEAD, ROW).encode() + b"b\0o,x,1,1\n",
        "is NUL, which no text table has",
    ),
    Case(
        "14 semicolons and decimal commas",
        "repaired",
        "account_id;platform;followers;likes\nana;instagram;1.200,0;30,5\n",
        "delimiter",
        {"likes": {"ana": 30.5}, "followers": {"ana": 1200}},
    ),
    Case(
        "15 decimal or thousands",
        "refused",
        cell("followers", "1,234"),
        "can be read with a decimal mark or with grouped digits",
    ),
    Case(
        "15 thousands, given",
        "repaired",
        cell("followers", "1,234"),
        "grouped digits",
        {"followers": {"a": 1234}},
        {"decimal": "."},
    ),
    Case(
        "15 decimal, given",
        "repaired",
        cell("followers", "1,234"),
        "decimal comma",
        {"followers": {"a": 1.234}},
        {"decimal": ","},
    ),
    Case("16 tabs", "repaired", text(HEAD, ROW).replace(",", "\t"), "delimiter", GOOD),
    Case(
        "16 tabs in a .tsv",
        "accepted",
        text(HEAD, ROW).replace(",", "\t"),
        values=GOOD,
        file="my.tsv",
    ),
    Case("16 bars", "repaired", text(HEAD, ROW).replace(",", "|"), "delimiter", GOOD),
    Case("17 sep=;", "repaired", "sep=;\n" + text(HEAD, ROW).replace(",", ";"), "delimiter", GOOD),
    Case(
        "18 lines above the header",
        "repaired",
        text("Report generated 2025", "", "by: me, you", HEAD, ROW),
        "lines above the header",
        GOOD,
    ),
    Case(
        "19 totals at the end",
        "repaired",
        text(HEAD, ROW, "Total,,1200,30"),
        "totals row",
        {"likes": {"ana": 30}},
    ),
    Case(
        "20 two tables",
        "refused",
        text(HEAD, ROW, "", "campaign,cost", "spring,100"),
        "has 2 fields where the header has 4",
    ),
    Case(
        "21 comment lines", "repaired", text(HEAD, "# from the agency", ROW), "comment line", GOOD
    ),
    Case(
        "22 no header",
        "refused",
        text("ana,instagram,1200,30", "bo,tiktok,900,2"),
        "the first line is no header: 'ana,instagram,1200,30'",
    ),
    Case("23 header only", "refused", text(HEAD), "my.csv has no data rows."),
    Case("24 no bytes", "refused", b"", "the file is empty"),
    Case("24 blanks only", "refused", b"  \n \n", "the file is empty"),
    Case(
        "25 a row too long",
        "refused",
        text(HEAD, ROW, "bo,x,1,2,3"),
        "data row 2: has 5 fields where the header has 4",
    ),
    Case(
        "25 all rows too long",
        "refused",
        text(HEAD, f"{ROW},9", "bo,x,1,2,3"),
        "data rows 1, 2: has 5 fields where the header has 4",
    ),
    Case(
        "26 a comma at the end of each row",
        "repaired",
        text(HEAD, f"{ROW},", "bo,x,1,2,"),
        "empty field at the end",
        {"likes": {"ana": 30, "bo": 2}},
    ),
    Case(
        "27 a row too short",
        "refused",
        text(HEAD, ROW, "bo,x,1"),
        "data row 2: has 3 fields where the header has 4",
    ),
    Case(
        "28 an open quote",
        "refused",
        text(HEAD, ROW, '"bo,x,1,2'),
        "the record that begins on line 3 opens a quote that is never closed",
    ),
    Case(
        "28 a quote within",
        "refused",
        text(HEAD, '"a"na,x,1,2'),
        "line 2 has a quote within a cell that is not doubled",
    ),
    Case(
        "29 a line break in quotes",
        "accepted",
        text(f"{HEAD},caption", '"ana",instagram,1200,30,"one\ntwo, three"'),
        values=GOOD,
    ),
    Case(
        "29 a delimiter in quotes",
        "accepted",
        text(HEAD, '"na, a",instagram,1200,30'),
        values={"likes": {"na, a": 30}},
    ),
    Case(
        "29 doubled quotes",
        "accepted",
        text(HEAD, '"a ""b"" c",instagram,1200,30'),
        values={"likes": {'a "b" c': 30}},
    ),
    Case(
        "30 CR only",
        "accepted",
        BOTH.replace("\n", "\r").encode(),
        values={"likes": {"ana": 30, "bo": 2}},
    ),
    Case(
        "30 CRLF",
        "accepted",
        BOTH.replace("\n", "\r\n").encode(),
        values={"likes": {"ana": 30, "bo": 2}},
    ),
    Case(
        "30 line ends of both kinds",
        "accepted",
        f"{HEAD}\r\n{ROW}\nbo,tiktok,900,2\r\n".encode(),
        values={"likes": {"ana": 30, "bo": 2}},
    ),
    Case("30 no line end at the end", "accepted", text(HEAD, ROW)[:-1], values=GOOD),
    Case(
        "30 empty lines between",
        "accepted",
        text("", HEAD, "", ROW, "", "", "bo,tiktok,900,2"),
        values={"likes": {"ana": 30, "bo": 2}},
    ),
    Case(
        "31 a column twice",
        "refused",
        text(f"{HEAD},likes", f"{ROW},31"),
        "the column 'likes' is there twice",
    ),
    Case(
        "31 a column twice but for its case",
        "refused",
        names_twice,
        "the column 'Likes' is there twice",
        file="my.xlsx",
    ),
    Case(
        "32 header in capitals and spaces",
        "repaired",
        text(" Account ID ,PLATFORM,Follower Count,Like Count", ROW),
        "column name",
        GOOD,
    ),
    Case(
        "32 header in German",
        "repaired",
        text("Konto,Plattform,Abonnenten,Kommentare", ROW),
        "column name",
        {"comments": {"ana": 30}},
    ),
    Case(
        "32 header in Japanese",
        "repaired",
        text("アカウント,プラットフォーム,フォロワー数,いいね", ROW),
        "column name",
        GOOD,
    ),
    Case(
        "33 a web page",
        "refused",
        "<!DOCTYPE html><html><body>Log in</body></html>",
        "its content is a web page",
    ),
    Case(
        "34 a workbook named .csv",
        "refused",
        workbook([HEADER, ["ana", "x", 1, 2]]),
        "a workbook ends in .xlsx",
    ),
    Case(
        "34 JSON named .csv", "refused", '[{"account_id": 1}]', "its content is JSON; name it .json"
    ),
    Case("34 a PDF named .csv", "refused", b"%PDF-1.7 ...", "its content is a PDF"),
    Case(
        "34 Parquet named .csv",
        "refused",
        parquet("SELECT 1 AS a"),
        "its content is a Parquet file",
    ),
    Case(
        "35 several sheets",
        "refused",
        workbook([HEADER, ["ana", "x", 1, 2]], [["notes"]]),
        "has several sheets: s1, s2. Choose one, e.g. --sheet s1.",
        file="my.xlsx",
    ),
    Case(
        "35 one of several sheets",
        "accepted",
        workbook([["notes"]], [HEADER, ["ana", "x", 1200, 30]]),
        None,
        GOOD,
        {"sheet": "s2"},
        "my.xlsx",
    ),
    Case(
        "35 a sheet that is not there",
        "refused",
        workbook([HEADER]),
        "there is no sheet 'x'. Sheets: s1.",
        None,
        {"sheet": "x"},
        "my.xlsx",
    ),
    Case(
        "36 formulas without values",
        "refused",
        formula,
        "1 formulas have no stored value",
        file="my.xlsx",
    ),
    Case(
        "37 dates of a workbook",
        "repaired",
        dated,
        "time without zone",
        {"posted_at": {"ana": "2025-03-31T18:00:00"}},
        file="my.xlsx",
    ),
    Case(
        "37 a title above the header",
        "repaired",
        workbook([["My posts"], HEADER, ["ana", "x", 1200, 30]]),
        "lines above the header",
        GOOD,
        file="my.xlsx",
    ),
    Case(
        "38 a password or an old workbook",
        "refused",
        protected,
        "an old or password-protected Office file",
        file="my.xlsx",
    ),
    Case("39 Parquet cut off", "refused", cut, "could not be read as .parquet", file="my.parquet"),
    Case(
        "40 Parquet columns alike",
        "refused",
        parquet(
            "SELECT 'a' AS account_id, 'x' AS platform, 1 AS followers, 1 AS likes, 2 AS \"Likes \""
        ),
        "is there twice",
        file="my.parquet",
    ),
    Case(
        "41 Parquet decimals",
        "accepted",
        parquet(
            "SELECT 'ana' AS account_id, 'x' AS platform, 1200::DECIMAL(9,3) AS followers, "
            "30.125::DOUBLE AS likes"
        ),
        None,
        {"followers": {"ana": 1200}, "likes": {"ana": 30.125}},
        file="my.parquet",
    ),
    Case(
        "41 Parquet nested",
        "refused",
        parquet("SELECT 'ana' AS account_id, 'x' AS platform, 12 AS followers, [1, 2] AS likes"),
        "'(not text or number: INTEGER[])' is not a number. Allowed: a number",
        file="my.parquet",
    ),
    Case(
        "42 a workbook that is a bomb",
        "refused",
        bomb,
        "which no table of posts does",
        file="my.xlsx",
    ),
    Case(
        "42 a Parquet bomb",
        "refused",
        parquet(
            "SELECT 'a' AS account_id, 'x' AS platform, 1 AS followers, 1 AS likes FROM "
            "range(17000000)"
        ),
        "which no table of posts does",
        file="my.parquet",
    ),
    Case(
        "42 gzip",
        "refused",
        gzip.compress(text(HEAD, ROW).encode()),
        "packed with gzip; unpack it first",
    ),
    Case(
        "43 zip with a path upwards",
        "refused",
        slipped,
        "could not be read as .xlsx",
        file="my.xlsx",
    ),
    Case(
        "46 a cell of 70,000 letters",
        "refused",
        text(HEAD, f'"{"a" * 70_000}",x,1,2'),
        "has a cell of more than 65,536 characters",
    ),
    Case(
        "46 600 columns",
        "refused",
        text(",".join([HEAD, *(f"x{i}" for i in range(600))]), ROW + "," * 600),
        "has 604 columns. At most 500",
    ),
    Case("51 a pickle", "refused", b"\x80\x04\x95\x10", "a Python pickle, which is never opened"),
    Case(
        "51 a pickle by name",
        "refused",
        b"x",
        "'.pkl' is not a file type that can be read",
        file="my.pkl",
    ),
    Case(
        "JSON of the YouTube API",
        "repaired",
        json.dumps(
            {
                "items": [
                    {
                        "id": "v",
                        "snippet": {"channelId": "UC1"},
                        "statistics": {"viewCount": "7", "likeCount": "3"},
                    }
                ]
            }
        ),
        "platform of the export",
        {"views": {"UC1": 7}, "platform": {"UC1": "youtube"}},
        {"constants": {"followers": "900"}},
        "my.json",
    ),
    Case(
        "JSON lines",
        "accepted",
        '{"account_id": "ana", "platform": "x", "followers": 1200, "likes": 30}\n\n',
        None,
        GOOD,
        file="my.jsonl",
    ),
    Case(
        "JSON lines, one broken",
        "refused",
        '{"account_id": "ana"}\n{"account_id": \n',
        "line 2 is not JSON",
        file="my.jsonl",
    ),
    Case(
        "JSON names twice",
        "refused",
        '[{"account_id": "a", "likes": 1, "likes": 2}]',
        "an object has 'likes' twice",
        file="my.json",
    ),
    Case(
        "JSON nested too deep",
        "refused",
        "[" * 100_000 + "]" * 100_000,
        "nested too deep",
        file="my.json",
    ),
    Case(
        "JSON numbers with three decimals",
        "accepted",
        '[{"account_id": "ana", "platform": "x", "followers": 1200, "likes": 1.234}]',
        None,
        {"likes": {"ana": 1.234}},
        file="my.json",
    ),
    # a cell
    Case(
        "52 K and M",
        "repaired",
        cell("followers", "1.2M", "12.5K", "0.9k"),
        "magnitude, digits lost",
        {"followers": {"a": 1.2e6, "b": 12500, "c": 900}},
    ),
    Case(
        "52 K with a decimal comma",
        "repaired",
        cell("followers", "12,5K", "1,2 тыс."),
        "magnitude, digits lost, decimal comma",
        {"followers": {"a": 12500, "b": 1200}},
    ),
    Case(
        "52 Mio., Tsd., 万",
        "repaired",
        cell("followers", "3 Mio.", "12 Tsd", "1.5万"),
        "magnitude, digits lost",
        {"followers": {"a": 3e6, "b": 12000, "c": 15000}},
    ),
    Case(
        "53 commas in groups",
        "repaired",
        cell("followers", "1,234", "1,234,567", "999"),
        "grouped digits",
        {"followers": {"a": 1234, "b": 1234567, "c": 999}},
    ),
    Case(
        "53 dots in groups",
        "repaired",
        cell("followers", "1.234", "1.234.567", "999"),
        "grouped digits",
        {"followers": {"a": 1234, "b": 1234567, "c": 999}},
    ),
    Case(
        "53 all consistent",
        "repaired",
        cell("followers", "1,234", "12,345", "7,001", "999"),
        "grouped digits",
        {"followers": {"a": 1234, "b": 12345, "d": 999}},
    ),
    Case(
        "53 blanks in groups",
        "repaired",
        cell("followers", "1 234", "12\u202f345", "1\u00a0234\u00a0567", "1'234"),
        "grouped digits",
        {"followers": {"a": 1234, "b": 12345, "c": 1234567, "d": 1234}},
    ),
    Case(
        "53 both marks in one column",
        "refused",
        cell("followers", "12.5", "12,25"),
        "has both decimal points and decimal commas",
    ),
    Case(
        "53 wrong groups",
        "refused",
        cell("followers", "12,34,5"),
        "digits grouped in a way that no number has",
    ),
    Case(
        "54 Arabic, full-width and Devanagari digits",
        "repaired",
        cell("followers", "٣٤٥", "\uff11\uff12\uff13", "\u0967\u0968"),
        "digits of another script",
        {"followers": {"a": 345, "b": 123, "c": 12}},
    ),
    Case(
        "55 minus of bookkeepers",
        "repaired",
        cell("revenue", "(120.50)", "120-", "−7", head=f"{HEAD},currency", currency="EUR"),
        "minus in brackets",
        {"revenue": {"a": -120.5, "b": -120, "c": -7}},
    ),
    Case(
        "56 currency signs",
        "repaired",
        cell("cost", "$120", "$7.50"),
        "currency",
        {"cost": {"a": 120, "b": 7.5}, "currency": {"a": "USD", "b": "USD"}},
    ),
    Case(
        "56 lari and euro behind",
        "repaired",
        cell("cost", "₾ 50"),
        "currency",
        {"cost": {"a": 50}, "currency": {"a": "GEL"}},
    ),
    Case(
        "56 several currencies",
        "refused",
        cell("cost", "$120", "120 €"),
        "amounts are in several currencies: EUR, USD. Nothing is converted",
    ),
    Case(
        "57 percent signs",
        "repaired",
        cell("engagement_rate", "3.2%", "4.5 %"),
        "percent sign",
        {"engagement_rate": {"a": 0.032, "b": 0.045}},
    ),
    Case(
        "57 percent signs beside fractions",
        "repaired",
        cell("engagement_rate", "3.2%", "0.032"),
        "percent sign",
        {"engagement_rate": {"a": 0.032, "b": 0.032}},
    ),
    Case(
        "57 all above one",
        "repaired",
        cell("engagement_rate", "3.2", "1.5"),
        "percent",
        {"engagement_rate": {"a": 0.032, "b": 0.015}},
    ),
    Case(
        "57 undecidable",
        "refused",
        cell("engagement_rate", "3.2", "0.5"),
        "which may be percentages or fractions. Choose with --rate percent or --rate fraction.",
    ),
    Case(
        "57 given",
        "repaired",
        cell("engagement_rate", "3.2", "0.5"),
        "percent",
        {"engagement_rate": {"a": 0.032, "b": 0.005}},
        {"rate": "percent"},
    ),
    Case(
        "58 negative followers",
        "refused",
        cell("followers", "-5"),
        "'-5' does not fit. Allowed: a number, 0 or more",
    ),
    Case("58 negative likes", "refused", cell("likes", "-3"), "'-3' does not fit"),
    Case(
        "59 no followers",
        "warned",
        cell("followers", "0", "10"),
        "odd counts",
        {"followers": {"a": 0, "b": 10}},
    ),
    Case(
        "60 clicks without impressions",
        "refused",
        text(CLICKS, "a,x,10,5,0,"),
        "has clicks but was never shown",
    ),
    Case(
        "61 likes hidden as -1",
        "repaired",
        cell("likes", "-1", "7"),
        "hidden, written as -1",
        {"likes": {"a": None, "b": 7}},
    ),
    Case(
        "61 likes hidden as blank",
        "accepted",
        cell("likes", "", "7"),
        None,
        {"likes": {"a": None, "b": 7}},
    ),
    Case(
        "62 more likes than followers",
        "warned",
        cell("likes", "5000"),
        "odd counts",
        {"likes": {"a": 5000}},
    ),
    Case(
        "63 more clicks than impressions",
        "warned",
        text(CLICKS, "a,x,10,5,3,9"),
        "odd counts",
        {"clicks": {"a": 5}},
    ),
    Case(
        "64 words for missing",
        "repaired",
        cell("likes", "N/A", "#DIV/0!", "null", "-", "7"),
        "missing in words",
        {"likes": {"a": None, "d": None, "e": 7}},
    ),
    Case(
        "65 infinite",
        "refused",
        cell("likes", "inf"),
        "'inf' is not a number. Allowed: a number, 0 or more",
    ),
    Case("65 1e400", "refused", cell("likes", "1e400"), "is larger than anything counted"),
    Case("65 twenty nines", "refused", cell("likes", "9" * 20), "is larger than anything counted"),
    Case(
        "66 accounts called NA, null, nan, TRUE",
        "accepted",
        text(
            HEAD,
            *(f"{name},x,10,{n}" for n, name in enumerate(("NA", "null", "nan", "TRUE", "None"))),
        ),
        None,
        {"likes": {"NA": 0, "null": 1, "nan": 2, "TRUE": 3, "None": 4}},
    ),
    Case(
        "67 leading zeros",
        "accepted",
        text(HEAD, "00123,x,10,1", "123,x,10,2"),
        None,
        {"likes": {"00123": 1, "123": 2}},
    ),
    Case(
        "68 long ids with a blank",
        "accepted",
        text(
            f"{HEAD},post_id",
            "a,x,10,1,17841400000000001",
            "b,x,10,2,17841400000000002",
            "c,x,10,2,",
        ),
        None,
        {"post_id": {"a": "17841400000000001", "b": "17841400000000002", "c": None}},
    ),
    Case(
        "69 ids damaged by a spreadsheet",
        "refused",
        text(HEAD, "1.78E+16,x,10,1"),
        "has lost its digits in a spreadsheet",
    ),
    Case(
        "70 names made dates",
        "warned",
        text(HEAD, "2-Sep,x,10,1"),
        "looks like a date",
        {"likes": {"2-Sep": 1}},
    ),
    Case(
        "71 dates that can be either",
        "refused",
        times("03/04/2024"),
        "can be read with the day or the month first",
    ),
    Case(
        "71 dates that others settle",
        "repaired",
        times("03/04/2024", "30/04/2024"),
        "date with slashes",
        {"posted_at": {"a": "2024-04-03T00:00:00"}},
    ),
    Case(
        "71 dates, given",
        "repaired",
        times("03/04/2024"),
        "date with slashes",
        {"posted_at": {"a": "2024-03-04T00:00:00"}},
        {"dates": "month first"},
    ),
    Case(
        "72 seconds since 1970",
        "repaired",
        times("1743444000"),
        "seconds since 1970",
        {"posted_at": {"a": "2025-03-31T18:00:00"}},
    ),
    Case(
        "72 milliseconds since 1970",
        "repaired",
        times("1743444000000"),
        "milliseconds since 1970",
        {"posted_at": {"a": "2025-03-31T18:00:00"}},
    ),
    Case(
        "72 days of a spreadsheet",
        "repaired",
        times("45747.75"),
        "day number of a spreadsheet",
        {"posted_at": {"a": "2025-03-31T18:00:00"}},
    ),
    Case(
        "72 days with dots",
        "repaired",
        times("31.03.2025 18:00"),
        "date with dots",
        {"posted_at": {"a": "2025-03-31T18:00:00"}},
    ),
    Case(
        "72 forms mixed",
        "refused",
        times("2025-03-31T18:00:00Z", "2025-04-01T18:00:00Z", "1743444000"),
        "is written as seconds since 1970, while most of the column is time with zone",
    ),
    Case(
        "73 zones",
        "accepted",
        times("2025-03-31T18:00:00+0200", "2025-03-31T18:00:00Z"),
        None,
        {"posted_at": {"a": "2025-03-31T16:00:00", "b": "2025-03-31T18:00:00"}},
    ),
    Case(
        "73 with and without zone",
        "refused",
        times("2025-03-31T18:00:00Z", "2025-03-31 18:00"),
        "has no time zone, while others have one",
    ),
    Case(
        "73 with and without, given",
        "repaired",
        times("2025-03-31T18:00:00Z", "2025-03-31 18:00"),
        "time without zone",
        {"posted_at": {"b": "2025-03-31T16:00:00"}},
        {"zone": "Europe/Copenhagen"},
    ),
    Case(
        "73 a zone that is none",
        "refused",
        times("2025-03-31"),
        "--zone Mars is not known",
        hints={"zone": "Mars"},
    ),
    Case(
        "74 an hour that does not exist",
        "repaired",
        times("2025-03-30 02:30"),
        "time without zone",
        {"posted_at": {"a": "2025-03-30T01:30:00"}},
        {"zone": "Europe/Copenhagen"},
    ),
    Case(
        "75 a day that does not exist",
        "refused",
        times("2025-02-30"),
        "is no day or time that exists",
    ),
    Case(
        "75 before any platform",
        "warned",
        times("1970-01-01T00:00:00Z"),
        "time out of range",
        {"posted_at": {"a": "1970-01-01T00:00:00"}},
    ),
    Case(
        "76 yes in other words",
        "repaired",
        cell("sponsored", "Ja", "нет", "Y", "paid"),
        "other word",
        {"sponsored": {"a": "yes", "b": "no", "c": "yes", "d": "yes"}},
    ),
    Case(
        "76 neither", "refused", cell("sponsored", "maybe"), "Allowed: yes, no, true, false, 1 or 0"
    ),
    Case(
        "77 platforms by other names",
        "repaired",
        cell("platform", "IG", "Tik Tok", "YT", "Twitter "),
        "other word",
        {"platform": {"a": "instagram", "b": "tiktok", "c": "youtube", "d": "x"}},
    ),
    Case(
        "77 a platform nobody knows",
        "refused",
        cell("platform", "myspace"),
        "Allowed: instagram, tiktok,",
    ),
    Case("77 no platform", "refused", cell("platform", ""), "is blank. Allowed: instagram"),
    Case(
        "78 characters that cannot be seen",
        "repaired",
        text(HEAD, "a\u200bna\u202e,x,10,1", "e\u0301va,x,10,2"),
        "text",
        {"likes": {"ana": 1, "éva": 2}},
    ),
    Case(
        "79 letters of another script",
        "warned",
        text(HEAD, "nik\u0456,x,10,1"),
        "mixed scripts",
        {"likes": {"nik\u0456": 1}},
    ),
    Case(
        "80 handles that differ by capitals",
        "repaired",
        text(HEAD, "@Nike,x,10,1"),
        "text",
        {"likes": {"@nike": 1}},
    ),
    Case(
        "80 names that differ by capitals",
        "warned",
        text(HEAD, "Nike,x,10,1", "nike,x,10,2"),
        "capitals",
        {"likes": {"Nike": 1, "nike": 2}},
    ),
    Case(
        "81 emoji and right to left",
        "accepted",
        text(HEAD, "🦄,x,10,1", "שלום,x,10,2"),
        None,
        {"likes": {"🦄": 1, "שלום": 2}},
    ),
    Case(
        "82 formulas in names",
        "accepted",
        text(HEAD, "=cmd|' /C calc'!A0,x,10,1", "+1,x,10,2"),
        None,
        {"likes": {"=cmd|' /C calc'!A0": 1, "+1": 2}},
    ),
    Case(
        "83 scripts in names",
        "accepted",
        text(HEAD, "<img src=x onerror=alert(1)>,x,10,1"),
        None,
        {"likes": {"<img src=x onerror=alert(1)>": 1}},
    ),
    Case(
        "85 ANSI escapes in names",
        "repaired",
        text(HEAD, "\x1b[31mana,x,10,1"),
        "text",
        {"likes": {"[31mana": 1}},
    ),
    Case(
        "87 SQL in names",
        "accepted",
        text(HEAD, "a'; DROP TABLE cells; --,x,10,1"),
        None,
        {"likes": {"a'; DROP TABLE cells; --": 1}},
    ),
    Case(
        "87 SQL in a header",
        "warned",
        text(f'{HEAD},"x\'); DROP TABLE cells; --"', f"{ROW},1"),
        "column ignored",
        GOOD,
    ),
    Case(
        "87 SQL in a constant",
        "accepted",
        text("account_id,followers,likes", "ana,1200,30"),
        None,
        {**GOOD, "niche": {"ana": "f'ood"}},
        {"constants": {"platform": "x", "niche": "f'ood"}},
    ),
    # a table
    Case(
        "88 rows there twice",
        "repaired",
        text(f"{HEAD},post_id", f"{ROW},p1", f"{ROW},p1"),
        "copy of another row",
        GOOD,
    ),
    Case("88 equal rows without post_id", "warned", text(HEAD, ROW, ROW), "equal rows", GOOD),
    Case(
        "89 one post, other numbers",
        "refused",
        text(f"{HEAD},post_id", f"{ROW},p1", "ana,instagram,1200,31,p1"),
        "is a post that is there again with other values",
    ),
    Case(
        "90 one name on two platforms",
        "accepted",
        text(HEAD, "ana,x,10,1", "ana,tiktok,10,1"),
        None,
        {"likes": {"ana": 1}},
    ),
    Case(
        "94 exactly on an edge",
        "accepted",
        cell("followers", "10000"),
        None,
        {"followers": {"a": 10000}},
    ),
    Case(
        "96 a post_id and many posts",
        "refused",
        text(f"{HEAD},post_id,posts", f"{ROW},p1,12"),
        "is one post by its post_id, but `posts` is more. Add --ignore post_id or",
    ),
    Case(
        "99 a required column missing",
        "refused",
        text("account_id,platform,likes", "a,x,1"),
        "required column 'followers' is missing",
    ),
    Case(
        "99 columns nobody asked for",
        "warned",
        text(f"{HEAD},mood", f"{ROW},sunny"),
        "column ignored",
        GOOD,
    ),
    Case(
        "99 a slip in an optional column",
        "refused",
        text(f"{HEAD},coments", f"{ROW},4"),
        "Is 'comments' meant? Then add --map comments=coments",
    ),
    Case(
        "99 a name by --map",
        "repaired",
        text("account_id,platform,followers,like_cnt", ROW),
        "column name",
        GOOD,
        {"columns": {"likes": "like_cnt"}},
    ),
    Case(
        "99 a name by --map that is not there",
        "refused",
        text(HEAD, ROW),
        "--map likes=lks: there is no column 'lks'. Is 'likes' meant?",
        None,
        {"columns": {"likes": "lks"}},
    ),
    Case(
        "99 --map to what is no column",
        "refused",
        text(HEAD, ROW),
        "--map hearts=likes: there is no column 'hearts'",
        None,
        {"columns": {"hearts": "likes"}},
    ),
    Case(
        "averages per post",
        "repaired",
        text("username,platform,followers,avg likes,posts", "ana,instagram,1200,30,10"),
        "average per post",
        {"likes": {"ana": 300}},
    ),
    Case(
        "100 a column without a value",
        "accepted",
        cell("comments", "", ""),
        None,
        {"comments": {"a": None}},
    ),
    Case(
        "100 followers without a value",
        "refused",
        cell("followers", "", ""),
        "no row has both an account_id and followers above zero",
    ),
    Case(
        "111 counts of 1e12",
        "accepted",
        cell("views", "1000000000000"),
        None,
        {"views": {"a": 1e12}},
    ),
    Case(
        "powers of ten",
        "repaired",
        cell("likes", "1.2E+03"),
        "powers of ten, digits lost",
        {"likes": {"a": 1200}},
    ),
    Case(
        "a header repeated",
        "repaired",
        text(HEAD, ROW, HEAD, "bo,x,1,2"),
        "repeated header",
        {"likes": {"ana": 30, "bo": 2}},
    ),
    Case(
        "a row of blanks", "repaired", text(HEAD, ROW, ",,,"), "empty row", {"likes": {"ana": 30}}
    ),
    Case("units in a count", "refused", cell("likes", "12%"), "'12%' does not fit"),
    Case("money in a count", "refused", cell("likes", "$12"), "'$12' does not fit"),
    Case(
        "zero posts",
        "refused",
        cell("posts", "0"),
        "'0' does not fit. Allowed: a number, 1 or more",
    ),
    Case("a row without an account", "accepted", text(HEAD, ROW, ",x,10,1"), None, GOOD),
]


def write(case, folder):
    path = folder / case.file
    if callable(case.content):
        case.content(path)
    else:
        path.write_bytes(case.content if isinstance(case.content, bytes) else case.content.encode())
    return path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_is_refused_repaired_or_accepted_and_never_misread(case, tmp_path):
    path = write(case, tmp_path)

    outcome = read(path, case.hints)

    rules = {
        kind: {issue.rule for issue in outcome.issues if issue.kind == kind}
        for kind in ("repaired", "warning", "refused")
    }
    if case.outcome == "refused":
        assert case.expected in outcome.sentence
        assert all(
            line.startswith(("my.", "--")) or "my." in line
            for line in outcome.sentence.splitlines()
        )
        return
    assert outcome.sentence == ""
    assert outcome.rows == outcome.placed
    if case.outcome == "repaired":
        assert case.expected in rules["repaired"]
    elif case.outcome == "warned":
        assert case.expected in rules["warning"]
        assert not rules["repaired"]
    else:
        assert not rules["repaired"]
    for column, values in case.values.items():
        assert {name: outcome.values[column][name] for name in values} == values


REPAIRED = [case for case in CASES if case.outcome == "repaired"]


@pytest.mark.parametrize(
    ("case", "asker"),
    list(zip(REPAIRED, itertools.cycle(STRICT), strict=False)),
    ids=lambda one: getattr(one, "name", one),
)
def test_with_strict_a_repair_is_a_refusal(case, asker, tmp_path):
    path, strict = write(case, tmp_path), (case.hints or {}) | {"strict": True}
    assert f"Repairs are not allowed ({STRICT[asker]})." in read(path, strict, asker).sentence


FLAG = re.compile(r"(?<!\S)'?--[a-z]+")
ARGUMENT = re.compile(r"\b(columns|constants|ignore|column_names|encoding|sheet|rate|zone)=")


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if "--" in str(case.expected) and "DROP" not in case.name],
    ids=lambda case: case.name,
)
def test_a_remedy_is_an_option_of_the_command_or_an_argument_of_python(case, tmp_path):
    path = write(case, tmp_path)
    of_command, of_python = (read(path, case.hints, asker).sentence for asker in ASKERS)
    assert FLAG.search(of_command) and not ARGUMENT.search(of_command)
    assert ARGUMENT.search(of_python) and not FLAG.search(of_python)


def test_the_catalogue_is_large_enough():
    assert len({case.name for case in CASES}) == len(CASES) >= 150


def test_every_planted_fault_is_reported_at_once_with_row_column_value_and_rule(tmp_path):
    path = tmp_path / "my.csv"
    path.write_text(
        text(f"{HEAD},posts", "a,myspace,many,-7,0", "b,x,10,1,1", "c,x,10,1,1,1", "d,x,10,lots,1")
    )
    lines = read(path).sentence.splitlines()
    expected = ["'myspace'", "'many'", "'-7'", "'lots'", "'0'", "has 6 fields"]
    assert [any(word in line for line in lines) for word in expected] == [True] * 6
    assert any(
        "column 'likes', data rows 1, 4" in line or "column 'likes', data row 4" in line
        for line in lines
    )


def test_a_place_that_is_no_file_is_refused(tmp_path):
    for path, sentence in (
        (tmp_path, "is a folder"),
        (tmp_path / "*.csv", "there is no such file"),
        ("https://example.org/my.csv", "is an address, and nothing is fetched for you"),
        ("s3://bucket/my.csv", "is an address"),
        ("/dev/zero", "is not a file but a device"),
    ):
        assert sentence in read(Path(path)).sentence


def test_a_file_whose_name_is_a_pattern_is_read_and_not_its_neighbours(tmp_path):
    (tmp_path / "a[1]*.csv").write_text(text(HEAD, ROW))
    (tmp_path / "a1b.csv").write_text(text(HEAD, "eve,x,1,1"))
    assert read(tmp_path / "a[1]*.csv").values["likes"] == {"ana": 30}


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path):
    path = tmp_path / "my.csv"
    path.write_text(text(HEAD, ROW))
    with pytest.raises(SchemaError, match="changed while it was read"), files.opened(path):
        path.write_text(text(HEAD, ROW, ROW))


def test_rows_are_counted_apart_from_the_engine_and_each_has_its_place(tmp_path):
    path = tmp_path / "my.csv"
    path.write_text(
        text(
            f"{HEAD},post_id",
            f"{ROW},p",
            f"{ROW},p",
            "# note",
            ",x,1,1,q",
            "b,x,,1,r",
            "c,x,5,1,s",
            "Total,,1,1,",
        )
    )
    with files.opened(path) as reading:
        assert (reading.rows, reading.used, reading.refused) == (7, 2, 0)
        assert reading.left_out == {
            "comment line": 1,
            "copy of another row": 1,
            "row without account id": 1,
            "row without followers": 1,
            "totals row": 1,
        }


def test_a_file_is_read_with_little_memory_for_the_engine(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MEMORY", "60MB")
    path, buffer = tmp_path / "my.csv", io.StringIO()
    for number in range(20_000):
        account, post, caption = number % 700, f"post{number:09d}", "x" * 60
        buffer.write(
            f"account{account},instagram,{1000 + account},{number % 97},{post},{caption}\n"
        )
    with path.open("w") as file:
        file.write(f"{HEAD},post_id,caption\n")
        for copy in range(10):
            file.write(buffer.getvalue().replace("post", f"p{copy}-"))
    with files.opened(path) as reading:
        assert (reading.rows, reading.used) == (200_000, 200_000)
