"""Takes the folder of raw files of a registered source; gives POSTS, or PRICES.
One module per format, with ``read(folder, platform) -> Read``.
Called by `analysis.moments.rebuild`, which finds it by the `adapter` of the source's table.
"""

from typing import NamedTuple

import pandas as pd

from analysis.display import because


class Read(NamedTuple):
    """What an adapter returns: POSTS with the strata of the source as text columns, or PRICES; and
    ``reason, rows`` of the rows of the raw files that are not among them.
    """

    posts: object
    left_out: pd.DataFrame


def left_out(**rows: int) -> pd.DataFrame:
    """Make the table of left-out rows, of counts by the key of their reason."""
    counted = [(str(because(reason)), count) for reason, count in rows.items() if count]
    return pd.DataFrame(counted, columns=["reason", "rows"])


def yes_no(values: pd.Series) -> pd.Series:
    """Turn booleans into the levels "yes" and "no"."""
    return values.map({True: "yes", False: "no"})


def spelled_out(values: pd.Series) -> pd.Series:
    """Turn counts written as 304.9K or 1.2M into numbers; what is no count becomes missing."""
    parts = values.astype("string").str.extract(r"^([\d.]+)([KMB]?)$")
    factor = parts[1].map({"": 1, "K": 1e3, "M": 1e6, "B": 1e9}).astype(float)
    return (pd.to_numeric(parts[0], errors="coerce") * factor).round()
