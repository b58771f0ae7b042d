"""Citations of figures and numbers: the project, the edition, and whose data they are drawn from.

Everything comes from a report's manifest, so that a figure of a frozen edition is cited as it was
published, whatever has changed since.
"""

import json
import re
from calendar import month_name
from difflib import get_close_matches
from pathlib import Path

import yaml

from analysis import paths
from analysis.present import sentences
from analysis.present.sentences.published import in_full
from analysis.publish.run.parameters import ParameterError
from analysis.registers.lookup import price_lists, sources

FORMATS = ("apa", "bibtex", "csl")
"""Forms that `citations` gives."""

PRODUCER = ("short", "cite", "licence")
"""Fields by which a manifest describes the producers of data."""


def project() -> dict:
    """Read ``title``, ``authors`` and ``version`` of the project from CITATION.cff."""
    cff = yaml.safe_load((paths.ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    authors = [
        author.get("name") or f"{author['family-names']}, {author['given-names']}"
        for author in cff["authors"]
    ]
    return {"title": cff["title"], "authors": authors, "version": str(cff["version"])}


def name_producers(
    figures: dict[str, dict], folder: Path, used: dict[str, dict]
) -> dict[str, dict]:
    """Find whose data each figure draws, by its recorded words and its table in `folder`.

    Gives ``figures``, each with ``sources``, a list of keys, and ``producers``, the fields PRODUCER
    of all that are named. `used` are sources that the report describes already, a reader's own
    among them.
    """
    registered = {key: source.model_dump() for key, source in (sources() | price_lists()).items()}
    known = registered | used
    shorts = {key: source["short"] for key, source in known.items()}
    named, producers = {}, {}
    for key, entry in figures.items():
        table = (folder / f"{key}.csv").read_text(encoding="utf-8")
        named[key] = entry | {"sources": drawn_from(entry, table, shorts)}
        for source in named[key]["sources"]:
            producers[source] = {name: known[source][name] for name in PRODUCER}
    return {"figures": named, "producers": producers}


def drawn_from(figure: dict, table: str, known: dict[str, str]) -> list[str]:
    """Keys of the sources that a figure's table or footer names, or else its caption or alt text.

    `known` has the short name of each source by its key. Figures of simulations, of computations or
    of the registers alone have none.
    """

    def named(text: str) -> list[str]:
        keys = []
        for key, short in known.items():
            # the plain search comes first, which spares most of the patterns
            if short in text and re.search(rf"(?<!\w){re.escape(short)}(?!\w)", text):
                keys.append(key)
        return keys

    return named(f"{table}\n{figure['source']}") or named(f"{figure['caption']}\n{figure['alt']}")


def citations(key: str, manifest: dict) -> dict:
    """Cite a figure of a report, e.g. ``F03a``.

    Gives ``apa``, one line in the manner of the American Psychological Association's seventh
    edition; ``bibtex``, an entry in ASCII, but for letters without a command in TeX; ``csl``, an
    item of CSL-JSON.
    """
    figure = _entry("figure", key, manifest["figures"])
    date = issued(manifest["edition"])
    title = figure["caption"].strip().rstrip(".")
    data = data_note(figure, manifest["producers"])
    data += f" {manifest['notice']}" if "notice" in manifest else ""
    year = f"{date[0]}, {month_name[date[1]]}" if date else "n.d."
    within = _within(manifest, figure["notebook"])
    authors = manifest["project"]["authors"]
    return {
        "apa": f"{_sentence(sentences.listing(authors))} ({year}). {title} [Figure {key}]. "
        f"In {within}. {data}",
        "bibtex": _bibtex(key, manifest, title, f"Figure {key} in {within}", data),
        "csl": _csl(key, manifest, title, data),
    }


def data_note(figure: dict, producers: dict[str, dict]) -> str:
    """What a figure is drawn from, as its footer has it, and whose data that is, with licences."""
    note = [f"Drawn from: {_sentence(figure['source'])}"]
    note += ["Data:"] if figure["sources"] else []
    for key in figure["sources"]:
        licence = _sentence(producers[key]["licence"])
        note.append(f"{_sentence(producers[key]['cite'])} (Licence: {licence})")
    return " ".join(note)


def issued(edition: str) -> tuple[int, ...]:
    """Year and month of an edition such as ``2026-11``, or ``2026-11b``, the second of that month;
    nothing for a draft, which has no date.
    """
    date = re.fullmatch(r"(\d{4})-(\d\d)[b-z]?", edition)
    return tuple(map(int, date.groups())) if date and 1 <= int(date[2]) <= 12 else ()


def _sentence(text: str) -> str:
    """A text that ends with one full stop."""
    return f"{text.strip().rstrip('.')}."


def _within(manifest: dict, notebook: str) -> str:
    """Project, edition, version and commit; a draft also has what its notebook is made from."""
    edition, about = manifest["edition"], manifest["project"]
    if not issued(edition):
        edition += f" (made from {manifest['notebooks'][notebook]['made_from']})"
    where = f"{about['title']}, edition {edition}, version {about['version']}"
    return f"{where}, commit {manifest['commit']}"


def _bibtex(key: str, manifest: dict, title: str, where: str, data: str) -> str:
    from pylatexenc.latexencode import UnicodeToLatexEncoder

    # BibTeX wants each accent in braces of its own; an escaped percent sign needs none
    escaped = UnicodeToLatexEncoder(
        replacement_latex_protection="braces-almost-all", unknown_char_policy="keep",
        unknown_char_warning=False,
    ).unicode_to_latex  # fmt: skip
    authors = [f"{{{escaped(name)}}}" for name in manifest["project"]["authors"]]
    fields = {"author": " and ".join(authors), "title": f"{{{escaped(title)}}}"}
    fields |= dict(zip(("year", "month"), issued(manifest["edition"]), strict=False))
    fields |= {"howpublished": escaped(where), "note": escaped(data)}
    name = "-".join(re.findall(r"\w+", f"micro-vs-macro {key} {manifest['edition']}", re.ASCII))
    lines = [f"  {field} = {{{text}}}," for field, text in fields.items()]
    return "\n".join([f"@misc{{{name},", *lines, "}"])


def _csl(key: str, manifest: dict, title: str, data: str) -> dict:
    about, figure = manifest["project"], manifest["figures"][key]
    date, commit = issued(manifest["edition"]), manifest["commit"]
    item = {
        "id": f"{about['title']}-{key}-{manifest['edition']}",
        "type": "graphic",
        "author": [{"literal": name} for name in about["authors"]],
        "title": title,
        "genre": "Figure",
        "number": key,
        "container-title": about["title"],
        "edition": manifest["edition"],
        "version": about["version"],
        "note": f"Commit {commit}. {data}",
        "custom": {
            "commit": commit,
            "made_from": manifest["notebooks"][figure["notebook"]]["made_from"],
            "notebook": figure["notebook"],
            "sources": figure["sources"],
        },
        "language": "en-GB",
    }
    return item | ({"issued": {"date-parts": [list(date)]}} if date else {})


def cite(key: str, folder: Path, form: str) -> str:
    """Cite a figure of a published report as text, in one of FORMATS."""
    citation = citations(key, read(folder, "manifest.json"))[form]
    return json.dumps(citation, indent=1, ensure_ascii=False) if form == "csl" else citation


def number(key: str, folder: Path) -> str:
    """Write a number of a published report in three lines: rounded and in full with its unit, its
    notebook and edition, and its citation.
    """
    manifest = read(folder, "manifest.json")
    entry = _entry("number", key, read(folder, "numbers.json"))
    notebook, edition = entry["notebook"], manifest["edition"]
    value = in_full(entry["value"], entry["unit"])
    author = _sentence(sentences.listing(manifest["project"]["authors"]))
    year = (*issued(edition), "n.d.")[0]
    return (
        f"{value}\nnotebook {notebook}, edition {edition}\n"
        f"{author} ({year}). {value} [Number {key} of notebook {notebook}]. "
        f"In {_within(manifest, notebook)}."
        + (f"\n{manifest['notice']}" if "notice" in manifest else "")
    )


def read(folder: Path, name: str) -> dict:
    """Read a JSON file of a published report."""
    path = folder / name
    if not path.is_file():
        raise ParameterError(
            f"{paths.shown(folder)} has no {name}, so it is not a report. "
            "`make reports` makes reports/latest."
        )
    return json.loads(path.read_text(encoding="utf-8"))


def _entry(kind: str, key: str, entries: dict[str, dict]) -> dict:
    """Look an entry of a report up, or name the nearest."""
    if key in entries:
        return entries[key]
    near = get_close_matches(key, list(entries), n=5, cutoff=0.0)
    raise ParameterError(
        f"{kind} '{key}' is not in this report. Nearest of its {len(entries)}: {', '.join(near)}."
    )
