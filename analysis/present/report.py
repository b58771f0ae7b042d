"""What a notebook shows through its Report is also recorded, so that what is published (figures,
numbers.json, verdicts.csv, captions) is what was shown.

In a run the runner gives the folder; opened by hand in JupyterLab, a notebook writes to
reports/draft/.
"""

import base64
import html
import json
import os
import re
import warnings
from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.display import because
from analysis.finding import Finding
from analysis.moments.own import IN_USE
from analysis.moments.statement import statement
from analysis.present import tables
from analysis.present.charts.canvas import frame_of
from analysis.present.charts.pictures import pictures
from analysis.present.columns import by_age
from analysis.present.sentences.answers import readings_of, say_instead, values_of
from analysis.present.sentences.proxies import check_kind, near_it, proxy_of
from analysis.present.sentences.reasons import outcome_name
from analysis.present.sentences.sensitivity import flip_texts
from analysis.present.sentences.severities import severity_in_short
from analysis.registers.severity import AGAINST, SHARES, counted

STAGE = "MICRO_MACRO_STAGE"
"""Environment variable in which the runner names the folder for records and figures."""

MADE_FROM = "MICRO_MACRO_MADE_FROM"
"""Environment variable in which the runner names what a notebook is made from, as a short hash."""

BY_HAND = "opened by hand"
"""Stands there instead if nobody ran the notebook but its reader."""

LEAST_ALT = 20
"""Characters of an alt text, at least."""

NOT_CONVERGED = r"(?is).*(converge|maximum number of iterations|optimization failed)"
"""How libraries warn that a fit is not to be relied on; the cell that they warn in fails."""

VERDICT_NOTE = (
    "Each row: one test of a claim, one source, one tier scheme. "
    "Averages are those registered with the claim."
)

PROXY_NOTE = (
    "None of these rows is a verdict on the claim, and none is counted: each is the claim's rule, "
    "put to something else that was measured."
)

PROXIES = (
    "proxy", "claim", "test", "outcome", "source", "scheme", "estimand", "estimate", "low", "high",
    "unit", "claimed", "because",
)  # fmt: skip
"""Columns of proxies.csv."""

TESTED_NOTE = (
    "Severity: how often the test is supported in simulated worlds; it says how much the test asks "
    "of a claim, not how good that is. Fragile: other posts of the same source, or a simulated "
    "error in followers, would have decided otherwise. Both: page of methods."
)

AGES_NOTE = (
    "Each under the claim's own tiers, with intervals of 95 %: what the posts of one age alone "
    "give (data/shifts.csv). Sources without dates of posts are not shown."
)


class Report:
    """What one notebook publishes. From its making on, a library's warning that a fit did not
    converge is an error.

    Parameters
    ----------
    notebook : str
        Name of the notebook without its ending, e.g. ``"03-sixty-percent"``.
    edition : str
        What the figures are cited under.

    Raises
    ------
    ValueError
        By its methods, when a figure has no alt text, or a key is used twice.

    Examples
    --------
    >>> import analysis as an
    >>> report = an.Report("03-sixty-percent", "2026-11")
    >>> ratio = report.number("Smallest ratio", 1.0139, "ratio")
    >>> report.record["numbers"]
    {'03.smallest-ratio': {'value': 1.0139, 'unit': 'ratio'}}
    """

    def __init__(self, notebook: str, edition: str):
        warnings.filterwarnings("error", message=NOT_CONVERGED)
        self.notebook, self.edition = notebook, edition
        self.folder = Path(os.environ.get(STAGE) or paths.REPORTS / "draft")
        self.made_from = os.environ.get(MADE_FROM, BY_HAND)
        self._said: list[str] = []
        made = {"notebook": notebook, "edition": edition, "made_from": self.made_from}
        self.record = made | {"figures": {}, "numbers": {}, "tables": {}, "verdicts": []}
        self.record["proxies"] = []

    def figure(self, key: str, figure, finding, data, source: str) -> None:
        """Show a figure with what it found, and keep it as SVG for desk and phone, PNG and table.

        Parameters
        ----------
        key : str
            ``F``, notebook number and a letter, e.g. ``F03a``.
        figure : matplotlib.figure.Figure
            The picture, as `an.plot` or ``.plot()`` of a result gives it.
        finding : Finding or a result
            Headline, detail, caveat and alt text; a result says its own.
        data : pandas.DataFrame or a result
            What is drawn.
        source : str
            Where the numbers come from, as short as a footer.
        """
        finding = finding if isinstance(finding, Finding) else finding.finding()
        if len(finding.alt.strip()) < LEAST_ALT or finding.alt.strip() == finding.caption:
            raise ValueError(
                f"figure '{key}' needs an alt text of at least {LEAST_ALT} characters that does "
                f"not only repeat the caption; it has {finding.alt!r}."
            )
        self._new("figures", key)
        signs = self._say_signs()
        # a picture may leave its page, so that it says this, too
        finding = replace(finding, caveat=" ".join(filter(None, (finding.caveat, *signs))))
        source = " · ".join((source, *signs))
        data = frame_of(data, name=f"figure '{key}', data")
        footer = f"{key} · edition {self.edition} · {self.made_from} · {source}"
        drawn, around = pictures(key, figure, finding, footer)
        (self.folder / "figures").mkdir(parents=True, exist_ok=True)
        for kind, content in drawn.items():
            (self.folder / "figures" / f"{key}.{kind}").write_bytes(content)
        tables.to_csv(data, self.folder / "figures" / f"{key}.csv")
        entry = {"headline": finding.headline, "detail": finding.detail, "caveat": finding.caveat}
        shares = {"head": round(around.head, 4), "foot": round(around.foot, 4)}
        caption = " ".join((finding.caption, *signs))
        entry |= {"caption": caption, "alt": finding.alt, "source": source} | shares
        self.record["figures"][key] = entry
        _show_figure(key, finding, drawn["svg"])

    def answer(self, answer) -> None:
        """Show what the evidence says of a claim: its headline, each reading, what to say instead.

        Parameters
        ----------
        answer : Answer
            As `claim.answer()` gives it.
        """
        self._say_signs()
        made, instead = answer.finding(), f"Say instead: {say_instead(answer)}"
        parts = [made.detail, values_of(answer), *readings_of(answer), instead]
        head = f'<p class="answer">{html.escape(made.headline)}.</p>'
        body = "".join(f'<p class="written">{html.escape(part)}</p>' for part in parts if part)
        _show(head + body, "\n".join((f"{made.headline}.", *parts)))

    def table(self, key: str, frame, caption: str, note: str) -> None:
        """Show a table (a frame or a result) with its source note, and keep it as CSV."""
        self._new("tables", key)
        self._say_signs()
        frame = frame_of(frame, name=f"table '{key}'")
        tables.to_csv(frame, self.folder / "tables" / f"{key}.csv")
        self.record["tables"][key] = {"caption": caption, "note": note}
        if {"estimate", "low", "high", "unit"} <= set(frame):
            frame = tables.with_intervals(frame)
        _show_table(frame, caption, note)

    def number(self, key: str, value: float, unit: str) -> float:
        """Record a number under the notebook's number and a key in lower case, and return it."""
        key = f"{self.notebook[:2]}." + re.sub(r"[^a-z0-9._]+", "-", key.lower()).strip("-.")
        self._new("numbers", key)
        recorded = None if pd.isna(value) else float(f"{value:.12g}")
        self.record["numbers"][key] = {"value": recorded, "unit": unit}
        return value

    def write(self, *sentences: str) -> None:
        """Show sentences that were put together from results."""
        self._say_signs()
        text = " ".join(sentences)
        if not text:  # nothing of the kind in this source
            return
        _show(f'<p class="written">{html.escape(text)}</p>', text)

    def verdicts(self, verdicts, caption: str = "Verdicts") -> None:
        """Show verdicts (a frame or a result) and record them; none of a proxy."""
        self._say_signs()
        frame = frame_of(verdicts, name="verdicts")
        check_kind(frame, proxies=False)
        self.record["verdicts"] += json.loads(frame.to_json(orient="records", double_precision=15))
        constant = [name for name in ("scheme", "claimed") if frame[name].nunique() <= 1]
        left_out = [*constant, "test", *SHARES, *AGAINST, "as_asked", "fragile"]
        shown = tables.with_intervals(frame).drop(columns=left_out, errors="ignore")
        outcomes = zip(counted(frame), frame.get("fragile", [""] * len(frame)), strict=True)
        shown["outcome"] = [outcome_name(*each) for each in outcomes]
        columns = (frame[name] for name in ("severity", *SHARES, AGAINST[0]))
        shown["severity"] = [severity_in_short(*row) for row in zip(*columns, strict=True)]
        if "flip" in frame:
            shown["flip"] = flip_texts(frame)
        firsts = frame[constant].head(1).to_dict("records")
        parts = [f"{name}: {value}" for row in firsts for name, value in row.items() if value]
        first = f"{'; '.join(parts)}." if parts else VERDICT_NOTE
        _show_table(shown, caption, f"{first} {TESTED_NOTE}")
        if len(ages := by_age(frame)):
            _show_table(ages, "The same by age of posts", AGES_NOTE)

    def proxies(self, verdicts, caption: str = "Not the claim, but near it") -> None:
        """Show what was measured in place of what claims are about, and record it apart."""
        frame = frame_of(verdicts, "claim", "test", name="proxies")
        check_kind(frame, proxies=True)
        named = map(proxy_of, frame["claim"], frame["test"])
        frame = frame[list(PROXIES)[1:]].assign(proxy=list(named))[list(PROXIES)]
        self.record["proxies"] += json.loads(frame.to_json(orient="records", double_precision=15))
        said = [near_it(rows) for _, rows in frame.groupby("claim", sort=False)]
        self.write(*dict.fromkeys(said))
        shown = tables.with_intervals(frame).drop(columns=["proxy", "test", "outcome"])
        shown["the claim's rule"] = frame["outcome"].map(outcome_name)
        _show_table(shown, caption, PROXY_NOTE)

    def _say_signs(self) -> list[str]:
        """Show once, before anything else, that a file of the reader's own looks selected, or that
        this was overruled; give what captions say of it.
        """
        brief = []
        for source in list(IN_USE.values()):
            said = statement(source)
            if said not in self._said:
                self._said.append(said)
                _show(f'<p class="notice">{html.escape(said)}</p>', said)
            brief.append(str(because("signs_in_caption", overruled=source.trusted)))
        return list(dict.fromkeys(brief))

    def close(self) -> None:
        """Write the record; a notebook that does not come this far has not been published."""
        path = self.folder / "records" / f"{self.notebook}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        record = json.dumps(self.record, indent=1, ensure_ascii=False, sort_keys=True)
        path.write_text(record + "\n", encoding="utf-8")
        kinds = ("figures", "tables", "numbers", "verdicts")
        counts = ", ".join(f"{len(self.record[kind])} {kind}" for kind in kinds)
        self.write(f"Recorded: {counts}; edition {self.edition}.")

    def _new(self, kind: str, key: str) -> None:
        if key in self.record[kind]:
            raise ValueError(
                f"{kind}: the key '{key}' is used twice in notebook {self.notebook}. "
                f"Keys so far: {', '.join(self.record[kind])}."
            )


def _show_figure(key: str, finding: Finding, svg: bytes) -> None:
    picture = f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"
    image = f'<img alt="{html.escape(finding.alt)}" src="{picture}" style="max-width:100%">'
    below = f"<figcaption><b>{key}.</b> {html.escape(finding.caption)}</figcaption>"
    _show(f'<figure id="{key}">{image}{below}</figure>', f"{key}. {finding.caption}")


def _show_table(frame: pd.DataFrame, caption: str, note: str) -> None:
    text = f"{caption}\n{frame.to_string(index=False)}\n{note}"
    _show(tables.to_html(frame, caption, note), text)


def _show(as_html: str, as_text: str) -> None:
    """Show in a notebook; print where there is none."""
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        print(as_text)
    else:
        display({"text/html": as_html, "text/plain": as_text}, raw=True)
