"""micro-macro severity: how severe each test is, into data/severity.csv."""

import click


@click.command()
@click.argument("claims", nargs=-1, metavar="[CLAIM ...]")
@click.option("--worlds", default=1_000, show_default=True, help="Simulated worlds of each kind.")
@click.option("--fresh", is_flag=True, help="Measure anew what data/severity.csv holds.")
@click.option("--missing", "only_list", is_flag=True, help="List what is not measured, and stop.")
def severity(claims, worlds, fresh, only_list) -> None:
    """Measure how severe each test of a CLAIM is, all if none is given, into data/severity.csv.

    How often is it supported in worlds in which the claim is false, is true, and in which small and
    large creators do not differ? It takes up where it was stopped.
    """
    from analysis.estimate import severity_table as measuring
    from analysis.registers.lookup import claim as registered

    for key in claims:
        registered(key)
    if only_list:
        for row in measuring.missing():
            click.echo("not measured: {}, test {}, {}".format(*row))
        return
    measuring.fill(claims, worlds=worlds, fresh=fresh, say=lambda row: click.echo(row))
