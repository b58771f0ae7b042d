"""What notebooks 06 to 08 say of their figures: a headline for any result, also for none."""

import re
from dataclasses import replace
from math import inf, nan

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.display import because
from analysis.estimate.gathered import Results
from analysis.estimate.results import Context, Estimate, Estimates
from analysis.finding import MOST_WORDS, UNFIT, words

PLATFORMS = ("instagram", "tiktok", "youtube", "")
METRICS = ("(likes + comments) / followers", "likes / followers", "views / followers")
AT = 100_000


def check(finding):
    """Hold a finding to what any reader may expect of it."""
    assert words(finding.headline) <= MOST_WORDS
    assert not UNFIT.search(finding.headline)
    assert "100 % to 100 %" not in finding.headline
    assert finding.headline[0].isupper() and not finding.headline.endswith(".")
    assert len(finding.alt) >= 20 and words(finding.alt) <= 60
    for text in (finding.detail, finding.caveat, finding.alt):
        assert not re.search(r"\bnan\b|\binf\b|none and|  |\.\.(?!\.)|[a-z]_[a-z]", text), text
    return finding


def ratio_at(rng):
    """An estimate with its interval: below one, above it, across it, or not defined."""
    middle = float(np.exp(rng.normal(0, 1)))
    kind = rng.integers(6)
    if kind == 0:
        return nan, nan, nan
    if kind == 1:
        return middle, nan, nan
    reach = float(np.exp(abs(rng.normal(0, 0.6))))
    return middle, middle / reach, inf if kind == 2 else middle * reach


def made(rng, label, platform, metric, unit="ratio per decade"):
    values = ratio_at(rng)
    status = "undefined" if np.isnan(values[0]) else ("ok", "indicative")[rng.integers(2)]
    context = Context(source=f"Data {platform or 'of one'}", platform=platform, metric=metric)
    what = because("slope_beside_breakpoint", rate=metric, side="below")
    counts = int(rng.integers(3, 9_999))
    return Estimate(label, counts, counts, *values, unit, what, (), status, context)


def drawn(seed):
    rng = np.random.default_rng(seed)
    sources = [
        (PLATFORMS[rng.integers(len(PLATFORMS))], METRICS[rng.integers(len(METRICS))])
        for _ in range(rng.integers(0, 8))
    ]
    return rng, sources


@pytest.mark.parametrize("seed", range(60))
def test_any_slopes_give_a_headline_about_the_fall(seed):
    rng, sources = drawn(seed)
    slopes = [made(rng, "slope below", *source) for source in sources]
    check(an.text.falls_before(Estimates.of(slopes), AT))


@pytest.mark.parametrize("seed", range(60))
def test_any_bends_that_were_tried_give_a_headline(seed):
    rng, sources = drawn(seed)
    bends = [made(rng, "breakpoint", *source) for source in sources]
    rows = [
        {"source": bend.context.source, "at": at, "p": rng.uniform(0, 0.1), "status": "ok",
         "estimate": ratio_at(rng)[0]}
        for bend in bends
        for at in (20_000, AT, 500_000)
    ]  # fmt: skip
    columns = ["source", "at", "p", "status", "estimate"]
    searched = Results(tuple(Bend(bend) for bend in bends), pd.DataFrame())
    check(an.text.fits_anywhere(searched, pd.DataFrame(rows, columns=columns), AT))


class Bend:
    """As much of a breakpoint as a headline asks for."""

    def __init__(self, at):
        self.at = at


@pytest.mark.parametrize("seed", range(60))
def test_any_breakpoints_give_a_headline_about_the_claimed_place(seed):
    rng, sources = drawn(seed)
    bends = [made(rng, "breakpoint", *source, "followers") for source in sources]
    bends = [
        replace(one, **{end: 10**5 * getattr(one, end) for end in ("estimate", "low", "high")})
        for one in bends
    ]
    names = {"source": [f"Data {platform or 'of one'}" for platform, _ in sources]}
    frame = Estimates.of(bends, **names, metric=[metric for _, metric in sources]).to_frame()
    platforms = {f"Data {platform or 'of one'}": platform for platform in PLATFORMS}
    check(an.text.bends_near(frame, an.claim("B06").tests[0], platforms))
    assert an.text.placed(frame)["low"].notna().all()


def test_a_fall_before_the_claimed_place_is_said_with_its_platform():
    kim = an.load_all("instagram-kim").sample("engagement")
    finding = check(an.text.falls_before(kim.slopes_around(AT), AT))
    assert finding.headline == "On Instagram, engagement already falls before 100K followers"
    assert "-30 % [-32 %, -28 %]" in finding.caveat


def test_platforms_whose_sources_disagree_are_not_counted_among_those_that_fall():
    finding = an.text.falls_before(an.load_all().sample("main").slopes_around(AT), AT)
    assert finding.headline.startswith("On Instagram and TikTok, rates already fall before 100K")
    assert finding.headline.endswith("; YouTube's sources disagree")


def test_without_any_source_the_headlines_of_bends_say_so():
    none = an.Sources().sample("main")
    assert check(an.text.falls_before(none.slopes_around(AT), AT)).headline.startswith("No source")
    searched = none.breakpoint()
    tried = an.curve.tried(searched)
    assert check(an.text.fits_anywhere(searched, tried, AT)).headline.startswith("No source")
    assert an.text.best_fits(an.curve.fits(searched)) == ""
    assert an.curve.against(none.along_followers(), AT).empty


def test_curves_stand_against_their_own_height_at_the_claimed_place():
    lines = an.curve.against(an.load_all().sample("main").along_followers(), AT)
    beside = lines[lines["followers"].between(0.3 * AT, 3 * AT)]
    assert beside["against"].between(0.5, 2).all()
    assert set(lines["platform"]) == {"instagram", "tiktok", "youtube"}
    power = lines["estimate"] / lines["against"]
    assert (power.groupby(lines["source"]).nunique() >= 1).all()
    assert np.allclose(power, power.groupby(lines["source"]).transform("first"))


def test_a_quadratic_on_raw_followers_shows_peaks_where_there_are_none():
    trapped = an.curve.trapped(1, betas=[0.8])
    finding = check(an.text.peaks_in_raw(trapped))
    assert "SIMULATED" in finding.headline and "always show one" in finding.headline
    some = check(an.text.peaks_in_raw(trapped.assign(estimate=[92.5, 2.5])))
    assert "in at least 92 %" in some.headline and "at most 2 %" in some.detail


@pytest.mark.parametrize("seed", range(60))
def test_any_elasticities_give_a_headline_about_size(seed):
    rng, sources = drawn(seed)
    betas = [made(rng, "elasticity, log-log", *source, "elasticity") for source in sources]
    sums = [made(rng, "elasticity, poisson", *source, "elasticity") for source in sources]
    check(an.text.slower_than_followers(Estimates.of(betas), Estimates.of(sums)))
    new = made(rng, "prediction", "", METRICS[0], "elasticity")
    check(an.text.new_platform(Estimates.of(betas), (None, new)[rng.integers(2)]))


@pytest.mark.parametrize("seed", range(30))
def test_any_ratios_under_publishers_tiers_give_a_headline(seed):
    rng, sources = drawn(seed)
    tiers = an.scheme("decades").tiers
    ratios = [
        replace(one, context=replace(one.context, of=tiers[1], versus=tiers[2]))
        for one in (made(rng, "micro / macro", *source, "ratio") for source in sources)
        for _ in range(3)
    ]
    check(an.text.by_publisher(Estimates.of(ratios)))


def test_without_any_source_the_headlines_of_platforms_say_so():
    none = an.Sources()
    rates = none.sample("likes_per_follower").elasticity()
    assert check(an.text.slower_than_followers(rates, rates)).headline.startswith("No source")
    assert check(an.text.new_platform(rates, None)).headline.startswith("No source")
    implied = none.sample().implied_ratios(an.schemes().values())
    assert check(an.text.by_publisher(implied)).headline.startswith("No source")
    strata = none.by_strata("decades")
    assert check(an.text.between_levels(strata)).headline.startswith("No source")
    assert an.text.strata_table(strata).empty and strata.levels.to_frame().empty


def test_niches_that_differ_are_said_with_their_smallest_and_largest_lead():
    strata = an.load_all("instagram-kim").by_strata("decades")
    finding = check(an.text.between_levels(strata))
    assert finding.headline.startswith("On Instagram, micro's lead over macro differs between")
    estimates = [one.estimate for one in strata.levels]
    assert estimates == sorted(estimates) and len(estimates) == 9
    table = an.text.strata_table(strata)
    assert table["crude"].str.contains(r"\[").all() and list(table)[-1] == "method"


def test_an_elasticity_of_a_rate_per_follower_is_read_at_ten_times_the_followers():
    likes = an.load_all("instagram-kim").sample("likes_per_follower")
    frame = an.curve.at_ten_times(likes.elasticity().to_frame())
    around = likes[0].without_inactive([0.0])
    assert frame["estimate"].item() == pytest.approx(1 / around[0].estimate)
    assert frame["falls"].item() and frame["unit"].item() == "ratio"


@pytest.mark.parametrize("seed", range(40))
def test_any_ages_lists_and_errors_give_a_headline(seed):
    rng, sources = drawn(seed)
    ratios = [made(rng, "micro / macro", *source, "ratio") for source in sources]
    names = [one.context.source for one in ratios]
    frame = Estimates.of(ratios, source=names).to_frame().assign(metric=METRICS[0])
    platforms = {f"Data {platform or 'of one'}": platform for platform in PLATFORMS}
    posts = rng.choice(["all", "age: older", "age: last year"], len(frame))
    micro = an.text.of_micro(frame.assign(posts=posts))
    check(an.text.by_age_of_post(micro, platforms, "typical account"))
    lists = frame.assign(panel=rng.choice(["per follower", "per view"], len(frame)))
    lists = lists.assign(evidence=rng.integers(2, size=len(frame)).astype(bool))
    check(an.text.in_selected_lists(lists.dropna(subset="estimate"), "typical account"))
    check(an.text.idle_followers(Estimates.of(ratios)))
    assert "nan" not in an.text.if_only_macro(frame)
    assert "nan" not in an.text.by_the_same_rule(frame, 6)


@pytest.mark.parametrize("name", an.simulate.ARTEFACTS)
def test_each_artefact_alone_gives_a_headline_that_says_it_is_simulated(name):
    worlds = {name: an.simulate.ARTEFACTS[name](8)}
    ratios = an.ratio.premiums(worlds, "decades")
    finding = check(an.text.from_nothing(ratios))
    assert "SIMULATED" in finding.headline
    makes = name not in ("nothing", "high rates only")
    assert ("bookkeeping makes" in finding.headline) == makes
    assert ratios["off"].item() == (name != "nothing")


def test_the_best_of_many_brands_is_the_last_and_only_simulated():
    tried = an.ratio.largest_brands(an.simulate.best_of_many(8), "decades")
    finding = check(an.text.best_of_brands(tried, 1.6, 62.9))
    assert finding.headline.endswith("the best brand shows +90 %")
    assert (
        tried["estimate"].is_monotonic_increasing and tried["brand"].str.startswith("brand").all()
    )


def test_without_any_source_the_headlines_of_artefacts_say_so():
    none, how = an.Sources(), ("decades", "typical account")
    micro = an.text.of_micro(an.ratio.by_age(none, *how))
    assert check(an.text.by_age_of_post(micro, {}, "typical account")).headline.startswith("No ")
    both = an.ratio.per_follower_and_view(none, *how)
    assert check(an.text.in_selected_lists(both, "typical account")).headline.startswith("No ")
    assert check(an.text.idle_followers(none.sample().explaining_error())).headline[:2] == "No"
    assert an.ratio.within_levels(none, *how).empty
    gaps = pd.Series({"SIMULATED: beta 0.8": 1.5})
    assert "SIMULATED" in check(an.text.by_average(pd.DataFrame(), gaps, 1.57, {})).headline


def test_averages_of_the_same_creators_are_said_from_the_smallest_to_the_largest():
    rates = pd.DataFrame({"source": "Kim", "average": ["ratio of sums", "median account"]})
    levels = rates.assign(estimate=[2.94, 4.44])
    finding = an.text.by_average(levels, pd.Series({"Kim": 1.4}), 1.57, {"Kim": "instagram"})
    assert check(finding).headline.startswith("On Instagram, the same creators average 2.9 % to")
