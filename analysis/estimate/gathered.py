"""What a verb gives of several samples: estimates, frames, or results side by side."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from analysis.display import Result, gather
from analysis.estimate.results import Estimate, Estimates


@dataclass(frozen=True, repr=False)
class Results(Result):
    """The same result of several samples, where it is more than an estimate.

    Attributes
    ----------
    results : tuple of Result
        One per sample.
    keys : pandas.DataFrame
        ``source, metric, posts`` of each.

    Examples
    --------
    >>> import analysis as an
    >>> tests = an.load_all("instagram-kim").sample("engagement").tier("decades").equivalence()
    >>> tests[0].answer, len(tests)
    ('different', 1)
    """

    results: tuple[Result, ...]
    keys: pd.DataFrame

    def __len__(self) -> int:
        """Count the results."""
        return len(self.results)

    def __getitem__(self, place: int) -> Result:
        """Take one result by its place."""
        return self.results[place]

    def __iter__(self) -> Iterator[Result]:
        """Go through the results."""
        return iter(self.results)

    def to_frame(self) -> pd.DataFrame:
        """Put the frames of all results below each other, with the keys in front."""
        return keyed_frames([result.to_frame() for result in self.results], self.keys)


def keyed_frames(frames: list[pd.DataFrame], keys: pd.DataFrame) -> pd.DataFrame:
    """Put frames below each other, each with its row of the keys in front."""
    rows = keys.to_dict("records")
    keyed = [
        pd.concat([pd.DataFrame(row, index=frame.index), frame], axis=1)
        for row, frame in zip(rows, frames, strict=True)
    ]
    return pd.concat(keyed, ignore_index=True) if keyed else keys


@gather.register(Result)
def _any_each(first: Result, results: list[Result], keys: pd.DataFrame) -> Results:
    return Results(tuple(results), keys)


@gather.register(pd.DataFrame)
def _frame_each(
    first: pd.DataFrame, results: list[pd.DataFrame], keys: pd.DataFrame
) -> pd.DataFrame:
    taken = {"posts": "which_posts"} if "posts" in first else {}  # a count of posts, not a choice
    return keyed_frames(results, keys.rename(columns=taken))


@gather.register(Estimate)
def _one_each(first: Estimate, results: list[Estimate], keys: pd.DataFrame) -> Estimates:
    return Estimates(tuple(results), keys)


@gather.register(Estimates)
def _several_each(first: Estimates, results: list[Estimates], keys: pd.DataFrame) -> Estimates:
    pairs = zip(results, keys.to_dict("records"), strict=True)
    return Estimates.joined(estimates.keyed(**row) for estimates, row in pairs)


@gather.register(type(None))
def _none(first: None, results: list, keys: pd.DataFrame) -> Estimates:
    absent = pd.DataFrame({"scheme": [], "lower": [], "upper": []}, dtype=float)
    return Estimates((), pd.concat([keys, absent], axis=1))  # every key that a verb may give
