"""What a user meets: few names, nouns that show themselves, sentences where a step is missing."""

import re
import types
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.display import Result

NAMESPACES = {
    name: value for name, value in vars(an).items()
    if name in an.__all__ and isinstance(value, types.ModuleType)
}  # fmt: skip
OPEN = an.load_all("open")
KIM = an.load("instagram-kim")
TIERED = KIM.sample("engagement").tier("harvard-media")
LIFT = TIERED.contrast("micro", "macro")
NOUNS = {
    "sources": OPEN,
    "moments": KIM,
    "sample": KIM.sample(),
    "sample with tiers": TIERED,
    "samples": OPEN.sample(),
    "estimate": LIFT,
    "estimates": TIERED.by_tier(),
    "estimates of samples": OPEN.sample().tier("decades").contrast(),
    "claim": an.claim("D06"),
    "scheme": an.scheme("decades"),
    "verdict": an.claim("D06").judge(LIFT),
    "verdicts": an.judge(an.claim("D06"), OPEN),
    "undecided claim": an.claim("D07").judge(),
    "registers": an.claims(),
    "equivalence": TIERED.equivalence("micro", "macro"),
    "trend": TIERED.trend(),
    "power": an.power.significant_study(10, base=0.02, clicks=1000),
    "pooled": an.synthesis.pool(pd.DataFrame({"effect": [0.8, 0.9, 1.0], "se": [0.05, 0.05, 0.1]})),
}


class Tags(HTMLParser):
    """Counts the elements that are opened and closed."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        self.open += [tag] if tag not in ("br", "hr", "img") else []

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_package_offers_about_fifteen_names_beside_its_namespaces():
    assert set(an.__all__) <= set(dir(an))
    assert len(set(an.__all__) - set(NAMESPACES)) <= 15


@pytest.mark.parametrize("name", NAMESPACES)
def test_a_namespace_offers_functions_of_ours_with_docstrings_and_nothing_else(name):
    offered = dir(NAMESPACES[name])
    assert offered
    for value in (getattr(NAMESPACES[name], one) for one in offered):
        assert not isinstance(value, types.ModuleType)
        if callable(value):
            assert value.__module__.startswith("analysis") and value.__doc__


@pytest.mark.parametrize("name", NOUNS)
def test_a_noun_shows_itself_in_a_terminal_in_jupyter_and_as_a_sentence(name):
    noun, tags = NOUNS[name], Tags()
    assert isinstance(noun, Result)
    for text in (repr(noun), str(noun), noun.sentence()):
        assert text.strip()
        assert not re.search(r"np\.float64|\bnan\b|<object|Estimate\(", text)
    assert noun.sentence().endswith(".")
    tags.feed(noun._repr_html_())
    assert tags.open == []
    assert len(noun.to_frame()) or name == "undecided claim"


def test_estimates_and_verdicts_show_follower_ranges_and_percent():
    assert "micro (1K to 5K followers) against macro (10K to 25K): +38 %" in repr(LIFT)
    assert "micro (1K to 5K followers)" in TIERED.by_tier()._repr_html_()
    verdict = an.claim("D06").judge(LIFT)
    assert "+60 % (+45 % to +76 % counts)" in verdict.sentence()
    assert "1K to 5K" in verdict.sentence()


def test_numbers_in_a_table_stand_right_and_text_left():
    written = TIERED.by_tier()._repr_html_()
    assert 'class="data row1 col1 number"' in written
    assert 'class="data row1 col0"' in written


@pytest.mark.parametrize(
    ("slip", "sentence"),
    [
        (lambda: KIM.sample().contrast(), "no tiers yet: .tier('decades')"),
        (lambda: TIERED.contrst(), "Did you mean 'contrast'?"),
        (lambda: TIERED.contrast("mico"), "Did you mean 'micro'?"),
        (lambda: TIERED.contrast(average="medain account"), "Did you mean 'median account'?"),
        (lambda: an.scheme("decdes"), "Did you mean 'decades'?"),
        (lambda: an.load("instagram-kimm"), "Did you mean 'instagram-kim'?"),
        (lambda: an.claim("D066"), "Did you mean 'D06'?"),
        (lambda: KIM.sample("engagement_per_folower"), "Did you mean 'engagement_per_follower'?"),
        (lambda: TIERED.by_tier()["mico"], "Did you mean 'micro'?"),
        (lambda: an.contrast, "'contrast' is a method of samples"),
        (lambda: an.lod, "Did you mean 'load'?"),
        (lambda: an.judge("D60", OPEN), "claim 'D60' is not registered"),
        (lambda: KIM.contrast(), ".sample('engagement') gives one"),
        (lambda: KIM.sample("engagment"), "Did you mean 'engagement'?"),
        (lambda: an.load_all("opn"), "Did you mean 'open'?"),
        (lambda: an.power.creators_needed(1.2, 0.02), "a rate lies between 0 and 1"),
    ],
)
def test_a_slip_is_a_sentence_that_helps(slip, sentence):
    with pytest.raises((ValueError, AttributeError, KeyError)) as error:
        slip()
    assert sentence in str(error.value)


def test_a_claim_is_judged_by_an_estimate_only_and_named_with_or_without_a_zero():
    with pytest.raises(TypeError, match="judged by an Estimate, not by a str"):
        an.claim("D06").judge("x")
    assert an.claim("D6").key == an.claim("d06").key == "D06"


def test_samples_have_the_verbs_of_a_sample_and_give_a_row_each():
    samples = OPEN.sample("engagement").tier("decades")
    frame = samples.contrast("micro", "macro").to_frame()
    alone = [sample.contrast("micro", "macro").estimate for sample in samples]
    np.testing.assert_array_equal(frame["estimate"], alone)
    assert frame["source"].tolist() == [sample.source.short for sample in samples]
    verbs = {name for name in dir(type(TIERED)) if not name.startswith("_")}
    fields = {"source", "metric", "stratum", "level", "resolution", "rows", "left_out",
              "histogram", "scheme", "accounts", "posts", "copied", "within", "bins_within",
              "group", "merged"}  # fmt: skip
    missing = {verb for verb in verbs - fields if not hasattr(type(samples), verb)}
    assert missing == set()


def test_an_undefined_estimate_gives_its_reason_and_no_number():
    nothing = TIERED.contrast("nano", "macro")
    assert nothing.status == "undefined" and np.isnan(nothing.estimate)
    assert "no account" in nothing.sentence()
    assert "cannot be estimated" in nothing.sentence()
