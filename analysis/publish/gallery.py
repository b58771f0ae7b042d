"""Every figure of a report on one page: its finding, its description, how to cite it, and its files."""

import csv
import json
from pathlib import Path

from analysis.publish.citing import citations
from analysis.publish.layout import render

SHORTEST = 40
"""Letters that a description has at least; a finding does not fit in fewer."""


def gallery(pages: list[dict], manifest: dict) -> str:
    """Write the page of figures.

    Parameters
    ----------
    pages : list of dict
        ``name``, ``title`` and ``record`` of each notebook.
    manifest : dict
        What the citations are made from.
    """
    figures = []
    for entry in pages:
        for key, told in entry["record"]["figures"].items():
            cite = citations(key, manifest)
            cite["csl"] = json.dumps(cite["csl"], indent=1, ensure_ascii=False)
            figures.append({"key": key, "page": entry["name"], "cite": cite, **told})
    return render("figures", figures=figures, pages=pages, edition=manifest["edition"])


def check(pages: list[dict], folder: Path) -> None:
    """See that every figure can be read by those who do not see it: a description that is more than its caption, and its numbers.

    Parameters
    ----------
    pages : list of dict
        ``name`` and ``record`` of each notebook.
    folder : Path
        Holds the tables behind the figures.

    Raises
    ------
    ValueError
        One sentence for each figure that lacks something.
    """
    told = [(key, figure) for entry in pages for key, figure in entry["record"]["figures"].items()]
    faults = [f"figure {key}: {fault}" for key, figure in told for fault in _faults(figure, folder / f"{key}.csv")]
    if faults:
        raise ValueError("\n".join(faults))


def _faults(figure: dict[str, str], table: Path) -> list[str]:
    alt = figure["alt"].strip()
    with table.open(encoding="utf-8", newline="") as file:
        rows = sum(1 for _ in csv.reader(file))
    checks = {
        f"its alt text has {len(alt)} letters, and needs {SHORTEST} to say what is to be seen.": len(alt) >= SHORTEST,
        "its alt text only repeats the caption; say what is drawn.": alt != figure["caption"].strip(),
        f"the table behind it, {table.name}, has no rows.": rows >= 2,
    }
    return [fault for fault, holds in checks.items() if not holds]
