"""How near ranks from cells come to those of the accounts.

    python -m benchmarks.ranks_from_cells ../shared/datasets

writes benchmarks/ranks_from_cells.csv: over all pairs of tiers of four schemes and all metrics of
the registered sources, whose raw files are in that folder, how far the share of pairs from cells
lies from that of the accounts, by how many accounts the smaller tier has; the same if accounts were
spread evenly over their bins; and, in logits, the root mean square of the first over that of the
distance between the two, of which a share counts as a standard error.
"""

import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import logit

from analysis.estimate.ratio.superiority import superiority
from analysis.moments.load import load
from analysis.moments.posts import from_posts
from analysis.moments.rebuild import read_posts
from analysis.moments.sample import Sample
from analysis.registers.lookup import scheme, sources

SCHEMES = ("decades", "macro-or-micro-first", "harvard-media", "hypeauditor")
SIZES = (0, 10, 20, 40, 100, np.inf)
"""Accounts of the smaller tier at which the rows of the table end."""


def pairs(exact: Sample, cells: Sample) -> Iterator[dict[str, float]]:
    """Compare each pair of tiers that holds the same accounts in both samples."""
    counts = [one.rows.groupby("tier")["accounts"].sum() for one in (exact, cells)]
    for of, versus in combinations([tier.name for tier in exact.scheme.tiers], 2):
        smaller = min(counts[0].get(name, 0) for name in (of, versus))
        same = all(counts[0].get(name, 0) == counts[1].get(name, 0) for name in (of, versus))
        if same and smaller >= 5:
            truth, found = (superiority(one, of, versus) for one in (exact, cells))
            facts = dict(found.reasons[-1].facts)
            yield {
                "smaller": smaller,
                "accounts": truth.estimate,
                "cells": found.estimate,
                "even": facts["even"],
            }


def compared(folder: Path) -> pd.DataFrame:
    """Compare all sources whose raw files are there."""
    rows = []
    for key, source in sources().items():
        read = read_posts(source, folder / source.folder)
        exact, cells = from_posts(read.posts, source, read.left_out), load(key)
        for metric in cells.metrics:
            for name in SCHEMES:
                both = [one.sample(metric).tier(scheme(name)) for one in (exact, cells)]
                rows += [{"source": key} | row for row in pairs(*both)]
        print(key, len(rows), flush=True)
    return pd.DataFrame(rows)


def summary(rows: pd.DataFrame) -> pd.Series:
    """Summarise comparisons; those of tiers that do not overlap have no logit."""
    off, even = (rows[name] - rows["accounts"] for name in ("cells", "even"))
    inside = rows[rows[["accounts", "cells", "even"]].gt(0).all(axis=1)]
    inside = inside[inside[["accounts", "cells", "even"]].lt(1).all(axis=1)]
    error, gap = (logit(inside["cells"]) - logit(inside[name]) for name in ("accounts", "even"))
    return pd.Series(
        {
            "comparisons": len(rows),
            "mean_off": off.abs().mean(),
            "mean_off_even": even.abs().mean(),
            "off_in_95_percent": off.abs().quantile(0.95),
            "off_over_gap": np.sqrt((error**2).mean() / (gap**2).mean()),
        }
    )


def main(folder: Path) -> None:
    """Write the table."""
    rows = compared(folder)
    classes = pd.cut(rows["smaller"], SIZES).rename("smaller")
    by_size = rows.groupby(classes, observed=True).apply(summary, include_groups=False)
    table = pd.concat([by_size.reset_index(), summary(rows).to_frame().T.assign(smaller="all")])
    table["comparisons"] = table["comparisons"].astype(int)
    path = Path(__file__).with_suffix(".csv")
    table.round(4).to_csv(path, index=False, lineterminator="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
