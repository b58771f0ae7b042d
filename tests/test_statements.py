"""Every statement of the documents is registered, in their order and in our words, with its claims
or the reason why there is none.
"""

import re
from itertools import groupby, pairwise

import pytest

from analysis import paths
from analysis.errors import RegisterError
from analysis.publish.site.registered import statements_page
from analysis.registers.lookup import claims, disagreements, documents, quotations, read_register
from analysis.registers.statements import Statement, statements, statements_of

TEXTS = paths.ROOT.parent / "shared" / "documents"
FILES = {
    "martech-mediakix": ("000_*.txt",),
    "tint": ("001_*.txt",),
    "macro-or-micro": ("002_*.txt",),
    "quantumrun": ("003_*.txt", "004_*.txt"),  # two editions that agree line by line
}
RUN = 8
"""So many words in a row would be copied."""


def texts_of(document):
    if not TEXTS.is_dir():
        pytest.skip("the documents are not part of the repository and are not beside it here")
    return [next(TEXTS.glob(name)).read_text(encoding="utf-8") for name in FILES[document.key]]


each_document = pytest.mark.parametrize(
    "document", documents().values(), ids=lambda document: document.key
)


def test_every_claim_is_that_of_a_statement_of_its_own_document():
    said = {key: one.letter for one in statements().values() for key in one.claims}
    assert set(said) == set(claims())
    assert [key for key, letter in said.items() if key[0] != letter] == []


def test_a_statement_has_a_claim_or_the_reason_why_there_is_none():
    for one in statements().values():
        assert bool(one.claims) != bool(one.no_claim)
        assert len(set(one.claims)) == len(one.claims)
        assert not one.no_claim or one.no_claim.endswith(".")


@each_document
def test_statements_are_numbered_without_a_gap_and_stand_in_the_order_of_the_text(document):
    of_document = statements_of(document)
    numbers = range(1, len(of_document) + 1)
    assert [one.key for one in of_document] == [f"{document.letter}{n:03}" for n in numbers]
    assert all(left.lines <= right.lines for left, right in pairwise(of_document))


def test_the_letters_of_statements_are_those_of_documents_each_in_one_piece():
    letters = [letter for letter, _ in groupby(statements().values(), lambda one: one.letter)]
    assert sorted(letters) == sorted(document.letter for document in documents().values())


def test_a_statement_is_a_sentence_of_its_own():
    for letter, group in groupby(statements().values(), lambda one: one.letter):
        said = [one.says for one in group if one.claims]
        assert len(set(said)) == len(said), letter
        assert all(text[-1] in ".?" and text.count(". ") == 0 for text in said)


@each_document
def test_no_line_of_a_document_is_left_out(document):
    covered = set()
    for one in statements_of(document):
        covered |= set(range(one.lines[0], one.lines[1] + 1))
    for text in texts_of(document):
        lines = text.splitlines()
        written = {number for number, line in enumerate(lines, start=1) if line.strip()}
        assert written - covered == set()
        assert {one.lines[1] for one in statements_of(document)} <= set(range(1, len(lines) + 1))


def words(text):
    return re.findall(r"\w+", text.casefold())


def runs(text):
    found = words(text)
    return {tuple(found[at : at + RUN]) for at in range(len(found) - RUN + 1)}


@each_document
def test_no_register_copies_a_run_of_words_from_a_document(document):
    copied = set().union(*map(runs, texts_of(document)))
    assert len(copied) > 100 or document.key == "martech-mediakix"  # Japanese has few blanks
    ours = [" ".join((one.says, one.differs, one.no_claim)) for one in statements().values()]
    ours += [one.model_dump_json() for one in claims().values()]
    ours += [one.model_dump_json() for one in disagreements().values()]
    ours += [one.model_dump_json() for one in quotations().values()]
    assert [text for text in ours if runs(text) & copied] == []


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ("claims = []", "either claims, or no_claim"),
        ('claims = ["A01"]\nno_claim = "A heading."', "either claims, or no_claim"),
        ('no_claim = "A heading."\nlines = [4, 3]', "do not run from a first line to a last"),
        ('no_claim = "A heading."\nlines = [0, 3]', "do not run from a first line to a last"),
    ],
)
def test_a_statement_without_either_or_with_both_and_lines_that_run_back_are_refused(
    tmp_path, fields, fault
):
    lines = "" if "lines" in fields else "lines = [1, 1]\n"
    path = tmp_path / "bad.toml"
    path.write_text(f'[A001]\nsays = "s."\n{lines}{fields}\n', encoding="utf-8")
    with pytest.raises(RegisterError, match=fault):
        read_register(path, Statement)


def test_the_page_has_every_statement_once_and_the_outcome_of_its_claims():
    page = statements_page({"A13": ["supported as far as asked"], "A12": ["undecided"]})
    for key, one in statements().items():
        assert page.count(f'<tr id="{key}"') == 1
        assert one.claims or one.no_claim.replace("'", "&#39;") in page
    of_a13 = next(key for key, one in statements().items() if "A13" in one.claims)
    row = page.split(f'<tr id="{of_a13}"')[1].split("</tr>")[0]
    assert "A13" in row and "supported as far as can be asked" in row
