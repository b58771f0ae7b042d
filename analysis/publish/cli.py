"""micro-macro: the command."""

import sys
from pathlib import Path

import click

from analysis.evidence.registers import RegisterError
from analysis.evidence.schema import SchemaError
from analysis.publish.parameters import ParameterError
from analysis.publish.run import LockedError, ReportError, Request, publish_report

EXIT = {ReportError: 1, ParameterError: 2, SchemaError: 3, RegisterError: 4, LockedError: 75}
"""Exit codes: a notebook failed; the request cannot be met; the data were refused; a register is broken; another run is at work."""


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
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Notebooks run at the same time.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to publish to. Default: reports/latest, or reports/NAME.")
def report(only, source, data, name, given, jobs, out) -> None:
    """Run the notebooks and publish their report."""
    parameters = _parameters(given) | ({"source": source} if source else {})
    published = publish_report(Request(only, parameters, data, name, out, jobs))
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
    except click.ClickException as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except click.Abort:
        sys.exit(130)
