"""What is measured, and how: the grid of the benchmarks, and seconds and memory of one call in a
process of its own.
"""

import json
import os
import resource
import sys
import threading
import time
from pathlib import Path

FOLDER = Path(__file__).parents[1] / ".cache" / "benchmarks"
RANGES = (
    ((10_000, 100_000), (500_000, 1_000_000)),
    ((10_000, 100_000), (500_000, None)),
    ((10_000, 100_000), (100_000, 1_000_000)),
    ((10_000, 50_000), (500_000, None)),
    ((1_000, 100_000), (100_000, None)),
    ((10_000, 100_000), (1_000_000, None)),
    ((5_000, 50_000), (250_000, 1_000_000)),
    ((25_000, 100_000), (250_000, None)),
)
"""Micro and macro [followers] in eight tier schemes."""

PLACES = ((), ("instagram",), ("tiktok",), ("youtube",), ("x",), ("instagram", "tiktok"))
SPONSORED = ((), ("yes",), ("no",))
SHOWN = ((), ("10K", "1K"), ("10K",))
METRICS = {
    "engagement_per_follower": (("likes", "comments"), "followers"),
    "likes_per_follower": (("likes",), "followers"),
    "comments_per_follower": (("comments",), "followers"),
    "interactions_per_follower": (("likes", "comments", "shares"), "followers"),
    "engagement_per_impression": (("likes", "comments"), "impressions"),
    "click_rate": (("clicks",), "impressions"),
    "conversion_rate": (("conversions",), "clicks"),
    "likes_per_post": (("likes",), None),
}
"""What is counted, and what divides it; None for posts."""

AVERAGED = ("mean of accounts", "mean of posts", "ratio of sums")

LIFTS = ("engagement_per_impression", "engagement_per_follower", "conversion_rate")


def posts_named(*choice: tuple[str, ...]) -> str:
    """Name a choice of places, of sponsored or not, and of how often shown."""
    chosen = zip(("place", "sponsored", "shown"), choice, strict=True)
    parts = [f"{name}: {' or '.join(levels)}" for name, levels in chosen if levels]
    return "; ".join(parts) or "all"


def file_of(posts: int) -> Path:
    """The Parquet file of a size."""
    return FOLDER / f"posts-{posts}.parquet"


def cpu() -> float:
    """Seconds of this process and its children so far."""
    return sum(
        sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def resident() -> float:
    """Megabytes that this process holds now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def measured(call, numbers, posts: int, repeats: int = 2) -> None:
    """Call once and then again, and print what it took as one line of JSON."""
    before, seconds, peak, done = resident(), [], [0.0], threading.Event()

    def watch():
        while not done.wait(0.01):
            peak[0] = max(peak[0], resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    for _ in range(1 + repeats):
        start, wall = cpu(), time.perf_counter()
        result = call(posts)
        seconds.append((cpu() - start, time.perf_counter() - wall))
    done.set()
    watcher.join()
    later = sorted(seconds[1:])[len(seconds[1:]) // 2] if repeats else seconds[0]
    json.dump(
        {
            "first": seconds[0],
            "later": later,
            "peak_mb": peak[0] - before,
            "numbers": numbers(result),
        },
        sys.stdout,
    )
