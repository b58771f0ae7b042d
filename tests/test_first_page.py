"""The first page answers before it lists: its register is whole, its answers are computed, its
first screen is short.
"""

import json
import re

import pandas as pd
import pytest

from analysis.display import finding
from analysis.errors import RegisterError
from analysis.estimate.answer import answer_from
from analysis.estimate.judging import judge
from analysis.finding import words
from analysis.moments.load import load_all
from analysis.present.sentences.answer_headlines import rows_of
from analysis.present.sentences.cards import badge, flips, settle, sure, whose
from analysis.present.sentences.front import headline_of
from analysis.publish.site.chain import chain
from analysis.publish.site.front import front, gathered
from analysis.publish.site.pictures import small_picture
from analysis.publish.site.poster import poster
from analysis.registers import questions as register
from analysis.registers.lookup import claims, quotations
from analysis.registers.questions import Group, Question, Words, asked, check_groups, check_words
from analysis.registers.statements import statements

OPEN = load_all("open")
TABLE = judge([claims()[key] for key in ("D06", "A12", "D07", "C08", "C09")], OPEN).to_frame()
ANSWERS = {key: answer_from(claims()[key], TABLE) for key in ("D06", "A12", "D07", "C08", "C09")}


def test_each_claim_stands_in_exactly_one_group():
    held = [key for group in asked().groups.values() for key in group.claims]
    assert sorted(held) == sorted(claims())


def test_a_question_names_the_notebook_that_answers_its_first_claim():
    for question in asked().questions.values():
        assert claims()[question.claims[0]].notebook == question.notebook


def test_a_claim_left_out_or_held_twice_is_named_in_a_sentence():
    some = tuple(key for key in claims() if key != "D06")
    one = Group(key="all", title="All?", claims=some)
    with pytest.raises(RegisterError, match=r"claim D06 stands in no group; each .* one of all\."):
        check_groups({"all": one})
    twice = Group(key="again", title="Again?", claims=("D06", "A01"))
    with pytest.raises(RegisterError, match="claim A01 stands in 2 groups"):
        check_groups({"all": one, "again": twice})


def test_a_word_with_two_meanings_is_named_in_a_sentence():
    both = {"a": Words(key="a", same=("x", "y")), "b": Words(key="b", same=("y", "z"))}
    with pytest.raises(RegisterError, match=r"\[words.b\] same: 'y' stands in \[words.a\], too"):
        check_words(both)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[questions.x]\ntitle = "No question"\nclaims = ["D06"]\nnotebook = "03-x"', "title"),
        ('[questions.x]\ntitle = "Q?"\nclaims = ["D66"]\nnotebook = "03-x"', "'D66' is not regist"),
        ('[words.x]\nsame = ["A", "b"]', "compared in lower case; 'A' is not"),
        ("[wrods.x]\nsame = []", "there are no wrods. Allowed: questions, groups, words"),
    ],
)
def test_faults_of_the_register_are_sentences(tmp_path, monkeypatch, text, fault):
    (tmp_path / "questions.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(register.paths, "DATA", tmp_path)
    with pytest.raises(RegisterError) as error:
        asked.__wrapped__()
    assert fault in str(error.value)


def test_a_badge_names_the_outcome_and_where():
    assert badge(ANSWERS["D06"]) == "Contradicted on Instagram"
    assert badge(ANSWERS["A12"]) == "Undecided on Instagram"
    assert badge(ANSWERS["D07"]) == "No open data on conversions"
    assert badge(ANSWERS["C08"]).startswith("Supported on Instagram")


def test_an_answer_says_whom_it_compares_how_sure_it_is_and_what_would_flip_or_settle_it():
    assert whose(ANSWERS["D06"]) == "1K to 5K against 10K to 25K followers"
    (sentence,) = sure(ANSWERS["D06"])
    assert "+38 % [+33 %, +43 %]" in sentence and "would have contradicted it in none" in sentence
    assert "older posts alone give +55 %" in " ".join(flips(ANSWERS["D06"]))
    (sentence,) = flips(ANSWERS["A12"])
    assert "crosses +15 %" in sentence and "times as many accounts would decide it" in sentence
    assert flips(ANSWERS["D07"]) == sure(ANSWERS["D07"]) == []


def test_so_many_accounts_more_bring_the_interval_to_the_edge():
    answer = ANSWERS["A12"]
    (row,) = rows_of(answer.main)
    times = float(re.search(r"([\d.]+) times as many", settle(row, answer.claim.tests[0]))[1])
    low, high = (
        row.estimate * (end / row.estimate) ** (times**-0.5) for end in (row.low, row.high)
    )
    assert min(abs(low - 1.15), abs(high - 1.15)) < 0.01


@pytest.mark.parametrize("key", ["D06", "A12", "D07"])
def test_a_small_picture_labels_what_was_claimed_and_its_axis_in_percent(key):
    drawn = small_picture(ANSWERS[key])
    assert ("claimed: +" in drawn) != (key == "A12") and ">same<" in drawn
    assert drawn.count("<circle") == len(ANSWERS[key].main)
    assert "style=" not in drawn and "ratio" not in drawn
    for x in re.findall(r'(?:cx|x)="([-\d.]+)"', drawn):
        assert 0 <= float(x) <= 320


def test_a_proxy_stands_in_no_headline_badge_or_picture():
    answer = ANSWERS["D07"]
    texts = (finding(answer).headline, badge(answer), small_picture(answer))
    assert all("chat" not in text and "payer" not in text for text in texts)
    assert texts[0].startswith("Nobody has shown it")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("instagram-kim", 1.3, 1.2, 1.4)], "On Instagram, small creators get more engagement"),
        ([("instagram-kim", 0.7, 0.6, 0.8)], "On Instagram, small creators get less engagement"),
        ([("instagram-kim", 1.3, 1.2, 1.4), ("tiktok-tides", 0.7, 0.6, 0.8)], "Whether small"),
        ([("my-posts", 1.3, 0.2, 4.4)], "Whether small creators get more engagement is not clear"),
        ([("my-posts", 1.3, float("nan"), float("inf"))], "Whether small creators"),
        ([], "Whether small creators get more engagement is not clear"),
    ],
)
def test_the_headline_follows_what_the_data_say(rows, said):
    table = pd.DataFrame(rows, columns=["source", "estimate", "low", "high"])
    table = table.assign(claim="D06", test=1, unit="ratio", scheme="decades")
    made = headline_of(claims()["D06"], table, 3)
    assert made.headline.startswith(said) and words(made.headline) <= 14


@pytest.mark.parametrize("claim", sorted({step.claim for step in quotations().values()}))
def test_a_chain_has_every_step_after_those_it_quotes_and_dashes_what_was_not_read(claim):
    steps = chain(claim)
    keys = [one.step.key for one in steps]
    assert set(keys) == {key for key, step in quotations().items() if step.claim == claim}
    for one in steps:
        before = keys[: keys.index(one.step.key)]
        assert set(one.step.quotes) & set(keys) <= set(before)
        assert ('class="dot inferred"' in one.lanes) != one.step.seen
    assert chain("A01") == []


def test_a_branch_of_a_chain_has_a_lane_of_its_own_past_the_steps_between():
    steps = {one.step.key: one for one in chain("D07")}
    passing = steps["course"].lanes
    dot = re.search(r'class="dot \w+" d="M(\d+) ', passing)[1]
    through = re.findall(r'class="inferred" d="M(\d+) 0V100"', passing)
    assert through and dot not in through


def test_the_first_screen_is_read_in_twenty_seconds(published):
    page = (published / "index.html").read_text(encoding="utf-8")
    large = [
        *re.findall(r"<h1>(.*?)</h1>", page),
        *re.findall(r'<h2 id="asked-\w+">(.*?)</h2>', page),
        *re.findall(r'<span class="badge [^"]*">(.*?)</span></p>\n<p class="finding">', page),
        *re.findall(r'<p class="finding">(.*?)</p>', page),
    ]
    assert len(large) == 1 + 3 * 3
    assert sum(map(words, large)) <= 20 * 240 / 60 + 12  # 240 words a minute, and three glances


def test_the_page_shows_the_register_and_only_words_of_its_readers(published):
    page = (published / "index.html").read_text(encoding="utf-8")
    same = json.loads(re.search(r"data-same='(.*?)'", page)[1].replace("&#34;", '"')
                      .replace("&#39;", "'"))  # fmt: skip
    assert set(same) == set(asked().words)
    for question in asked().questions.values():
        assert question.title in page
    for group in asked().groups.values():
        assert group.title in page
    text = re.sub(r"<style>.*?</style>|<script>.*?</script>|<[^>]*>", " ", page, flags=re.S)
    assert not re.search(r"\bnan\b|untestable|\bNone\b|sponsored = yes|built-in| at 0x|\[\]", text)
    assert "settled by reading" in text.lower() and "Nobody has shown it" in text


def test_a_question_takes_a_claim_and_a_notebook():
    with pytest.raises(ValueError, match="claims"):
        Question(key="x", title="Is it?", claims=(), notebook="03-sixty-percent")


def test_the_poster_is_one_page_with_the_words_of_the_first_page_and_always_the_same(published):
    pdf, png = ((published / f"poster.{kind}").read_bytes() for kind in ("pdf", "png"))
    assert pdf.startswith(b"%PDF") and pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") == 1
    assert b"CreationDate" not in pdf and png.startswith(b"\x89PNG")
    assert 'href="poster.pdf"' in (published / "index.html").read_text(encoding="utf-8")


def test_a_poster_of_claims_without_data_is_drawn_the_same_twice():
    none = TABLE[TABLE["claim"] == "D07"]
    manifest = {"notebooks": {}, "sources": {}}
    pages = [{"name": "12-scorecard", "title": "x", "record": {"edition": "x", "verdicts": []}}]
    first = gathered(pages, none.iloc[:0], manifest)
    assert not first["poster"] and first["groups"] == []
    assert poster(first, "x", "y") == poster(first, "x", "y")


def test_an_article_is_marked_up_with_the_badge_and_the_headline_of_each_claim(published):
    page = (published / "statements.html").read_text(encoding="utf-8")
    marked = dict(re.findall(r'<tr id="(\w\d{3})" class="marked (.*?)"', page))
    assert set(marked) == set(statements())
    for key, one in statements().items():
        row = page.split(f'<tr id="{key}"')[1].split("</tr>")[0]
        assert bool(marked[key]) == bool(one.claims)
        assert row.count('<a class="badge ') == len(one.claims)
    of_d06 = next(key for key, one in statements().items() if "D06" in one.claims)
    row = page.split(f'<tr id="{of_d06}"')[1].split("</tr>")[0]
    assert marked[of_d06] == "said-contradicted" and "not 60 %" in row and "1K to 5K" in row


KIM = judge(list(claims().values()), [load_all("instagram-kim")["instagram-kim"]]).to_frame()
NOTHING = {"estimate": float("nan"), "low": float("nan"), "high": float("nan")}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"low": float("nan"), "high": float("nan"), "outcome": "undecided"},
        {"high": float("inf"), "outcome": "undecided"},
        NOTHING | {"outcome": "untestable"},
    ],
)
def test_a_file_of_ones_own_gets_whole_sentences_on_the_page_and_no_poster(changed):
    own = KIM.assign(source=KIM["source"].replace("instagram-kim", "my-posts"))
    own = own.assign(severity="", fragile="", flip=float("nan"), **changed)
    facts = {"cite": "Own data.", "short": "my-posts", "platform": "tiktok"}
    project = {"title": "t", "authors": ["a"], "version": "1", "released": "2026-11-30",
               "address": ""}  # fmt: skip
    manifest = {"notebooks": {}, "sources": {"my-posts": facts}, "edition": "draft",
                "commit": "x", "project": project}  # fmt: skip
    pages = [{"name": "12-scorecard", "title": "x", "record": {"edition": "x", "verdicts": []}}]
    first = gathered(pages, own, manifest)
    text = re.sub(r"<style>.*?</style>|<script>.*?</script>|<[^>]*>", " ", front(first), flags=re.S)
    assert not re.search(r"\bnan\b|\binf\b|\bNone\b|untestable|100 % to 100 %", text)
    assert not first["poster"] and "Every open source" not in text
    assert len(first["entries"]) == len(claims())
