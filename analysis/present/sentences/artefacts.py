"""Findings on premiums that bookkeeping makes: averages, ages, lists, luck and idle followers."""

from math import exp, inf, isnan, nan

import pandas as pd

from analysis.estimate.results import Estimates
from analysis.finding import Finding
from analysis.present.sentences.bends import counted_of, lifts_of
from analysis.present.sentences.confidence import change
from analysis.present.sentences.findings import DIFFERENT, begun, fitting, on, shortened
from analysis.present.sentences.numbers import count, interval, listing, number

AGES = {"age: older": "older posts", "age: last year": "posts of the last year", "all": "all posts"}
"""Posts of an age, in words."""


def _lead(ratio: float) -> str:
    """Write a lead in percent without its sign; a very large one as a multiple."""
    return change(ratio).lstrip("+-")


def from_nothing(ratios: pd.DataFrame) -> Finding:
    """Say what leads appear in SIMULATED worlds in which nothing differs.

    Parameters
    ----------
    ratios : pandas.DataFrame
        From `an.ratio.premiums`.
    """
    none = ratios[(ratios["truth"] == 1) & (ratios["low"] > 1)]
    sizes = none["estimate"].sort_values()
    outer = [*sizes.head(1), *sizes.tail(1)]
    ends = list(dict.fromkeys(f"{100 * (one - 1):.0f}" for one in outer))
    headline = "In SIMULATED worlds without any difference, none shows"
    if ends:
        leads = f"leads of {'–'.join(ends)} %" if len(ends) > 1 else f"a lead of {ends[0]} %"
        headline = f"In SIMULATED worlds without any difference, bookkeeping makes {leads}"
    within = int(ratios["expected"].between(ratios["low"], ratios["high"]).sum())
    detail = "SIMULATED: 10K–100K against 100K–1M followers, one artefact at a time; "
    detail += f"{within} of {count(len(ratios), 'interval')} hold what the closed form gives."
    hidden = listing(ratios.loc[ratios["high"] < ratios["truth"], "artefact"])
    hides = f"Where size does matter, {hidden} hides a part of it. " if hidden != "none" else ""
    caveat = f"Bars: intervals; orange: closed form. {hides}"
    if "best of many" in set(ratios["artefact"]):
        caveat += "Best of many: the interval takes no account of the choice. "
    caveat += "Nothing here is evidence."
    values = listing(f"{one.artefact} {change(one.estimate)}" for one in ratios.itertuples())
    alt = f"SIMULATED leads of micro over macro by artefact, with intervals: {values}."
    return Finding(headline, detail, caveat, shortened(alt))


def by_average(levels: pd.DataFrame, gaps: pd.Series, expected: float, platforms: dict) -> Finding:
    """Say how far the same creators' rate depends on the average that is taken.

    Parameters
    ----------
    levels : pandas.DataFrame
        ``source, average, estimate`` [percent].
    gaps : pandas.Series
        Mean of accounts over ratio of sums, by source.
    expected : float
        The same by the closed form, of the SIMULATED source.
    platforms : dict
        Of each source.
    """
    known = gaps.dropna()
    real = [name for name in known.index if not name.startswith("SIMULATED")]
    headline = "In a SIMULATED world, the average taken changes the rate of the same creators"
    if real:
        first = levels[levels["source"] == real[0]].set_index("average")["estimate"]
        low, high = (f"{float(f'{one:.2g}'):g} %" for one in (first.min(), first.max()))
        where = on([platforms.get(real[0], "")])
        texts = [f"{where}the same creators average {low} to {high}, by the average taken"]
        if low == high:
            texts = [f"{where}all averages of the same creators agree"]
        headline = begun(fitting(*texts))
    detail = "Engagement rate of all accounts of a source by each average: the mean of accounts "
    detail += "and the ratio of sums are marked."
    listed = listing(f"{name} {number(value)}" for name, value in known.items())
    caveat = f"Mean of accounts over ratio of sums: {listed}. The closed form gives "
    caveat += f"{number(expected)} for the SIMULATED source."
    alt = f"A row of dots per source, a dot per average. {headline}."
    return Finding(headline, detail, caveat, shortened(alt))


def by_age_of_post(micro: pd.DataFrame, platforms: dict[str, str], average: str) -> Finding:
    """Say whether micro's lead differs between old posts and those of the last year.

    Parameters
    ----------
    micro : pandas.DataFrame
        From `an.ratio.by_age`, the rows of micro over macro.
    platforms : dict
        Of each source.
    average : str
        How accounts are weighed.
    """
    known = micro[micro["estimate"].notna()]
    rows = known.assign(at=known["posts"].map(AGES)).drop_duplicates(["source", "posts"])
    dated = rows[rows["posts"] != "all"]
    both = dated[dated.groupby("source")["posts"].transform("nunique") > 1]
    if both.empty:
        headline = "No source here has enough posts of both ages to compare them"
        return Finding(headline, alt="A panel without marks: no source has posts of both ages.")
    name = both["source"].iloc[0]
    ages = both[both["source"] == name].set_index("posts")
    old, new = ages.loc["age: older"], ages.loc["age: last year"]
    where = on([platforms.get(name, "")])
    apart = old["low"] > new["high"] or new["low"] > old["high"]
    texts = [f"{where}micro's lead is not clearly different in older posts"]
    if apart:
        sizes = [change(one["estimate"]).replace("-", "−") for one in (old, new)]
        texts = [f"{where}micro against macro is {sizes[0]} in older posts, {sizes[1]} in new"]
        if old["estimate"] > 1 and new["estimate"] > 1:
            leads = [_lead(one["estimate"]) for one in (old, new)]
            texts.insert(0, f"{where}micro's lead is {leads[0]} in older posts, {leads[1]} in "
                         "last year's")  # fmt: skip
    headline = begun(fitting(*texts))
    detail = f"10K–100K against 100K–1M followers, {counted_of(str(old['metric']))}, {average}; "
    detail += "age counted back from the newest post of the source."
    caveat = "If growth since the post made the lead, older posts would show more of it. Bars: "
    caveat += f"intervals; accounts with posts of both ages are in both rows. {DIFFERENT}"
    values = listing(f"{one.source}, {one.at}: {lifts_of(one)}" for one in rows.itertuples())
    return Finding(headline, detail, caveat, shortened(f"{headline}. {values}."))


def in_selected_lists(both: pd.DataFrame, average: str) -> Finding:
    """Say what lists that chose their accounts make of a lead, per follower and per view.

    Parameters
    ----------
    both : pandas.DataFrame
        From `an.ratio.per_follower_and_view`.
    average : str
        How accounts are weighed.
    """
    chosen = both[~both["evidence"].astype(bool)] if len(both) else both
    if chosen.empty:
        headline = "No list here holds rates both per follower and per view"
        return Finding(headline, alt="A panel without marks: no list holds both rates.")
    most = chosen.groupby("panel", sort=False)["estimate"].max()
    first, second = (f"{float(f'{one:.2g}'):g}" for one in (*most, nan)[:2])
    headline = "In selected lists, micro does not get more per follower than macro"
    if most.iloc[0] > 1:
        headline = f"In selected lists, micro gets up to {first} times as much per follower"
    per_view = f"Per view it gets at most {second} times as much. " if len(most) > 1 else ""
    detail = f"{per_view}10K–100K against 100K–1M followers"
    detail += f", {average}; SYNTHETIC and SIMULATED data and lists beside evidence."
    caveat = "A small account is in such a list only with a post that was seen by many. SIMULATED, "
    caveat += "SYNTHETIC and selected rows are controls and decide no claim. Bars: intervals."
    each = (f"{one.source}, {one.panel} {change(one.estimate)}" for one in both.itertuples())
    values = listing(each)
    return Finding(headline, detail, caveat, shortened(f"{headline}. {values}."))


def best_of_brands(tried: pd.DataFrame, claimed: float, chance: float) -> Finding:
    """Say what the best of many SIMULATED brands shows where nothing differs.

    Parameters
    ----------
    tried : pandas.DataFrame
        From `an.ratio.largest_brands`.
    claimed : float
        A ratio.
    chance : float
        Of the largest ratio to reach it [percent of worlds].
    """
    best, brands = tried["estimate"].max(), len(tried)
    headline = f"In a SIMULATED world without any difference, the best brand shows {change(best)}"
    each = int(tried["n_accounts"].median())
    detail = f"SIMULATED: micro against macro within {brands} brands, {each} accounts each. In "
    detail += f"{number(chance, 'percent')} of such worlds the best reaches {change(claimed)}."
    caveat = "SIMULATED: no brand differs from another, and micro not from macro. Bars: intervals, "
    caveat += "which take no account of the choice of the largest."
    alt = f"SIMULATED leads of {brands} brands with intervals, sorted, around no difference; the "
    alt += f"largest is {change(best)}, a dashed line stands at {change(claimed)}."
    return Finding(headline, detail, caveat, shortened(alt))


def idle_followers(needed: Estimates) -> Finding:
    """Say by how much follower counts would have to be off to explain a lead of small creators.

    Parameters
    ----------
    needed : Estimates
        From ``explaining_error`` of samples.
    """
    known = [one for one in needed if not isnan(one.estimate)]
    if not known:
        headline = "No source here has a lead of small creators to explain"
        return Finding(headline, alt="No source has a lead that an error could explain.")
    first = known[0]
    where, factor = on([first.context.platform]), f"{_factor(first.estimate):.2g}"
    headline = begun(fitting(
        f"{where}followers miscounted by a factor of {factor} would explain the whole lead",
        f"{where}followers miscounted by a factor of {factor} would explain it all",
    ))  # fmt: skip
    detail = "Lead of one size over ten times that size, if followers were counted with a random "
    detail += "error of so large a typical factor."
    listed = listing(f"{one.context.source} {_factors(one)}" for one in known)
    caveat = f"Factor that would explain all of it: {listed}. The error is taken as the same at "
    caveat += f"every size. {DIFFERENT}"
    alt = f"Leads with intervals, a row per assumed error, a panel per source. {headline}."
    return Finding(headline, detail, caveat, shortened(alt))


def _factor(error: float) -> float:
    return exp(error) if error < 500 else inf


def _factors(one) -> str:
    if isnan(one.low):
        return number(_factor(one.estimate))
    return interval(*map(_factor, (one.estimate, one.low, one.high)))


def of_micro(ages: pd.DataFrame) -> pd.DataFrame:
    """Take micro over macro of each source, oldest posts first, named by the posts in ``row``."""
    micro = ages[ages["label"] == "micro / macro"]
    micro = micro.assign(row=micro["posts"].map(AGES), main=micro["posts"] != "all")
    several = micro["source"].nunique() > 1
    named = micro["source"] + ", " + micro["row"] if several else micro["row"]
    order = [list(AGES).index(posts) if posts in AGES else 9 for posts in micro["posts"]]
    return micro.assign(row=named, order=order, n_accounts=nan).sort_values(
        ["source", "order"], kind="stable", ignore_index=True
    )


def if_only_macro(ratios: pd.DataFrame) -> str:
    """Write which share of macro's followers would have to be idle to explain each clear lead.

    Parameters
    ----------
    ratios : pandas.DataFrame
        ``source, estimate, low`` of micro over macro.
    """
    above = ratios[ratios["low"] > 1]
    if above.empty:
        return ""
    shares = zip(above["source"], 100 * (1 - 1 / above["estimate"]), strict=True)
    listed = listing(f"{share:.0f} % ({name})" for name, share in shares)
    return (
        "If only macro accounts had followers who do not look, this share of them would explain "
        f"the whole ratio to micro: {listed}."
    )


def among_the_largest(largest: pd.DataFrame, top: int) -> list[str]:
    """Write the share of micro among all accounts of each source, and among the largest."""
    whole = largest.groupby("source", sort=False).tail(1)
    shares = [f"{row.share:.0f} % ({row.source})" for row in whole.itertuples()]
    among = largest[largest["first"] == top].groupby("source", sort=False)["share"].first()
    texts = [f"Micro among all accounts: {listing(shares)}."] if shares else []
    if len(among):
        texts.append(f"Among the {top} largest: {among.min():.0f} to {among.max():.0f} %.")
    return texts


def flagged(flags: pd.DataFrame) -> str:
    """Write how many registered sources the plausibility checks flag, and where they err."""
    wrong = listing(flags.loc[flags["evidence"] == (flags["found"] > 0), "source"])
    found = f"{(flags['found'] > 0).sum()} of {len(flags)} registered sources are flagged"
    return f"{found}; evidence with a warning, or controls without: {wrong}."


def by_the_same_rule(ratios: pd.DataFrame, averages: int) -> str:
    """Write the range of micro over macro by source, if both are averaged by the same rule."""
    ends = ratios.groupby("source", sort=False)["estimate"].agg(["min", "max"]).dropna()
    rows = [f"{change(row.min)} to {change(row.max)} ({row.Index})" for row in ends.itertuples()]
    if not rows:
        return ""
    return (
        f"If micro and macro are averaged by the same rule, one of {averages}, micro against macro "
        f"is {listing(rows)}."
    )
