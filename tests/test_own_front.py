"""The first page of a report on own data: what one can tell, in the words of `check`; and no page
of it shows a warning of a library or a path of this machine.
"""

import html
import re
import shutil
from pathlib import Path

import pytest

from analysis import paths
from analysis.display import because
from analysis.estimate.cost.assumptions import turning
from analysis.publish.check import as_text, check
from analysis.publish.report import publish_report
from analysis.publish.run.execute import finalise
from analysis.publish.run.parameters import ParameterError
from analysis.publish.run.request import Request, foresee
from analysis.registers.own_tiers import own_tiers
from analysis.simulate import worlds

TIERS = own_tiers("10k-100k,100k-1m")


@pytest.fixture(scope="module")
def brand(tmp_path_factory):
    """A thin file of a brand, and the report on it: notebooks of which thin data ask most."""
    folder = tmp_path_factory.mktemp("brand")
    posts = worlds.posts(8, ratio=1.3, accounts=(14, 11), posts_per_account=2)
    days = [f"2025-0{1 + at % 6}-15" for at in range(len(posts))]
    file = folder / "campaigns-2025.csv"
    posts.assign(posted_at=days, cost=posts["followers"] / 50, currency="EUR").to_csv(
        file, index=False
    )
    given = {"handling_cost": "0"}
    request = Request(
        ("06", "11", "12"), given, file, "brand-under-test", out=folder / "report", tiers=TIERS
    )
    try:
        yield file, publish_report(request)
    finally:  # kernels find own data where the project keeps them, and nowhere else
        shutil.rmtree(paths.OWN / "brand-under-test", ignore_errors=True)


@pytest.fixture(scope="module")
def front(brand):
    return text_of(brand[1] / "index.html")


def text_of(page):
    body = re.sub(r"(?s)<(style|script)>.*?</\1>", "", page.read_text(encoding="utf-8"))
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", body)).split())


def test_the_first_page_names_file_rows_creators_period_and_platform(brand, front):
    assert "brand-under-test: what your own posts say" in front
    rows = len(brand[0].read_text().splitlines()) - 1
    for fact in ("File campaigns-2025.csv", f"Rows used {rows}", "Creators 25",
                 "Period 2025-01-15 to 2025-06-15", "Platforms Instagram 25"):  # fmt: skip
        assert fact in front
    assert "Your tiers: micro 10K to 100K, macro 100K to 1M followers." in front


def test_the_first_page_and_check_say_the_same_five_sentences(brand, front):
    (told,) = check(brand[0], tiers=TIERS)["tell"]
    assert len(told["answers"]) == 5
    shown = as_text(check(brand[0], tiers=TIERS))
    for at, answer in enumerate(told["answers"], 1):
        for words in (answer["sentence"], answer["why"], answer["needs"]):
            assert words in front
            assert words in " ".join(shown.split())
        assert shown.index(f"{at}. ") < shown.index("How it was read, and every claim: --all.")


def test_the_first_page_has_no_general_text_and_keeps_other_peoples_data_apart(front):
    for general in ("open data", "registered with tiers", "Martech", "Reports say that"):
        assert general not in front
    mine, _, others = front.partition("Other people's data")
    assert "Agency list" not in mine and "Agency list" in others
    assert "that do not come from your file" in others


def test_no_page_of_an_own_report_has_a_warning_or_a_path_of_this_machine(brand):
    folder = brand[1]
    pages = [*folder.glob("*.html"), *folder.glob("notebooks/*"), folder / "manifest.json"]
    assert len(pages) > 8
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for trace in ("Warning", "/tmp", "site-packages", str(Path.home()), str(paths.ROOT),
                      str(folder.parent)):  # fmt: skip
            assert trace not in text, (page.name, trace)


def test_a_warning_of_a_library_is_not_published_and_what_a_notebook_says_is():
    import nbformat

    warning = "/x/site-packages/a.py:3: RuntimeWarning: overflow encountered in power\n  a**b\n"
    outputs = [
        nbformat.v4.new_output("stream", name=name, text=text)
        for name, text in (("stderr", warning), ("stderr", "two rows"), ("stdout", "Warning: no"))
    ]
    cell = nbformat.v4.new_code_cell("a", outputs=outputs)
    done = finalise(nbformat.v4.new_notebook(cells=[cell]))
    assert [output["text"] for output in done.cells[0]["outputs"]] == ["two rows", "Warning: no"]


def test_the_advice_on_a_budget_names_the_assumption_that_decides(front):
    advice = front.partition("Your budget")[2].partition("How that is computed")[0]
    assert re.search(
        r"What decides is an assumption, that (handling one creator costs|\S+ % of a further "
        r"creator's reactions).*: (from|at) .+ it is (all|an even|today)|"
        "No other handling cost or overlap of audiences that was tried would change that", advice
    )  # fmt: skip
    assert "nan" not in advice


@pytest.mark.parametrize(
    ("edge", "handling", "overlap", "found"),
    [
        (12, 150, 0.02, ("handling", 12, "all micro")),
        (400, 150, 0.02, ("handling", 400, "all macro")),
    ],
)
def test_the_value_at_which_the_winner_changes_is_found(edge, handling, overlap, found):
    def winner(cost, _share):
        return "all macro" if cost > edge else "all micro"

    turned = turning(winner, handling, overlap, 20_000, "EUR")
    assert (turned.assumption, round(turned.value), turned.then) == found
    way = "at 12 EUR or less" if edge < handling else "from 400 EUR on"
    assert turned.sentence() == (
        f"What decides is an assumption, that handling one creator costs 150 EUR: {way} it is "
        f"{turned.then}."
    )


def test_an_overlap_decides_where_it_is_nearer_than_the_handling_cost():
    turned = turning(
        lambda cost, share: "all mega" if share > 0.05 or cost > 1500 else "all macro", 150, 0.02,
        20_000,
    )  # fmt: skip
    assert turned.assumption == "overlap"
    assert "2 % of a further creator's reactions" in turned.sentence()
    assert "from 5 % on it is all mega" in turned.sentence()


def test_where_nothing_changes_the_winner_that_is_said():
    turned = turning(lambda *_: str(because("even")), 0, 0.02, 20_000)
    assert turned.sentence() == (
        "No other handling cost or overlap of audiences that was tried would change that."
    )


def test_tiers_of_ones_own_are_for_own_data():
    with pytest.raises(ParameterError, match="--tiers are for data of your own"):
        foresee(Request(tiers=TIERS))
