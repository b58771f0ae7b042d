"""One layout for every page: its head with the policy, navigation, style and the one script."""

import base64
import hashlib
from functools import cache
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.present.sentences.reasons import OUTCOMES

TEMPLATES = Path(__file__).resolve().parent / "templates"

PAGES = {
    "index": "Answers",
    "explore": "Move the edges",
    "scorecard": "All verdicts",
    "figures": "Figures",
    "claims": "Claims",
    "statements": "Articles",
    "published": "Published figures",
    "quotations": "Who quoted whom",
    "methods": "Methods",
}
"""Every page beside those of the notebooks, by its file name, in the order of the navigation."""

MAIN = '<main id="main" tabindex="-1">'
"""Where the text of every page begins."""

BROAD = ("claims", "published")
"""Pages whose table takes the full width."""


def render(template: str, script: str = "", **facts) -> str:
    """Fill in a page, e.g. ``"index"`` for ``templates/index.html.j2``; a missing fact is an error.

    Every text is escaped unless the template marks it as sanitised. `script` is what this page has
    beyond the script of every page.
    """
    environment = _environment()
    whole = "\n".join(filter(None, (environment.globals["script"], script)))
    style = environment.globals["style"]
    # a page loads its own pictures and nothing else; its style and its script are known by hash
    policy = (
        f"default-src 'none'; img-src 'self' file: data:; style-src '{_hash(style)}'; "
        f"script-src '{_hash(whole)}'; base-uri 'none'; form-action 'none'"
    )
    page = environment.get_template(f"{template}.html.j2")
    return page.render(here=template, script=whole, policy=policy, **facts)


def with_notice(page: str, notice: str) -> str:
    """Put the notice on the reader's own file at the top of a page, whichever it is."""
    if not notice:
        return page
    head, main, rest = page.partition(MAIN)
    if not main:
        raise ValueError("the page has no place for a notice.")
    return f'{head}{main}\n<p class="notice">{escape(notice)}</p>{rest}'


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True,
    )  # fmt: skip
    style, script = (
        (TEMPLATES / name).read_text(encoding="utf-8") for name in ("style.css", "site.js")
    )
    environment.globals |= {"site": PAGES, "broad": BROAD, "style": style, "script": script}
    environment.filters["outcome"] = OUTCOMES.__getitem__
    environment.filters["thousands"] = "{:,}".format
    return environment


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
