"""micro-macro: the command."""

import sys
from pathlib import Path

import click

from analysis import paths
from analysis.errors import RegisterError, SchemaError
from analysis.intake.reading import Hints, printable
from analysis.moments.fetch import FetchError
from analysis.publish import cite as citing
from analysis.publish.run.environment import SurroundingsError
from analysis.publish.run.execute import CELL_SECONDS
from analysis.publish.run.manifest import VerifyError
from analysis.publish.run.parameters import ParameterError
from analysis.publish.run.processes import Stopped
from analysis.publish.run.report import (
    CORES,
    LockedError,
    OverdueError,
    ReportError,
    Request,
    explain,
    publish_report,
)

EXIT = {
    OverdueError: 124, VerifyError: 1, ReportError: 1, ParameterError: 2, SchemaError: 3, RegisterError: 4, FetchError: 4,
    SurroundingsError: 4, LockedError: 75,
}  # fmt: skip
"""Exit codes: a cell ran too long; a report is not what its manifest says, or a notebook failed;
the request cannot be met; the data were refused; a register is broken, a file cannot be had, or the
machine does not let it; another run is at work. The first kind that fits counts. A signal gives 128
and its number."""


def about_the_file(command):
    """Add the options that say what a file of the reader's own does not, for every command that
    reads one.
    """
    options = (
        click.option(
            "--map",
            "names",
            multiple=True,
            metavar="COLUMN=NAME",
            help="What the file calls a column, e.g. likes=like_cnt.",
        ),
        click.option(
            "--set",
            "constants",
            multiple=True,
            metavar="COLUMN=VALUE",
            help="A value for all rows, e.g. platform=instagram.",
        ),
        click.option(
            "--ignore",
            multiple=True,
            metavar="NAME",
            help="A column of the file that is not to be read.",
        ),
        click.option(
            "--columns",
            type=click.Path(path_type=Path),
            help="More names of columns, in the form of data/columns.toml.",
        ),
        click.option(
            "--encoding", default="", help="Of a text file that is not UTF-8, e.g. cp1252."
        ),
        click.option("--sheet", default="", help="Of a workbook with several."),
        click.option(
            "--decimal",
            type=click.Choice([".", ","]),
            default=None,
            help="Decimal mark, where numbers can be read either way.",
        ),
        click.option(
            "--rate",
            type=click.Choice(["percent", "fraction"]),
            default=None,
            help="What rates are, where they can be either.",
        ),
        click.option(
            "--dates",
            type=click.Choice(["day first", "month first"]),
            default=None,
            help="Where dates can be read either way.",
        ),
        click.option(
            "--zone", default="", help="Time zone of times that name none, e.g. Europe/Copenhagen."
        ),
        click.option("--strict", is_flag=True, help="Refuse what would be repaired."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _hints(
    names, constants, ignore, columns, encoding, sheet, decimal, rate, dates, zone, strict
) -> Hints:
    mapped = {
        name: column for column, name in _parameters(names, "--map", "likes=like_cnt").items()
    }
    fixed = _parameters(constants, "--set", "platform=instagram")
    return Hints(
        mapped,
        fixed,
        ignore,
        columns,
        encoding,
        sheet,
        decimal or "",
        rate or "",
        dates or "",
        zone,
        strict,
    )


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="micro-vs-macro")
def main() -> None:
    """Claims about micro- and macro-influencers, put to data."""


@main.command()
@click.option(
    "--only",
    multiple=True,
    metavar="NOTEBOOK",
    help="A notebook by name or number, e.g. 03; may be repeated. All if not given.",
)
@click.option("--source", help="A key of data/sources.toml, or 'open' for all of them.")
@click.option(
    "--data",
    envvar="MICRO_MACRO_DATA",
    help="Your own file, folder of Parquet, or address of a table; see `check`.",
)
@click.option("--name", default="", help="What to call the report; with --data also your data.")
@click.option(
    "-p",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the notebooks; may be repeated.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=CORES,
    help="Notebooks run at the same time. Default: one for each core.",
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=CELL_SECONDS,
    show_default=True,
    help="Longest a cell may run, in seconds.",
)
@click.option(
    "--fresh", is_flag=True, help="Run every notebook, even if nothing it is made from has changed."
)
@click.option(
    "--explain", "only_explain", is_flag=True, help="Say why each notebook would run, and run none."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder to publish to. Default: reports/latest, or reports/NAME.",
)
@about_the_file
def report(only, source, data, name, given, jobs, limit, fresh, only_explain, out, **about) -> None:
    """Run the notebooks that are stale, and publish the report of all."""
    parameters = _parameters(given)
    if source:
        if "source" in parameters:
            raise ParameterError(
                f"--source {source} and -p source={parameters['source']} say two things. Give one of them."
            )
        parameters["source"] = source
    request = Request(only, parameters, data, name, out, jobs, fresh, limit, _hints(**about))
    if only_explain:
        for notebook, reason in explain(request).items():
            click.echo(
                f"{notebook}: {f'would run, since {reason}' if reason else 'would be taken from what is kept'}."
            )
        return
    published = publish_report(request)
    click.echo(f"Published: {published / 'index.html'}")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder to publish to. Default: reports/ and the name of the file.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=CORES,
    help="Reports made at the same time. Default: one for each core.",
)
@click.option(
    "--cluster",
    default="",
    metavar="ADDRESS",
    help="A Dask scheduler that makes them instead, e.g. tcp://10.0.0.5:8786.",
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=CELL_SECONDS,
    show_default=True,
    help="Longest a cell may run, in seconds.",
)
@click.option(
    "--fresh", is_flag=True, help="Run every notebook, even if nothing it is made from has changed."
)
def sweep(file, out, jobs, cluster, limit, fresh) -> None:
    """Make a report for each row of FILE, a CSV with a column `name` and any of `data`, `only` and
    the parameters of the notebooks.
    """
    from analysis.publish import sweep as many

    click.echo(f"Published: {many.sweep(many.Sweep(file, out, jobs, cluster, fresh, limit))}")


@main.command()
@click.argument("source")
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path),
    help="A folder that holds the files; nothing is downloaded.",
)
def fetch(source, folder) -> None:
    """Bring the files of SOURCE, a key of data/sources.toml, from where they were published."""
    from analysis.moments import fetch as bring
    from analysis.registers.lookup import lookup, sources

    click.echo(bring.terms(lookup("source", source, sources())))
    fetched = bring.take(source, folder) if folder else bring.fetch(source)
    for path, kind in fetched.files:
        click.echo(f"{kind}: {path}")
    for sentence in fetched.lacking:
        click.echo(sentence)
    if any(kind == "original" for _, kind in fetched.files):
        click.echo(
            "These are originals, with names and free text. Cells are made of the minimised copies that data/sources.toml registers."
        )


@main.command()
@click.argument("raw")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder to write to. Default: data/cells, and data/prices for prices.",
)
def cells(raw, out) -> None:
    """Rebuild data/cells and data/prices from RAW: a folder with one folder of raw files per
    source, or the key of one that was fetched.
    """
    from analysis.moments.rebuild import rebuild, rebuild_prices
    from analysis.registers.lookup import sources

    if raw in sources():
        written = rebuild(paths.RAW, out or paths.CELLS, only=(raw,))
    else:
        written = [
            *rebuild(Path(raw), out or paths.CELLS),
            *rebuild_prices(Path(raw), out or paths.PRICES),
        ]
    for path in written:
        click.echo(path)


def _check_parent(path: Path) -> None:
    """Refuse to write where there is no folder, before anything long is done."""
    if not path.resolve().parent.is_dir():
        raise ParameterError(
            f"{path}: there is no folder {path.parent}. Make it first, or name another place."
        )


@main.command()
@click.argument("data")
@click.option("--json", "for_machines", is_flag=True, help="Print JSON.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a page as well.")
@click.option("--show-names", is_flag=True, help="Show names of accounts; otherwise each is a tag.")
@about_the_file
def check(data, for_machines, html, show_names, **about) -> None:
    """Say what a report would read in DATA: what is understood, repaired and refused, and which
    claims it can answer.

    DATA is a file, a folder of Parquet files, or the address of a table, such as
    duckdb:///posts.db?table=posts.
    """
    from analysis.publish.check import as_html, as_json, as_text
    from analysis.publish.check import check as read

    if html:
        _check_parent(html)
    told = read(data, _hints(**about), show_names)
    if html:
        html.write_text(as_html(told), encoding="utf-8")
    click.echo(as_json(told) if for_machines else as_text(told))
    sys.exit(0 if told["usable"] else EXIT[SchemaError])


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("to", type=click.Path(path_type=Path))
@about_the_file
def prepare(file, to, **about) -> None:
    """Keep the posts of FILE, sorted by account, in TO, a DuckDB file: worth it from ten million
    posts.
    """
    from analysis.intake.prepare import prepare as sort

    click.echo(
        f"{to}: {sort(file, to, _hints(**about)):,} posts, sorted by account, in the table 'posts'."
    )


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    help="A frozen edition whose verdicts and printed numbers FOLDER must have.",
)
def verify(folder, against) -> None:
    """Compare FOLDER, a published report, with its manifest, byte for byte."""
    from analysis.publish.edition import compare
    from analysis.publish.run.manifest import verify as unchanged

    click.echo(f"{folder}: {unchanged(folder)} files are as they were published.")
    if against:
        click.echo(
            f"{folder}: {compare(folder, against)} verdicts and numbers are those of edition {against.name}."
        )


@main.command()
@click.argument("name")
def edition(name) -> None:
    """Freeze an edition: run every notebook and keep in reports/NAME what is to be cited; NAME is a
    year and month.
    """
    from analysis.publish.edition import freeze

    click.echo(
        f"Frozen: {freeze(name)}. Commit this folder, tag the commit, and never make it again."
    )


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=paths.REPORTS / "latest")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The file to write. Default: FOLDER.pdf, beside the folder.",
)
def pdf(folder, out) -> None:
    """Print FOLDER, a published report (reports/latest if not given), to a tagged PDF with an
    outline; it takes Chromium.
    """
    from analysis.publish.site.pdf import print_report

    folder = folder.resolve()
    out = out or folder.with_name(f"{folder.name}.pdf")
    _check_parent(out)
    print_report(folder, out)
    click.echo(f"Printed: {out}")


REPORT = click.option(
    "--report",
    "folder",
    type=click.Path(path_type=Path),
    help="A published report. Default: reports/latest.",
)


@main.command()
@click.argument("figure")
@REPORT
@click.option("--format", "form", type=click.Choice(citing.FORMATS), default="apa", show_default=True)
def cite(figure, folder, form) -> None:
    """Print how to cite FIGURE, e.g. F03a, with its edition and the producers of its data."""
    click.echo(citing.cite(figure, folder or paths.REPORTS / "latest", form))


@main.command()
@click.argument("key")
@REPORT
def number(key, folder) -> None:
    """Print the number KEY of numbers.json with its unit, its notebook, its edition and how to cite
    it.
    """
    click.echo(citing.number(key, folder or paths.REPORTS / "latest"))


def _parameters(
    given: tuple[str, ...], option: str = "-p", example: str = "confidence=0.9"
) -> dict[str, str]:
    """Split NAME=VALUE."""
    wrong = [text for text in given if "=" not in text]
    if wrong:
        raise ParameterError(
            f"{option} {wrong[0]}: a parameter is given as NAME=VALUE, e.g. {option} {example}."
        )
    pairs = [text.split("=", 1) for text in given]
    names = [name for name, _ in pairs]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ParameterError(
            f"{option} {twice[0]} is given {names.count(twice[0])} times. Give it once."
        )
    return dict(pairs)


def run() -> None:
    """Run the command; a known fault is one sentence a line and an exit code, never a traceback."""
    try:
        main(standalone_mode=False)
    except tuple(EXIT) as fault:
        click.echo(printable(str(fault)), err=True)
        sys.exit(next(code for kind, code in EXIT.items() if isinstance(fault, kind)))
    except Stopped as signal:
        click.echo(str(signal), err=True)
        sys.exit(128 + signal.number)
    except click.ClickException as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except click.Abort:
        sys.exit(130)
