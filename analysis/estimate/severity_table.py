"""data/severity.csv: filled row by row, and what is not in it."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd

from analysis.estimate.cost import load_prices
from analysis.estimate.questions import Question, questions
from analysis.estimate.severity import has_worlds, measured, seed_of
from analysis.estimate.severity_quotients import Joined, joined, measured_joined
from analysis.moments.load import load_all
from analysis.registers.lookup import claims
from analysis.registers.severity import KEYS, TABLE, Key, Severity, read, severities

DIGITS = 4


def open_rows(keys: Iterable[str] = ()) -> list[Question | Joined]:
    """List the tests of claims, all if no key is given, that the open sources answer, alone or a
    list of prices beside reactions, under every scheme; those under the claim's own tiers first.
    """
    wanted = [claims()[key] for key in keys] or list(claims().values())
    sources, lists = (list(loaded.values()) for loaded in (load_all("open"), load_prices()))
    asked = questions(wanted, [*sources, *lists], every_scheme=True)
    rows = [*(one for one in asked if has_worlds(one.test)), *joined(wanted, lists, sources)]
    return sorted(rows, key=lambda one: not _own(one))


def _own(one: Question | Joined) -> bool:
    return one.row[3] in ("", one.claim.scheme)


def _seed(one: Question | Joined) -> int:
    return one.seed if isinstance(one, Joined) else seed_of(one)


def _measured(one: Question | Joined, worlds: int) -> Severity:
    return measured_joined(one, worlds) if isinstance(one, Joined) else measured(one, worlds)


def missing(path: Path = TABLE) -> list[Key]:
    """List claim, test, source and scheme of every row that a table lacks."""
    held = read(path)
    return [one.row for one in open_rows() if one.row not in held]


def fill(
    keys: Iterable[str] = (),
    path: Path = TABLE,
    worlds: int = 1_000,
    fresh: bool = False,
    say: Callable[[Severity], None] = lambda row: None,
) -> dict[Key, Severity]:
    """Measure what a table lacks, and write it after every row, so that it takes up where it was
    stopped.

    Parameters
    ----------
    keys : iterable of str
        Claims; all if none is given.
    path : Path
        The table.
    worlds : int
        Of each kind; a row of fewer worlds, or of a test that has changed, is measured anew.
    fresh : bool
        Whether rows that are there are measured anew.
    say : callable
        Takes each row that was measured.

    Returns
    -------
    dict
        Every row of the table by claim, test, source and scheme.
    """
    rows, keys = read(path), tuple(keys)
    wanted = open_rows(keys)
    if not keys:  # what no source answers any more goes
        answered = {one.row for one in wanted}
        rows = {key: row for key, row in rows.items() if key in answered}
    made = {} if fresh else {row.seed: row for row in rows.values()}
    for one in wanted:
        seed, held = _seed(one), None if fresh else rows.get(one.row)
        if held and held.seed == seed and held.worlds >= worlds:
            continue
        # two claims, or two schemes, may ask the same question
        same = made.get(seed)
        if same is None or same.worlds < worlds:
            same = made[seed] = _measured(one, worlds)
        rows[one.row] = replace(same, **dict(zip(KEYS, one.row, strict=True)))
        say(rows[one.row])
        write(rows.values(), path)
    write(rows.values(), path)
    severities.cache_clear()
    return rows


def write(rows: Iterable[Severity], path: Path) -> None:
    """Write rows in the order of their keys."""
    ordered = sorted(rows, key=lambda row: row.key)
    frame = pd.DataFrame([asdict(row) for row in ordered], columns=[*Severity.__dataclass_fields__])
    frame.round(DIGITS).to_csv(path, index=False, lineterminator="\n")
