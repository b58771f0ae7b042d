"""Citations of figures and numbers: who made them, in which edition, and whose data they are drawn
from.

Everything comes from a report's manifest, so that a figure of a frozen edition is cited as it was
published, whatever has changed since.
"""

import json
import re
from difflib import get_close_matches
from pathlib import Path

import yaml

from analysis import paths
from analysis.present import sentences
from analysis.publish.run.parameters import ParameterError
from analysis.registers.lookup import price_lists, sources

FORMATS = ("apa", "bibtex", "csl")
"""What `citations` gives."""

PRODUCER = ("short", "cite", "licence")
"""What a manifest says of those whose data a figure draws."""

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

ESCAPED_BY = "braces-almost-all"
"""Each accent stands in braces of its own, as BibTeX wants it; an escaped mark such as a percent
sign does not need them.
"""


def project() -> dict:
    """Read from CITATION.cff what a report says of the project: ``title``, ``authors`` and
    ``version``.
    """
    cff = yaml.safe_load((paths.ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    authors = [
        one.get("name") or f"{one['family-names']}, {one['given-names']}" for one in cff["authors"]
    ]
    return {"title": cff["title"], "authors": authors, "version": str(cff["version"])}


def name_producers(
    figures: dict[str, dict], folder: Path, used: dict[str, dict]
) -> dict[str, dict]:
    """Add to a manifest's figures whose data each draws, and to the manifest who they are.

    Parameters
    ----------
    figures : dict
        What notebooks recorded of each figure.
    folder : Path
        With the table of each figure as CSV.
    used : dict
        Sources that the report names already, a reader's own among them.

    Returns
    -------
    dict
        ``figures``, each with ``sources``, a list of keys; ``producers``, for every key so named
        its fields PRODUCER.
    """
    registered = {key: one.model_dump() for key, one in (sources() | price_lists()).items()}
    known = {
        key: {name: one[name] for name in PRODUCER} for key, one in (registered | used).items()
    }
    shorts = {key: one["short"] for key, one in known.items()}
    tables = {key: (folder / f"{key}.csv").read_text(encoding="utf-8") for key in figures}
    named = {
        key: entry | {"sources": drawn_from(entry, tables[key], shorts)}
        for key, entry in figures.items()
    }
    return {
        "figures": named,
        "producers": {key: known[key] for entry in named.values() for key in entry["sources"]},
    }


def drawn_from(figure: dict, table: str, known: dict[str, str]) -> list[str]:
    """Find whose data a figure draws: the sources that its table or its footer names, or else those
    that its words name.

    Parameters
    ----------
    figure : dict
        ``source``, ``caption`` and ``alt``, as a notebook recorded them.
    table : str
        What is drawn, as CSV.
    known : dict of str
        How each source is called in tables and footers, by its key.

    Returns
    -------
    list of str
        Keys, in the order of `known`; none for what is simulated, computed or read from the
        registers alone.
    """

    def named(text: str) -> list[str]:
        # the word is looked for first, which spares most of the patterns
        return [
            key
            for key, short in known.items()
            if short in text and re.search(rf"(?<!\w){re.escape(short)}(?!\w)", text)
        ]

    return named(f"{table}\n{figure['source']}") or named(f"{figure['caption']}\n{figure['alt']}")


def citations(key: str, manifest: dict) -> dict:
    """Cite a figure.

    Parameters
    ----------
    key : str
        Of the figure, e.g. ``F03a``.
    manifest : dict
        Of the report that holds it.

    Returns
    -------
    dict
        ``apa``, one line in the manner of the American Psychological Association's seventh edition;
        ``bibtex``, an entry in ASCII, but for letters that TeX has no command for; ``csl``, an item
        of CSL-JSON.

    Raises
    ------
    ParameterError
        If the report has no such figure; the nearest keys are named.
    """
    told = _facts(key, manifest)
    bibtex = _bibtex(key, manifest["edition"], told)
    return {"apa": _apa(key, told), "bibtex": bibtex, "csl": _csl(key, manifest, told)}


def apa(key: str, manifest: dict) -> str:
    """Cite a figure in one line."""
    return _apa(key, _facts(key, manifest))


def _edition(manifest: dict, made_from: str) -> str:
    """Name the edition; one that was not issued with what the notebook is made from, which tells
    drafts of different data apart.
    """
    return (
        manifest["edition"]
        if issued(manifest["edition"])
        else f"{manifest['edition']} (made from {made_from})"
    )


def _facts(key: str, manifest: dict) -> dict:
    """What every form of a citation tells."""
    figure = manifest["figures"].get(key) or _refuse("figure", key, manifest["figures"])
    made_from = manifest["notebooks"][figure["notebook"]]["made_from"]
    edition = _edition(manifest, made_from)
    return {
        "author": manifest["project"]["authors"],
        "title": figure["caption"].strip().rstrip("."),
        "within": f"{manifest['project']['title']}, edition {edition}, version {manifest['project']['version']}, "
        f"commit {manifest['commit']}",
        "data": data_note(figure, manifest["producers"]),
        "issued": issued(manifest["edition"]),
        "custom": {
            "made_from": made_from,
            "notebook": figure["notebook"],
            "sources": figure["sources"],
        },
    }


def data_note(figure: dict, producers: dict[str, dict]) -> str:
    """Say what a figure is drawn from, as its footer does, and whose data that is, with their
    terms.
    """
    told = [
        f"{_ended(producers[key]['cite'])} (Licence: {producers[key]['licence'].strip().rstrip('.')}.)"
        for key in figure["sources"]
    ]
    return " ".join(
        [f"Drawn from: {_ended(figure['source'])}", *(["Data:", *told] if told else [])]
    )


def issued(edition: str) -> tuple[int, ...]:
    """Year and month of an edition such as ``2026-11``; nothing for a draft, which has no date."""
    found = re.fullmatch(r"(\d{4})-(\d\d)", edition)
    return tuple(map(int, found.groups())) if found and 1 <= int(found[2]) <= 12 else ()


def _ended(sentence: str) -> str:
    return f"{sentence.strip().rstrip('.')}."


def _apa(key: str, told: dict) -> str:
    date = f"{told['issued'][0]}, {MONTHS[told['issued'][1] - 1]}" if told["issued"] else "n.d."
    return f"{_ended(sentences.listing(told['author']))} ({date}). {told['title']} [Figure {key}]. In {told['within']}. {told['data']}"


def _bibtex(key: str, edition: str, told: dict) -> str:
    from pylatexenc.latexencode import UnicodeToLatexEncoder

    escaped = UnicodeToLatexEncoder(
        replacement_latex_protection=ESCAPED_BY,
        unknown_char_policy="keep",
        unknown_char_warning=False,
    ).unicode_to_latex
    fields = {
        "author": " and ".join(f"{{{escaped(name)}}}" for name in told["author"]),
        "title": f"{{{escaped(told['title'])}}}",
    }
    if told["issued"]:
        fields |= {"year": f"{told['issued'][0]}", "month": f"{told['issued'][1]}"}
    fields |= {
        "howpublished": escaped(f"Figure {key} in {told['within']}"),
        "note": escaped(told["data"]),
    }
    name = "-".join(re.findall(r"\w+", f"micro-vs-macro {key} {edition}", re.ASCII))
    return "\n".join(
        [f"@misc{{{name},", *(f"  {field} = {{{text}}}," for field, text in fields.items()), "}"]
    )


def _csl(key: str, manifest: dict, told: dict) -> dict:
    item = {
        "id": f"{manifest['project']['title']}-{key}-{manifest['edition']}",
        "type": "graphic",
        "author": [{"literal": name} for name in told["author"]],
        "title": told["title"],
        "genre": "Figure",
        "number": key,
        "container-title": manifest["project"]["title"],
        "edition": manifest["edition"],
        "version": manifest["project"]["version"],
        "note": f"Commit {manifest['commit']}. {told['data']}",
        "custom": {"commit": manifest["commit"]} | told["custom"],
        "language": "en-GB",
    }
    return item | ({"issued": {"date-parts": [list(told["issued"])]}} if told["issued"] else {})


def cite(key: str, folder: Path, form: str) -> str:
    """Cite a figure of a published report as text, in one of FORMATS."""
    found = citations(key, read(folder, "manifest.json"))[form]
    return json.dumps(found, indent=1, ensure_ascii=False) if form == "csl" else found


def number(key: str, folder: Path) -> str:
    """Tell a number of a published report: rounded and in full, unit, notebook, edition, and how to
    cite it.

    Raises
    ------
    ParameterError
        If the report has no such number; the nearest keys are named.
    """
    numbers, manifest = read(folder, "numbers.json"), read(folder, "manifest.json")
    entry = numbers.get(key) or _refuse("number", key, numbers)
    made_from = manifest["notebooks"][entry["notebook"]]["made_from"]
    author, told = (
        _ended(sentences.listing(manifest["project"]["authors"])),
        issued(manifest["edition"]),
    )
    value, exact = (
        sentences.number(entry["value"], entry["unit"]),
        f"{entry['value']:.12g}" if entry["value"] is not None else "",
    )
    value += f" {entry['unit']}" if entry["unit"] in sentences.BARE[1:] and exact else ""
    value += "" if exact in value.replace(",", "") else f" (unrounded: {exact})"
    told_of = f"{value}\nnotebook {entry['notebook']}, edition {manifest['edition']}"
    place = f"{manifest['project']['title']}, edition {_edition(manifest, made_from)}, version {manifest['project']['version']}"
    return (
        f"{told_of}\n{author} ({told[0] if told else 'n.d.'}). {value} [Number {key} of notebook {entry['notebook']}]. In {place}, "
        f"commit {manifest['commit']}."
    )


def read(folder: Path, name: str) -> dict:
    """Read a JSON file of a published report.

    Raises
    ------
    ParameterError
        If the folder has none.
    """
    path = folder / name
    if not path.is_file():
        raise ParameterError(
            f"{paths.shown(folder)} has no {name}, so it is not a report. `make reports` makes reports/latest."
        )
    return json.loads(path.read_text(encoding="utf-8"))


def _refuse(kind: str, key: str, names: dict):
    near = get_close_matches(key, list(names), n=5, cutoff=0.0)
    raise ParameterError(
        f"{kind} '{key}' is not in this report. Nearest of its {len(names)}: {', '.join(near)}."
    )
