"""micro-macro check: what a file says, what was repaired, what is refused, and which claims it
could answer.
"""

import json
import textwrap
from collections.abc import Iterator
from dataclasses import asdict

import narwhals as nw

from analysis.errors import RegisterError, SchemaError
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.observe import EVERY_OTHER, holds, observe
from analysis.estimate.power import accounts_to_decide
from analysis.estimate.tiers import assign_tiers, tier_counts
from analysis.estimate.verdict import claimed, claimed_range
from analysis.intake.pseudonyms import tag
from analysis.intake.reading import KINDS, Finding, Hints, printable, shortened
from analysis.intake.schema import POSTS
from analysis.moments.own import moments_of, opened
from analysis.moments.sample import Moments, Sample
from analysis.publish.site.layout import render
from analysis.registers.claims import Claim, Test
from analysis.registers.lookup import claims, tier_schemes
from analysis.registers.metrics import METRICS
from analysis.registers.records import TierScheme

UNITS = {
    "count": "count",
    "amount": "in `currency`",
    "rate": "fraction",
    "time": "UTC",
    "text": "text",
    "yes/no": "yes/no",
}
"""Unit in which a type of column is read."""

ALL = "of any size"
"""What accounts are called where a test asks for no tier."""

CLAIM_HEAD = ("claim", "platform", "claimed", "accounts", "to decide", "lacks")
CLAIMS_NOTE = (
    f"A row is one test of a claim, C09.2 the second of C09. A verdict needs {INDICATIVE} accounts in each tier.",
    "To decide: accounts in all, shared out as here, for the interval to lie on one side of what is claimed if the estimate stays.",
    "A report runs every notebook; where a file lacks what a claim needs, its verdict is untestable and says why.",
)


def check(data, hints: Hints | None = None, show_names: bool = False) -> dict:
    """Read a file or a table as a report would, and say what was understood.

    Parameters
    ----------
    data : Path or str
        The file, or the address of a table; see `analysis.moments.own.read_own`.
    hints : Hints, optional
        What the file itself does not say.
    show_names : bool
        Show names of accounts as they are; otherwise each is a tag.

    Returns
    -------
    dict
        Ready for JSON: ``file, sha256, usable, rows, columns, ignored, export, period, platforms,
        metrics, signs, tiers, notebooks, claims`` and one list of findings for each of KINDS.

    Raises
    ------
    SchemaError
        If the file cannot be read as a table at all.
    """
    with opened(data, hints) as reading:
        rows = {
            "read": reading.rows,
            "used": reading.used,
            "left out": reading.left_out,
            "refused": reading.refused,
        }
        told = {
            "file": shortened(reading.findings.file),
            "sha256": reading.sha256,
            "usable": False,
            "rows": rows,
        }
        told |= _columns(reading) | _answers(reading)
        for kind in KINDS:
            told[kind] = [_finding(finding, show_names) for finding in reading.findings.of(kind)]
    return told | {"usable": not told["refused"]}


def _finding(finding: Finding, show_names: bool) -> dict:
    """A finding as a record, the name of an account in it as a tag."""
    values = asdict(finding)
    if finding.column in ("account_id", "post_id") and finding.example and not show_names:
        hidden = tag(finding.example)
        says = (
            finding.says.replace(f"'{finding.became}'", "a cleaned name")
            if finding.became
            else finding.says
        )
        values |= {"example": hidden, "says": says, "became": "(hidden)" if finding.became else ""}
    kept = Finding(**values)
    return values | {
        "rows": list(finding.rows),
        "example": shortened(kept.example),
        "sentence": printable(kept.sentence),
    }


def _columns(reading) -> dict:
    """Which column was read as what, and how much of it is filled."""
    columns, posts = reading.columns, reading.posts
    filled = {}
    if posts is not None and reading.used:
        counts = (
            nw.from_native(posts)
            .lazy()
            .select(nw.col(*posts.columns).count())
            .collect(backend="pandas")
            .to_native()
        )
        filled = {name: int(counts[name].item()) for name in posts.columns}
    listed = [
        {
            "column": name,
            "from": shortened(
                columns.names.get(name)
                or f"the same in all rows: {columns.constants.get(name, '')}"
            ),
            "unit": UNITS[POSTS[name].type],
            "filled": filled.get(name),
        }
        for name in POSTS
        if name in columns.names or name in columns.constants
    ]
    return {
        "columns": listed,
        "ignored": [shortened(name) for name in columns.ignored],
        "export": columns.export,
    }


def _answers(reading) -> dict:
    """Period, platforms, tiers, metrics and claims of the rows that can be used."""
    nothing = {
        "period": None,
        "platforms": {},
        "metrics": [],
        "signs": [],
        "tiers": [],
        "notebooks": [],
        "claims": [],
    }
    if (
        reading.posts is None
        or not {"platform", "followers"} <= set(reading.posts.columns)
        or not reading.used
    ):
        return nothing
    posts = reading.posts
    if "posted_at" in posts.columns:
        ends = (
            getattr(nw.col("posted_at"), end)().dt.to_string("%Y-%m-%d").alias(end)
            for end in ("min", "max")
        )
        span = (
            nw.from_native(posts).lazy().select(*ends).collect(backend="pandas").to_native().iloc[0]
        )
        nothing["period"] = None if span.isna().any() else span.to_list()
    try:
        moments = moments_of(reading, "own")
    except SchemaError as fault:
        reading.findings.refused("no metric", str(fault).partition(": ")[2])
        return nothing
    each = [one for one in map(moments.on, moments.platforms) if one.metrics]
    answers = [answer for one in each for answer in _claims(one)]
    return nothing | {
        "platforms": {one.source.platform: int(one.table["account_id"].nunique()) for one in each},
        "metrics": [METRICS[key].title for key in moments.metrics],
        "signs": [
            moments.source.selection_note,
            *(line for line in moments.source.limits if line not in reading.findings.repairs),
        ],
        "tiers": [row for one in each for row in _tiers(one)],
        "notebooks": sorted({answer["notebook"] for answer in answers if not answer["lacks"]}),
        "claims": answers,
    }


def _tiers(moments: Moments) -> Iterator[dict]:
    """Accounts in each tier, under every scheme that claims use."""
    used = {claim.scheme for claim in claims().values() if claim.tests}
    sample = moments.sample(moments.main_metric)
    for key, scheme in tier_schemes().items():
        if key in used:
            counts = tier_counts(assign_tiers(sample, scheme))
            accounts = {row.tier: int(row.accounts) for row in counts.itertuples()}
            yield {"platform": moments.source.platform, "scheme": key, "accounts": accounts}


def _claims(moments: Moments) -> Iterator[dict]:
    """What each claim with tests needs, what is there, and what would decide it."""
    for claim in claims().values():
        fits = not claim.platforms or moments.source.platform in claim.platforms
        for number, test in enumerate(claim.tests if fits else (), 1):
            if claim.scheme or not test.tiered:
                yield _claim(claim, number, test, moments)


def _claim(claim: Claim, number: int, test: Test, moments: Moments) -> dict:
    scheme = tier_schemes()[claim.scheme] if test.tiered else None
    told = {
        "claim": claim.key, "test": number, "says": claim.paraphrase, "notebook": claim.notebook, "platform": moments.source.platform,
        "scheme": scheme.key if scheme else "", "claimed": str(claimed(test)), "accounts": {}, "needed": INDICATIVE, "to_decide": None,
        "lacks": "",
    }  # fmt: skip
    if not holds(test, moments):
        metric = METRICS[test.metric].title if test.metric in METRICS else "an engagement rate"
        posts = f", of posts with {test.stratum}={test.level}" if test.stratum else ""
        return told | {"lacks": f"the file does not hold {metric}{posts}"}
    stratum = {"stratum": test.stratum, "level": test.level} if test.stratum else {}
    told["accounts"] = _accounts(test, moments.sample(test.metric, **stratum), scheme)
    short = {
        name: INDICATIVE - count for name, count in told["accounts"].items() if count < INDICATIVE
    }
    told["lacks"] = ", ".join(
        f"{count} more {name if name == ALL else f'in {name}'}" for name, count in short.items()
    )
    if (
        test.estimator != "contrast"
    ):  # others have no interval on logs, by which the needed accounts are reckoned
        return told
    try:
        told["to_decide"] = accounts_to_decide(observe(test, moments, scheme), claimed_range(test))
    except (RegisterError, ValueError) as reason:
        told["lacks"] = told["lacks"] or str(reason)
    return told


def _accounts(test: Test, sample: Sample, scheme: TierScheme | None) -> dict[str, int]:
    """Accounts in each tier that a test asks for, or of all sizes if it asks for none."""
    if scheme is None:
        return {ALL: sample.accounts}
    counts = tier_counts(assign_tiers(sample, scheme)).set_index("tier")["accounts"]
    tiers = (
        scheme.names
        if test.versus == EVERY_OTHER
        else tuple(name for name in (test.of, test.versus) if name)
    )
    return {name: int(counts.get(name, 0)) for name in tiers}


def as_text(told: dict) -> str:
    """Write what was found for a terminal: plain lines, nothing in them that could steer it."""
    rows = told["rows"]
    left = ", ".join(f"{count:,} {reason}" for reason, count in rows["left out"].items())
    lines = [
        f"{told['file']}: {'can be used' if told['usable'] else 'is refused'}.",
        f"Rows: {rows['read']:,} read = {rows['used']:,} used + {sum(rows['left out'].values()):,} left out + {rows['refused']:,} refused."
        + (f" Left out: {left}." if left else ""),
    ]
    lines += [f"Looks like: {told['export']}."] if told["export"] else []
    lines += [f"Period: {told['period'][0]} to {told['period'][1]}."] if told["period"] else []
    lines += (
        [
            f"Accounts: {', '.join(f'{name} {count:,}' for name, count in told['platforms'].items())}."
        ]
        if told["platforms"]
        else []
    )
    lines += [
        "",
        "Columns",
        *_grid(
            ("column", "read from", "unit", "filled"), [tuple(c.values()) for c in told["columns"]]
        ),
    ]
    for kind, title in (
        ("refused", "Refused"),
        ("repaired", "Repaired"),
        ("warning", "Worth a look"),
    ):
        lines += (
            ["", title, *(_wrapped(found["sentence"]) for found in told[kind])]
            if told[kind]
            else []
        )
    lines += ["", "Was it simulated?", *map(_wrapped, told["signs"])] if told["signs"] else []
    if told["tiers"]:
        lines += ["", "Accounts by tier, under each scheme that a claim uses"]
        lines += _grid(
            ("platform", "scheme", "accounts"),
            [(row["platform"], row["scheme"], _held(row["accounts"])) for row in told["tiers"]],
        )
    if told["claims"]:
        lines += [
            "",
            f"Notebooks with a claim that it can answer: {', '.join(told['notebooks']) or 'none'}.",
        ]
        lines += ["", "Claims", *map(_wrapped, CLAIMS_NOTE)]
        lines += _grid(CLAIM_HEAD, [_claim_row(answer) for answer in told["claims"]])
    return printable("\n".join(lines))


def _claim_row(answer: dict) -> tuple:
    needed = f"about {answer['to_decide']:,}" if answer["to_decide"] else "–"
    held = _held(answer["accounts"]) or "–"
    return (
        f"{answer['claim']}.{answer['test']}",
        answer["platform"],
        answer["claimed"],
        held,
        needed,
        answer["lacks"] or "nothing",
    )


def _held(accounts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in accounts.items() if count) or (
        "none" if accounts else ""
    )


def _wrapped(sentence: str) -> str:
    return textwrap.fill(
        sentence, 118, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
    )


def _grid(head: tuple[str, ...], rows: list[tuple]) -> list[str]:
    """Lay a table out in columns as wide as what is in them, the last one free."""
    cells = [
        tuple(
            "–" if cell is None else f"{cell:,}" if isinstance(cell, int) else str(cell)
            for cell in row
        )
        for row in (head, *rows)
    ]
    widths = [min(52, max(len(row[place]) for row in cells)) for place in range(len(head) - 1)]
    return [
        "  "
        + "  ".join(
            [*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]
        ).rstrip()
        for row in cells
    ]


def as_json(told: dict) -> str:
    """Write what was found for machines."""
    return json.dumps(told, indent=1, ensure_ascii=False)


def as_html(told: dict) -> str:
    """Write what was found as a page that asks nothing of any host."""
    return render("check", told=told, head=CLAIM_HEAD, note=CLAIMS_NOTE)
