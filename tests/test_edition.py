"""An edition is small, complete and made once; a report that differs from it is refused."""

import csv
import json
import shutil
import subprocess

import pytest
from lxml import html

from analysis import paths
from analysis.estimate.multiverse import fixed
from analysis.publish import edition
from analysis.publish.edition import Comparison, bundle, compare, freeze
from analysis.publish.run.environment import MachineError
from analysis.publish.run.manifest import VerifyError, verify
from analysis.publish.run.parameters import ParameterError
from analysis.publish.site.pdf import BROWSERS, on_paper, print_report


@pytest.fixture(scope="module")
def frozen(published, tmp_path_factory):
    out = tmp_path_factory.mktemp("editions") / "2026-11"
    bundle(published, out)
    return out


@pytest.fixture
def later(published, tmp_path):
    """A copy of the report, to be changed."""
    return shutil.copytree(
        published,
        tmp_path / "later",
        ignore=shutil.ignore_patterns("figures", "notebooks", "tables"),
    )


def test_an_edition_is_sealed_small_and_has_every_figure(published, frozen):
    assert verify(frozen) == sum(path.is_file() for path in frozen.rglob("*"))
    manifest = json.loads((frozen / "manifest.json").read_text(encoding="utf-8"))
    assert {path.name for path in (frozen / "figures").iterdir()} == {
        f"{key}.{kind}" for key in manifest["figures"] for kind in ("svg", "png", "csv")
    }
    for name in ("verdicts.csv", "numbers.json", "figures/F01a.svg", "figures/F01a.csv"):
        assert (frozen / name).read_bytes() == (published / name).read_bytes()
    assert (
        sum(path.stat().st_size for path in frozen.rglob("*") if path.is_file()) < 2e6
    )  # four figures


def test_pictures_lose_bytes_and_not_their_looks(published, frozen):
    from PIL import Image, ImageChops, ImageStat

    for small in (frozen / "figures").glob("*.png"):
        before = published / "figures" / small.name
        assert small.stat().st_size < 0.7 * before.stat().st_size
        with Image.open(small) as after, Image.open(before) as full:
            assert after.size == full.size == (1920, 1080)
            difference = ImageChops.difference(after.convert("RGB"), full.convert("RGB"))
        assert max(ImageStat.Stat(difference).mean) < 1.5


def test_the_page_of_an_edition_shows_pictures_with_captions_and_alt_texts(frozen):
    page = (frozen / "README.md").read_text(encoding="utf-8")
    assert page.startswith("# Edition 2026-11\n")
    assert "](figures/F12a.png)" in page
    for target in [part.split(")")[0] for part in page.split("](")[1:]]:
        assert (frozen / target).exists() or target == "../../CHANGELOG.md"
    assert "![]" not in page


def test_the_citations_of_an_edition_are_one_for_each_figure(frozen):
    keys = sorted(json.loads((frozen / "manifest.json").read_text(encoding="utf-8"))["figures"])
    assert [
        item["number"]
        for item in json.loads((frozen / "citations.json").read_text(encoding="utf-8"))
    ] == keys
    assert (frozen / "citations.bib").read_text(encoding="utf-8").count("@misc{") == len(keys)


def test_a_report_agrees_with_the_edition_made_of_it(published, frozen):
    with (published / "verdicts.csv").open(encoding="utf-8", newline="") as file:
        verdicts = len(list(csv.DictReader(file)))
    numbers = json.loads((published / "numbers.json").read_text(encoding="utf-8"))
    counts = [entry["unit"] for entry in numbers.values()].count("verdicts")
    assert counts > 1, "notebook 12 counts the verdicts of each outcome"
    assert compare(published, frozen) == Comparison(verdicts + len(numbers) - counts, ())


def change_number(folder, key, by):
    numbers = json.loads((folder / "numbers.json").read_text(encoding="utf-8"))
    numbers[key]["value"] *= by
    (folder / "numbers.json").write_text(json.dumps(numbers), encoding="utf-8")


def test_digits_that_are_not_printed_do_not_count(later, frozen):
    change_number(later, "01.most_renamed", 1 + 1e-6)
    assert compare(later, frozen).agreed > 0


def test_a_number_that_moved_is_named_with_both_values(later, frozen):
    change_number(later, "01.most_renamed", 0.5)
    with pytest.raises(
        VerifyError,
        match=r"^number 01\.most_renamed: 100 % in the edition, 50\.0 % now\.\n.*freeze a new "
        r"edition\.$",
    ):
        compare(later, frozen)


def test_a_verdict_that_changed_and_one_that_is_gone_are_named(later, frozen):
    lines = (later / "verdicts.csv").read_text(encoding="utf-8").splitlines()
    turned = next(at for at, line in enumerate(lines) if ",supported," in line)
    lines[turned] = lines[turned].replace(",supported,", ",undecided,")
    (later / "verdicts.csv").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    with pytest.raises(VerifyError) as error:
        compare(later, frozen)
    changed, gone, remedy = str(error.value).splitlines()
    assert ": supported " in changed and ", undecided " in changed
    assert gone.endswith("missing now.")
    assert remedy.endswith("freeze a new edition.")


def test_verdicts_and_numbers_that_the_edition_does_not_have_are_listed_and_not_refused(
    later, frozen
):
    before = compare(later, frozen)
    lines = (later / "verdicts.csv").read_text(encoding="utf-8").splitlines()
    added = next(line for line in lines[1:] if line.startswith("C08,"))
    lines.append(added.replace("C08,", "Z99,", 1))
    (later / "verdicts.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    numbers = json.loads((later / "numbers.json").read_text(encoding="utf-8"))
    numbers["01.new"] = {"notebook": "01-who-is-micro", "unit": "percent", "value": 12.5}
    numbers["12.supported"]["value"] += 1
    (later / "numbers.json").write_text(json.dumps(numbers), encoding="utf-8")
    now = compare(later, frozen)
    assert (now.agreed, len(now.added)) == (before.agreed, 2)
    assert now.added[0].startswith("verdict Z99, ")
    assert now.added[1] == "number 01.new: 12.5 %"


def test_a_number_that_is_missing_is_named_with_its_value_in_the_edition(later, frozen):
    numbers = json.loads((later / "numbers.json").read_text(encoding="utf-8"))
    del numbers["01.most_renamed"]
    (later / "numbers.json").write_text(json.dumps(numbers), encoding="utf-8")
    with pytest.raises(
        VerifyError, match=r"^number 01\.most_renamed: 100 % in the edition, missing now\."
    ):
        compare(later, frozen)


@pytest.mark.parametrize("name", ["draft", "2026-13", "November", "2026-11-22"])
def test_an_edition_is_named_by_year_and_month(name):
    with pytest.raises(
        ParameterError, match=r"an edition is named by year and month, e\.g\. 2026-11, and a"
    ):
        freeze(name)


def test_an_edition_is_made_once_and_from_a_commit(tmp_path, monkeypatch, published):
    monkeypatch.setattr(paths, "REPORTS", tmp_path)
    (tmp_path / "2026-10").mkdir()
    with pytest.raises(
        ParameterError, match="An edition is made once; a correction is a new edition"
    ):
        freeze("2026-10")
    (tmp_path / "clone").mkdir()
    monkeypatch.setattr(paths, "ROOT", tmp_path / "clone")
    with pytest.raises(ParameterError, match=r"^this is no git clone"):
        freeze("2026-11")
    git = [
        shutil.which("git"),
        "-C",
        str(tmp_path / "clone"),
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b.c",
    ]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / "clone" / "new.py").touch()
    with pytest.raises(
        ParameterError, match=r"^the code differs from its commit: new\.py\. Commit them first"
    ):
        freeze("2026-11")
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "all"], check=True)
    monkeypatch.setattr(edition, "publish_report", lambda request: published)
    monkeypatch.setattr(fixed, "EDITIONS", tmp_path / "editions.toml")
    assert freeze("2026-11") == tmp_path / "2026-11"
    assert verify(tmp_path / "2026-11") > 10
    assert "decades" in fixed.fixed_grids()["2026-11"].scheme


def test_without_chromium_no_pdf_is_made_and_a_sentence_explains_it(
    published, tmp_path, monkeypatch
):
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(
        MachineError, match=r"^No PDF was made: it takes Chromium, and none of chromium, "
    ):
        print_report(published, tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()


def test_a_pdf_has_every_page_but_that_on_which_edges_are_moved(published):
    pages = {path.stem for path in published.glob("*.html")}
    first, *rest = on_paper(published, ["12-scorecard", "01-who-is-micro"])
    assert (first, *rest[:2]) == ("index", "01-who-is-micro", "12-scorecard")
    assert pages - {first, *rest} == {"explore"}


def test_a_pdf_is_tagged_and_has_an_outline(published, tmp_path):
    if not any(map(shutil.which, BROWSERS)):
        pytest.skip("there is no Chromium")
    short = shutil.copytree(published, tmp_path / "short")
    for path in short.glob("*.html"):  # Chromium lays out hundreds of rows for seconds
        page = html.document_fromstring(path.read_text(encoding="utf-8"))
        for row in page.xpath("//tbody/tr[position() > 20]"):
            row.drop_tree()
        path.write_text(html.tostring(page, encoding="unicode"), encoding="utf-8")
    print_report(short, tmp_path / "report.pdf")
    content = (tmp_path / "report.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    for mark in (b"/MarkInfo", b"/StructTreeRoot", b"/Outlines", b"/Lang"):
        assert mark in content
    assert b"/Alt" in content
    assert verify(published) > 0
