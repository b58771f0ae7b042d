"""`micro-macro cite` and `micro-macro number`: what a reader puts beside a figure of ours."""

import click

from analysis.publish import cite as citing
from analysis.publish import options


@click.command()
@click.argument("what")
@options.REPORT
@click.option(
    "--format", "form", type=click.Choice(citing.FORMATS), default="apa", show_default=True
)
@click.option("--short", is_flag=True, help="At most 25 words, for a slide.")
def cite(what, folder, form, short) -> None:
    """Print how to cite WHAT, a figure such as F03a or the verdict on a claim such as D06, with its
    edition and the producers of its data.
    """
    click.echo(citing.cite(what, folder, "short" if short else form))


@click.command()
@click.argument("key")
@options.REPORT
def number(key, folder) -> None:
    """Print the number KEY of numbers.json with its unit, notebook, edition and citation."""
    click.echo(citing.number(key, folder))
