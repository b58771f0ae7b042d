"""The cells of a file as text in DuckDB's table ``cells``, and what is noted about them."""

from dataclasses import dataclass

import pandas as pd

from analysis.errors import SchemaError
from analysis.intake.reading import Issues
from analysis.intake.schema import Column

MOST = 1_000_000
"""Different texts that need a closer look, in one column."""


@dataclass(frozen=True)
class Coerced:
    """How a column of text is read as values of its type."""

    value: str  # SQL of the value, NULL if missing or refused
    fault: str = "false"  # SQL that is true where the cell is refused
    join: str = ""  # SQL of the join that both need; may be empty
    currencies: frozenset = frozenset()  # codes that are written in its cells


@dataclass(frozen=True)
class Cells:
    """The table ``cells``: ``row``, and one column of trimmed text per known column of the file,
    NULL where blank; and the `issues` of the file.
    """

    connection: object
    issues: Issues

    def query(self, sql: str) -> list[tuple]:
        """Run a query, and fetch its rows."""
        return self.connection.execute(sql).fetchall()

    def columns(self, table: str) -> list[str]:
        """Names of the columns of a table."""
        return self.connection.table(table).columns

    def matching(self, column: str, rule: str) -> dict:
        """Count the cells of a column for which a rule of SQL holds: the ``column, count, rows,
        example`` of an `Issue`.
        """
        ((count, rows, example),) = self.query(
            f"SELECT count(*), min(row, 3), arg_min({column}, row) FROM cells WHERE {rule}"
        )
        facts = {"column": column, "count": count, "rows": tuple(rows or ())}
        return facts | {"example": example or ""}

    def texts(self, column: str, rule: str = "true") -> list[str]:
        """Every different text of a column for which a rule of SQL holds."""
        texts = self.query(
            f"SELECT DISTINCT {column} FROM cells WHERE {column} IS NOT NULL AND {rule} "
            f"LIMIT {MOST + 1}"
        )
        if len(texts) > MOST:
            raise SchemaError(
                f"column '{column}' has more than {MOST:,} different cells that are not plain. "
                "Export it with plain values."
            )
        return [text for (text,) in texts]

    def join(self, column: Column, readings: dict[str, tuple], shown: str) -> str:
        """Keep how texts of a column are read, as the table ``odd_<column>``, and note it; give the
        SQL that joins it with ``cells``.

        `readings` has ``(value, word, rule, fault)`` by text: a number or a word, the repair that
        gave it, or why there is none. `shown` is which of the first two messages show.
        """
        name = column.name
        table = pd.DataFrame(
            [(text, *reading) for text, reading in readings.items()],
            columns=["text", "value", "word", "rule", "fault"],
        ).astype({"text": "str", "value": "float64", "word": "str", "rule": "str", "fault": "str"})
        self.connection.register("readings", table)
        self.connection.execute(
            f"CREATE OR REPLACE TABLE odd_{name} AS SELECT text::VARCHAR AS text, "
            "CASE WHEN NOT isnan(value) THEN value END AS value, word::VARCHAR AS word, "
            "rule::VARCHAR AS rule, fault::VARCHAR AS fault FROM readings"
        )
        self.connection.unregister("readings")
        self._note(column, shown)
        return f"LEFT JOIN odd_{name} ON cells.{name} = odd_{name}.text"

    def _note(self, column: Column, shown: str) -> None:
        """Note one issue for each repair, and one for each reason of refusal."""
        groups = self.query(
            f"SELECT fault, rule, count(*), min(row, 3), arg_min(text, row), arg_min({shown}, row) "
            f"FROM cells JOIN odd_{column.name} ON {column.name} = text "
            "WHERE fault <> '' OR rule <> '' GROUP BY ALL ORDER BY ALL"
        )
        for fault, rule, count, rows, example, value in groups:
            facts = {"column": column.name, "count": count, "rows": tuple(rows), "example": example}
            if fault:
                self.issues.refuse("cell", f"{fault}. Allowed: {column.accepts}.", **facts)
                continue
            became = f"{value:.15g}" if isinstance(value, float) else value or "missing"
            self.issues.repair(rule, f"was read as {became} ({rule}).", became=became, **facts)

    def refuse_blank(self, column: Column) -> None:
        """Refuse blank cells of a required column, such as a platform or a price."""
        if column.required:
            facts = self.matching(column.name, f"{column.name} IS NULL")
            self.issues.refuse("cell", f"is blank. Allowed: {column.accepts}.", **facts)
