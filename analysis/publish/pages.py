"""An executed notebook -> one HTML page that asks nothing of any other host and runs no script but one of its own."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from analysis.publish import reuse
from analysis.publish.kernels import light_imports

TEMPLATES = Path(__file__).resolve().parent / "templates"

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "dd", "details", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4",
    "hr", "i", "img", "li", "ol", "p", "pre", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "ul",
}  # fmt: skip
"""Elements that may come out of a notebook; table heads among them, which nbconvert's own sanitiser destroys."""

ATTRIBUTES = {
    "*": {"class", "id", "aria-label"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "img": {"src", "alt"},
    "a": {"href"},
}


def page(notebook: Path, title: str, pages: list[dict]) -> str:
    """Render an executed notebook.

    Parameters
    ----------
    notebook : Path
        The executed notebook.
    title : str
        Of the page.
    pages : list of dict
        ``name`` and ``title`` of every page, for the navigation.

    Returns
    -------
    str
        HTML; code cells are folded away. A page that was rendered from the same before is not rendered again.
    """
    links = [{"name": entry["name"], "title": entry["title"]} for entry in pages]
    sources = [notebook, Path(__file__), *(path for path in sorted(TEMPLATES.rglob("*")) if path.is_file())]
    made = {str(number): hashlib.sha256(path.read_bytes()).hexdigest() for number, path in enumerate(sources)}
    return reuse.text(
        {"title": title, "name": notebook.stem, "pages": links, **made, **reuse.installed()}, lambda: _render(notebook, title, links)
    )


def _render(notebook: Path, title: str, pages: list[dict]) -> str:
    light_imports()
    import nbformat

    content = nbformat.read(notebook, as_version=4)
    content.metadata["title"] = title
    html, _ = _exporter().from_notebook_node(
        content, resources={"site": {"pages": pages, "name": notebook.stem, "style": style(), **script()}}
    )
    return html


@cache
def style() -> str:
    """The style sheet of every page."""
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


@cache
def script() -> dict[str, str]:
    """The one script of every page, which filters tables, and the hash by which the page's policy lets it run."""
    text = (TEMPLATES / "filter.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return {"script": text, "script_hash": f"sha256-{digest}"}


def clean(html: str) -> str:
    """Keep the elements and attributes that a report needs, and no scripts, styles or addresses of other hosts' pictures."""
    import nh3

    return nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"https", "mailto", "data"}, link_rel="noopener", attribute_filter=_attribute
    )


def _attribute(element: str, attribute: str, value: str) -> str | None:
    if (element, attribute) == ("img", "src"):
        return value if value.startswith("data:image/") else None
    if (element, attribute) == ("a", "href"):
        return None if re.sub(r"[\x00-\x20]", "", value).lower().startswith("data:") else value
    return value


@cache
def _exporter():
    from nbconvert import HTMLExporter
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.filters import Highlight2HTML

    class PageExporter(HTMLExporter):
        def from_notebook_node(self, nb, resources=None, **kw):
            """Skip what the parent does to the finished page: it parses all of it to give pictures an alt text, which ours have."""
            self.register_filter("highlight_code", Highlight2HTML(pygments_lexer="python", parent=self))
            return TemplateExporter.from_notebook_node(self, nb, self._init_resources(resources), **kw)

    exporter = PageExporter(extra_template_basedirs=[str(TEMPLATES)], template_name="page", exclude_anchor_links=True)
    exporter.register_filter("clean", clean)
    return exporter
