"""Citations resolve to the bibliography, and docs/methods.md to functions and estimators that
exist.
"""

import ast
import re
from importlib import import_module

import pytest

from analysis import paths
from analysis.estimate.registry import ESTIMATORS

DOCS = paths.ROOT / "docs"
METHODS = (DOCS / "methods.md").read_text(encoding="utf-8")
ENTRY = re.compile(r"^@\w+\{(\w+),\n(.*?)^\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"^  (\w+) = \{(.*)\},$", re.MULTILINE)
ENTRIES = {
    key: dict(FIELD.findall(body))
    for key, body in ENTRY.findall((DOCS / "references.bib").read_text(encoding="utf-8"))
}

NAME = r"[A-Z]\w*[a-z](?: Silva)?"
NAMES = rf"{NAME}(?:, {NAME})*(?:,? and (?:{NAME}|others))?"
CITATION = re.compile(
    rf"({NAMES})(?:'s?)?(?: F test)?,? \(?((?:19|20)\d\d)\b((?:, (?:19|20)\d\d)*)"
)
"""Authors and year, as in ``Kish (1965)``, ``(Price and Bonett 2001)`` or ``Wellek's F test
(2010)``.
"""

NO_AUTHORS = ("TikTok", "Vietnam", "DataRes", "January", "September", "November")
"""Words with a capital that may stand before a year."""


def docstrings():
    """Every docstring of the package, without the adapters, whose data data/sources.toml cites."""
    for path in sorted((paths.ROOT / "analysis").rglob("*.py")):
        if path.parent.name == "sources":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield path.relative_to(paths.ROOT).as_posix(), " ".join(node.value.split())


def citations():
    """File, family names and year of every citation in a docstring."""
    for file, text in docstrings():
        for names, year, more in CITATION.findall(text):
            authors = tuple(re.split(r",? and |, ", names))
            if authors[0] in NO_AUTHORS:
                continue
            for each in (year, *re.findall(r"\d{4}", more)):
                yield file, authors, each


def family_names(entry):
    return tuple(author.split(",")[0] for author in entry["author"].split(" and "))


def key_of(authors, year):
    """Key of the entry with these authors and year, or nothing."""
    for key, entry in ENTRIES.items():
        known = family_names(entry)
        whole = authors == known or (authors[-1] == "others" and authors[0] == known[0])
        if entry["year"] == year and whole:
            return key
    return ""


@pytest.fixture(scope="module")
def cited():
    """What `citations` gives, each once."""
    return sorted(set(citations()))


def test_every_citation_in_a_docstring_has_an_entry_in_the_bibliography(cited):
    assert [citation for citation in cited if not key_of(*citation[1:])] == []


def test_citations_are_recognised_in_each_form_that_docstrings_use(cited):
    forms = {
        "the correction HC3 of MacKinnon and White (1985), which": ("MacKinnon and White", "1985"),
        "draws (Lindeman, Merenda and Gold 1980; the": ("Lindeman, Merenda and Gold", "1980"),
        "Wellek's F test (2010) asks": ("Wellek", "2010"),
        "Searle's (1971) F interval": ("Searle", "1971"),
        "Williams' (1962) for": ("Williams", "1962"),
        "(Egger and others 1997)": ("Egger and others", "1997"),
    }
    assert {text: CITATION.search(text).groups()[:2] for text in forms} == forms
    assert len(cited) >= 25


def test_every_entry_is_cited_by_a_docstring_or_by_the_methods(cited):
    keys = {key_of(authors, year) for _, authors, year in cited}
    keys |= set(re.findall(r"\[(\w+)\]\[bib\]", METHODS))
    assert sorted(set(ENTRIES) - keys) == []


def test_every_key_that_the_methods_cite_is_an_entry():
    assert sorted(set(re.findall(r"\[(\w+)\]\[bib\]", METHODS)) - set(ENTRIES)) == []


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_has_what_a_reader_needs_to_find_the_work(key):
    entry = ENTRIES[key]
    where = {"journal", "volume", "pages"} if "journal" in entry else {"publisher"}
    assert {"author", "title", "year", *where} <= set(entry)
    first = re.sub(r"[^a-z]", "", family_names(entry)[0].lower())
    assert key == first + entry["year"]
    assert re.fullmatch(r"10\.\d{4,}/\S+", entry.get("doi", "10.0000/none"))


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(analysis\.[\w.]+)`", METHODS))))
def test_a_function_that_the_methods_name_exists(name):
    module, function = name.rsplit(".", 1)
    assert callable(getattr(import_module(module), function))


def test_every_registered_estimator_has_its_section_in_the_methods():
    lists = re.findall(r"\bkeys? ((?:`[^`]+`(?:, )?)+)", " ".join(METHODS.split()))
    assert {key for listed in lists for key in re.findall(r"`([^`]+)`", listed)} == set(ESTIMATORS)


def test_the_methods_are_short_and_every_formula_is_closed():
    assert len(METHODS.encode()) <= 26_500
    assert METHODS.count("$$") % 2 == 0
    inline = METHODS.replace("$$", "")
    assert inline.count("$") % 2 == 0
