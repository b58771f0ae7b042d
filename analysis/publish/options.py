"""Options that several verbs of the command share."""

from pathlib import Path

import click

from analysis import paths
from analysis.intake.reading import CHOICES, Hints
from analysis.publish.run.parameters import ParameterError
from analysis.publish.run.request import CELL_SECONDS, CORES
from analysis.registers.own_tiers import own_tiers
from analysis.registers.records import TierScheme

PATH = click.Path(path_type=Path)

FILE_OPTIONS = (
    click.option(
        "--map", multiple=True, metavar="COLUMN=NAME",
        help="The file's name for a column, e.g. likes=like_cnt.",
    ),
    click.option(
        "--set", multiple=True, metavar="COLUMN=VALUE",
        help="A value for all rows, e.g. platform=instagram.",
    ),
    click.option(
        "--ignore", multiple=True, metavar="NAME",
        help="A column of the file that is not to be read.",
    ),
    click.option(
        "--columns", type=PATH,
        help="More names of columns: a file in the form of data/columns.toml.",
    ),
    click.option("--encoding", default="", help="Of a text file that is not UTF-8, e.g. cp1252."),
    click.option("--sheet", default="", help="Of a workbook with several."),
    click.option(
        "--decimal", type=click.Choice(CHOICES["decimal"]),
        help="Decimal mark, where numbers can be read either way.",
    ),
    click.option(
        "--rate", type=click.Choice(CHOICES["rate"]),
        help="Unit of rates, where they can be read either way.",
    ),
    click.option(
        "--dates", type=click.Choice(CHOICES["dates"]),
        help="Order in dates that can be read either way.",
    ),
    click.option(
        "--zone", default="", help="Time zone of times that name none, e.g. Europe/Copenhagen."
    ),
    click.option("--strict", is_flag=True, help="Refuse what would be repaired."),
)  # fmt: skip


TRUST = click.option(
    "--trust-file",
    is_flag=True,
    help="Overrule signs that your file was selected or simulated; every page says so.",
)


def _tiers(_context, _option, text: str) -> TierScheme | None:
    return own_tiers(text) if text else None


TIERS = click.option(
    "--tiers", default="", callback=_tiers, metavar="RANGES",
    help="Your own tiers, e.g. 10k-100k,100k-1m or small=1k-10k,large=10k-.",
)  # fmt: skip


def about_a_file(command):
    """Add the options that describe a file of the reader's own, for every verb that reads one."""
    for option in reversed(FILE_OPTIONS):
        command = option(command)
    return command


def hints(about: dict) -> Hints:
    """What the options say of a file."""
    return Hints(
        columns=pairs(about["map"], "--map", "likes=like_cnt"),
        constants=pairs(about["set"], "--set", "platform=instagram"),
        column_names=about["columns"],
        asked_from="command",
        **{name: about[name] for name in ("ignore", "encoding", "sheet", "zone", "strict")},
        **{name: about[name] or "" for name in ("decimal", "rate", "dates")},
    )


def pairs(given: tuple[str, ...], option: str, example: str) -> dict[str, str]:
    """Split NAME=VALUE, given once for each name."""
    values: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise ParameterError(
                f"{option} {text}: a value is given as NAME=VALUE, e.g. {option} {example}."
            )
        if name in values:
            times = sum(other.partition("=")[0] == name for other in given)
            raise ParameterError(f"{option} {name} is given {times} times. Give it once.")
        values[name] = value
    return values


def check_parent(path: Path) -> None:
    """Refuse to write where there is no folder, before anything long is done."""
    if not path.resolve().parent.is_dir():
        raise ParameterError(
            f"{path}: there is no folder {path.parent}. Make it first, or name another place."
        )


ONLY = click.option(
    "--only",
    multiple=True,
    metavar="NOTEBOOK",
    help="A notebook by name or number, e.g. 03; may be repeated. Default: all.",
)
JOBS = click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=CORES,
    help="Notebooks, or reports of a sweep, made at the same time. Default: one for each core.",
)
LIMIT = click.option(
    "--limit",
    type=click.IntRange(1),
    default=CELL_SECONDS,
    show_default=True,
    help="Longest a cell may run, in seconds.",
)
FRESH = click.option(
    "--fresh", is_flag=True, help="Run every notebook, even if nothing it is made from has changed."
)
REPORT = click.option(
    "--report",
    "folder",
    type=PATH,
    default=paths.REPORTS / "latest",
    help="A published report. Default: reports/latest.",
)
