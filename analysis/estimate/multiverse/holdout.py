"""Whether a specification that was picked for its answer gives it where it was not picked."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

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


def confirm(
    picked: pd.DataFrame, elsewhere: pd.DataFrame, by: Iterable[str] = CARRIED
) -> pd.DataFrame:
    """Look the picked specifications up where they were not picked.

    Parameters
    ----------
    picked : pandas.DataFrame
        Rows of `run`, chosen for their estimates.
    elsewhere : pandas.DataFrame
        `run` on the other half, or on other sources.
    by : iterable of str
        Choices that have to agree; without ``metric`` and ``posts``, those of one source are
        compared with whatever another has in their place.

    Returns
    -------
    pandas.DataFrame
        The choices, then ``source, estimate, low, high, status`` of the pick and, with
        ``_elsewhere`` behind, of the confirmation; nan where the choices are not admissible there.
    """
    columns = [*by, "source", "estimate", "low", "high", "status"]
    suffixes = ("", "_elsewhere")
    return picked[columns].merge(elsewhere[columns], on=list(by), how="left", suffixes=suffixes)
