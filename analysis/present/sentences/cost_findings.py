"""Findings on prices, portfolios, budgets and decisions: who costs less, and what decides."""

from math import isinf, isnan

import pandas as pd

from analysis.display import because, finding
from analysis.estimate.cost.assumptions import Turning
from analysis.estimate.cost.budget import BudgetSplits
from analysis.estimate.cost.decisions import Decisions
from analysis.estimate.cost.portfolios import Portfolios
from analysis.estimate.cost.printed_prices import PriceEvidence
from analysis.estimate.cost.ratios import A_POST, A_REACTION, FOLLOWERS, VIEWS, CostRatios
from analysis.estimate.cost.sizes import CheapestSizes
from analysis.finding import Finding
from analysis.moments.sample import Sample
from analysis.present.sentences.answer_headlines import platform_of
from analysis.present.sentences.findings import DIFFERENT, begun, fitting, on, shortened, span
from analysis.present.sentences.numbers import count, listing, short_count
from analysis.present.sentences.prices import with_followers
from analysis.registers.records import TierScheme

KINDS = {"measured payment": "paid", "rate card": "asked", "quote": "reported"}
"""Kinds of prices in a word."""

HOLLOW = "Hollow: a printed table, whose error nobody knows."
"""What hollow marks are."""

MOVING = {
    "reallocate": "Moving money there brings more.",
    "keep": "Moving money there brings less.",
    "undecided": "Whether to move money there is undecided.",
}
"""What follows for the money, by the outcome of `reallocate`."""

NO_PRICES = "No source of prices has creators on both sides to compare"
"""Headline without any price."""


def price_rows(ratios: CostRatios, platform: str) -> pd.DataFrame:
    """Give ratios of costs as rows to draw, a panel per what the money buys, without views: what
    costs most stands first.
    """
    frame = ratios.where(ratios.keys["quantity"] != VIEWS).to_frame()
    short = frame["name"].str.replace(rf", (?:{platform}|all) (?:post|video)$", "", regex=True)
    frame["row"] = short + " (" + frame["kind"].replace(KINDS) + ")"
    frame["panel"] = "cost of " + frame["quantity"]
    order = frame.groupby("row")["estimate"].max().sort_values(ascending=False).index
    return frame.set_index("row").loc[order].reset_index()


def cheaper_by_unit(ratios: CostRatios, reactions: Sample) -> Finding:
    """Say whether the smaller tier costs less per post and per reaction, by most prices.

    Parameters
    ----------
    ratios : CostRatios
        Of two tiers, from several sources of prices.
    reactions : Sample
        Whose reactions they are.
    """
    known = [one for one in ratios if not isnan(one.estimate)]
    if not known:
        return Finding(NO_PRICES, alt="No price has creators of both sizes, so nothing is drawn.")
    of, versus = (span(tier) for tier in (known[0].context.of, known[0].context.versus))
    dearer = ratios.dearer()
    counts = {what: dearer[what] for what in (A_POST, FOLLOWERS, A_REACTION) if what in dearer}
    place = on([reactions.source.platform])
    post, reaction = (_costs(counts, what) for what in (A_POST, A_REACTION))
    headline = begun(
        fitting(
            f"{place}{of} creators cost {post} per post, {reaction} per reaction",
            f"{place}creators of {of} cost {reaction} per reaction",
        )
    )
    parts = (f"per {what.removeprefix('a ')} by {n - above} of {n}"
             for what, (above, n) in counts.items())  # fmt: skip
    who = f"{of} against {versus} followers"
    detail = f"{who}. By sources of prices, they cost no more {listing(parts)}."
    level = f"{100 * known[0].context.confidence:g} %"
    caveat = f"Bars: {level} interval. {HOLLOW} Platforms not stated are counted. {DIFFERENT}"
    alt = f"Costs of {of} relative to {versus} followers, a panel per unit, a row per source. "
    return Finding(headline, detail, caveat, shortened(f"{alt}{headline}. {detail}"))


def _costs(counts: dict, what: str) -> str:
    """Whether most prices are lower or higher for the smaller tier."""
    above, n = counts.get(what, (0, 0))
    if not n or 2 * above == n:
        return "unclear amounts"
    way = "more" if 2 * above > n else "less"
    return way if above in (0, n) else f"mostly {way}"


@finding.register(PriceEvidence)
def _price_evidence(evidence: PriceEvidence) -> Finding:
    """Say how often prices grow more slowly with followers than reactions do."""
    frame = evidence.to_frame()
    if frame.empty or isnan(evidence.reactions.slope):
        return Finding(NO_PRICES, alt="No prices and reactions along followers: nothing drawn.")
    below, n = int((frame["gamma"] < frame["beta"]).sum()), len(frame)
    sure = int((frame["gamma_high"] < frame["beta_low"]).sum())
    reactions = _times(10 ** frame["beta"].iloc[0])
    what = f"larger accounts cost less per reaction by {below} of {count(n, 'price source')}"
    headline = begun(fitting(on([platform_of(evidence.reactions.source)]) + what, what))
    ends = [_times(10 ** frame["gamma"].agg(end)) for end in ("min", "max")]
    prices = ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
    detail = (
        f"Ten times the followers: {reactions} times the reactions, and a post costs {prices} "
        "times as much, before the cost of handling a creator."
    )
    caveat = (
        f"{HOLLOW} In {sure} of {n} the whole {100 * evidence.confidence:g} % interval lies below "
        f"reactions. {DIFFERENT}"
    )
    alt = f"A row per source of prices, a line where reactions stand. {headline}. {detail}"
    return Finding(headline, detail, caveat, shortened(alt))


def _times(value: float) -> str:
    return f"{float(f'{value:.2g}'):g}"


def _money(value: float, currency: str = "") -> str:
    return f"{float(f'{value:.2g}'):,.{0 if value >= 10 else 2}f} {currency}".rstrip()


def handling_decides(sizes: CheapestSizes, price: float, platform: str = "") -> Finding:
    """Say above which cost of handling a creator a larger one is cheaper per reaction.

    Parameters
    ----------
    sizes : CheapestSizes
        Along handling costs.
    price : float
        Assumed for a post at 100,000 followers, by prices in another currency.
    platform : str
        Whose prices they are.
    """
    turning, n = sizes.turning, sizes.turning["name"].nunique()
    costs = turning.loc[turning["estimate"] > 0, "estimate"]
    always, where = len(sizes.always_larger), on([platform])
    small, large = map(short_count, (sizes.small, sizes.large))
    currency = turning["unit"].iloc[0] if n else ""
    if not n:
        return Finding(
            NO_PRICES, alt="No source of prices, so no curve of cheapest sizes is drawn."
        )
    if costs.empty:
        variants = (f"{where}larger creators cost less per reaction whatever handling costs",)
    else:
        what = "larger creators are cheaper per reaction once handling one"
        above = _money(costs.max(), currency)
        variants = (f"{where}{what} exceeds about {above}", f"{where}{what} exceeds {above}", what)
    detail = (
        f"{large} against {small} followers. By {always} of {count(n, 'price source')} larger is "
        f"always cheaper; by {len(costs)} it depends on what handling one creator costs you."
    )
    caveat = (
        f"Bands: draws of the estimated growth of prices and reactions. Assumed: a post at 100K "
        f"followers costs {_money(price, currency)}. Dashed: your handling cost. {DIFFERENT}"
    )
    headline = begun(fitting(*variants))
    alt = f"Cheapest size along the cost of handling a creator. {headline}. {detail}"
    return Finding(headline, detail, caveat, shortened(alt))


def same_money(
    portfolios: Portfolios, assumption: str, reactions: Sample, handling: str
) -> Finding:
    """Say how many times the reactions of one large creator small ones collect for its price.

    Parameters
    ----------
    portfolios : Portfolios
        One macro, or micros of the same cost.
    assumption : str
        The row that the headline is about.
    reactions : Sample
        With tiers, from which creators are drawn.
    handling : str
        What handling a creator costs, with its currency.
    """
    times = portfolios.times_one(assumption)["mean"]
    tiers = {tier.name: span(tier) for tier in reactions.scheme.tiers}
    one, many = tiers["macro"], tiers["micro"]
    ends = dict.fromkeys(f"{end:.2f}" for end in (times.min(), times.max()) if end == end)
    headline = fitting(
        f"For the price of one {one} creator, {many} creators collect {'–'.join(ends)} times the "
        "reactions" if ends else "Small creators cannot be hired for the price of a large one"
    )  # fmt: skip
    parts = (f"{name} {row:.2f} times" for name, row in times.items() if row == row)
    detail = f"SIMULATED campaigns, reactions for the same money; at prices of {listing(parts)}."
    caveat = (
        f"Drawn from {reactions.source.short}: middle, worst and best 5 %. Assumed: {assumption}; "
        f"handling {handling} each. Audiences in common are in no open data."
    )
    alt = f"Ranges of reactions for one {one} creator and for as many {many} as it pays for. "
    return Finding(headline, detail, caveat, shortened(f"{alt}{headline}. {detail}"))


def best_split(splits: BudgetSplits, scheme: TierScheme, given: str) -> Finding:
    """Say which size gets most of a budget, and whether that depends on whose prices are used.

    Parameters
    ----------
    splits : BudgetSplits
        Of several budgets, by prices.
    scheme : TierScheme
        Of the tiers.
    given : str
        What is assumed of hours, handling and overlap.
    """
    frame = splits.to_frame() if splits.splits else pd.DataFrame()
    spent = frame[frame["share"] > 0] if len(frame) else frame
    if spent.empty:
        return Finding(
            "None of these budgets hires a creator", alt="No budget can be spent, nothing is drawn."
        )
    tiers = {tier.name: span(tier) for tier in scheme.tiers}
    shares = spent.groupby(["prices", "budget", "tier"], sort=False)["share"].sum()
    leading = [tiers[row[2]] for row in shares.groupby(level=[0, 1], sort=False).idxmax()]
    most = list(dict.fromkeys(leading))
    if len(most) == 1:
        headline = f"At every price tried, creators with {most[0]} followers get most of the money"
    else:
        headline = "Whose prices one believes decides which size gets most of the money"
    detail = (
        f"SIMULATED split with the most reactions. Most of it goes to {listing(most)} followers."
    )
    sizes = listing(f"{name} {followers}" for name, followers in tiers.items())
    caveat = f"Numbers: creators. Assumed: {given}. The rest stays unspent. Followers: {sizes}."
    alt = f"Stacked bars: shares of budgets by size of creator, a panel per prices. {headline}. "
    return Finding(fitting(headline), detail, caveat, shortened(alt + detail))


def least_regretted(decisions: Decisions, scheme: TierScheme, given: str) -> Finding:
    """Say which way of spending is regretted least, and which assumption turns it where.

    Parameters
    ----------
    decisions : Decisions
        Compared in the same worlds.
    scheme : TierScheme
        Of the tiers.
    given : str
        What is drawn and assumed.
    """
    turning, least = decisions.turning, decisions.least_regret
    now = _decision(turning.now if turning else least["name"], scheme)
    if not turning:
        end = ""
    elif isnan(turning.value) or isinf(turning.value):
        end = ", whatever handling or overlap"
    else:
        end = f", unless {_limit(turning)}"
    bets = (f"{now} the least regretted bet{end}", f"{now} regretted least{end}")
    variants = (*bets, *(bet.replace(" followers are", " are") for bet in bets))
    most = f"{least['regret']:.0f} % on average and {least['regret_high']:.0f} % in bad cases"
    decides = with_followers(turning.sentence(), scheme) if turning else ""
    parts = (f"SIMULATED worlds. This misses {most} of the reactions possible.", decides)
    detail = " ".join(filter(None, (*parts, MOVING[decisions.advice.outcome])))
    caveat = with_followers(given, scheme)
    headline = begun(fitting(*variants, "One assumption decides how the money is best spent"))
    alt = f"Bars of regret by decision, and lines of what each brings. {headline}. "
    return Finding(headline, detail, caveat, shortened(alt + detail))


def _decision(name: str, scheme: TierScheme) -> str:
    """A way of spending and its verb: ``creators with 100K–1M followers are``."""
    for tier in scheme.tiers:
        if name == str(because("all_on", tier=tier.name)):
            return f"creators with {span(tier)} followers are"
    return "an even split is" if name == str(because("even")) else "today's split is"


def _limit(turning: Turning) -> str:
    """Where another way of spending is regretted less."""
    way = "above" if turning.value > turning.assumed else "under"
    if turning.assumption == "overlap":
        return f"audiences overlap {way} {100 * turning.value:.2g} %"
    return f"handling costs {way} {_money(turning.value, turning.currency)}"
