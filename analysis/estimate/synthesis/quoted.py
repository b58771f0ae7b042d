"""Who quoted whom: the steps of a figure from its origin to a claim, as the register has them."""

from dataclasses import dataclass

import pandas as pd

from analysis.display import Result
from analysis.registers.lookup import quotations


@dataclass(frozen=True, repr=False)
class Quoted(Result):
    """The way of a figure through texts that quote each other.

    Attributes
    ----------
    claim : str
        Key of the claim where it ends.
    steps : pandas.DataFrame
        ``key, claim, seen`` (whether it was read), ``text, who, year`` (0: undated), ``figure,
        unit, wording, changed`` and ``depth``: how many steps it lies below the start of its
        longest chain. The order is that of the register.
    links : pandas.DataFrame
        ``from, to`` (keys of steps).

    Examples
    --------
    >>> quoted("D07").steps["key"].tolist()[:3]
    ['conversations', 'percent', 'conversions']
    """

    claim: str
    steps: pd.DataFrame
    links: pd.DataFrame

    @property
    def first(self) -> pd.Series:
        """The step that most of the others lead back to."""
        return self.steps[self.steps["depth"] == 0].iloc[0]

    @property
    def last(self) -> pd.Series:
        """The step furthest from an origin: the claim."""
        return self.steps.loc[self.steps["depth"].idxmax()]

    def to_frame(self) -> pd.DataFrame:
        """Give the steps."""
        return self.steps


def quoted(claim: str) -> Quoted:
    """Collect the steps that lead to a claim.

    Parameters
    ----------
    claim : str
        Its key.

    Raises
    ------
    ValueError
        If the register has no step of that claim.
    """
    known = quotations()
    steps = {key: one for key, one in known.items() if one.claim == claim}
    if not steps:
        raise ValueError(f"data/quotations.toml has no step of the claim '{claim}'.")
    pairs = [(start, key) for key, one in steps.items() for start in one.quotes]
    links = pd.DataFrame(pairs, columns=["from", "to"])
    rows = [
        (key, claim, one.seen, f"{one.name} ({one.year or 'undated'})\n{_what(one)}",
         one.name, one.year or 0, one.figure, one.unit, one.wording, one.changed)
        for key, one in steps.items()
    ]  # fmt: skip
    names = ["key", "claim", "seen", "text", "who", "year", "figure", "unit", "wording", "changed"]
    frame = pd.DataFrame(rows, columns=names)
    return Quoted(claim, frame.assign(depth=depths(frame["key"], links)), links)


def depths(keys: pd.Series, links: pd.DataFrame) -> list[int]:
    """Count how many steps each step lies below the start of its longest chain.

    Examples
    --------
    >>> depths(pd.Series(["a", "b"]), pd.DataFrame({"from": ["a"], "to": ["b"]}))
    [0, 1]
    """

    def depth(key: str) -> int:
        above = links.loc[links["to"] == key, "from"]
        return max(map(depth, above), default=-1) + 1

    return [depth(key) for key in keys]


def _what(step) -> str:
    return ", ".join(filter(None, (f"{step.figure} {step.unit}".strip(), step.wording)))
