"""A report on paper: its pages as one tagged PDF with an outline, printed by Chromium where there
is one.

A PDF holds the hour at which it was printed, so it is no part of a report, whose bytes are always
the same: it lies beside its folder.
"""

import os
import re
import shutil
import subprocess
import tempfile
from html import escape
from pathlib import Path

from analysis.publish.cite import read
from analysis.publish.run.environment import SurroundingsError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

FLAGS = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-pdf-header-footer", "--generate-pdf-document-outline", "--export-tagged-pdf",
)  # fmt: skip

SECONDS = 300
"""Longest that printing may take."""

PAPER = "@page { size: A4; margin: 15mm } main { break-before: page } main:first-of-type { break-before: auto } details.code { display: none }"
"""Each page of the report begins on a new sheet; code is left out."""


REFERENCES = {"id", "for", "headers", "aria-labelledby", "aria-describedby", "aria-controls"}
"""Attributes that name an element of their page; in one document each page's have the page's name
before them.
"""


def print_report(folder: Path, out: Path) -> None:
    """Print every page of a report to one PDF: the index, the notebooks, then what else there is.

    Parameters
    ----------
    folder : Path
        A published report.
    out : Path
        The file to write.

    Raises
    ------
    ParameterError
        If the folder is not a report.
    SurroundingsError
        If there is no Chromium, or it did not print.
    """
    manifest = read(folder, "manifest.json")
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise SurroundingsError(
            f"No PDF was made: it takes Chromium, and none of {', '.join(BROWSERS)} is on this machine."
        )
    first = ["index", *sorted(manifest["notebooks"])]
    names = dict.fromkeys([*first, *sorted(path.stem for path in folder.glob("*.html"))])
    pages = [(folder / f"{name}.html").read_text(encoding="utf-8") for name in names]
    title = f"{manifest['project']['title']}, edition {manifest['edition']}"
    with tempfile.TemporaryDirectory(prefix="micro-macro-") as scratch:
        source, printed = Path(scratch) / "report.html", Path(scratch) / "report.pdf"
        source.write_text(
            _as_one(title, dict(zip(names, pages, strict=True)), folder.resolve().as_uri()),
            encoding="utf-8",
        )
        _run(
            [
                browser,
                *FLAGS,
                *_as_root(),
                f"--user-data-dir={scratch}/profile",
                f"--print-to-pdf={printed}",
                source.as_uri(),
            ]
        )
        if not printed.is_file():
            raise SurroundingsError(f"{browser} ended without a PDF.")
        shutil.copyfile(printed, out)


def _as_one(title: str, pages: dict[str, str], base: str) -> str:
    """One document of the main parts of several, in the style of the first."""
    first = next(iter(pages.values()))
    styles = "".join(re.findall(r'<style.*?</style>|<link rel="stylesheet".*?>', first, re.DOTALL))
    mains = "".join(_part(name, page, pages, base) for name, page in pages.items())
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>{styles}<style>{PAPER}</style>'
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{mains}</body></html>'


def _part(name: str, page: str, pages: dict[str, str], base: str) -> str:
    """The main part of a page: its links lead to other parts or to other hosts, never to a folder
    of this machine.
    """
    from lxml import etree, html

    main = html.document_fromstring(page).find(".//main")
    for one in main.iter(etree.Element):
        for attribute in REFERENCES & set(one.keys()):
            one.set(attribute, " ".join(f"{name}--{word}" for word in one.get(attribute).split()))
        if one.get("src") and not one.get("src").startswith("data:"):
            one.set("src", f"{base}/{one.get('src')}")
        if one.tag == "a" and one.get("href"):
            page_name, _, place = one.get("href").partition("#")
            target = page_name.removesuffix(".html") or name
            if (
                target in pages
            ):  # a place with an equals sign is a filtered view, which paper has not
                one.set("href", f"#{target}--{'main' if not place or '=' in place else place}")
            elif not re.match("https?:|mailto:", page_name):
                del one.attrib["href"]
    return html.tostring(main, encoding="unicode")


def _as_root() -> list[str]:
    """Chromium's own sandbox does not work for root, as whom containers run."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, capture_output=True, check=True, timeout=SECONDS)  # noqa: S603 (fixed words and our own paths)
    except subprocess.TimeoutExpired:
        raise SurroundingsError(f"{command[0]} did not print within {SECONDS} seconds.") from None
    except subprocess.CalledProcessError as error:
        raise SurroundingsError(
            f"{command[0]} could not print: {error.stderr.decode(errors='replace').strip()[-300:]}"
        ) from None
