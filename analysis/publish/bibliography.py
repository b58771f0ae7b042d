"""Forms in which something published is cited: a line for a slide, APA, BibTeX and CSL-JSON.

What is cited is an `Item`; who made it, in which year and where it stands come from the manifest of
its report, and of a report that does not have them from CITATION.cff.
"""

import re
from calendar import month_name
from dataclasses import dataclass, field
from functools import cache

import yaml

from analysis import paths
from analysis.present import sentences

MOST_WORDS = 25
"""Most words of a citation on a slide."""


@dataclass(frozen=True)
class Item:
    """What is cited: a figure, a verdict or a number of a report."""

    key: str
    kind: str  # e.g. "Figure"
    title: str
    note: str = ""  # whose data, and what has to be known of them
    shorter: tuple[str, ...] = ()  # what a slide says of it, the fullest first
    type: str = "graphic"  # of CSL
    made_from: str = ""  # digits of what the notebook is made from, which tell drafts apart
    facts: dict = field(default_factory=dict)  # for machines


@cache
def project() -> dict:
    """Read of CITATION.cff who made the project, its title, version, year and address.

    ``address`` is that of the site (`url`), or else of the repository (`repository-code`); empty
    as long as CITATION.cff names none.
    """
    cff = yaml.safe_load((paths.ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    authors = []
    for author in cff["authors"]:
        names = {part: author.get(f"{part}-names", "") for part in ("given", "family")}
        authors.append(author.get("name") or names)
    return {
        "title": cff["title"],
        "authors": authors,
        "version": str(cff["version"]),
        "released": str(cff["date-released"]),
        "address": cff.get("url") or cff.get("repository-code", ""),
    }


def issued(edition: str) -> tuple[int, ...]:
    """Year and month of an edition such as ``2026-11``, or ``2026-11b``, the second of that month;
    nothing for a draft, which has no date.
    """
    date = re.fullmatch(r"(\d{4})-(\d\d)[b-z]?", edition)
    return tuple(map(int, date.groups())) if date and 1 <= int(date[2]) <= 12 else ()


def dated(manifest: dict) -> tuple[int, ...]:
    """Year and month of an edition; of a draft the year of the version that made it."""
    return issued(manifest["edition"]) or (int(_about(manifest)["released"][:4]),)


def forms(item: Item, manifest: dict) -> dict:
    """Cite an item as ``apa``, ``bibtex``, ``csl`` and ``short``."""
    return {
        "apa": apa(item, manifest),
        "bibtex": _bibtex(item, manifest),
        "csl": _csl(item, manifest),
        "short": short(item, manifest),
    }


def apa(item: Item, manifest: dict) -> str:
    """One line in the manner of the American Psychological Association's seventh edition."""
    year, *month = dated(manifest)
    date = ", ".join([str(year), *(month_name[number] for number in month)])
    named = f"{item.title} [{item.kind} {item.key}]"
    where = f"In {within(item, manifest)}.{_at(manifest)}"
    authors = as_sentence(_listed(_about(manifest)["authors"]))
    return f"{authors} ({date}). {named}. {where} {item.note}".strip()


def short(item: Item, manifest: dict) -> str:
    """Cite for a slide, in at most MOST_WORDS words: what it is, the edition, and whose data.

    Of what can be said of the item, and of the address, as much stands there as there is room for.
    """
    title, edition = _about(manifest)["title"], manifest["edition"]
    if not issued(edition):
        edition += f" {item.made_from}".rstrip()
    lines = [f"{text} {title}, edition {edition}." for text in item.shorter]
    fitting = (line for line in lines if len(line.split()) <= MOST_WORDS)
    line = next(fitting, lines[-1])
    addressed = f"{line}{_at(manifest)}"
    return addressed if len(addressed.split()) <= MOST_WORDS else line


def as_sentence(text: str) -> str:
    """A text that ends with one full stop."""
    return f"{text.strip().rstrip('.')}."


def within(item: Item, manifest: dict) -> str:
    """Project, edition, version and commit; a draft also has what its notebook is made from."""
    edition, about = manifest["edition"], _about(manifest)
    if not issued(edition) and item.made_from:
        edition += f" (made from {item.made_from})"
    where = f"{about['title']}, edition {edition}, version {about['version']}"
    return f"{where}, commit {manifest['commit']}"


def _about(manifest: dict) -> dict:
    """The project as the manifest has it; what an early one lacks, as CITATION.cff has it."""
    return project() | manifest["project"]


def _at(manifest: dict) -> str:
    address = _about(manifest)["address"]
    return f" {address}" if address else ""


def _listed(authors: list) -> str:
    """Authors as APA has them: persons by family name and initials, groups by name."""
    names = []
    for author in authors:
        if isinstance(author, str):
            names.append(author)
            continue
        initials = re.sub(r"([^\W\d_])[^\W\d_]*\.?", r"\1.", author["given"])
        names.append(f"{author['family']}, {initials}")
    return ", & ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def names(authors: list) -> str:
    """Authors as one writes them: given name first."""
    return ", ".join(
        author if isinstance(author, str) else f"{author['given']} {author['family']}"
        for author in authors
    )


def _bibtex(item: Item, manifest: dict) -> str:
    """An entry in ASCII, but for letters without a command in TeX."""
    from pylatexenc.latexencode import UnicodeToLatexEncoder

    # BibTeX wants each accent in braces of its own; an escaped percent sign needs none
    escaped = UnicodeToLatexEncoder(
        replacement_latex_protection="braces-almost-all", unknown_char_policy="keep",
        unknown_char_warning=False,
    ).unicode_to_latex  # fmt: skip
    about = _about(manifest)
    authors = []
    for author in about["authors"]:
        person = not isinstance(author, str)
        name = f"{author['family']}, {author['given']}" if person else author
        authors.append(escaped(name) if person else f"{{{escaped(name)}}}")
    where = f"{item.kind} {item.key} in {within(item, manifest)}"
    fields = {"author": " and ".join(authors), "title": f"{{{escaped(item.title)}}}"}
    fields |= dict(zip(("year", "month"), dated(manifest), strict=False))
    fields |= {"howpublished": escaped(where), "edition": escaped(manifest["edition"])}
    fields |= {"url": about["address"], "note": escaped(item.note)}
    name = "-".join(re.findall(r"\w+", f"micro-vs-macro {item.key} {manifest['edition']}", re.A))
    lines = [f"  {field} = {{{text}}}," for field, text in fields.items() if text]
    return "\n".join([f"@misc{{{name},", *lines, "}"])


def _csl(item: Item, manifest: dict) -> dict:
    """An item of CSL-JSON."""
    about, commit = _about(manifest), manifest["commit"]
    entry = {
        "id": f"{about['title']}-{item.key}-{manifest['edition']}",
        "type": item.type,
        "author": [{"literal": one} if isinstance(one, str) else one for one in about["authors"]],
        "title": item.title,
        "genre": item.kind,
        "number": item.key,
        "container-title": about["title"],
        "edition": manifest["edition"],
        "version": about["version"],
        "issued": {"date-parts": [list(dated(manifest))]},
        "URL": about["address"],
        "note": f"Commit {commit}. {item.note}".strip(),
        "custom": {"commit": commit, **item.facts},
        "language": "en-GB",
    }
    return {name: value for name, value in entry.items() if value}


def short_list(names: list[str], shown: int, noun: str) -> str:
    """List names, the first `shown` of them, and how many more there are.

    Examples
    --------
    >>> short_list(["A", "B", "C"], 3, "source"), short_list(["A", "B", "C"], 1, "source")
    ('A, B and C', 'A and 2 more sources')
    """
    left = len(names) - shown
    if left <= 0:
        return sentences.listing(names)
    if not shown:
        return sentences.count(left, noun)
    return sentences.listing([*names[:shown], sentences.count(left, f"more {noun}")])
