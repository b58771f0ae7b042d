"""micro-macro check: what a file lets one say, how a report would read it, and which claims it
could answer.
"""

import json
import textwrap
from dataclasses import asdict, replace

import narwhals as nw

from analysis.errors import SchemaError
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.decision import claimed
from analysis.estimate.own_answers import OwnAnswers, own_answers
from analysis.estimate.readiness import Readiness, accounts_by_tier, readiness
from analysis.intake.pseudonyms import pseudonym
from analysis.intake.reading import KINDS, Hints, Issue, printable, shortened
from analysis.intake.schema import POSTS
from analysis.moments.own import moments_of, opened, period_of
from analysis.moments.statement import statement
from analysis.present.sentences import own
from analysis.present.sentences.published import READINESS
from analysis.publish.site.layout import render
from analysis.registers.metrics import METRICS
from analysis.registers.records import TierScheme

UNITS = {"amount": "in `currency`", "rate": "fraction", "time": "UTC"}
"""Unit in which a type of column is read, where that is not the type."""

TITLES = {"refused": "Refused", "repaired": "Repaired", "warning": "Worth a look"}

CLAIM_HEAD = ("claim", "platform", "claimed", "accounts", "to decide", "lacks")

WIDTH = 118
"""Longest line of a paragraph in the terminal."""


def check(
    data, hints: Hints | None = None, show_names: bool = False, trust_file: bool = False,
    tiers: TierScheme | None = None,
) -> dict:  # fmt: skip
    """Read a file or a table as a report would, and describe what it lets one say and what was
    understood, ready for JSON. Names of accounts are pseudonyms unless they are to be shown;
    `tiers` are the reader's own.
    """
    with opened(data, hints) as reading:
        facts = {
            "file": shortened(reading.issues.file),
            "sha256": reading.sha256,
            "rows": {
                "read": reading.rows,
                "used": reading.used,
                "left out": reading.left_out,
                "refused": reading.refused,
            },
        }
        facts |= _columns(reading) | _content(reading, trust_file, tiers)
        for kind in KINDS:
            facts[kind] = [_issue(issue, show_names) for issue in reading.issues.of(kind)]
        if facts["refused"]:
            facts["tell"] = []
    return facts | {"usable": not facts["refused"]}


def _issue(issue: Issue, show_names: bool) -> dict:
    """An issue as a record, the name of an account in it as a pseudonym."""
    if issue.column in ("account_id", "post_id") and issue.example and not show_names:
        hidden = {"example": pseudonym(issue.example)}
        if issue.became:
            message = issue.message.replace(f"'{issue.became}'", "a cleaned name")
            hidden |= {"message": message, "became": "(hidden)"}
        issue = replace(issue, **hidden)
    facts = asdict(issue)
    return facts | {
        "says": facts.pop("message"),
        "rows": list(issue.rows),
        "example": shortened(issue.example),
        "sentence": printable(issue.sentence),
    }


def _columns(reading) -> dict:
    """The columns that were understood, and how many of their cells are filled."""
    columns, posts = reading.columns, reading.posts
    filled = {}
    if posts is not None and reading.used:
        counts = _one_row(posts, nw.col(*posts.columns).count())
        filled = {name: int(count) for name, count in counts.items()}
    listed = []
    for name, column in POSTS.items():
        if name in columns.names or name in columns.constants:
            constant = f"the same in all rows: {columns.constants.get(name, '')}"
            listed.append(
                {
                    "column": name,
                    "from": shortened(columns.names.get(name) or constant),
                    "unit": UNITS.get(column.type, column.type),
                    "filled": filled.get(name),
                }
            )
    ignored = [shortened(name) for name in columns.ignored]
    return {"columns": listed, "ignored": ignored, "export": columns.export}


def _one_row(posts, *expressions):
    """Evaluate expressions where the posts are; a row of pandas."""
    frame = nw.from_native(posts).lazy().select(*expressions)
    return frame.collect(backend="pandas").to_native().iloc[0]


def _content(reading, trust_file: bool, tiers: TierScheme | None) -> dict:
    """Period, platforms, answers, tiers, metrics and claims of the rows that can be used."""
    lists = ("tell", "metrics", "signs", "tiers", "notebooks", "claims")
    facts = {"period": None, "platforms": {}, "notice": "", **{name: [] for name in lists}}
    posts = reading.posts
    if posts is None or not reading.used or not {"platform", "followers"} <= set(posts.columns):
        return facts
    facts["period"] = period_of(posts)
    try:
        moments = moments_of(reading, "own", trust_file)
    except SchemaError as fault:
        reading.issues.refuse("no metric", str(fault).partition(": ")[2])
        return facts
    limits = [line for line in moments.source.limits if line not in reading.issues.repairs]
    facts["metrics"] = [METRICS[key].title for key in moments.metrics]
    facts["signs"] = [moments.source.selection_note, *limits]
    facts["notice"] = statement(moments.source)
    facts["tell"] = [_told(answers) for answers in own_answers(moments, tiers)]
    for part in map(moments.on, moments.platforms):
        if part.metrics:
            platform = part.source.platform
            facts["platforms"][platform] = int(part.table["account_id"].nunique())
            for scheme, accounts in accounts_by_tier(part).items():
                row = {"platform": platform, "scheme": scheme, "accounts": accounts}
                facts["tiers"].append(row)
            facts["claims"] += [_claim(ready, platform) for ready in readiness(part)]
    able = {claim["notebook"] for claim in facts["claims"] if not claim["lacks"]}
    return facts | {"notebooks": sorted(able)}


def _told(answers: OwnAnswers) -> dict:
    """What the file lets one say of one platform."""
    return {
        "platform": answers.platform,
        "tiers": own.tiers_of(answers),
        "accounts": answers.accounts,
        "answers": [own.described(answer) for answer in answers.answers],
    }


def _claim(ready: Readiness, platform: str) -> dict:
    return {
        "claim": ready.claim.key,
        "test": ready.number,
        "says": ready.claim.paraphrase,
        "notebook": ready.claim.notebook,
        "platform": platform,
        "scheme": ready.scheme.key if ready.scheme else "",
        "claimed": str(claimed(ready.test)),
        "accounts": ready.accounts,
        "needed": INDICATIVE,
        "to_decide": ready.to_decide,
        "lacks": ", ".join(map(str, ready.lacks)),
    }


def as_text(facts: dict, everything: bool = False) -> str:
    """Write it for a terminal: what the file lets one say, and if asked for `everything` how it was
    read; plain lines, nothing in them that could steer it.
    """
    rows, refused = facts["rows"], "can be used" if facts["usable"] else "is refused"
    reasons = ", ".join(_left_out(reason, count) for reason, count in rows["left out"].items())
    lines = [
        f"{facts['file']}: {refused}.",
        f"Rows: {rows['read']:,} read = {rows['used']:,} used + "
        f"{sum(rows['left out'].values()):,} left out + {rows['refused']:,} refused."
        + (f" Left out: {reasons}." if reasons else ""),
    ]
    if facts["notice"]:
        lines += textwrap.wrap(facts["notice"], WIDTH, break_on_hyphens=False)
    if facts["export"]:
        lines.append(f"Looks like: {facts['export']}.")
    if facts["period"]:
        lines.append(f"Period: {' to '.join(facts['period'])}.")
    if facts["platforms"]:
        lines.append(f"Accounts: {_held(facts['platforms'])}.")
    lines += _tell(facts)
    if everything or not facts["usable"]:
        lines += _details(facts)
    else:
        lines += [*_issues(facts, "warning"), "", "How it was read, and every claim: --all."]
    lines += _issues(facts, "refused")  # last, where a terminal shows what has to be done
    return printable("\n".join(lines))


def _tell(facts: dict) -> list[str]:
    """The answers of each platform, numbered."""
    lines = []
    for told in facts["tell"]:
        where = f" of {own.platform_name(told['platform'])}" if len(facts["tell"]) > 1 else ""
        lines += ["", f"{own.TITLE}{where} ({told['tiers']}; --tiers sets yours)"]
        for at, answer in enumerate(told["answers"], 1):
            lines.append(_wrapped(f"{at}. {answer['sentence']}"))
            because = " ".join(filter(None, (answer["why"], answer["needs"])))
            indents = {"initial_indent": "     ", "subsequent_indent": "     "}
            lines += textwrap.wrap(f"{answer['badge']}. {because}", WIDTH, **indents)
    return lines


def _details(facts: dict) -> list[str]:
    """How the file was read, and which claims it can answer."""
    columns = [tuple(column.values()) for column in facts["columns"]]
    lines = ["", "Columns", *_grid(("column", "read from", "unit", "filled"), columns)]
    lines += _issues(facts, "repaired") + _issues(facts, "warning")
    if facts["signs"]:
        lines += ["", "Was it simulated?", *map(_wrapped, facts["signs"])]
    if facts["tiers"]:
        tiers = [(row["platform"], row["scheme"], _held(row["accounts"])) for row in facts["tiers"]]
        lines += ["", "Accounts by tier, under each scheme that a claim uses"]
        lines += _grid(("platform", "scheme", "accounts"), tiers)
    if facts["claims"]:
        able = ", ".join(facts["notebooks"]) or "none"
        lines += ["", f"Notebooks with a claim that it can answer: {able}."]
        lines += ["", "Claims", *map(_wrapped, READINESS)]
        lines += _grid(CLAIM_HEAD, [_claim_row(claim) for claim in facts["claims"]])
    return lines


def _left_out(reason: str, count: int) -> str:
    """Write a count of rows and why they are left out, e.g. ``2 rows without followers``."""
    if count != 1:
        reason = reason.replace("row ", "rows ", 1).replace("copy of", "copies of")
    return f"{count:,} {reason}"


def _issues(facts: dict, kind: str) -> list[str]:
    if not facts[kind]:
        return []
    return ["", TITLES[kind], *(_wrapped(issue["sentence"]) for issue in facts[kind])]


def _claim_row(claim: dict) -> tuple:
    return (
        f"{claim['claim']}.{claim['test']}",
        claim["platform"],
        claim["claimed"],
        _held(claim["accounts"]) if claim["accounts"] else "–",
        f"about {claim['to_decide']:,}" if claim["to_decide"] else "–",
        claim["lacks"] or "nothing",
    )


def _held(accounts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in accounts.items() if count) or "none"


def _wrapped(sentence: str) -> str:
    indents = {"initial_indent": "  ", "subsequent_indent": "    "}
    return textwrap.fill(sentence, WIDTH, break_on_hyphens=False, **indents)


def _grid(head: tuple[str, ...], rows: list[tuple]) -> list[str]:
    """Lay a table out in columns as wide as their cells, the last one free."""
    cells = [head, *(list(map(_cell, row)) for row in rows)]
    widths = [min(52, max(map(len, column))) for column in zip(*cells, strict=True)][:-1]
    lines = []
    for row in cells:
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("  " + "  ".join([*padded, row[-1]]).rstrip())
    return lines


def _cell(value: str | int | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else value


def as_json(facts: dict) -> str:
    """Write it for machines."""
    return json.dumps(facts, indent=1, ensure_ascii=False)


def as_html(facts: dict) -> str:
    """Write it as a page that asks nothing of any host."""
    return render(
        "check", facts=facts, titles=TITLES, head=CLAIM_HEAD, note=READINESS, heading=own.TITLE,
        platform_name=own.platform_name,
    )  # fmt: skip
