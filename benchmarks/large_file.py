"""How much memory and time a file takes that is larger than the memory it is given.

    python -m benchmarks.large_file --copies 250 --memory 100MB

writes a CSV of 20,000 rows a copy (2 MB each), reads it with so much memory for the engine, and
prints a line of the table in tests/README.md. Memory is the largest that the process held, the
engine and Python together."""

import argparse
import io
import resource
import tempfile
import time
from pathlib import Path

from analysis.intake import files

ROWS = 20_000
HEAD = "account_id,platform,followers,likes,post_id,caption\n"


def write(path: Path, copies: int) -> None:
    """Write so many copies of the same rows, each with post ids of its own."""
    rows = io.StringIO()
    for number in range(ROWS):
        account, size = number % 700, 1000 + number % 700
        counts = f"{size},{number % 97},post{number:09d},{'x' * 60}"
        rows.write(f"account{account},instagram,{counts}\n")
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for copy in range(copies):
            file.write(rows.getvalue().replace("post", f"p{copy}-"))


def main() -> None:
    """Write, read, print."""
    options = argparse.ArgumentParser(description="Read a file larger than the memory given.")
    options.add_argument("--copies", type=int, default=250)
    options.add_argument("--memory", default="100MB", help="what the engine may hold")
    chosen = options.parse_args()
    files.MEMORY = chosen.memory
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        write(path, chosen.copies)
        size, started = path.stat().st_size, time.process_time()
        with files.opened(path) as reading:
            assert reading.used == reading.rows == ROWS * chosen.copies
        seconds = time.process_time() - started
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    read = f"{size / 1e6:,.0f} MB, {reading.rows:,} rows"
    print(f"| {read} | {chosen.memory} | {held:,.0f} MB | {seconds:.0f} s |")


if __name__ == "__main__":
    main()
