"""micro-macro: the command."""

import sys
from pathlib import Path

import click

from analysis.evidence.registers import RegisterError
from analysis.evidence.schema import SchemaError
from analysis.publish.execute import CELL_SECONDS
from analysis.publish.parameters import ParameterError
from analysis.publish.processes import Stopped
from analysis.publish.run import CORES, LockedError, OverdueError, ReportError, Request, explain, publish_report
from analysis.publish.surroundings import SurroundingsError

EXIT = {
    OverdueError: 124, ReportError: 1, ParameterError: 2, SchemaError: 3, RegisterError: 4, SurroundingsError: 4, LockedError: 75,
}  # fmt: skip
"""Exit codes: a cell ran too long; a notebook failed; the request cannot be met; the data were refused; a register is broken; the machine
does not let it; another run is at work. The first kind that fits counts. A signal gives 128 and its number."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="micro-vs-macro")
def main() -> None:
    """Claims about micro- and macro-influencers, put to data."""


@main.command()
@click.option("--only", multiple=True, metavar="NOTEBOOK", help="A notebook by name or number, e.g. 03; may be repeated. All if not given.")
@click.option("--source", help="A key of data/sources.toml, or 'open' for all of them.")
@click.option("--data", type=click.Path(path_type=Path), help="Your own CSV, TSV, Parquet or Excel file in the columns of data/README.md.")
@click.option("--name", default="", help="What to call the report; with --data also your data.")
@click.option("-p", "given", multiple=True, metavar="NAME=VALUE", help="A parameter of the notebooks; may be repeated.")
@click.option("--jobs", type=click.IntRange(1, 64), default=CORES, help="Notebooks run at the same time. Default: one for each core.")
@click.option("--limit", type=click.IntRange(1), default=CELL_SECONDS, show_default=True, help="Longest a cell may run, in seconds.")
@click.option("--fresh", is_flag=True, help="Run every notebook, even if nothing it is made from has changed.")
@click.option("--explain", "only_explain", is_flag=True, help="Say why each notebook would run, and run none.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to publish to. Default: reports/latest, or reports/NAME.")
def report(only, source, data, name, given, jobs, limit, fresh, only_explain, out) -> None:
    """Run the notebooks that are stale, and publish the report of all."""
    parameters = _parameters(given) | ({"source": source} if source else {})
    request = Request(only, parameters, data, name, out, jobs, fresh, limit)
    if only_explain:
        for notebook, reason in explain(request).items():
            click.echo(f"{notebook}: {f'would run, since {reason}' if reason else 'would be taken from what is kept'}.")
        return
    published = publish_report(request)
    click.echo(f"Published: {published / 'index.html'}")


@main.command()
@click.argument("raw", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write to. Default: data/cells, and data/prices for prices.")
def cells(raw, out) -> None:
    """Rebuild data/cells and data/prices from RAW, a folder with one folder of raw files per source."""
    from analysis import paths
    from analysis.evidence.rebuild import rebuild, rebuild_prices

    for path in [*rebuild(raw, out or paths.CELLS), *rebuild_prices(raw, out or paths.PRICES)]:
        click.echo(path)


def _parameters(given: tuple[str, ...]) -> dict[str, str]:
    """Split NAME=VALUE."""
    wrong = [text for text in given if "=" not in text]
    if wrong:
        raise ParameterError(f"-p {wrong[0]}: a parameter is given as NAME=VALUE, e.g. -p confidence=0.9.")
    return dict(text.split("=", 1) for text in given)


def run() -> None:
    """Run the command; a known fault is one sentence a line and an exit code, never a traceback."""
    try:
        main(standalone_mode=False)
    except tuple(EXIT) as fault:
        click.echo(str(fault), err=True)
        sys.exit(next(code for kind, code in EXIT.items() if isinstance(fault, kind)))
    except Stopped as signal:
        click.echo(str(signal), err=True)
        sys.exit(128 + signal.number)
    except click.ClickException as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except click.Abort:
        sys.exit(130)
