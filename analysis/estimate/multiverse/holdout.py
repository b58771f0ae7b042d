"""Whether a specification that was picked for its answer gives it where it was not picked."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.display import FrameResult
from analysis.estimate.multiverse.grid import AXES
from analysis.moments.sample import Moments

CARRIED = tuple(axis for axis in AXES if axis != "source")
"""Choices that are carried from where they were picked to where they are confirmed."""


def halves(moments: Moments, seed: int) -> tuple[Moments, Moments]:
    """Split the accounts of a source in two at random, so that what is chosen on one half can be
    confirmed on the other.

    Parameters
    ----------
    moments : Moments
        At the resolution of accounts.
    seed : int
        Of the random generator.

    Raises
    ------
    ValueError
        For cells, which hold no single accounts: confirm on another source instead.

    Examples
    --------
    >>> import analysis as an
    >>> world = an.simulate.world("small", an.simulate.posts(1, accounts=(30, 20)))
    >>> [len(half.table["account_id"].unique()) for half in halves(world, seed=1)]
    [25, 25]
    """
    if moments.resolution == "cells":
        raise ValueError(
            f"source '{moments.source.key}' is at hand as cells, which hold no accounts to split. "
            "Confirm on another source."
        )
    account = pd.factorize(moments.table["account_id"])[0]
    first = np.random.default_rng(seed).permutation(account.max() + 1) % 2 == 0
    parts = [moments.table[chosen] for chosen in (first[account], ~first[account])]
    return tuple(replace(moments, table=part.reset_index(drop=True)) for part in parts)


@dataclass(frozen=True, repr=False)
class Confirmation(FrameResult):
    """Picked specifications beside the same choices where they were not picked.

    Attributes
    ----------
    frame : pandas.DataFrame
        The choices, then ``source, estimate, low, high, status`` of the pick and, with
        ``_elsewhere`` behind, of the confirmation; nan where the choices are not admissible there.
    """


def confirm(
    picked: pd.DataFrame, elsewhere: pd.DataFrame, by: Iterable[str] = CARRIED
) -> Confirmation:
    """Look the picked specifications up where they were not picked.

    Parameters
    ----------
    picked : pandas.DataFrame
        Rows of `estimate_specifications`, chosen for their estimates.
    elsewhere : pandas.DataFrame
        `estimate_specifications` on the other half, or on other sources.
    by : iterable of str
        Choices that have to agree; without ``metric`` and ``posts``, those of one source are
        compared with whatever another has in their place.

    Examples
    --------
    >>> import analysis as an
    >>> world = an.simulate.world("small", an.simulate.posts(1, accounts=(60, 40)))
    >>> tiers, rates = [an.scheme("decades")], {"averages": ["typical account"], "posts": ["all"]}
    >>> listed = an.multiverse.specifications([world], tiers, **rates)
    >>> first, second = (
    ...     an.multiverse.estimate_specifications(listed, [half], tiers)
    ...     for half in an.multiverse.halves(world, seed=1)
    ... )
    >>> an.multiverse.confirm(first.nlargest(1, "estimate"), second)
    1 of 1 pick is smaller where it was not picked.
    """
    columns = [*by, "source", "estimate", "low", "high", "status"]
    suffixes = ("", "_elsewhere")
    merged = picked[columns].merge(elsewhere[columns], on=list(by), how="left", suffixes=suffixes)
    return Confirmation(merged)
