"""What is written of fitted curves and their shapes, and of peaks where there are none."""

import pandas as pd

from analysis.finding import Finding
from analysis.present.sentences.findings import shortened
from analysis.present.sentences.numbers import listing, number


def peaks_in_raw(trapped: pd.DataFrame) -> Finding:
    """Say how often a quadratic shows a peak in SIMULATED worlds that have none.

    Parameters
    ----------
    trapped : pandas.DataFrame
        From `an.curve.trapped`.
    """
    raw, logs = (trapped.loc[trapped["raw"] == kind, "estimate"] for kind in (True, False))
    share = f"show one in at least {raw.min():.0f} %"
    often = "always show one" if raw.min() == 100 else share
    headline = f"In SIMULATED worlds without a peak, raw followers {often}"
    worlds = int(trapped["n_accounts"].iloc[0])
    detail = f"Share of worlds in which a quadratic shows an inverted U; {worlds} worlds a row. "
    seldom = "never" if logs.max() == 0 else f"in at most {logs.max():.0f} %"
    detail += f"On log followers it {seldom} does." if seldom == "never" else f"On logs {seldom}."
    caveat = "SIMULATED: likes grow as a power of followers, without any turning point. Bars: "
    caveat += "intervals of the share. A published peak means nothing unless its scale is named."
    alt = f"SIMULATED worlds without a peak: raw followers {often}, log followers {seldom}, "
    alt += "whatever the elasticity of likes in followers."
    return Finding(headline, detail, caveat, shortened(alt))


def best_fits(models: pd.DataFrame) -> str:
    """Write which curve predicts an account best in each source, and by how much.

    Parameters
    ----------
    models : pandas.DataFrame
        From `an.curve.fits`.
    """
    known = models[models["error"].notna()]
    if known.empty:
        return ""
    best = known.loc[known.groupby("source", sort=False)["error"].idxmin()]
    rows = listing(
        f"{row.model} ({row.source}, {number(row.gain, 'percent')} better than a line)"
        for row in best.itertuples()
    )
    return (
        f"Smallest error for an account that was left out: {rows}. "
        "Followers predict little of a single account with any of them."
    )


def shapes_shown(shapes: pd.DataFrame, confidence: float = 0.95) -> str:
    """Write which sources show an inverted U by both tests, and where the quadratic stands alone.

    Parameters
    ----------
    shapes : pandas.DataFrame
        From `an.curve.shapes`.
    confidence : float
        At which a shape is shown.
    """
    both = shapes["both show it"] == "yes"
    alone = (shapes["p, Lind and Mehlum"] <= 1 - confidence) & ~both
    peaks = listing(dict.fromkeys(shapes.loc[both & (shapes["shape"] == "inverted U"), "source"]))
    return (
        f"Sources that show an inverted U: {peaks}. Both tests agree on {both.sum()} of "
        f"{len(shapes)} shapes; the quadratic alone shows {alone.sum()} more, which may only "
        "flatten."
    )
