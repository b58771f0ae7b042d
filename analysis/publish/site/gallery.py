"""Every figure of a report on one page: its finding, its description, how to cite it, and its
files.
"""

import json

from analysis.publish.cite import citations
from analysis.publish.site.layout import render


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
