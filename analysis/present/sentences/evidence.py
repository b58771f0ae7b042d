"""Findings of what others have written: names of tiers, printed tables, chains of quotations."""

import pandas as pd

from analysis.estimate.scheme_comparison import most_names
from analysis.finding import Finding
from analysis.present.sentences.findings import fitting, on, short_range, shortened
from analysis.present.sentences.numbers import count, followers

SIZES = ("nano", "micro", "mid-tier", "macro", "mega", "celebrity", "all-star")
"""Names of tiers from small to large."""

MOST = 50
"""Percent above which it is most of them."""


def either(names) -> str:
    """Join names as alternatives, from small to large.

    Examples
    --------
    >>> either(["macro", "micro", "nano"])
    'nano, micro or macro'
    """
    order = {name: place for place, name in enumerate(SIZES)}
    ordered = sorted(names, key=lambda name: (order.get(name, len(SIZES)), name))
    return " or ".join(filter(None, [", ".join(ordered[:-1]), ordered[-1]])) if ordered else ""


def names_of_tiers(tiers: pd.DataFrame, names: pd.DataFrame) -> Finding:
    """Say how differently publishers name the same accounts.

    Parameters
    ----------
    tiers, names : pandas.DataFrame
        As `tier_table` and `names_in_use` give them.

    Examples
    --------
    >>> import analysis as an
    >>> two = [an.scheme("tint"), an.scheme("harvard-media")]
    >>> made = names_of_tiers(an.tiers.tier_table(two), an.tiers.names_in_use(two))
    >>> made.headline
    'A creator with 10K–25K followers is micro or macro, depending on the publisher'
    """
    stretch, schemes = most_names(names), tiers["scheme"].nunique()
    who = f"a creator with {short_range(stretch.lower, stretch.upper)} followers"
    text = f"{who} is {either(stretch.which)}"
    many = f"{who} has {count(stretch.names, 'name')}"
    ends = [f"{one}{end}" for one in (text, many) for end in (", depending on the publisher", "")]
    headline = fitting(*(one[0].upper() + one[1:] for one in ends))
    detail = f"Ranges of {count(schemes, 'publisher')}. {_shared(tiers)}"
    caveat = "Dashed: the stretch of the headline. Open ends run to the edge, and gaps stay gaps."
    alt = f"Bars on an axis of followers, a row per publisher. {headline}. {detail}"
    return Finding(headline, detail, caveat, shortened(alt))


def _shared(tiers: pd.DataFrame) -> str:
    """Say whether any number of followers is micro for all who have a tier of that name."""
    micro = tiers[tiers["tier"] == "micro"]
    if len(micro) < 2:
        return ""
    highest, lowest = micro["lower"].max(), micro["upper"].min()
    if highest < lowest:
        return f"All {len(micro)} that name micro agree on {followers(highest, lowest)}."
    return f"No number of followers is micro for all {len(micro)} that use the word."


def names_elsewhere(renamed: pd.DataFrame, chosen: str) -> Finding:
    """Say how many other publishers would give most accounts of the largest source another name.

    Parameters
    ----------
    renamed : pandas.DataFrame
        As `an.tiers.names_elsewhere` gives it.
    chosen : str
        Short name of the scheme that they are compared with.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement")
    >>> renamed = an.tiers.names_elsewhere([kim], "decades", ["harvard-media", "tint"])
    >>> names_elsewhere(renamed, "Decades").headline
    'On Instagram, 1 of 2 other publishers gives most accounts another name'
    """
    if renamed.empty:
        return Finding(
            "No source has accounts whose names could be compared",
            alt="An empty picture: there is nothing to compare.",
        )
    first = renamed[renamed["largest"]]
    many, of = int((first["renamed"] > MOST).sum()), len(first)
    verb = "gives" if many == 1 else "give"
    name = first["source"].iloc[0]
    text = f"{many} of {count(of, 'other publisher')} {verb} most accounts another name"
    headline = fitting(f"{on(first['platform'].iloc[:1])}{text}", text)
    others = renamed["source"].nunique() - 1
    detail = f"Accounts whose tier has another name than at {chosen}; large dots: {name}"
    detail += f", small: {count(others, 'other source')}." if others else "."
    caveat = (
        "Of the accounts that either of two publishers names. Sources are no random samples, so "
        "that the shares describe them and not a platform."
    )
    alt = f"A row for each other publisher, a dot for each source. {headline}. {detail}"
    return Finding(headline, detail, caveat, shortened(alt))
