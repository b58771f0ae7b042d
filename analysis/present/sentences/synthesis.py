"""Results of several studies, tables or levels as sentences, and their reasons."""

from math import isnan

from analysis.display import sentence
from analysis.estimate.synthesis.moderators import Moderated, Standardised
from analysis.estimate.synthesis.pooling import LeftOut, Pooled
from analysis.estimate.synthesis.published_elasticity import BetasByModerator
from analysis.present.sentences.numbers import count, interval, listing, number
from analysis.present.sentences.reasons import WORDINGS
from analysis.present.sentences.results import compared, lifts


def _mixed_levels(levels: int, left: int, accounts: int) -> str:
    without = f"{left} with {count(accounts, 'account')} left out"
    return f"{count(levels, 'level')} by shares of all accounts, {without}; Welch-Satterthwaite df"


def _standardised_of(tiers: str, average: str, metrics: tuple[str, ...]) -> str:
    what = f"{tiers}, {average} of {' or '.join(metrics)}"
    return f"{what}, the same mixture of levels in both tiers"


def _narrower(q: float, low: float, high: float) -> str:
    fixed = f"one common effect would give [{number(low)}, {number(high)}]"
    return (
        f"narrower than their errors alone allow, since studies agree closely (q {q:.2g}): {fixed}"
    )


WORDINGS |= {
    "narrower_than_fixed": _narrower,
    "standardised": _standardised_of,
    "crude": "{tiers}, {average}",
    "mean_effect": "mean effect of studies",
    "new_effect": "true effect of a new study",
    "elasticity_of_studies": "elasticity of reactions in followers",
    "normal_interval": "normal interval from the standard error",
    "no_standard_error": "no standard error",
    "low_confidence": "low confidence",
    "not_per_follower": "conversions or revenue, and not per follower",
    "restates_a_table": "restates a table with more tiers or read earlier",
    "up_to": "up to {cut:.4g}",
    "over": "over {cut:.4g}",
    "not_given": "not given",
    "hartung_knapp": "{method}, HK interval",
    "confidence_distribution": "prediction by the confidence distribution ({draws} draws)",
    "too_few_to_predict": "no prediction interval from fewer than {fewest} studies",
    "fewer_than_two_levels": "fewer than two levels can be compared",
    "cochrans_q": "Cochran's Q; tau and I2 by REML",
    "levels_share_accounts_q": "levels share accounts: Q is too small",
    "levels_share_accounts": "levels share accounts: their errors are added as if perfectly "
    "correlated",
    "levels_merged": "levels too small to publish, merged",
    "levels_measured_differently": "levels are measured differently, so their accounts cannot be "
    "put together",
    "no_level_holds_both": "no level holds both tiers",
    "mixed_levels": _mixed_levels,
}


@sentence.register(Pooled)
def _pooled(pooled: Pooled) -> str:
    mean, new = pooled.mean, pooled.prediction
    text = f"{count(pooled.k, 'study', 'studies')}: "
    text += interval(mean.estimate, mean.low, mean.high)
    closer = [str(why) for why in mean.reasons if why.key == "narrower_than_fixed"]
    text = ", ".join([text, *closer])
    if isnan(new.low):
        return f"{text}; {new.method}."
    ends = f"{number(new.low)} and {number(new.high)}"
    return f"{text}; a new study is predicted to lie between {ends}."


@sentence.register(LeftOut)
def _left_out(left: LeftOut) -> str:
    means = [pooled.mean.estimate for pooled in left.pooled]
    ends = f"{number(min(means))} to {number(max(means))}"
    return f"Without one study in turn the mean runs from {ends}."


@sentence.register(BetasByModerator)
def _by_moderator(betas: BetasByModerator) -> str:
    spreads = betas.spreads()
    if spreads.empty:
        return "No level has two owners."
    among = "Among levels with two owners or more the medians lie furthest apart by"
    return f"{among} {spreads.idxmax()}: {spreads.max():.2f}."


@sentence.register(Moderated)
def _moderated(moderated: Moderated) -> str:
    if moderated.status == "undefined":
        return f"Levels cannot be compared: {moderated.method}."
    ratios, names = list(moderated.ratios), moderated.ratios.keys["level"].tolist()
    order = sorted(range(len(ratios)), key=lambda place: ratios[place].estimate)
    ends = [f"{lifts(ratios[place])} in {names[place]}" for place in (order[0], order[-1])]
    differ = f"Q {moderated.q:.0f} on {moderated.df}, I2 {moderated.i2:.0f} %"
    who = compared(ratios[0])
    return f"{who}: from {' to '.join(ends)}, {count(len(names), 'level')} ({differ})."


@sentence.register(Standardised)
def _standardised(both: Standardised) -> str:
    crude, mixed = both.crude, both.estimate
    if mixed.status == "undefined":
        return f"{compared(mixed)} cannot be standardised: {mixed.method}."
    as_they_are = f"; {lifts(crude)} as they are" if not isnan(crude.estimate) else ""
    left = both.left_out["level"].tolist()
    without = f" Left out: {listing(left)}." if left else ""
    mixture = f"{lifts(mixed)} with the same mixture of levels in both tiers"
    return f"{compared(mixed)}: {mixture}{as_they_are}.{without}"
