"""Citations of figures and numbers: the project, the edition, and whose data they are drawn from.

Everything comes from a report's manifest, so that a figure of a frozen edition is cited as it was
published, whatever has changed since.
"""

import json
import re
from difflib import get_close_matches
from pathlib import Path

from analysis import paths
from analysis.estimate.averages import AVERAGES
from analysis.present import sentences
from analysis.present.sentences.published import in_full
from analysis.publish import bibliography
from analysis.publish.bibliography import Item, as_sentence, short_list
from analysis.publish.cite_verdict import rows, verdict_citations
from analysis.publish.run.parameters import ParameterError
from analysis.registers.lookup import claims, price_lists, sources

FORMATS = ("apa", "bibtex", "csl")
"""Forms of citations in full."""

PRODUCER = ("short", "cite", "licence")
"""Fields by which a manifest describes the producers of data."""


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
    edition; ``bibtex``, an entry; ``csl``, an item of CSL-JSON; ``short``, at most 25 words for a
    slide.
    """
    return bibliography.forms(_figure(key, manifest), manifest)


def _figure(key: str, manifest: dict) -> Item:
    figure = _entry("figure", key, manifest["figures"])
    made_from = manifest["notebooks"][figure["notebook"]]["made_from"]
    title = as_sentence(figure.get("headline") or first_sentence(figure["caption"]))[:-1]
    notice = manifest.get("notice", "")
    facts = {"made_from": made_from, "notebook": figure["notebook"], "sources": figure["sources"]}
    note = " ".join(filter(None, [data_note(figure, manifest["producers"]), notice]))
    return Item(key, "Figure", title, note, _on_a_slide(key, figure, manifest["producers"]),
                made_from=made_from, facts=facts)  # fmt: skip


def _on_a_slide(key: str, figure: dict, producers: dict) -> tuple[str, ...]:
    """What a slide says of a figure: whose data it draws, then fewer of them by name."""
    shorts = [producers[source]["short"] for source in figure["sources"]]
    made_up = "simulated data" if simulated(figure) else ""
    texts = []
    for shown in range(len(shorts), -1, -1):
        named = [short_list(shorts, shown, "source")] if shorts else []
        data = sentences.listing(filter(None, [*named, made_up]))
        texts.append(f"Figure {key}. Data: {data}." if shorts or made_up else f"Figure {key}.")
    return tuple(texts)


def first_sentence(caption: str) -> str:
    """The first sentence of a caption, which is its finding; what follows are its numbers.

    Examples
    --------
    >>> first_sentence("Four of 5 bend. Bends at Instagram (Kim et al.) 35,000.")
    'Four of 5 bend'
    """
    return re.split(r"(?<!\bal)(?<!\b[^\W\d_])\.\s+(?=[A-Z\d])", caption.strip())[0].rstrip(".")


def simulated(figure: dict) -> bool:
    """Whether a figure draws simulated data, beside what its sources hold."""
    return any("SIMULATED" in figure[text] for text in ("source", "caption"))


def data_note(figure: dict, producers: dict) -> str:
    """Whose data a figure draws, with licences, or what it is made from if nobody's; then by which
    average, which is no source.
    """
    parts = [part.strip() for part in re.split(r"[;,] ", figure["source"])]
    averages = [part for part in parts if part in AVERAGES]
    note = ["Data:"] if figure["sources"] else []
    for key in figure["sources"]:
        licence = as_sentence(producers[key]["licence"])
        note.append(f"{as_sentence(producers[key]['cite'])} (Licence: {licence})")
    if not figure["sources"]:
        drawn = ", ".join(part for part in parts if part not in AVERAGES)
        note += [f"Drawn from: {as_sentence(drawn)}"] if drawn else []
    elif simulated(figure):
        note.append("Part of it is SIMULATED.")
    note += [f"Average: {sentences.listing(averages)}."] if averages else []
    return " ".join(note)


def cite(key: str, folder: Path, form: str) -> str:
    """Cite a figure or, by the key of its claim, a verdict of a published report as text: in one of
    FORMATS, or ``short`` for a slide.
    """
    manifest = read(folder, "manifest.json")
    if re.fullmatch(r"[A-Z]\d\d", key) and key[0] in {claim[0] for claim in claims()}:
        verdicts = rows(folder)
        _entry("claim", key, {row["claim"]: row for row in verdicts if row["claim"] in claims()})
        citation = verdict_citations(key, manifest, verdicts)[form]
    else:
        citation = citations(key, manifest)[form]
    return json.dumps(citation, indent=1, ensure_ascii=False) if form == "csl" else citation


def number(key: str, folder: Path) -> str:
    """Write a number of a published report in three lines: rounded and in full with its unit, its
    notebook and edition, and its citation.
    """
    manifest = read(folder, "manifest.json")
    entry = _entry("number", key, read(folder, "numbers.json"))
    notebook, edition = entry["notebook"], manifest["edition"]
    value = in_full(entry["value"], entry["unit"])
    made_from = manifest["notebooks"][notebook]["made_from"]
    item = Item(f"{key} of notebook {notebook}", "Number", value, made_from=made_from)
    notice = f"\n{manifest['notice']}" if "notice" in manifest else ""
    cited = bibliography.apa(item, manifest)
    return f"{value}\nnotebook {notebook}, edition {edition}\n{cited}{notice}"


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
