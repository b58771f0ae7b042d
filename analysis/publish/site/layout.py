"""One layout for every page: its head with the policy, navigation, style and the one script."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.present import sentences

TEMPLATES = Path(__file__).resolve().parent / "templates"

PAGES = {
    "index": "Scorecard",
    "figures": "Figures",
    "claims": "Claims",
    "published": "Published figures",
    "quotations": "Who quoted whom",
    "methods": "Methods and limits",
}
"""Every page beside those of the notebooks, by the name of its file, in the order of the
navigation.
"""

BROAD = ("claims", "published")
"""Pages whose table takes all the width there is."""


def render(template: str, **facts) -> str:
    """Fill in a template; every text is escaped unless it has been sanitised and says so.

    Parameters
    ----------
    template : str
        Name of the page, e.g. ``"index"`` for ``templates/index.html.j2``.
    **facts
        What the template shows; one that is missing is an error.
    """
    return _environment().get_template(f"{template}.html.j2").render(here=template, **facts)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    style, script = text("style.css"), text("site.js")
    environment.globals |= {
        "site": PAGES,
        "style": style,
        "script": script,
        "policy": policy(),
        "words": sentences,
        "broad": BROAD,
    }
    return environment


@cache
def text(name: str) -> str:
    """The style sheet or the script."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def policy() -> str:
    """The Content-Security-Policy of every page: its own pictures, the one style sheet and the one
    script, each by its hash.
    """
    return (
        f"default-src 'none'; img-src 'self' file: data:; style-src '{_hash(text('style.css'))}'; script-src '{_hash(text('site.js'))}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
