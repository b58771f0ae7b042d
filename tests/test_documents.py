"""The documents agree with the code."""

import re
import shlex
from itertools import takewhile

import pytest

import analysis as an
from analysis import paths
from analysis.intake.schema import POSTS, PRICES
from analysis.moments.rows import MOMENTS
from analysis.publish import cli
from analysis.publish.run.parameters import ParameterError, choose, resolve

ROOT = paths.ROOT
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / folder / "README.md" for folder in ("benchmarks", "data", "reports", "tests")),
    ]
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
OWN_DATA = (ROOT / "docs" / "own-data.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CODEBOOK = (ROOT / "data" / "README.md").read_text(encoding="utf-8")


def table_under(text, header):
    """Rows of the table with this first line, each a list of its cells without backticks."""
    lines = text.splitlines()
    below = lines[lines.index(header) + 2 :]
    rows = list(takewhile(lambda line: line.startswith("|"), below))
    return [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in rows]


def blocks(text, language):
    """Contents of the code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(text, program):
    """Arguments of every call of a program, in blocks of shell and in running text."""
    lines = [line for block in blocks(text, "bash") for line in block.splitlines()]
    lines += re.findall(
        r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    )
    return [
        shlex.split(line, comments=True)[1:] for line in lines if re.match(rf"{program}\s", line)
    ]


def test_the_codebook_lists_every_column_of_posts_as_the_schema_has_it():
    expected = [
        [
            column.name,
            column.type,
            "yes" if column.required else "no",
            column.meaning.replace("`", ""),
        ]
        for column in POSTS.values()
    ]
    listed = table_under(CODEBOOK, "| column | type | required | meaning |")
    assert [[*row[:3], row[3].replace("`", "")] for row in listed] == expected


def test_the_codebook_lists_every_column_of_prices_as_the_schema_has_it():
    section = CODEBOOK[CODEBOOK.index("## PRICES") :]
    expected = [
        [column.name, column.type, "yes" if column.required else "no"] for column in PRICES.values()
    ]
    assert [
        row[:3] for row in table_under(section, "| column | type | required | meaning |")
    ] == expected


def test_the_codebook_lists_every_moment_in_order():
    assert tuple(row[0] for row in table_under(CODEBOOK, "| moment | meaning |")) == MOMENTS


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_in_a_document_uses_options_that_exist(document):
    for name, *arguments in commands(document.read_text(encoding="utf-8"), "micro-macro"):
        assert name in cli.main.commands
        if arguments:  # a sentence may name a command alone
            program = cli.main.make_context("micro-macro", [name])
            cli.main.commands[name].make_context(name, arguments, parent=program)


def test_the_readme_shows_commands():
    assert len(commands(README, "micro-macro")) >= 3
    assert ["reports"] in commands(README, "make") and ["test"] in commands(README, "make")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_verb_of_make_in_a_document_is_a_target(document):
    targets = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    for verb, *_ in commands(document.read_text(encoding="utf-8"), "make"):
        assert verb in targets


def test_the_small_file_that_is_shown_can_be_read(tmp_path):
    (text,) = [block for block in blocks(OWN_DATA, "text") if block.startswith("account_id,")]
    path = tmp_path / "my.csv"
    path.write_text(text, encoding="utf-8")
    own = an.read(path, "acme")
    assert own.source.engagement == "engagement_per_follower"
    assert own.sample().accounts == 2


def test_the_sentence_that_a_typo_gives_is_quoted_as_it_is():
    with pytest.raises(ParameterError) as error:
        resolve(choose(("03",)), {"average": "medain account"})
    assert f"{error.value}\n" in blocks(OWN_DATA, "text")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file_or_heading_that_exists(document):
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, heading = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        assert path.exists(), f"{document.name} links to {target}."
        if heading:
            headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in [
                re.sub(r"[^a-z0-9 -]", "", text.lower()).replace(" ", "-") for text in headings
            ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_folder_of_the_project_that_a_document_names_exists(document):
    named = re.findall(
        r"`((?:analysis|data|notebooks|tests|docs|\.ci)/[\w./-]*/)`",
        document.read_text(encoding="utf-8"),
    )
    assert [name for name in named if not (ROOT / name).is_dir()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_of_the_project_that_a_document_names_exists(document):
    named = re.findall(
        r"`((?:analysis|benchmarks|data|docs|notebooks|tests|\.ci)/[\w./-]+\.(?:py|toml|md|csv))`",
        document.read_text(encoding="utf-8"),
    )
    named = [name for name in named if not re.search(r"\b(NAME|KEY|DOCUMENT)\b", name)]
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_contributing_is_short_enough_to_be_read():
    assert len(CONTRIBUTING.encode()) <= 6_000


def test_contributing_names_every_folder_of_the_package_in_one_direction():
    (order,) = re.findall(r"^registers -> .*$", CONTRIBUTING, re.MULTILINE)
    named = order.split(" -> ")
    package = ROOT / "analysis"
    assert {path.parent.name for path in package.glob("*/__init__.py")} == {*named} - {"notebooks"}


@pytest.mark.parametrize("page", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_four_parts_and_fits_on_a_screen(page):
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE) == [
        "Context",
        "Decision",
        "Why",
        "Consequence",
    ]
    assert text.startswith(f"# {page.name[:3]} ")
    assert len(text.splitlines()) <= 20


def test_the_index_of_decisions_lists_each_page_once_under_its_title():
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d{3}) \| \[(.+)\]\((.+)\) \|$", index, re.MULTILINE)
    titles = [page.read_text(encoding="utf-8").splitlines()[0] for page in DECISIONS]
    assert [f"# {number} {title}" for number, title, _ in listed] == titles
    assert [name for *_, name in listed] == [page.name for page in DECISIONS]
    assert [int(number) for number, *_ in listed] == list(range(1, len(DECISIONS) + 1))
