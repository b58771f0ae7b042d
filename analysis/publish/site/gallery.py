"""Every figure of a report on one page: its finding, its description, its citation and files."""

import json

from analysis.publish.cite import citations
from analysis.publish.site.layout import render


def gallery(pages: list[dict], manifest: dict) -> str:
    """Write the page of figures.

    `pages` has the ``name``, ``title`` and ``record`` of each notebook; citations are made from the
    manifest.
    """
    figures = []
    for entry in pages:
        for key, recorded in entry["record"]["figures"].items():
            cite = citations(key, manifest)
            cite["csl"] = json.dumps(cite["csl"], indent=1, ensure_ascii=False)
            figures.append({"key": key, "page": entry["name"], "cite": cite, **recorded})
    return render("figures", figures=figures, pages=pages, edition=manifest["edition"])
