"""Whether any table at all makes the reader of users' files fail otherwise than it says.

    python -m benchmarks.any_table

reads 10,000 tables that hypothesis makes and 1,000 files with bytes changed, and writes
benchmarks/any_table.csv. A file may be read or be refused with a SchemaError; anything else, more
than ten seconds of computing, a number that is not finite, or a row that is neither used nor left
out nor refused is a failure. Rows are counted apart from the reader, by Python's csv module, where
a table is well formed."""

import csv
import io
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from analysis.errors import SchemaError
from analysis.intake import files

LONGEST = 10
"""Seconds of computing that a file may take, however busy the machine is; it may wait for the
machine ten times as long.
"""

CHUNK = 500
"""Tables that one run of hypothesis makes; each run has a seed of its own."""

NAMES = (
    "account_id", "platform", "followers", "likes", "comments", "shares", "views", "impressions",
    "clicks", "posts", "post_id", "posted_at", "sponsored", "niche", "revenue", "cost",
    "engagement_rate", "currency", "Username", "Follower Count", "like_count", "avg likes", "mood",
    "",
)  # fmt: skip
"""Columns, some under other names."""

CELLS = (
    "ana", "bo", "instagram", "TikTok", "IG", "0", "7", "30", "1200", "12.5", "1,5", "1.234",
    "1,234,567", "1.2M", "12,5K", "-1", "-3", "3.2%", "$120", "N/A", "nan", "inf", "1e400",
    "1.78E+16", "2025-03-31", "03/04/2024", "1743444000", "yes", "maybe", "", " ", "Total", "#x",
    "٣٤٥", "=1+1", "<b>", "'", ";", "a;b", "\t",
)  # fmt: skip
"""Cells of any column."""

COUNTS = ("0", "3", "30", "", "1.5", "-1", "N/A", "12.5K", "٣٤٥")
SANE = {
    "account_id": ("ana", "bo", "eve", "@Ana"),
    "platform": ("x", "TikTok"),
    "followers": ("10", "1200", "9.5K", "0"),
    "likes": COUNTS,
    "comments": COUNTS,
    "shares": COUNTS,
    "views": COUNTS,
    "impressions": COUNTS,
    "clicks": ("1", ""),
    "posts": ("1", ""),
    "post_id": ("", "p1"),
    "posted_at": ("2025-03-31", ""),
    "sponsored": ("yes", "Nein"),
    "niche": ("food", "=1+1"),
    "revenue": ("$5", "(3)"),
    "engagement_rate": ("3.2%", ""),
    "mood": CELLS,
}
"""Cells that a reader can make something of, by column."""

ANY = st.characters(exclude_categories=["Cs"])
"""All that UTF-8 can write. Hypothesis has the same letters unless it is given some, and takes
three seconds to find them by trying each.
"""


class TooLongError(Exception):
    """A file took longer than LONGEST."""


@contextmanager
def limited(seconds: int):
    """End what computes longer, or waits ten times as long."""

    def stop(*_):
        raise TooLongError

    before = {number: signal.signal(number, stop) for number in (signal.SIGPROF, signal.SIGALRM)}
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, 10 * seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def outcome(path: Path, records: int | None = None) -> str:
    """Read a file: ``used``, ``refused`` or ``refused as a whole``.

    Parameters
    ----------
    path : Path
        The file.
    records : int, optional
        How many records it has, if that is known.

    Raises
    ------
    AssertionError
        For whatever must not come of it.
    """
    try:
        with limited(LONGEST), files.opened(path) as reading:
            if reading.posts is not None:
                _check_rows(reading)
            as_written = records is None or records == reading.rows
            assert as_written, f"{records} records written, {reading.rows} read"
            return "refused" if reading.issues.refusal else "used"
    except SchemaError as refusal:
        assert str(refusal).strip() and "Traceback" not in str(refusal)
        return "refused as a whole"


def _check_rows(reading) -> None:
    """Check that every row read is accounted for, and that every number is finite."""
    posts = reading.posts
    placed = reading.used + sum(reading.left_out.values()) + reading.refused
    assert placed == reading.rows, f"{reading.rows} rows read, {placed} accounted for"
    assert _rows(posts) == reading.used, "rows used are not the rows there"
    kinds = zip(posts.columns, posts.types, strict=True)
    numbers = [name for name, kind in kinds if str(kind) == "DOUBLE"]
    if numbers:
        wrong = _rows(posts.filter(" OR ".join(f"NOT isfinite({name})" for name in numbers)))
        assert not wrong, f"{wrong} rows with numbers that are not finite"


def _rows(relation) -> int:
    return relation.count("*").fetchall()[0][0]


@st.composite
def tables(draw) -> tuple[bytes, int | None, str]:
    """A table as bytes, its number of records if its header can be recognised, and the ending of
    its name.
    """
    needed, different = ["account_id", "platform", "followers", "likes"], draw(st.integers(0, 5))
    names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=9, unique=different > 0)
    header = draw(names)
    if draw(st.integers(0, 5)):
        header = list(dict.fromkeys([*needed, *header]))
    common = st.sampled_from(CELLS)
    cell = common | common | st.text(ANY, max_size=6)
    width = len(header)
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), max_size=8))
    if draw(st.integers(0, 3)):
        sane = st.tuples(*(st.sampled_from(SANE.get(name, ("",))) for name in header))
        rows = [list(draw(sane)) for _ in rows or [[]]]
    if draw(st.integers(0, 9)) == 0 and rows:
        rows[-1] = rows[-1][: draw(st.integers(1, width))] + ["9"] * draw(st.integers(0, 2))
    out = io.StringIO()
    dialect = {
        "quoting": draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        "delimiter": draw(st.sampled_from(",,,;\t|")),
        "lineterminator": draw(st.sampled_from(["\n", "\n", "\r\n"])),
    }
    writer = csv.writer(out, **dialect)
    writer.writerow(header)
    for row in rows:
        writer.writerow([value.replace("\0", "") for value in row])
    filled = [row for row in rows if "".join(row).strip()]
    counted = len(filled) if set(needed) <= set(header) else None
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"]))
    ending = draw(st.sampled_from([".csv", ".csv", ".tsv", ".txt"]))
    return out.getvalue().encode(encoding, errors="replace"), counted, ending


def made_tables(count: int, seen: Counter, number: int = 0) -> None:
    """Read `count` tables made by hypothesis from a seed; a failure is shown with the smallest
    table that has it.
    """

    @seed(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(tables())
    def every(table):
        content, _, suffix = table
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"table{suffix}"
            path.write_bytes(content)
            seen[f"made: {outcome(path)}"] += 1

    every()


def originals(folder: Path) -> list[Path]:
    """One sound file of every kind."""
    import duckdb
    import pandas as pd

    number = pd.Series(range(60))
    frame = pd.DataFrame(
        {
            "account_id": "a" + number.astype(str),
            "platform": (number % 2).map({0: "x", 1: "tiktok"}),
            "followers": 900 + 37 * number,
            "likes": number % 11,
            "caption": (number % 5).map({0: 'says "hi", twice'}).fillna("plain"),
        }
    )
    frame.to_csv(folder / "0.csv", index=False)
    frame.drop(columns="caption").to_csv(folder / "1.csv", index=False, sep=";")
    frame.to_csv(folder / "2.tsv", index=False, sep="\t")
    frame.to_excel(folder / "3.xlsx", index=False)
    duckdb.from_df(frame).write_parquet(str(folder / "4.parquet"))
    records = frame.to_dict("records")
    (folder / "5.json").write_text(json.dumps({"data": records}))
    (folder / "6.jsonl").write_text("\n".join(map(json.dumps, records)))
    frame.to_csv(folder / "7.csv", index=False, encoding="utf-16")
    return sorted(folder.iterdir())


AWKWARD = (
    b'"', b",", b"\n", b"\0", b"\xff", b"\r", b"'", b"\x1f", b";", b"-", b"9" * 30, b"\xe2\x80\xae",
)  # fmt: skip
"""Bytes that are put in."""


def mutate(content: bytes, rng: random.Random) -> bytes:
    """Change a file in one to four places: bytes flipped, cut out, put in, doubled, or the end
    lost.
    """
    changed = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(max(len(changed), 1))
        kind = rng.randrange(6)
        if kind == 0 and changed:
            changed[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del changed[place : place + rng.randint(1, 40)]
        elif kind == 2:
            changed[place:place] = rng.choice(AWKWARD)
        elif kind == 3:
            changed[place:place] = changed[place : place + rng.randint(1, 200)]
        elif kind == 4:
            del changed[place:]
        elif changed:
            changed[place] = rng.randrange(256)
    return bytes(changed)


def mutated_files(count: int, seen: Counter, seed: int = 8) -> None:
    """Read `count` files with bytes changed."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as kept, tempfile.TemporaryDirectory() as folder:
        sound = originals(Path(kept))
        for number in range(count):
            original = sound[number % len(sound)]
            path = Path(folder) / f"mutant{original.suffix}"
            path.write_bytes(mutate(original.read_bytes(), rng))
            try:
                seen[f"mutated: {outcome(path)}"] += 1
            except Exception as error:
                which = f"mutant {number} of {original.name}, seed {seed}"
                raise AssertionError(f"{which}: {type(error).__name__}: {error}") from error


def main() -> None:
    """Run both at full length and write the table of outcomes."""
    seen, began = Counter(), time.monotonic()
    mutated_files(1_000, seen)
    for number in range(10_000 // CHUNK):
        made_tables(CHUNK, seen, number)
    lines = ["what,outcome,files"]
    for name, count in sorted(seen.items()):
        lines.append(f"{name.replace(': ', ',')},{count}")
    Path(__file__).with_suffix(".csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(*lines, f"{time.monotonic() - began:.0f} s", sep="\n", file=sys.stderr)


if __name__ == "__main__":
    main()
