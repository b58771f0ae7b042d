"""What may decide a claim: an interval of the claim's own question, from a file nobody selected."""

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.estimate.curve.piecewise import Bands, least_squares, line
from analysis.estimate.curve.spread_line import spread_line
from analysis.estimate.decision import outcomes_of
from analysis.moments.own import read
from analysis.simulate import artefacts


def _of_one_size() -> pd.DataFrame:
    return an.simulate.posts(seed=2).assign(followers=50_000)


def test_accounts_of_one_size_leave_what_goes_with_size_undecided():
    own = an.simulate.world("one size", _of_one_size())
    made = own.sample("engagement").creator_beyond_size()
    assert made.status == "undefined"
    assert made.reasons[0].key == "no_variance_of_size"
    source = own.source.model_copy(update={"selection": "unknown"})
    verdicts = an.judge("B08", an.moments.sample.Moments(source, *_parts(own)))
    assert {one.outcome for one in verdicts} == {"untestable"}


def _parts(own) -> tuple:
    return own.resolution, own.table, own.rows_left_out, own.fingerprint


def test_too_little_to_decide_says_what_is_missing_not_how_an_interval_is_made():
    tiny = an.simulate.world("tiny", an.simulate.posts(1, accounts=(6, 5)))
    source = tiny.source.model_copy(update={"selection": "unknown"})
    verdicts = an.judge(an.claims().values(), an.moments.sample.Moments(source, *_parts(tiny)))
    said = {str(one.reason) for one in verdicts if one.reason.key == "too_little"}
    assert len(said) > 2
    methods = ("t interval", "logit interval", "least squares", "jackknife", "spline", "bootstrap")
    for method in methods:
        assert not [text for text in said if method in text]


@pytest.mark.parametrize("ends", [(np.inf, np.inf), (np.nan, np.nan), (np.nan, 0.1)])
def test_an_interval_that_holds_nothing_decides_nothing(ends):
    test = an.claim("B08").tests[0]
    assert outcomes_of(test, *ends, "ok") == "undecided"


def test_a_claim_is_judged_in_its_own_unit_and_its_own_direction():
    kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    claim = an.claim("D06")
    with pytest.raises(ValueError, match="claims a value in the unit 'ratio'"):
        claim.judge(kim.by_tier()[1])
    with pytest.raises(ValueError, match="the other way round"):
        claim.judge(kim.contrast("macro", "micro"))
    assert claim.judge(kim.contrast("micro", "macro")).outcome == "contradicted"


def test_a_bias_never_turns_a_verdict_by_a_bound_into_its_opposite():
    kim = an.load("instagram-kim")
    verdicts = [one for one in an.judge("A13", kim) if one.reason.key == "by_bound"]
    assert verdicts
    for one in verdicts:
        assert np.isfinite(one.flip().undecided)
        assert np.isnan(one.flip().opposite)


def test_a_file_that_looks_selected_has_no_vote_between_sources_and_its_curve_says_so():
    feed = read(artefacts.viral_feed(1).posts, "feed")
    assert feed.source.signs
    sources = an.Sources.of(*an.load_all("open").values(), feed)
    lifts = sources.sample("engagement").tier("decades").contrast("micro", "macro")
    between = lifts.between_sources()
    assert feed.source.short not in between.estimates.keys["source"].tolist()
    why = between.left_out.set_index("source").loc[feed.source.short, "reason"]
    assert "looks selected" in why
    alone = feed.sample("engagement").tier("decades").contrast("micro", "macro")
    assert "from a file that looks selected" in alone.confidence_curve("C08").sentence()


def test_bounds_for_missing_accounts_have_no_confidence_curve():
    kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    bounds = kim.contrast_with_missing(missing=(0.1, 0.1))
    assert bounds.confidence_curve("D06").reasons


def test_the_line_of_spreads_is_the_best_one_also_where_a_few_residuals_are_large():
    for seed in range(60):
        rng = np.random.default_rng(seed)
        n = int(rng.choice([12, 30, 100]))
        x = np.sort(rng.normal(10, 1.5, n))
        y = rng.standard_t(3, n)
        bands = Bands(np.ones(n), x, 0 * x, y, 0 * x, y * y, x, x)
        fit = least_squares(bands, line(bands))
        made = spread_line(bands, fit)
        squares = fit.squares / np.maximum(1 - fit.leverage, 1e-12)
        away = x - bands.centre
        # at the optimum both scores vanish
        score = squares * np.exp(-(made.level + made.rise * away)) - 1
        assert abs(score.sum()) < 1e-4 * n
        assert abs(score @ away) < 1e-4 * np.sqrt(n * (away @ away))
