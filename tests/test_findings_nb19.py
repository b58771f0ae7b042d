"""What notebooks 01, 09, 10 and 12 say of their figures: a headline for any result, also none."""

import re
from math import inf, nan

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.estimate.answer import MIXED
from analysis.estimate.multiverse.choices import DecisiveChoices, SingleChanges, VarianceByChoice
from analysis.estimate.multiverse.grid import CHOICES
from analysis.estimate.multiverse.one_claim import ClaimCurve
from analysis.finding import MOST_WORDS, UNFIT, words
from analysis.registers.lookup import documents

CLAIMS = ("D06", "C08", "A12", "C38")
OUTCOMES = ("supported", "contradicted", "undecided", "untestable")
PLATFORMS = ("instagram", "tiktok", "youtube", "")
SEEDS = range(25)


def check(finding):
    """Hold a finding to what any reader may expect of it."""
    assert words(finding.headline) <= MOST_WORDS
    assert not UNFIT.search(finding.headline)
    assert finding.headline[0].isupper() or finding.headline[0].isdigit()
    assert len(finding.alt) >= 20
    assert words(finding.alt) <= 60
    for text in (finding.headline, finding.detail, finding.caveat, finding.alt):
        assert "100 % to 100 %" not in text
        assert not re.search(r"\bnan\b|\binf\b|(?<!\w)_|  ", text), text
    return finding


def ratios(rng, size):
    """Ratios, some of them missing or without an end."""
    made = np.exp(rng.normal(0.2, 0.7, size))
    made[rng.random(size) < 0.15] = nan
    return made


def judged(rng, rows):
    """Judged specifications as `judge_specifications` gives them."""
    estimate = ratios(rng, rows)
    known = np.isfinite(estimate)
    frame = pd.DataFrame({"estimate": estimate, "low": estimate / 1.3, "high": estimate * 1.3})
    frame.loc[rng.random(rows) < 0.1, "high"] = inf
    frame["outcome"] = np.where(known, rng.choice(OUTCOMES, rows), "untestable")
    frame["status"] = np.where(known & (rng.random(rows) < 0.8), "ok", "undefined")
    frame["claim"], frame["test"], frame["question"] = rng.choice(CLAIMS), 1, "a question"
    frame["source"] = rng.choice(["instagram-kim", "tiktok-tides", "my-file"], rows)
    frame["platform"] = rng.choice(PLATFORMS, rows)
    frame["scheme"] = rng.choice(["decades", "tint"], rows)
    frame["metric"] = rng.choice(["likes_per_follower", "engagement_per_view"], rows)
    frame["average"], frame["kind"] = "typical account", "all posts"
    return frame.assign(joint_low=frame["low"], joint_high=frame["high"], posts="all")


@pytest.mark.parametrize("seed", SEEDS)
def test_any_list_of_specifications_has_a_headline(seed):
    rng = np.random.default_rng(seed)
    frame = judged(rng, int(rng.integers(0, 40)) if seed else 0)
    claim = an.claim(frame["claim"].iloc[0] if len(frame) else "D06")
    curve = ClaimCurve(claim, frame)

    check(curve.finding())
    check(an.text.all_sorted(curve))
    for choice in ("source", "scheme", "metric", "average", "posts"):
        check(an.text.middle_answers(curve, choice))
    assert curve.sentence()
    counts = an.text.tally(frame)
    check(an.text.under_every_choice(an.text.in_words(counts)))


@pytest.mark.parametrize("seed", SEEDS)
def test_any_choices_have_a_headline(seed):
    rng = np.random.default_rng(seed)
    names = [name for name in CHOICES if rng.random() < 0.7]
    share = rng.uniform(0, 100, len(names))
    frame = pd.DataFrame({"choice": names, "share": share, "options": 2, "largest_step": 1.2})
    together = pd.DataFrame({"choice": ["together"], "share": [rng.uniform(0, 100)]})
    check(VarianceByChoice(pd.concat([frame, together]) if names else frame).finding())

    pairs = frame.assign(claim="D06", test=1, pairs=9, changed=3, reversals=0)
    pairs.loc[rng.random(len(pairs)) < 0.3, "share"] = nan
    check(an.text.turning(DecisiveChoices(pairs), an.claim("D06")))

    changes = judged(rng, int(rng.integers(0, 12)))
    changes["choice"] = rng.choice(["registered", "scheme", "posts"], len(changes))
    changes["registered_outcome"] = "contradicted"
    check(SingleChanges(changes).finding())


@pytest.mark.parametrize("seed", SEEDS)
def test_any_list_of_claims_has_a_headline(seed):
    rng = np.random.default_rng(seed)
    kinds = [*OUTCOMES, MIXED, "easily supported", "supported as far as asked"]
    listed = pd.DataFrame({"badge": rng.choice(kinds, int(rng.integers(0, 20)))})
    check(an.text.decided_claims(listed.assign(says="Rates fall", where="Instagram")))

    counts = pd.DataFrame(
        rng.integers(0, 9, (int(rng.integers(1, 5)), 3)), columns=list(OUTCOMES[:3])
    )
    counts = counts.set_axis(list(documents())[: len(counts)], axis=0) + 1
    check(an.text.of_documents(counts))


@pytest.mark.parametrize("seed", SEEDS)
def test_any_sources_and_niches_have_a_headline(seed):
    rng = np.random.default_rng(seed)
    samples = an.load_all().sample("engagement").tier("harvard-media")
    held = samples.contrast(confidence=float(rng.uniform(0.5, 0.99)))
    chosen = [one for one in held if rng.random() < 0.6]
    check(type(held).of(chosen).between_sources(draws=99).finding() if chosen else
          type(held).of(list(held)[:1]).between_sources(draws=99).finding())  # fmt: skip

    size = int(rng.integers(3, 7))
    studies = pd.DataFrame(
        {"effect": rng.normal(0.8, 0.3, size), "se": rng.uniform(0.01, 0.3, size)}
    )
    check(an.text.pooled_tables(an.synthesis.pool(studies, draws=99)))


@pytest.mark.parametrize("claim", ["D06", "D07", "A11", "A12", "C08", "D12", "B17", "D01"])
def test_the_way_of_a_figure_through_texts_has_a_headline_and_a_picture(claim):
    quoted = an.synthesis.quoted(claim)

    check(quoted.finding())
    assert quoted.plot().axes[0].patches


def test_an_unknown_way_is_refused():
    with pytest.raises(ValueError, match="no step of the claim 'Z99'"):
        an.synthesis.quoted("Z99")


@pytest.mark.parametrize("accounts", [0, 1, 30])
def test_names_elsewhere_have_a_headline(accounts):
    samples = [an.simulate.world("own", an.simulate.posts(1, accounts=(accounts, 2))).sample()]
    renamed = an.tiers.names_elsewhere(samples if accounts else [], "decades", ["tint", "iab-uk"])

    check(an.text.names_elsewhere(renamed, "Decades"))


def test_names_of_tiers_have_a_headline_for_any_schemes():
    schemes = list(an.schemes().values())
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        some = [one for one in schemes if rng.random() < 0.3] or schemes[:1]
        tiers, names = an.tiers.tier_table(some), an.tiers.names_in_use(some)
        check(an.text.names_of_tiers(tiers, names))
        assert an.plot.tier_map(tiers, names).axes


def test_printed_tables_have_a_headline_without_any_table():
    columns = ["platform", "printed", "data_owner", "beta", "ratio"]
    check(an.text.printed_tables(pd.DataFrame(columns=columns), 2.0, 316.0))


def test_every_claim_put_to_data_is_short_in_a_list():
    for claim in an.claims().values():
        if claim.own_tests:
            assert claim.short, claim.key
            assert len(claim.brief.split()) <= 10
