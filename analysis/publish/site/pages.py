"""An executed notebook -> one page of the site; what it shows is sanitised."""

import hashlib
import html
import re
from functools import cache
from pathlib import Path

from analysis.publish.run import reuse
from analysis.publish.run.kernels import light_imports
from analysis.publish.site.layout import TEMPLATES, render

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "dd", "details", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4",
    "hr", "i", "img", "li", "ol", "p", "pre", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "ul",
}  # fmt: skip
"""Elements that may come out of a notebook; table heads among them, which nbconvert's own sanitiser
destroys.
"""

ATTRIBUTES = {
    "*": {"class", "id", "aria-label"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "img": {"src", "alt"},
    "a": {"href"},
}


def page(notebook: Path, entry: dict, pages: list[dict]) -> str:
    """Render an executed notebook.

    Parameters
    ----------
    notebook : Path
        The executed notebook.
    entry : dict
        ``name``, ``title`` and ``record`` of the notebook.
    pages : list of dict
        The same of every notebook, for the navigation.

    Returns
    -------
    str
        HTML; code cells are folded away.
    """
    shown, parts = with_anchors(rendered(notebook), entry["record"]["figures"])
    place = [one["name"] for one in pages].index(entry["name"])
    neighbours = {
        "before": pages[place - 1] if place else None,
        "after": pages[place + 1] if place + 1 < len(pages) else None,
    }
    return render("notebook", body=shown, parts=parts, entry=entry, pages=pages, **neighbours)


def with_anchors(body: str, figures: dict[str, dict]) -> tuple[str, list[dict]]:
    """Give each second heading an anchor, and each figure a link to where it can be cited and
    downloaded.

    Returns
    -------
    str, list of dict
        The HTML; ``id`` and ``title`` of its parts, in order.
    """
    parts: list[dict] = []

    def anchored(heading: re.Match) -> str:
        parts.append(
            {
                "id": f"part-{len(parts) + 1}",
                "title": html.unescape(re.sub("<[^>]*>", "", heading[1])),
            }
        )
        return f'<h2 id="{parts[-1]["id"]}">{heading[1]}</h2>'

    def linked(figure: re.Match) -> str:
        link = (
            f'<a class="tool" href="figures.html#{figure[2]}">Cite or download {figure[2]}</a>'
            if figure[2] in figures
            else ""
        )
        return f"{figure[1]}{link}</figcaption>"

    body = re.sub(r"<h2>(.*?)</h2>", anchored, body, flags=re.DOTALL)
    return re.sub(
        r'(<figure id="(F\d\d[a-z])">.*?)</figcaption>', linked, body, flags=re.DOTALL
    ), parts


def rendered(notebook: Path) -> str:
    """What the notebook shows, sanitised; not rendered again if it was rendered from the same
    before.
    """
    sources = [notebook, Path(__file__), *sorted((TEMPLATES / "page").iterdir())]
    made = {
        str(number): hashlib.sha256(path.read_bytes()).hexdigest()
        for number, path in enumerate(sources)
    }
    return reuse.text(
        {"name": notebook.stem, **made, **reuse.installed()}, lambda: _render(notebook)
    )


def _render(notebook: Path) -> str:
    light_imports()
    import nbformat

    return page_exporter().from_notebook_node(nbformat.read(notebook, as_version=4))[0]


def clean(raw: str) -> str:
    """Keep the elements and attributes that a report needs, and no scripts, styles or addresses of
    other hosts' pictures.
    """
    import nh3

    return nh3.clean(
        raw,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"https", "mailto", "data"},
        link_rel="noopener",
        attribute_filter=_attribute,
    )


def _attribute(element: str, attribute: str, value: str) -> str | None:
    if (element, attribute) == ("img", "src"):
        return value if value.startswith("data:image/") else None
    if (element, attribute) == ("a", "href"):
        return None if re.sub(r"[\x00-\x20]", "", value).lower().startswith("data:") else value
    return value


@cache
def page_exporter():
    """Make what turns notebooks into HTML; its imports take half a second."""
    from nbconvert import HTMLExporter
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.filters import Highlight2HTML

    class PageExporter(HTMLExporter):
        def from_notebook_node(self, nb, resources=None, **kw):
            """Skip what the parent does to the finished page: it parses all of it to give pictures
            an alt text, which ours have.
            """
            self.register_filter(
                "highlight_code", Highlight2HTML(pygments_lexer="python", parent=self)
            )
            return TemplateExporter.from_notebook_node(
                self, nb, self._init_resources(resources), **kw
            )

    exporter = PageExporter(
        extra_template_basedirs=[str(TEMPLATES)], template_name="page", exclude_anchor_links=True,
        # none changes anything here, but the notebook is validated after each
        default_preprocessors=[],
    )  # fmt: skip
    exporter.register_filter("clean", clean)
    return exporter
