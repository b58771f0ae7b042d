"""The tables of benchmarks/README.md, from what benchmarks.speed measured."""

import numpy as np
import pandas as pd

TARGETS = (
    ("10,368 specifications, clustered", "curve", 1e5, "pandas, a group-by each", "ratio", 200),
    ("10,368 specifications, clustered", "curve", 1e6, "pandas, a group-by each", "ratio", 400),
    ("1,024 clustered regressions", "ols", 1e6, "statsmodels", "ratio", 300),
    ("1,024 clustered regressions", "ols", 1e6, "pyfixest", "ratio", 300),
    ("1,024 regressions", "ols", 1e5, "specification_curve", "ratio", 300),
    ("6.9 million redrawn lifts", "joint", 1e6, "ours", "seconds", 2),
    ("6.9 million redrawn lifts", "joint", 1e7, "ours", "seconds", 6),
    ("10,000 resamples of 35,000 accounts", "resample", 1e7, "scipy", "ratio", 15),
    ("10,000 resamples of 35,000 accounts", "resample", 1e7, "arch", "ratio", 15),
    ("10,000 resamples of 35,000 accounts", "resample", 1e7, "foostrap", "ratio", None),
    (
        "Poisson elasticity with 15 controls, reading included",
        "poisson",
        1e6,
        "statsmodels",
        "ratio",
        40,
    ),
    ("Poisson elasticity with 15 controls, reading included", "poisson", 1e6, "glum", "ratio", 40),
    (
        "Poisson elasticity with 15 controls, reading included",
        "poisson",
        1e6,
        "pyfixest",
        "ratio",
        8,
    ),
    (
        "Poisson elasticity alone, reading included",
        "poisson alone",
        1e6,
        "statsmodels",
        "ratio",
        None,
    ),
    ("Poisson elasticity alone, reading included", "poisson alone", 1e6, "glum", "ratio", None),
    ("Poisson elasticity alone, reading included", "poisson alone", 1e6, "pyfixest", "ratio", None),
    ("12 clustered lifts from Parquet", "lifts", 1e6, "scan", "ratio", 1 / 4),
    ("12 clustered lifts from Parquet", "lifts", 1e7, "scan", "ratio", 1 / 4),
    ("12 clustered lifts from Parquet", "lifts", 1e8, "scan", "ratio", 1 / 4),
    ("12 clustered lifts from Parquet", "lifts", 1e8, "tea-tasting", "ratio", None),
    ("12 clustered lifts from Parquet", "lifts", 1e8, "ours", "peak", 800),
    ("the same, prepared", "prepared", 1e7, "scan", "ratio", 1 / 0.8),
    ("the same, prepared", "prepared", 1e8, "scan", "ratio", 1 / 0.8),
    ("12 clustered lifts from a frame, warm", "small", 1e4, "ours", "seconds", 0.025),
    ("12 clustered lifts from a frame, warm", "small", 1e4, "tea-tasting", "ratio", 5),
)
"""What is measured, workload, posts, against whom, what counts, and the target; None where the
figure is reported as it is.
"""

BEGIN, END = "<!-- speed: begin, written by python -m benchmarks.speed -->", "<!-- speed: end -->"


def targets(found: pd.DataFrame) -> list[str]:
    """Each target with the figure got."""
    lines = [
        "| what | posts | against | target | cpu | wall | met |",
        "|---|---|---|---|---|---|---|",
    ]
    for what, workload, posts, method, kind, target in TARGETS:
        row = found[
            (found["workload"] == workload)
            & (found["posts"] == posts)
            & (found["method"] == method.split(",")[0])
        ]
        if row.empty:
            lines.append(
                f"| {what} | {posts:,.0f} | {method} | {_wanted(kind, target, method)} | not measured | | |"
            )
            continue
        cpu, wall, peak = row.iloc[0][["cpu_ratio", "wall_ratio", "peak_mb"]]
        if kind == "seconds":
            cpu, wall = row.iloc[0][["cpu_s", "wall_s"]]
            got = (f"{cpu:.3g} s", f"{wall:.3g} s")
        else:
            got = (
                (f"{peak:,.0f} MB", "")
                if kind == "peak"
                else (_times(cpu, method), _times(wall, method))
            )
        better = (
            cpu >= (target or 0)
            if kind == "ratio"
            else {"seconds": cpu, "peak": peak}[kind] <= target
        )
        met = "" if target is None else "yes" if better else "**no**"
        against = (
            "its own clock"
            if method == "ours" and kind == "seconds"
            else "memory"
            if method == "ours"
            else method
        )
        lines.append(
            f"| {what} | {posts:,.0f} | {against} | {_wanted(kind, target, method)} | {got[0]} | {got[1]} | {met} |"
        )
    return lines


def _times(ratio: float, method: str) -> str:
    """How many times ours; of a scan, how many scans ours takes."""
    return f"{1 / ratio:.2g} scans" if method == "scan" else f"{ratio:,.3g}x"


def _wanted(kind: str, target: float | None, method: str) -> str:
    if target is None:
        return "as it is"
    if kind == "ratio":
        return f"≤ {1 / target:.2g} scans" if method == "scan" else f"≥ {target:g}x"
    return f"≤ {target:g} s of cpu" if kind == "seconds" else f"≤ {target:g} MB"


def growth(found: pd.DataFrame) -> list[str]:
    """How seconds and memory of ours grow with posts: the exponent between neighbouring sizes."""
    lines = [
        "| workload | posts | cpu seconds | grows as posts to the power | peak MB | grows as posts to the power |",
        "|---|---|---|---|---|---|",
    ]
    for workload, part in found[found["method"] == "ours"].groupby("workload", sort=False):
        powers = {
            name: np.r_[np.nan, np.diff(np.log(part[name])) / np.diff(np.log(part["posts"]))]
            for name in ("cpu_s", "peak_mb")
        }
        for row, cpu, peak in zip(part.itertuples(), *powers.values(), strict=True):
            told = [f"{power:.2f}" if np.isfinite(power) else "" for power in (cpu, peak)]
            lines.append(
                f"| {workload} | {row.posts:,} | {row.cpu_s:.3g} | {told[0]} | {row.peak_mb:,.0f} | {told[1]} |"
            )
    return lines


def write(found: pd.DataFrame, path) -> None:
    """Put both tables between their marks."""
    text = path.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    tables = "\n".join([*targets(found), "", *growth(found)])
    path.write_text(f"{text[:start]}\n\n{tables}\n\n{text[end:]}", encoding="utf-8")
