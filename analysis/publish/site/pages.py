"""An executed notebook as a page of the site; everything it shows is sanitised."""

import html
import re
from functools import cache, partial
from pathlib import Path

from analysis.publish.site.layout import TEMPLATES, render

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "dd", "details", "div", "dl", "dt", "em",
    "figcaption", "figure", "h1", "h2", "h3", "h4", "hr", "i", "img", "li", "ol", "p", "pre",
    "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "ul",
}  # fmt: skip
"""Elements that a notebook may show; with table heads, which nbconvert's own sanitiser destroys."""

IMAGE = re.compile(r'<img alt="([^"]*)" src="data:[^"]*">')
"""A picture within the page of a notebook."""

ATTRIBUTES = {
    "*": {"class", "id", "aria-label"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "img": {"src", "alt"},
    "a": {"href"},
}


def page(notebook: Path, entry: dict, pages: list[dict]) -> str:
    """Render an executed notebook, its code folded away.

    `entry` has the ``name``, ``title`` and ``record`` of the notebook, `pages` those of every
    notebook in the report, for the navigation.
    """
    import nbformat

    body, _ = page_exporter().from_notebook_node(nbformat.read(notebook, as_version=4))
    shown, parts = _with_anchors(body, entry["record"]["figures"])
    place = [one["name"] for one in pages].index(entry["name"])
    before = pages[place - 1] if place else None
    after = pages[place + 1] if place + 1 < len(pages) else None
    return render(
        "notebook", body=shown, parts=parts, entry=entry, pages=pages, before=before, after=after
    )


def _with_anchors(body: str, figures: dict[str, dict]) -> tuple[str, list[dict]]:
    """Give each second heading an anchor, and each figure a link to its citation and files.

    Gives the HTML, and ``id`` and ``title`` of its parts.
    """
    parts: list[dict] = []

    def anchored(heading: re.Match) -> str:
        title = html.unescape(re.sub("<[^>]*>", "", heading[1]))
        parts.append({"id": f"part-{len(parts) + 1}", "title": title})
        return f'<h2 id="{parts[-1]["id"]}">{heading[1]}</h2>'

    def linked(figure: re.Match) -> str:
        key = figure[2]
        if key not in figures:
            return figure[0]
        link = f'<a class="tool" href="figures.html#{key}">Cite or download {key}</a>'
        return f"{IMAGE.sub(partial(_picture, key), figure[1])}{link}</figcaption>"

    body = re.sub(r"<h2>(.*?)</h2>", anchored, body, flags=re.DOTALL)
    figure = r'(<figure id="(F\d\d[a-z])">.*?)</figcaption>'
    return re.sub(figure, linked, body, flags=re.DOTALL), parts


def _picture(key: str, image: re.Match) -> str:
    """The files of a figure in place of the copy that its notebook holds, by the screen's width."""
    phone = f'<source media="(max-width: 40rem)" srcset="figures/{key}.phone.svg">'
    return f'<picture>{phone}<img alt="{image[1]}" src="figures/{key}.svg"></picture>'


def clean(raw: str) -> str:
    """Keep the elements and attributes that a report needs: no scripts, styles or other hosts."""
    import nh3

    return nh3.clean(
        raw, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"https", "mailto", "data"},
        link_rel="noopener", attribute_filter=_attribute,
    )  # fmt: skip


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
            """Leave out what the parent adds: it parses the whole page to give pictures an alt
            text, which ours have.
            """
            highlight = Highlight2HTML(pygments_lexer="python", parent=self)
            self.register_filter("highlight_code", highlight)
            resources = self._init_resources(resources)
            return TemplateExporter.from_notebook_node(self, nb, resources, **kw)

    exporter = PageExporter(
        extra_template_basedirs=[str(TEMPLATES)], template_name="page", exclude_anchor_links=True,
        # none changes anything here, but the notebook is validated after each
        default_preprocessors=[],
    )  # fmt: skip
    exporter.register_filter("clean", clean)
    return exporter
