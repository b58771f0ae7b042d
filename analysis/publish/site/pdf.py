"""A report on paper: its pages as one tagged PDF with an outline, printed by Chromium.

A PDF holds the hour at which it was printed, so it is no part of a report, whose bytes are always
the same: it lies beside its folder.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from html import escape
from pathlib import Path

from analysis.publish.cite import read
from analysis.publish.run.environment import MachineError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

FLAGS = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-pdf-header-footer", "--generate-pdf-document-outline", "--export-tagged-pdf",
)  # fmt: skip

SECONDS = 300
"""Longest that printing may take."""

PAPER = """@page { size: A4; margin: 15mm } details.code { display: none }
main { break-before: page } main:first-of-type { break-before: auto }"""
"""Each page of the report begins on a new sheet; code is left out."""

MOVING = ("explore",)
"""Pages that show nothing until something on them is moved."""

REFERENCES = {"id", "for", "headers", "aria-labelledby", "aria-describedby", "aria-controls"}
"""Attributes that name an element of their page, and so need the page's name before them."""


def print_report(folder: Path, out: Path) -> None:
    """Print every page of a report to one PDF: the index, the notebooks, then the others."""
    manifest = read(folder, "manifest.json")
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise MachineError(
            f"No PDF was made: it takes Chromium, and none of {', '.join(BROWSERS)} is on this "
            "machine."
        )
    names = on_paper(folder, manifest["notebooks"])
    pages = {name: (folder / f"{name}.html").read_text(encoding="utf-8") for name in names}
    title = f"{manifest['project']['title']}, edition {manifest['edition']}"
    with tempfile.TemporaryDirectory(prefix="micro-macro-") as scratch:
        source, printed = Path(scratch) / "report.html", Path(scratch) / "report.pdf"
        source.write_text(_as_one(title, pages, folder.resolve().as_uri()), encoding="utf-8")
        places = (f"--user-data-dir={scratch}/profile", f"--print-to-pdf={printed}")
        _run([browser, *FLAGS, *_as_root(), *places, source.as_uri()])
        if not printed.is_file():
            raise MachineError(f"{browser} ended without a PDF.")
        shutil.copyfile(printed, out)


def on_paper(folder: Path, notebooks: Iterable[str]) -> list[str]:
    """List the pages to print: the index, the notebooks, then the others but for MOVING."""
    others = sorted({path.stem for path in folder.glob("*.html")} - {*MOVING})
    return list(dict.fromkeys(["index", *sorted(notebooks), *others]))


def _as_one(title: str, pages: dict[str, str], base: str) -> str:
    """One document of the main parts of several, in the style of the first."""
    first = next(iter(pages.values()))
    styles = "".join(re.findall(r'<style.*?</style>|<link rel="stylesheet".*?>', first, re.DOTALL))
    mains = "".join(_part(name, page, pages, base) for name, page in pages.items())
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>{styles}<style>{PAPER}</style>'
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{mains}</body></html>'


def _part(name: str, page: str, pages: dict[str, str], base: str) -> str:
    """The main part of a page; links lead to other parts or hosts, never to a folder here."""
    from lxml import etree, html

    main = html.document_fromstring(page).find(".//main")
    for element in main.iter(etree.Element):
        for attribute in REFERENCES & set(element.keys()):
            ids = [f"{name}--{one}" for one in element.get(attribute).split()]
            element.set(attribute, " ".join(ids))
        source, link = element.get("src"), element.get("href")
        if source and not source.startswith("data:"):
            element.set("src", f"{base}/{source}")
        if element.tag == "a" and link:
            target, _, place = link.partition("#")
            target = target.removesuffix(".html") or name
            if target in pages:  # a place with an equals sign is a filtered view, not on paper
                place = "main" if not place or "=" in place else place
                element.set("href", f"#{target}--{place}")
            elif not re.match("https?:|mailto:", link):
                del element.attrib["href"]
    return html.tostring(main, encoding="unicode")


def _as_root() -> list[str]:
    """Chromium's own sandbox does not work for root, as whom containers run."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, capture_output=True, check=True, timeout=SECONDS)  # noqa: S603 (fixed words, our own paths)
    except subprocess.TimeoutExpired:
        raise MachineError(f"{command[0]} did not print within {SECONDS} seconds.") from None
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace").strip()[-300:]
        raise MachineError(f"{command[0]} could not print: {reason}") from None
