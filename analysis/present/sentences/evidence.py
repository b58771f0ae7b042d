"""Findings of what others have written: names of tiers, printed tables, chains of quotations."""

import pandas as pd

from analysis.display import finding, sentence
from analysis.estimate.scheme_comparison import most_names
from analysis.estimate.synthesis.quoted import Quoted
from analysis.finding import Finding
from analysis.present.sentences.confidence import change
from analysis.present.sentences.findings import begun, fitting, on, shortened
from analysis.present.sentences.names import platform_name
from analysis.present.sentences.numbers import count, followers, listing, short_range

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


AS_READ = (
    "Dashed: inferred from number and wording, read nowhere. Without a date the order is that of "
    "what changed. Hardly any text names where it took a figure from."
)
"""How a chain of quotations is to be read."""


@finding.register(Quoted)
def _quoted(quoted: Quoted) -> Finding:
    first, last = quoted.first, quoted.last
    said, became = _figure(first), _figure(last)
    texts = [f"{said} became {became}{tail}" for tail in (", quotation by quotation", "")]
    more = {first["unit"], last["unit"]} <= {"times", "percent"}
    if not (more and first["figure"] and last["figure"]):
        many = count(len(quoted.steps), "text")
        texts = [f"{_plain(first)} became {_plain(last)} in {many}"] if last["figure"] else []
        texts = [] if _plain(first) == _plain(last) else texts
        texts += [f"{many} print a figure on {last['wording']}", f"{many} print a figure"]
    elif said == became:
        again = (quoted.steps["figure"] == last["figure"]) & quoted.steps["seen"]
        more = f"{count(int(again.sum()), 'text')} {'repeats' if again.sum() == 1 else 'repeat'} it"
        lost = f"nobody has shown where the {_plain(last)} of {last['wording']} is from"
        texts = [f"{lost}; {more}", lost, f"the origin of {_plain(last)} is not known; {more}"]
        texts = texts if not first["seen"] else [f"{said} is repeated as it was; {more}"]
    headline = begun(fitting(*texts))
    seen = int(quoted.steps["seen"].sum())
    inferred = len(quoted.steps) - seen
    detail = f"Who took the figure from whom. {count(seen, 'text')} read, {inferred} inferred. "
    detail += "In colour: a new unit, or something else is counted."
    way = listing(text.replace("\n", " ") for text in quoted.steps["text"])
    return Finding(headline, detail, AS_READ, shortened(f"Boxes joined by arrows. {way}."))


def _figure(step) -> str:
    """Write what a step prints: figure, unit and what it counts."""
    return f"{_plain(step)} more {step['wording']}"


def _plain(step) -> str:
    unit = {"percent": "%"}.get(step["unit"], step["unit"])
    return f"{step['figure']} {unit}".strip()


@sentence.register(Quoted)
def _quoted_sentence(quoted: Quoted) -> str:
    return finding(quoted).caption


EACH_TABLE = (
    "Each table is a line through the middles of its tiers; open top tiers are taken to end at "
    "{top:g} times their lower edge, open bottom ones to begin at {bottom:g} followers. "
)
"""How a printed table becomes a number."""


def rows_of_tables(both: pd.DataFrame) -> pd.Series:
    """Name the rows of printed tables and open sources, with how many they are.

    Parameters
    ----------
    both : pandas.DataFrame
        As `an.synthesis.side_by_side` gives it.
    """
    many = both.groupby(["platform", "printed"])["ratio"].transform("size")
    return pd.Series(
        [
            f"{platform_name(row.platform) or 'All'}: {_kind(row.printed, number_of)}"
            for row, number_of in zip(both.itertuples(), many, strict=True)
        ],
        both.index,
    )


def _kind(printed: bool, number_of: int) -> str:
    return count(number_of, "printed table" if printed else "open source")


def printed_tables(both: pd.DataFrame, open_top: float, open_bottom: float) -> Finding:
    """Say how rates differ with size in printed tables, and in open sources.

    Parameters
    ----------
    both : pandas.DataFrame
        As `an.synthesis.side_by_side` gives it.
    open_top, open_bottom : float
        As in `implied_betas`.
    """
    printed, measured = (both[both["printed"] == of] for of in (True, False))
    printed = printed[printed["platform"] == ""]["ratio"]
    if printed.empty:
        return Finding("No printed table gives rates by size", alt="There is no table to draw.")
    low, middle, high = printed.quantile([0.25, 0.5, 0.75])
    headline = fitting(f"In printed tables, accounts a tenth as large have rates {_by(middle)}")
    detail = f"Median of {count(len(printed), 'table')} of reactions, views or revenue per "
    detail += f"follower; half lie between {change(low)} and {change(high)}."
    if len(measured):
        ends = [change(end) for end in measured["ratio"].agg(["min", "max"])]
        detail += f" {count(len(measured), 'open source')}: {' to '.join(ends)}."
    caveat = EACH_TABLE.format(top=open_top, bottom=open_bottom)
    caveat += "Most print no number of accounts, so that they have no interval; owners are few."
    alt = f"Dots for tables and sources in a row per platform, with medians. {headline}. {detail}"
    return Finding(headline, detail, caveat, shortened(alt))


def _by(ratio: float) -> str:
    """Write how much higher or lower a rate is."""
    size = round(100 * abs(ratio - 1))
    return f"{size} % {'higher' if ratio > 1 else 'lower'}" if size else "that are the same"
