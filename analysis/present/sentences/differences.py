"""Findings on what followers leave open: the creator, the post, and how soon one is known."""

from math import ceil, floor, isfinite, nan

import pandas as pd

from analysis.estimate.results import Estimates
from analysis.finding import Finding
from analysis.present.sentences.findings import DIFFERENT, begun, fitting, on, shortened
from analysis.present.sentences.numbers import listing
from analysis.present.sentences.totals import nothing_drawn


def beyond_followers(split: Estimates) -> Finding:
    """Say how much of the differences between posts followers account for.

    Parameters
    ----------
    split : Estimates
        Parts of the variance by source, with the column ``share`` [percent].

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim").sample("engagement").tier("decades")
    >>> beyond_followers(kim.variance_split()).headline
    'On Instagram, followers account for less than 5 % of differences in engagement'
    """
    frame = split.to_frame()
    frame["platform"] = [one.context.platform for one in split]
    known = frame[frame["share"].notna()] if "share" in frame else frame.head(0)
    if known.empty:
        return nothing_drawn("No source has single posts to see what followers leave open")
    parts = known.groupby("label", sort=False)["share"]
    size = parts.get_group("size") if "size" in parts.groups else pd.Series(dtype=float)
    where = on(dict.fromkeys(known["platform"]))
    what = "in engagement rates between posts"
    texts = ["how much followers account for cannot be told"]
    if len(size) and isfinite(size.max()):
        most = min(floor(size.max()) + 1, 100)
        text = f"followers account for less than {most} % of differences in engagement"
        texts = [where + text, text]
    headline = begun(fitting(*texts))
    shares = [f"{PARTS.get(label, label)} {_range(part)}" for label, part in parts]
    detail = f"Of the differences {what}: {listing(shares)}."
    lost = dict.fromkeys(frame.loc[frame["estimate"].isna(), "source"])
    without = f" Without single posts: {listing(lost)}." if lost else ""
    caveat = f"Shares of the variance of log rates; intervals in the table.{without} {DIFFERENT}"
    return Finding(headline, detail, caveat, shortened(f"Stacked bars. {headline}. {detail}"))


PARTS = {"size": "followers", "creator beyond size": "the creator beyond followers",
         "post": "the single post"}  # fmt: skip
"""Parts of the variance in plain words."""


def _range(shares: pd.Series) -> str:
    ends = dict.fromkeys(f"{end:.0f}" for end in (shares.min(), shares.max()))
    return f"{'–'.join(ends)} %"


def posts_enough(needed: Estimates, enough: float = 0.8) -> Finding:
    """Say how many posts it takes to know a creator.

    Parameters
    ----------
    needed : Estimates
        Posts for a reliability, by source.
    enough : float
        The reliability.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim").sample("engagement").tier("decades")
    >>> posts_enough(kim.posts_needed(0.8)).headline
    "On Instagram, two posts are enough to know a creator's usual engagement"
    """
    known = [one for one in needed if isfinite(one.estimate)]
    if not known:
        return nothing_drawn("No source has single posts to see how many it takes")
    ends = sorted(max(ceil(one.estimate), 1) for one in known)
    where = on(one.context.platform for one in known)
    size = "–".join(dict.fromkeys(f"{end:,}" for end in (ends[0], ends[-1])))
    posts = {"1": "one post is", "2": "two posts are"}.get(size, f"{size} posts are")
    texts = [f"{where}{posts} enough to know a creator's usual engagement",
             f"{posts} enough to know a creator's usual engagement"]  # fmt: skip
    headline = begun(fitting(*texts))
    values = listing(f"{one.context.source} {one.estimate:.2g}" for one in known)
    detail = f"Posts of a creator until {100 * enough:.0f} % of the differences between creators' "
    detail += f"averages are theirs and not the posts': {values}."
    caveat = "Shaded: intervals. Reliability of the mean log rate (Spearman-Brown) of posts in the "
    caveat += "period observed; a creator may change afterwards."
    return Finding(headline, detail, caveat, shortened(f"Rising lines. {headline}. {detail}"))


def percent_of(curve: pd.DataFrame) -> pd.DataFrame:
    """Write reliabilities in percent, without those that have none."""
    kept = curve[curve["estimate"].notna()] if len(curve) else curve
    ends = ["estimate", "low", "high"]
    return kept.assign(**(100 * kept.reindex(columns=ends).astype(float)), n_accounts=nan)
