"""Inside a notebook: figure(), table(), number(), say(), verdicts(), close().

Whatever a notebook shows through its Report is also recorded, so that what is published (figures,
numbers.json, verdicts.csv, captions) is what was shown. In a run the folder is given by the runner;
opened by hand in JupyterLab, a notebook writes to reports/draft/.
"""

import base64
import html
import io
import json
import os
import re
import textwrap
import warnings
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.present import tables
from analysis.present.charts.canvas import lay_out, too_small
from analysis.present.style import LEAST, QUIET, settings

STAGE = "MICRO_MACRO_STAGE"
"""Environment variable by which the runner says where records and figures go."""

MADE_FROM = "MICRO_MACRO_MADE_FROM"
"""Environment variable by which the runner says what a notebook is made from, as a short hash."""

BY_HAND = "opened by hand"
"""What stands there instead if nobody ran the notebook but its reader."""

DPI = 144
"""A figure of 13.33 x 7.5 inches becomes a picture of 1920 x 1080 pixels."""

NOT_CONVERGED = r"(?is).*(converge|maximum number of iterations|optimization failed)"
"""How libraries warn that a number is not what it is called; the cell that they warn in fails."""

QUICK = {"compress_level": 3}
"""How hard a picture is compressed: two thirds of the usual time for a file that is 7 percent
larger.
"""

VERDICT_NOTE = "Each row: one test of a claim, one source, one tier scheme. Averages are those registered with the claim."


class Report:
    """What one notebook publishes. From its making on, a library that warns of a fit that did not
    converge raises an error.

    Parameters
    ----------
    notebook : str
        Name of the notebook without its ending, e.g. ``"03-sixty-percent"``.
    edition : str
        What the figures are cited under.

    Raises
    ------
    ValueError
        By its methods, when a figure has no caption or alt text, or a key is used twice.
    """

    def __init__(self, notebook: str, edition: str):
        warnings.filterwarnings("error", message=NOT_CONVERGED)
        self.notebook, self.edition = notebook, edition
        stage = os.environ.get(STAGE)
        self.folder = Path(stage) if stage else paths.REPORTS / "draft"
        self.made_from = os.environ.get(MADE_FROM, BY_HAND)
        self.record = {
            "notebook": notebook,
            "edition": edition,
            "made_from": self.made_from,
            "figures": {},
            "numbers": {},
            "tables": {},
            "verdicts": [],
        }

    def figure(
        self, key: str, figure, caption: str, alt: str, data: pd.DataFrame, source: str
    ) -> None:
        """Show a figure and keep it as SVG, PNG and the table behind it.

        Parameters
        ----------
        key : str
            ``F``, notebook number and a letter, e.g. ``F03a``.
        figure : matplotlib.figure.Figure
            The picture.
        caption : str
            The finding, in a sentence.
        alt : str
            What someone who cannot see it needs to know.
        data : pandas.DataFrame
            What is drawn.
        source : str
            Where the numbers come from, as short as a footer.
        """
        if not caption.strip() or len(alt.strip()) < 20:
            raise ValueError(
                f"figure '{key}' needs a caption and an alt text of at least 20 characters; got {caption!r} and {alt!r}."
            )
        if alt.strip() == caption.strip():
            raise ValueError(
                f"figure '{key}': its alt text only repeats the caption; say what is drawn, for those who do not see it."
            )
        self._new("figures", key)
        lines = textwrap.wrap(f"{key} · edition {self.edition} · {self.made_from} · {source}", 150)
        footer = figure.text(
            0.012, 0.008, "\n".join(lines), fontsize=12, color=QUIET, va="bottom", parse_math=False
        )
        drawn = _render(figure, f"{key}: {caption}", alt)
        if small := too_small(figure, footer):
            told = "; ".join(f"{text!r} has {size:g}" for text, size in list(small.items())[:3])
            raise ValueError(
                f"figure '{key}': text has at least {LEAST} points on a slide, but {told}. canvas.new_figure() gives such axes."
            )
        for kind, content in drawn.items():
            path = self.folder / "figures" / f"{key}.{kind}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        tables.to_csv(data, self.folder / "figures" / f"{key}.csv")
        self.record["figures"][key] = {"caption": caption, "alt": alt, "source": source}
        picture = base64.b64encode(drawn["svg"]).decode()
        words = (html.escape(alt, quote=True), html.escape(caption))
        _show(
            f'<figure id="{key}"><img alt="{words[0]}" src="data:image/svg+xml;base64,{picture}" style="max-width:100%">'
            f"<figcaption><b>{key}.</b> {words[1]}</figcaption></figure>",
            f"{key}. {caption}",
        )

    def table(self, key: str, frame: pd.DataFrame, caption: str, note: str) -> None:
        """Show a table with its source note, and keep it as CSV."""
        self._new("tables", key)
        tables.to_csv(frame, self.folder / "tables" / f"{key}.csv")
        self.record["tables"][key] = {"caption": caption, "note": note}
        readable = (
            tables.with_words(frame)
            if {"estimate", "low", "high", "unit"} <= set(frame.columns)
            else frame
        )
        _show(
            tables.to_html(readable, caption, note),
            f"{caption}\n{readable.to_string(index=False)}\n{note}",
        )

    def number(self, key: str, value: float, unit: str) -> float:
        """Record a number under the notebook's number and a key in lower case, and return it for
        use in a sentence.
        """
        key = f"{self.notebook[:2]}." + re.sub(r"[^a-z0-9._]+", "-", key.lower()).strip("-.")
        self._new("numbers", key)
        self.record["numbers"][key] = {
            "value": None if pd.isna(value) else float(f"{value:.12g}"),
            "unit": unit,
        }
        return value

    def say(self, *sentences: str) -> None:
        """Show sentences that were put together from results."""
        text = " ".join(sentences)
        _show(f'<p class="said">{html.escape(text)}</p>', text)

    def verdicts(self, verdicts: pd.DataFrame, caption: str = "Verdicts") -> None:
        """Show verdicts and record them."""
        self.record["verdicts"] += json.loads(
            verdicts.to_json(orient="records", double_precision=15)
        )
        constant = [name for name in ("scheme", "claimed", "unit") if verdicts[name].nunique() <= 1]
        said = "; ".join(
            f"{name}: {verdicts[name].iloc[0]}"
            for name in constant
            if name != "unit" and len(verdicts) and verdicts[name].iloc[0]
        )
        readable = tables.with_words(verdicts).drop(
            columns=[*(name for name in constant if name != "unit"), "test"]
        )
        _show(
            tables.to_html(readable, caption, said or VERDICT_NOTE),
            f"{caption}\n{readable.to_string(index=False)}",
        )

    def close(self) -> None:
        """Write the record; a notebook that does not come this far has not been published."""
        path = self.folder / "records" / f"{self.notebook}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            json.dumps(self.record, indent=1, ensure_ascii=False, sort_keys=True) + "\n",
            encoding="utf-8",
        )
        counts = {
            name: len(self.record[name]) for name in ("figures", "tables", "numbers", "verdicts")
        }
        self.say(
            f"Recorded: {', '.join(f'{count} {name}' for name, count in counts.items())}; edition {self.edition}."
        )

    def _new(self, kind: str, key: str) -> None:
        if key in self.record[kind]:
            raise ValueError(
                f"{kind}: the key '{key}' is used twice in notebook {self.notebook}. Keys so far: {', '.join(self.record[kind])}."
            )


def _render(figure, title: str, alt: str) -> dict[str, bytes]:
    """Draw to bytes that are the same on every run, by kind; both kinds share one layout."""
    import matplotlib as mpl

    told, drawn = {"Title": title, "Description": alt}, {"svg": io.BytesIO(), "png": io.BytesIO()}
    with mpl.rc_context(settings()):
        lay_out(figure)
        figure.savefig(
            drawn["svg"], format="svg", dpi=DPI, metadata=told | {"Date": None}, facecolor="white"
        )
        figure.savefig(
            drawn["png"],
            format="png",
            dpi=DPI,
            metadata=told | {"Software": None},
            facecolor="white",
            pil_kwargs=QUICK,
        )
    return {kind: buffer.getvalue() for kind, buffer in drawn.items()}


def _show(as_html: str, as_text: str) -> None:
    """Show in a notebook; print where there is none."""
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        print(as_text)
    else:
        display({"text/html": as_html, "text/plain": as_text}, raw=True)
