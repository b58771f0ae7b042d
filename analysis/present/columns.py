"""Frames of results as people read them: headings for columns, names for keys, counts as counts.

Takes what ``.to_frame()`` gives; `analysis.present.tables` writes what it becomes.
"""

import math

import pandas as pd

from analysis.estimate.cost.accounts import Creators
from analysis.estimate.cost.decisions import Decisions, Information
from analysis.estimate.cost.portfolios import Portfolios
from analysis.estimate.cost.price_laws import REFERENCE, PowerLaw
from analysis.estimate.cost.printed_prices import PriceEvidence
from analysis.estimate.cost.sizes import CheapestSizes
from analysis.estimate.curve.breakpoint import Breakpoint
from analysis.estimate.curve.inverted_u import Shape
from analysis.present import sentences
from analysis.present.sentences.multiverse import choice_name
from analysis.present.sentences.names import metric_title, scheme_name, source_name
from analysis.present.sentences.numbers import p_value, posts_with
from analysis.present.sentences.reasons import OUTCOMES
from analysis.registers.shifts import QUESTION, strata_of

HEADINGS = {
    "accounts": "accounts", "answer": "answer", "at": "at", "average": "average", "axis": "choice",
    "because": "reason", "best": "best of all", "beta": "elasticity of reactions",
    "budget": "budget", "changed": "verdicts that differ", "choice": "choice", "claim": "claim",
    "claimed": "claimed", "country": "country", "creators": "creators",
    "counted": "of what", "currency": "currency",
    "denominator": "per", "df": "degrees of freedom", "draws": "draws", "estimand":
    "what is estimated", "estimate": "estimate [interval]", "fewest": "at least",
    "flat": "below half the middle (%)", "flip": "bias to undecided",
    "followers": "followers", "gain": "reactions",
    "gained": "reactions", "gamma": "elasticity of price", "handling": "cost of handling one",
    "high": "interval to", "highest": "highest elasticity", "i2": "I² (%)", "I2 (%)": "I² (%)",
    "inner": "interval that decides on alikeness", "k": "studies", "kind": "kind",
    "knowing": "reactions, knowing it", "label": "tiers", "larger": "larger is always cheaper",
    "largest_step": "highest over lowest option", "left_out": "left out", "level": "level",
    "levels": "levels", "low": "interval from", "lower": "followers from",
    "lowest": "lowest elasticity", "margin": "margin", "mean": "mean", "median": "middle",
    "method": "interval by", "metric": "metric", "mixture": "mixture of levels",
    "moderator": "what differs", "mu": "mean [interval]", "n": "accounts",
    "n_accounts": "accounts", "name": "name", "needed": "needed",
    "observed": "observed", "option": "option",
    "options": "options", "outcome": "outcome", "owner": "owner", "owners": "data owners", "p": "p",
    "p_above": "p, at least the margin", "p_below": "p, at most 1 / margin",
    "p_difference": "p, no difference", "p_pairs": "p, some pair not alike",
    "p_two_lines": "p, by two lines", "pairs": "pairs",
    "pi": "a new study would show", "platform": "platform", "portfolio": "money buys",
    "posts": "posts", "power": "chance of a significant result", "price": "price of a post",
    "prices": "prices of", "printed": "only printed", "Q": "Cochran's Q", "q": "Cochran's Q",
    "quantity": "per", "ratio": "ratio", "reactions": "reactions to a post",
    "registered_outcome": "as registered", "regret": "regret, mean (%)",
    "regret_high": "regret, bad cases (%)", "reported": "ratio that is reported",
    "reversals": "supported against contradicted", "scheme": "tiers of", "se": "standard error",
    "share": "share (%)", "shortfall": "mean of the worst 5 %", "shown": "shown", "slope":
    "elasticity in followers", "source": "source", "specifications": "specifications",
    "spent": "spent", "spread": "spread", "statistic": "statistic", "status": "status",
    "tables": "tables", "tau": "tau", "tau2": "variance between studies", "test": "test",
    "tier": "tier", "tiers": "tiers", "to_decide": "accounts to decide", "lacks": "lacks",
    "type_m": "times too large", "type_s": "share with the wrong sign", "upper": "followers to",
    "value": "value", "widest": "hardest to decide", "without": "without", "z": "z",
}  # fmt: skip
"""Heading of each column that a result may have."""

KINDS: dict[type, dict[str, str]] = {
    Breakpoint: {"label": "what"},
    Shape: {"label": "what"},
    PowerLaw: {"level": f"log of a post's at {REFERENCE:,} followers", "name": "what grows"},
    Creators: {"rate": "reactions per follower", "weight": "accounts", "tail": "above an open end"},
    Portfolios: {"low": "worst 5 % below", "high": "best 5 % above", "spent": "spent (%)"},
    CheapestSizes: {"estimate": "cheapest size (followers)", "name": "prices of"},
    Information: {"without": "reactions, not knowing it"},
    PriceEvidence: {"name": "prices of", "n": "accounts or tiers"},
    Decisions: {"name": "decision", "best": "best of all (share of worlds)"},
}
"""Headings that differ for one kind of result."""

DROPPED = (
    "n_posts", "unit", "of", "versus", "registered", "question", "key", "distance", "sxx",
)  # fmt: skip
"""Columns that only computing needs."""

FOLDED = {
    "estimate": ("low", "high"), "gamma": ("gamma_low", "gamma_high"),
    "beta": ("beta_low", "beta_high"), "mu": ("low", "high"), "ratio": ("low", "high"),
    "inner": ("inner_low", "inner_high"), "pi": ("pi_low", "pi_high"),
}  # fmt: skip
"""Columns that hold a value and the ends of its interval; of some only the ends are known."""

WHOLE = (
    "accounts", "budget", "creators", "fewest", "followers", "handling", "k", "lower", "n",
    "n_accounts", "price", "upper",
)  # fmt: skip
"""Columns of whole numbers, some of which are held as floats since one may be missing."""

NAMES = {
    "choice": choice_name,
    "axis": choice_name,
    "moderator": lambda name: "kind of metric" if name == "metric_group" else name,
    "outcome": lambda key: OUTCOMES.get(key, key),
    "registered_outcome": lambda key: OUTCOMES.get(key, key),
    "metric": metric_title,
    "scheme": scheme_name,
    "source": source_name,
    "posts": lambda posts: posts_with(posts) or "all",
    "portfolio": lambda name: name.replace("_", " "),
}
"""Names of what columns hold keys of."""


def readable(frame: pd.DataFrame, kind: type = object) -> pd.DataFrame:
    """Give a frame of a result with readable headings, names and numbers.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> list(readable(kim.trend().to_frame()[["label", "n_accounts", "unit", "p"]]))
    ['tiers', 'accounts', 'p']
    >>> readable(kim.trend().to_frame()[["p"]])["p"].item()
    '< 0.001'
    """
    shown = _folded(frame)
    for name in shown:
        if name in NAMES:
            shown[name] = shown[name].map(NAMES[name])
        elif name in WHOLE:
            shown[name] = shown[name].map(_whole)
        elif name == "p" or name.startswith("p_"):
            shown[name] = shown[name].map(_p)
    kept = [
        name
        for name in shown
        if name not in DROPPED and not (shown[name].astype(str).isin(["", "ok"])).all()
    ]
    return shown[kept].rename(columns=HEADINGS | KINDS.get(kind, {}))


def _folded(frame: pd.DataFrame) -> pd.DataFrame:
    """Write each value with the ends of its interval in a single column."""
    shown = frame.astype(object)
    units = frame["unit"] if "unit" in frame else [""] * len(frame)
    for name, ends in FOLDED.items():
        if not set(ends) <= set(shown):
            continue
        low, high = (frame[end] for end in ends)
        if name in frame:
            rows = zip(frame[name], low, high, units, strict=True)
            shown[name] = [sentences.interval(*row) for row in rows]
        elif name in ("inner", "pi"):
            shown[name] = [_range(*row) for row in zip(low, high, strict=True)]
        else:
            continue
        shown = shown.drop(columns=list(ends))
    return shown


def _range(low: float, high: float) -> str:
    missing = pd.isna(low) and pd.isna(high)
    return sentences.MISSING if missing else f"{sentences.number(low)} to {sentences.number(high)}"


def _whole(value) -> str:
    """Write a whole number, or several by name; what is open or missing is a dash."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_whole(count)}" for name, count in value.items())
    if isinstance(value, str) or pd.isna(value) or math.isinf(value):
        return value if isinstance(value, str) else sentences.MISSING
    return f"{value:,.0f}"


def _p(value: float) -> str:
    """Write the p of a column that is named so."""
    if pd.isna(value):
        return sentences.MISSING
    return p_value(value).removeprefix("p ").removeprefix("= ")


def by_age(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Put what posts of each age alone give beside each verdict of a source with their ages,
    under the claim's own tiers.

    Examples
    --------
    >>> import analysis as an
    >>> frame = an.judge("C08", "instagram-kim", "macro-or-micro-second").to_frame()
    >>> by_age(frame)["older"].tolist()
    ['1.08 [1.03, 1.14], supported']
    """
    rows = []
    for one in verdicts.to_dict("records"):
        held = strata_of(*(one[name] for name in QUESTION))
        if held:
            reading = f"{one['claim']}, test {one['test']}"
            row = {
                "claim": reading,
                "source": source_name(one["source"]),
                "all": _with_outcome(one),
            }
            rows.append(row | {level["level"]: _with_outcome(level) for level in held})
    return pd.DataFrame(rows).rename(columns={"all": "all posts"})


def _with_outcome(row: dict) -> str:
    """Write an estimate with its interval and the outcome that it leads to."""
    values = (row[name] for name in ("estimate", "low", "high", "unit"))
    return f"{sentences.interval(*values)}, {OUTCOMES[row['outcome']]}"
