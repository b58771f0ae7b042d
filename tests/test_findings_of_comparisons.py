"""Findings of comparisons stay sentences of their length, whatever the results are."""

import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.estimate.results import Estimates
from analysis.finding import MOST_ALT, MOST_WORDS, words
from analysis.present.sentences.sizes import sized

NOTHING, NO_END = math.nan, math.inf
BAD = re.compile(r"\bnan\b|\binf\b|[\[\](){}_]|\s[-–]\s|100 % to 100 %|\s{2,}")
CLAIM = an.claim("D06")
OPEN = an.load_all("open").sample("engagement")
MADE = {
    "publishers": OPEN.across_schemes(an.schemes().values()),
    "sizes": OPEN.tier("decades").against("macro"),
    "averages": OPEN.tier("decades").across_averages(),
    "metrics": an.load_all("open")
    .sample("likes_per_follower", "comments_per_follower", "engagement_per_view")
    .tier("decades")
    .contrast(),
}
WRITERS = {
    "publishers": an.text.across_publishers,
    "sizes": an.text.against_one,
    "averages": an.text.across_averages,
    "metrics": an.text.by_metric,
}
PICTURES = {
    "publishers": an.plot.by_publisher,
    "sizes": an.plot.by_size,
    "averages": an.plot.by_average,
    "metrics": an.plot.by_metric,
}


def check(finding):
    assert words(finding.headline) <= MOST_WORDS
    assert not BAD.search(finding.headline), finding.headline
    assert finding.headline[0].isupper() or finding.headline[0].isdigit()
    assert len(finding.headline.split()) >= 4
    assert len(finding.alt) >= 20
    assert words(finding.alt) <= MOST_ALT
    assert finding.alt.strip() != finding.caption
    for text in (finding.detail, finding.caveat, finding.alt):
        assert "nan" not in text.lower().split()


def changed(estimates, random, kind):
    """The same comparisons with other numbers."""
    made = []
    for one in estimates:
        ratio = float(np.exp(random.normal(0.2 * (kind - 2), 0.6)))
        spread = float(np.exp(abs(random.normal(0, 0.4)) + 0.01))
        ends = random.choice(["closed", "closed", "open", "none", "missing"])
        high = NO_END if ends == "open" else ratio * spread
        values = (ratio, ratio / spread, high)
        values = (ratio, NOTHING, NOTHING) if ends == "none" else values
        values = (NOTHING,) * 3 if ends == "missing" else values
        status = {"missing": "undefined", "none": "indicative"}.get(ends, "ok")
        fields = dict(zip(("estimate", "low", "high"), values, strict=True))
        made.append(replace(one, status=status, **fields))
    return replace(estimates, estimates=tuple(made))


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("seed", range(15))
def test_any_ratios_give_a_finding_of_its_length(name, seed):
    random = np.random.default_rng(seed)
    check(WRITERS[name](changed(MADE[name], random, seed % 5), CLAIM))


@pytest.mark.parametrize("name", MADE)
def test_no_source_and_no_estimate_are_said(name):
    of_none = Estimates.of([], **{key: [] for key in MADE[name].keys})
    undefined = [
        replace(one, estimate=NOTHING, low=NOTHING, high=NOTHING, status="undefined")
        for one in MADE[name]
    ]
    for estimates in (of_none, replace(MADE[name], estimates=tuple(undefined))):
        found = WRITERS[name](estimates, CLAIM)
        check(found)
        assert found.headline.startswith("No source has enough creators")
        PICTURES[name](estimates, CLAIM)


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("seed", range(3))
def test_any_ratios_can_be_drawn(name, seed):
    random = np.random.default_rng(seed)
    figure = PICTURES[name](changed(MADE[name], random, seed), CLAIM)
    texts = [text.get_text() for axis in figure.axes for text in axis.texts]
    assert not any(re.search(r"\bnan\b", text) for text in texts)


@pytest.mark.parametrize("seed", range(10))
def test_curves_and_rates_along_followers_give_findings(seed):
    random = np.random.default_rng(seed)
    own = changed(OPEN.tier("harvard-media").contrast(), random, seed % 5)
    check(own.confidence_curve(CLAIM).finding())
    check(an.text.along_followers(changed(OPEN.along_followers(), random, 2), 100_000))


def test_strata_of_no_source_say_so():
    strata = CLAIM.by_strata(an.load_all("tiktok-datares"))
    found = strata.finding()
    check(found)
    assert found.headline.startswith("No source has strata")


@pytest.mark.parametrize("key", ["C08", "D06", "C14"])
def test_strata_name_the_posts_that_alone_would_have_decided_otherwise(key):
    strata = an.claim(key).by_strata(an.load_all("open"))
    found = strata.finding()
    check(found)
    turned = strata.frame.groupby("source")["outcome"].nunique().max() > 1
    assert ("alone" in found.headline) == turned or "no part" in found.headline


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (1.2, 1.2, "20 % more likes"),
        (0.8, 0.8, "20 % fewer likes"),
        (1.1, 1.4, "10–40 % more likes"),
        (0.6, 0.9, "10–40 % fewer likes"),
        (0.9, 1.4, "between 10 % fewer and 40 % more likes"),
        (2.0, 4.0, "2–4 times the likes"),
        (1.001, 1.003, "about as many likes"),
        (12.0, 12.0, "12 times the likes"),
    ],
)
def test_a_size_says_its_direction(low, high, text):
    assert sized(low, high, "likes") == text


def test_platforms_are_named_of_registered_sources_alone():
    known = an.text.across_publishers(MADE["publishers"], CLAIM)
    assert known.headline.startswith("On Instagram, ")
    own = [replace(one, context=replace(one.context, source_key="acme"))
           for one in MADE["publishers"]]  # fmt: skip
    found = an.text.across_publishers(replace(MADE["publishers"], estimates=tuple(own)), CLAIM)
    assert found.headline.startswith("In these data, ")


def test_chance_alone_is_called_computed():
    chances = an.power.chances_of_up_to(1.6, [1, 16])
    found = an.text.best_of_many(chances, 1.6, 16, 0.3)
    check(found)
    assert "Computed, not observed" in found.detail
    assert isinstance(chances, pd.DataFrame)
