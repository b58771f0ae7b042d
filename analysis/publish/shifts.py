"""`micro-macro shifts`: measure and simulate the shifts of data/shifts.csv anew."""

from pathlib import Path

import click
import pandas as pd

from analysis.present.tables import to_csv
from analysis.publish import options
from analysis.registers.shifts import FILE, SHIFTS


@click.command()
@click.option(
    "--out", type=options.PATH, default=FILE, help="File to write. Default: data/shifts.csv."
)
@click.option("--claim", "keys", multiple=True, help="A claim by its key; may be repeated.")
def shifts(out: Path, keys: tuple[str, ...]) -> None:
    """Compute by how much each estimate moves with other posts, another source, or an error in
    followers; it takes some minutes.
    """
    from analysis.estimate.shifts import measured_shifts, simulated_shifts
    from analysis.moments.load import load_all
    from analysis.registers import lookup

    options.check_parent(out)
    chosen = [lookup.claim(key) for key in keys] or list(lookup.claims().values())
    sources = load_all("open")
    frames = [made(chosen, sources).frame for made in (measured_shifts, simulated_shifts)]
    table = pd.concat(frames)[list(SHIFTS)]
    order = ["claim", "test", "source", "scheme"]
    to_csv(table.sort_values(order, kind="stable", ignore_index=True), out)
    click.echo(f"{out}: {len(table)} shifts.")
