"""micro-macro: the command."""

import sys
from pathlib import Path

import click

from analysis import paths
from analysis.errors import RegisterError, SchemaError
from analysis.intake.reading import printable
from analysis.moments.fetch import FetchError
from analysis.publish import options
from analysis.publish import report as reports
from analysis.publish.cited import cite, number
from analysis.publish.measured import severity, shifts
from analysis.publish.run.environment import MachineError
from analysis.publish.run.manifest import VerifyError
from analysis.publish.run.parameters import ParameterError
from analysis.publish.run.processes import Stopped
from analysis.publish.run.request import Request

EXIT = {
    reports.OverdueError: 124, reports.ReportError: 1, VerifyError: 1, ParameterError: 2,
    SchemaError: 3, RegisterError: 4, FetchError: 4, MachineError: 4, reports.LockedError: 75,
}  # fmt: skip
"""Exit codes; the first kind of fault that fits counts. A signal gives 128 and its number."""


@click.group(
    commands=[severity, shifts, cite, number],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="micro-vs-macro")
def main() -> None:
    """Claims about micro- and macro-influencers, put to data."""


@main.command()
@options.ONLY
@click.option("--source", help="A key of data/sources.toml, or 'open' for all of them.")
@click.option(
    "--data",
    envvar="MICRO_MACRO_DATA",
    help="Your own file, folder of Parquet, or address of a table; see `check`.",
)
@click.option("--name", default="", help="Name of the report; with --data also of your data.")
@click.option(
    "-p", "given", multiple=True, metavar="NAME=VALUE",
    help="A parameter of the notebooks; may be repeated.",
)  # fmt: skip
@options.JOBS
@options.LIMIT
@options.FRESH
@click.option(
    "--explain", "only_explain", is_flag=True, help="Say why each notebook would run, and run none."
)
@click.option(
    "--out", type=options.PATH, help="Folder to publish to: else reports/latest or reports/NAME."
)
@options.TIERS
@options.TRUST
@options.about_a_file
def report(
    only, source, data, name, given, jobs, limit, fresh, only_explain, out, tiers, trust_file,
    **about,
) -> None:  # fmt: skip
    """Run the notebooks that are stale, and publish the report of all."""
    parameters = options.pairs(given, "-p", "confidence=0.9")
    if source:
        if "source" in parameters:
            raise ParameterError(
                f"--source {source} and -p source={parameters['source']} contradict each other. "
                "Give one of them."
            )
        parameters["source"] = source
    how = (out, jobs, fresh, limit, options.hints(about), trust_file, tiers)
    request = Request(only, parameters, data, name, *how)
    if only_explain:
        for notebook, reason in reports.explain(request).items():
            would = f"would run, since {reason}" if reason else "would be taken from earlier runs"
            click.echo(f"{notebook}: {would}.")
        return
    click.echo(f"Published: {reports.publish_report(request) / 'index.html'}")


@main.command()
@click.argument("file", type=options.PATH)
@click.option(
    "--out", type=options.PATH, help="Folder to publish to. Default: reports/, then FILE's name."
)
@options.JOBS
@click.option(
    "--cluster",
    default="",
    metavar="ADDRESS",
    help="A Dask scheduler that makes them instead, e.g. tcp://10.0.0.5:8786.",
)
@options.LIMIT
@options.FRESH
@options.TRUST
def sweep(file, out, jobs, cluster, limit, fresh, trust_file) -> None:
    """Make a report for each row of FILE, a CSV with a column `name` and any of `data`, `only`,
    `trust_file` (yes or no) and the parameters of the notebooks.
    """
    from analysis.publish.sweep import Sweep
    from analysis.publish.sweep import sweep as make_reports

    how = (jobs, cluster, fresh, limit, trust_file)
    click.echo(f"Published: {make_reports(Sweep(file, out, *how))}")


@main.command()
@click.argument("source")
@click.option(
    "--from",
    "folder",
    type=options.PATH,
    help="A folder that holds the files, or the file of youniverse; nothing is downloaded.",
)
def fetch(source, folder) -> None:
    """Bring the files of SOURCE, a key of data/sources.toml, or read youniverse --from FILE."""
    from analysis.moments import fetch as fetching
    from analysis.registers.lookup import lookup, sources

    if source == fetching.YOUNIVERSE:
        return click.echo("\n".join(fetching.take_youniverse(folder)))
    click.echo(fetching.terms(lookup("source", source, sources())))
    fetched = fetching.take(source, folder) if folder else fetching.fetch(source)
    for line in (*(f"{kind}: {path}" for path, kind in fetched.files), *fetched.lacking):
        click.echo(line)
    if "original" in dict(fetched.files).values():
        click.echo(
            "These are originals, with names and free text. Cells are made of the minimised copies "
            "that data/sources.toml registers."
        )


@main.command()
@click.argument("what", metavar="KEY|FOLDER")
@click.option(
    "--from",
    "folder",
    type=options.PATH,
    help="With KEY: the folder that holds its raw files. Default: where `fetch` puts them.",
)
@click.option(
    "--out",
    type=options.PATH,
    help="Folder to write to. Default: data/cells, and data/prices for prices.",
)
def cells(what, folder, out) -> None:
    """Make the cells of one source or price list, or all anew.

    KEY names a table of data/sources.toml or data/prices.toml; the cells of all others stay as they
    are. FOLDER has one folder of raw files for every source and price list; all cells are made
    anew.
    """
    from analysis.moments import rebuild
    from analysis.registers.lookup import lookup, price_lists, schemes, sources

    registered = sources() | price_lists()
    if folder or what in registered:
        place = folder or paths.RAW / lookup("source", what, registered).folder
        if what in price_lists():
            written = rebuild.rebuild_price_list(what, place, out or paths.PRICES)
        else:
            written = rebuild.rebuild_source(what, place, out or paths.CELLS)
            for sentence in rebuild.uncut(schemes()):
                click.echo(sentence, err=True)
    elif not Path(what).is_dir():
        raise RegisterError(
            f"'{what}' is neither a folder nor the key of a source or price list. "
            f"Registered: {', '.join(registered)}."
        )
    else:
        written = rebuild.rebuild_all(Path(what), out)
    for path in written:
        click.echo(path)


@main.command()
@click.argument("data")
@click.option("--json", "for_machines", is_flag=True, help="Print JSON.")
@click.option("--html", type=options.PATH, help="Write a page as well.")
@click.option("--show-names", is_flag=True, help="Show names of accounts; otherwise pseudonyms.")
@click.option("--all", "everything", is_flag=True, help="Show how it was read, and every claim.")
@options.TIERS
@options.TRUST
@options.about_a_file
def check(data, for_machines, html, show_names, everything, tiers, trust_file, **about) -> None:
    """Say in five sentences what DATA let you tell your boss; with --all also how a report would
    read them: columns, repairs, tiers and the claims that they can answer.

    DATA is a file, a folder of Parquet files, or the address of a table, such as
    duckdb:///posts.db?table=posts.
    """
    from analysis.publish import check as checking

    if html:
        options.check_parent(html)
    facts = checking.check(data, options.hints(about), show_names, trust_file, tiers)
    if html:
        html.write_text(checking.as_html(facts), encoding="utf-8")
    click.echo(checking.as_json(facts) if for_machines else checking.as_text(facts, everything))
    sys.exit(0 if facts["usable"] else EXIT[SchemaError])


@main.command()
@click.argument("file", type=options.PATH)
@click.argument("to", type=options.PATH)
@options.about_a_file
def prepare(file, to, **about) -> None:
    """Keep the posts of FILE, sorted by account, in TO, a DuckDB file: worth it from ten million
    posts.
    """
    from analysis.intake.prepare import prepare as sort

    posts = sort(file, to, options.hints(about))
    click.echo(f"{to}: {posts:,} posts, sorted by account, in the table 'posts'.")


@main.command()
@click.argument("folder", type=options.PATH)
@click.option(
    "--against",
    type=options.PATH,
    help="A frozen edition whose verdicts and numbers FOLDER must have; new ones are listed.",
)
def verify(folder, against) -> None:
    """Compare FOLDER, a published report, with its manifest, byte for byte."""
    from analysis.publish.edition import compare
    from analysis.publish.run.manifest import verify as count_unchanged

    click.echo(f"{folder}: {count_unchanged(folder)} files are as they were published.")
    if against:
        compared = compare(folder, against)
        click.echo(
            f"{folder}: {compared.agreed} verdicts and numbers are those of edition {against.name}."
        )
        for entry in compared.added:
            click.echo(f"new since edition {against.name}: {entry}")


@main.command()
@click.argument("name")
def edition(name) -> None:
    """Freeze an edition, NAME a year and month: run every notebook, keep in reports/NAME the part
    that is cited.
    """
    from analysis.publish.edition import freeze

    click.echo(f"Frozen: {freeze(name)}. Commit it, tag the commit, and never make it again.")


@main.command()
@click.argument("folder", type=options.PATH, default=paths.REPORTS / "latest")
@click.option(
    "--out", type=options.PATH, help="The file to write. Default: FOLDER.pdf, beside the folder."
)
def pdf(folder, out) -> None:
    """Print FOLDER, a published report (reports/latest if not given), to a tagged PDF with an
    outline; it takes Chromium.
    """
    from analysis.publish.site.pdf import print_report

    folder = folder.resolve()
    out = out or folder.with_name(f"{folder.name}.pdf")
    options.check_parent(out)
    print_report(folder, out)
    click.echo(f"Printed: {out}")


def run() -> None:
    """Run the command; a known fault is one sentence a line and an exit code, never a traceback."""
    try:
        main(prog_name="micro-macro", standalone_mode=False)
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
