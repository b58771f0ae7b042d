"""`micro-macro severity` and `micro-macro shifts`: what stands beside verdicts, measured anew."""

from itertools import count
from pathlib import Path

import click
import pandas as pd

from analysis.present.tables import to_csv
from analysis.publish import options
from analysis.registers import lookup
from analysis.registers.shifts import FILE, SHIFTS


@click.command()
@click.argument("claims", nargs=-1, metavar="[CLAIM ...]")
@click.option("--worlds", default=1_000, show_default=True, help="Simulated worlds of each kind.")
@click.option("--fresh", is_flag=True, help="Measure anew what data/severity.csv holds.")
@click.option("--missing", "only_list", is_flag=True, help="List what is not measured, and stop.")
def severity(claims: tuple[str, ...], worlds: int, fresh: bool, only_list: bool) -> None:
    """Measure how severe each test of a CLAIM is, all if none is given, into data/severity.csv.

    How often is it supported in worlds in which the claim is false, is true, and in which small and
    large creators do not differ? It takes up where it was stopped.
    """
    from analysis.estimate import severity_table as measuring

    for key in claims:
        lookup.claim(key)
    if only_list:
        for row in measuring.missing():
            click.echo("not measured: {}, test {}, {} {}".format(*row).rstrip())
        return
    number = count(1)
    measuring.fill(
        claims, worlds=worlds, fresh=fresh, say=lambda row: click.echo(f"{next(number)}. {row}")
    )


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

    options.check_parent(out)
    chosen = [lookup.claim(key) for key in keys] or list(lookup.claims().values())
    sources = load_all("open")
    frames = [made(chosen, sources).frame for made in (measured_shifts, simulated_shifts)]
    table = pd.concat(frames)[list(SHIFTS)]
    order = ["claim", "test", "source", "scheme"]
    to_csv(table.sort_values(order, kind="stable", ignore_index=True), out)
    click.echo(f"{out}: {len(table)} shifts.")
