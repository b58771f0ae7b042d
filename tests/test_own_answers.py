"""What a reader can tell their boss: whole sentences from any file, in the reader's own tiers, with
what keeps them undecided and how many creators more it would take.
"""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import SchemaError
from analysis.estimate.own_answers import QUESTIONS, own_answers
from analysis.moments.own import read
from analysis.present.sentences.meeting import reach
from analysis.present.sentences.own import described
from analysis.registers.lookup import schemes
from analysis.registers.metrics import METRICS
from analysis.registers.own_tiers import own_tiers
from analysis.simulate import worlds

FORBIDDEN = (
    r"\bnan\b", r"\binf\b", r"None", r"–(?![\d])", r"(?<![\d])-", r"_", r"\{|\}", r"  ",
    r"100 % to 100 %", r"\bfrom (\S+ % \w+) to \1\b", r"\b0 % (more|less|fewer)", r"\bas as\b",
    r"\b1 (micro |macro )?creators\b", r"[Tt]raceback", r"\.\.",
)  # fmt: skip
KEYS = [key for key in METRICS if "_" in key] + [key for key in schemes() if "-" in key]
COLUMNS = ("likes", "comments", "views", "clicks", "conversions", "cost", "revenue")
TIERS = (None, "10k-100k,100k-1m", "small=1k-50k,large=50k-", "1k-10k,10k-100k,100k-1m")


def made_file(seed):
    """A made file of a kind that brands have: few creators, one tier, one post each, columns
    missing, all zeros, several platforms, all alike.
    """
    rng = np.random.default_rng(seed)
    count = rng.choice([1, 3, 9, 20, 60, 120])
    low, high = [(1e3, 2e6), (1e4, 1e6), (2e4, 4e5), (1e4, 9e4), (50, 900)][rng.choice(5)]
    followers = np.exp(rng.uniform(np.log(low), np.log(high), count)).astype(int)
    posts = np.repeat(np.arange(count), rng.choice([1, 1, 4]))
    zeros, spread = rng.choice([0, 0, 0.3, 1]), rng.choice([0, 0.3, 2])
    platforms = np.array(["instagram", "tiktok"])[rng.integers(0, rng.choice([1, 1, 2]), count)]
    table = {
        "account_id": [f"c{at}" for at in posts],
        "platform": platforms[posts],
        "followers": followers[posts],
    }
    lift = followers[posts] ** rng.choice([0, 0, -0.3])
    for name in sorted(rng.choice(COLUMNS, rng.integers(1, len(COLUMNS) + 1), replace=False)):
        creator = np.exp(rng.normal(0, spread, count))[posts]
        mean = np.clip(followers[posts] * lift * 0.03 * creator, 0, 1e9)
        table[name] = rng.poisson(mean) * (rng.random(len(posts)) >= zeros)
    if "conversions" in table:
        table["clicks"] = table["conversions"] * 30 + 20
    if {"cost", "revenue"} & set(table):
        table["currency"] = "EUR"
    return pd.DataFrame(table)


def usable(posts):
    try:
        return read(posts, "acme")
    except SchemaError:
        return None


SEEDS = 90


def test_any_file_gives_five_whole_sentences_and_the_made_files_are_of_every_kind():
    kinds = set()
    for seed in range(SEEDS):
        moments = usable(made_file(seed))
        if moments is None:
            continue
        tiers = TIERS[seed % len(TIERS)]
        answers = own_answers(moments, own_tiers(tiers) if tiers else None)
        assert answers
        for one in answers:
            assert [answer.question for answer in one.answers] == list(QUESTIONS)
            assert len(one.to_frame()) == len(QUESTIONS)
            for answer in one.answers:
                check_words(described(answer), answer)
                kinds |= {answer.because, bool(answer.platform), answer.more is None}
    assert kinds >= {
        *("clear", "wide", "few", "zeros", "nothing counted", "no creators", "lacks", "selected"),
        *("less than claimed", True, False),
    }


@given(st.floats(1e-9, 1e9), st.floats(1, 1e12))
def test_any_interval_reads_as_two_different_ends_in_their_order(low, width):
    text = reach(low, low * width)
    assert not re.search(r"\bfrom (.+) to \1$|\b0 %|nan|inf|-", text)
    assert re.search("more|less|as much|no difference", text)
    if low < 0.9 and low * width > 1.1:
        assert "less to" in text


def check_words(words, answer):
    text = words["sentence"]
    assert text[0].isupper() and text.endswith(".") and len(text.split()) <= 60, text
    for name in ("sentence", "why", "needs"):
        for pattern in FORBIDDEN:
            assert not re.search(pattern, words[name]), (pattern, words[name])
        assert not [key for key in KEYS if key in words[name]], words[name]
        assert words[name] == "" or words[name].endswith(".")
    clear = answer.outcome == "clear"
    assert bool(words["needs"]) != clear
    assert words["badge"] in ("Clear", "Cannot tell", "Not in your file")
    if answer.estimate is not None and not clear:
        assert not re.search("allowing for chance|contradicts|agrees", text)
    if answer.outcome == "clear" and answer.question != "claim":
        low, high = answer.estimate.low, answer.estimate.high
        assert low > 1 or high < 1
        assert min(answer.accounts) >= 10


def answers_of(posts, tiers="10k-100k,100k-1m", **arguments):
    (one,) = own_answers(read(posts, "acme", **arguments), own_tiers(tiers))
    return {answer.question: answer for answer in one.answers}


def test_too_few_creators_are_named_with_their_followers_and_how_many_more_it_would_take():
    rate = answers_of(worlds.posts(seed=3, accounts=(22, 9)))["rate"]
    words = described(rate)
    assert re.match(
        r"Your 22 micro creators \(10K–100K followers\) got \d+ % more likes and comments per "
        r"follower than your 9 macro creators \(100K–1M\); with so few creators it could be "
        r"anything from \d+ % less to 2\.\d times as much\.",
        words["sentence"],
    )
    assert words["why"] == "A tier needs 10 creators to decide anything; here are 9 macro creators."
    assert re.match(
        r"It would take about \d+ more micro creators and \d+ more macro", words["needs"]
    )


def test_with_as_many_creators_more_as_it_asks_for_an_answer_is_decided():
    answer = answers_of(worlds.posts(seed=4, ratio=1.25, accounts=(40, 16)))["rate"]
    assert answer.outcome == "undecided" and answer.more
    # the same creators over and over: the difference stays, as the sentence presumes
    posts = worlds.posts(seed=4, ratio=1.25, accounts=(40, 16))
    times = 1 + max(
        -(-more // count) for more, count in zip(answer.more, answer.accounts, strict=True)
    )
    copies = [posts.assign(account_id=posts["account_id"] + f"-{at}") for at in range(times)]
    assert answers_of(pd.concat(copies), trust_file=True)["rate"].outcome == "clear"
    fewer = [posts.assign(account_id=posts["account_id"] + f"-{at}") for at in range(times // 3)]
    assert answers_of(pd.concat(fewer), trust_file=True)["rate"].outcome == "undecided"


def test_the_direction_is_right_and_totals_name_the_larger_tier_first():
    posts = worlds.posts(seed=5, ratio=2.5, accounts=(150, 60))
    answers = answers_of(posts)
    assert "times as many" in answers["rate"].sentence() or "more" in answers["rate"].sentence()
    assert answers["rate"].sentence().startswith("Your 150 micro creators")
    assert answers["total"].sentence().startswith("Your 60 macro creators")
    assert answers["claim"].because == "more than claimed"
    turned = answers_of(worlds.posts(seed=5, ratio=0.4, accounts=(150, 60)))
    assert "fewer likes and comments" in turned["rate"].sentence()
    assert turned["claim"].because == "less than claimed"


def test_a_file_that_looks_selected_decides_nothing_and_says_so():
    rng = np.random.default_rng(1)
    posts = worlds.posts(seed=6, ratio=3, accounts=(150, 60))
    posts = posts[posts["likes"] > 1000]  # as if posts below a threshold were left out
    answers = answers_of(posts)
    if answers["rate"].because != "selected":
        posts["likes"] = rng.integers(1000, 90_000, len(posts))
        answers = answers_of(posts)
    words = described(answers["rate"])
    assert words["badge"] == "Cannot tell" and "the file looks selected" in words["sentence"]
    assert "all posts of these creators" in words["needs"]
    assert answers_of(posts, trust_file=True)["rate"].because != "selected"


@pytest.mark.parametrize(
    ("text", "names", "edges"),
    [
        ("10k-100k,100k-1m", ("micro", "macro"), (10_000, 100_000, 1_000_000)),
        ("micro=10k-100k, macro=100k-", ("micro", "macro"), (10_000, 100_000)),
        ("-5K,5K-1.5m,1.5m+", ("under 5,000", "5,000 to 1,500,000", "1,500,000 or more"),
         (5_000, 1_500_000)),
    ],
)  # fmt: skip
def test_tiers_of_ones_own_are_read(text, names, edges):
    scheme = own_tiers(text)
    assert (scheme.names, scheme.edges) == (names, edges)
    assert not scheme.published


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10k-100k", "at least two are needed"),
        ("", "at least two are needed"),
        ("10k-100k,50k-1m", "they overlap or are out of order"),
        ("100k-1m,10k-100k", "they overlap or are out of order"),
        ("a=10k-100k,a=100k-1m", "every tier needs a name of its own"),
        ("small,large", "a range of followers such as 10k-100k is needed"),
        ("10k-100k,lots", "a range of followers such as 10k-100k is needed"),
    ],
)
def test_tiers_that_cannot_be_read_are_refused_with_an_example(text, said):
    with pytest.raises(SchemaError, match=said) as refused:
        own_tiers(text)
    assert "10k-100k" in str(refused.value) or "name of its own" in str(refused.value)
