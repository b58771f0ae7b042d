"""The tables of benchmarks/README.md, from what benchmarks.speed measured."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd


class Target(NamedTuple):
    """What is measured, with which workload and how many posts, against which method, in which
    kind of number, and the target; None where the figure is reported as it is.
    """

    what: str
    workload: str
    posts: float
    method: str
    kind: str
    target: float | None


CURVE, LIFTS = "10,368 specifications, clustered", "12 clustered lifts from Parquet"
REDRAWN, RESAMPLED = "6.9 million redrawn lifts", "10,000 resamples of 35,000 accounts"
WARM = "12 clustered lifts from a frame, warm"
TARGETS = (
    Target(CURVE, "curve", 1e5, "pandas, a group-by each", "ratio", 200),
    Target(CURVE, "curve", 1e6, "pandas, a group-by each", "ratio", 400),
    Target(REDRAWN, "joint", 1e6, "ours", "seconds", 2),
    Target(REDRAWN, "joint", 1e7, "ours", "seconds", 6),
    Target(RESAMPLED, "resample", 1e7, "scipy", "ratio", 15),
    Target(RESAMPLED, "resample", 1e7, "arch", "ratio", 15),
    Target(RESAMPLED, "resample", 1e7, "foostrap", "ratio", None),
    Target(LIFTS, "lifts", 1e6, "scan", "ratio", 1 / 4),
    Target(LIFTS, "lifts", 1e7, "scan", "ratio", 1 / 4),
    Target(LIFTS, "lifts", 1e8, "scan", "ratio", 1 / 4),
    Target(LIFTS, "lifts", 1e8, "tea-tasting", "ratio", None),
    Target(LIFTS, "lifts", 1e8, "ours", "peak", 800),
    Target("the same, prepared", "prepared", 1e7, "scan", "ratio", 1 / 0.8),
    Target("the same, prepared", "prepared", 1e8, "scan", "ratio", 1 / 0.8),
    Target(WARM, "small", 1e4, "ours", "seconds", 0.025),
    Target(WARM, "small", 1e4, "tea-tasting", "ratio", 5),
)

BEGIN, END = "<!-- speed: begin, written by python -m benchmarks.speed -->", "<!-- speed: end -->"


def targets(measured: pd.DataFrame) -> list[str]:
    """Each target with the figure measured, as lines of Markdown."""
    lines = [
        "| what | posts | against | target | cpu | wall | met |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in TARGETS:
        same = (measured["workload"] == one.workload) & (measured["posts"] == one.posts)
        row = measured[same & (measured["method"] == one.method.partition(",")[0])]
        against = {"seconds": "its own clock", "peak": "memory"}.get(one.kind, one.method)
        cells = [one.what, f"{one.posts:,.0f}", against, _wanted(one)]
        cells += _measured(one, row.iloc[0]) if len(row) else ["not measured", "", ""]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _measured(one: Target, row: pd.Series) -> list[str]:
    """What was measured by cpu and by the clock, and whether the target is met."""
    if one.kind == "ratio":
        value = row["cpu_ratio"]
        texts = [_times(value, one.method), _times(row["wall_ratio"], one.method)]
        met = value >= (one.target or 0)
    elif one.kind == "seconds":
        value = row["cpu_s"]
        texts = [f"{value:.3g} s", f"{row['wall_s']:.3g} s"]
        met = value <= one.target
    else:
        value = row["peak_mb"]
        texts = [f"{value:,.0f} MB", ""]
        met = value <= one.target
    return [*texts, "" if one.target is None else "yes" if met else "**no**"]


def _times(ratio: float, method: str) -> str:
    """How many times ours; of a scan, how many scans ours takes."""
    return f"{1 / ratio:.2g} scans" if method == "scan" else f"{ratio:,.3g}x"


def _wanted(one: Target) -> str:
    if one.target is None:
        return "as it is"
    if one.kind == "ratio":
        scans = one.method == "scan"
        return f"≤ {1 / one.target:.2g} scans" if scans else f"≥ {one.target:g}x"
    return f"≤ {one.target:g} s of cpu" if one.kind == "seconds" else f"≤ {one.target:g} MB"


def growth(measured: pd.DataFrame) -> list[str]:
    """How seconds and memory of ours grow with posts: the exponent between neighbouring sizes."""
    power = "grows as posts to the power"
    head = f"| workload | posts | cpu seconds | {power} | peak MB | {power} |"
    lines = [head, "|---|---|---|---|---|---|"]
    ours = measured[measured["method"] == "ours"]
    for workload, part in ours.groupby("workload", sort=False):
        steps = np.diff(np.log(part[["posts", "cpu_s", "peak_mb"]]), axis=0)
        powers = ["", *(f"{value:.2f}" for value in steps[:, 1] / steps[:, 0])]
        memory = ["", *(f"{value:.2f}" for value in steps[:, 2] / steps[:, 0])]
        for row, cpu, peak in zip(part.itertuples(), powers, memory, strict=True):
            seconds = f"{row.cpu_s:.3g} | {cpu} | {row.peak_mb:,.0f} | {peak}"
            lines.append(f"| {workload} | {row.posts:,} | {seconds} |")
    return lines


def write(measured: pd.DataFrame, path: Path) -> None:
    """Put both tables between their marks."""
    text = path.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    tables = "\n".join([*targets(measured), "", *growth(measured)])
    path.write_text(f"{text[:start]}\n\n{tables}\n\n{text[end:]}", encoding="utf-8")
