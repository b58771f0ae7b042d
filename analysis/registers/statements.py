"""data/statements.toml -> what the documents say, statement by statement, each with the claim that
it belongs to or the reason why there is none.

Every statement is in our words. Two editions of one article stand once; `differs` says where they
or a translation part.
"""

from functools import cache

from pydantic import Field, model_validator

from analysis import paths
from analysis.registers.claims import Document
from analysis.registers.lookup import check_names, claims, read_register
from analysis.registers.records import Record


class Statement(Record):
    """One statement of a document, paraphrased.

    Examples
    --------
    >>> statement = statements()["D009"]
    >>> statement.claims, statement.place
    (('D02',), 'line 20')
    """

    key: str = Field(pattern=r"^[A-Z][0-9]{3}$", description="letter of the document, and number")
    lines: tuple[int, int] = Field(description="first and last line of the text it stands on")
    says: str = Field(description="the statement in one sentence of ours")
    claims: tuple[str, ...] = Field((), description="keys of the claims that it belongs to")
    no_claim: str = Field("", description="why no claim is registered for it")
    differs: str = Field("", description="how an edition or a translation differs")

    @property
    def letter(self) -> str:
        """Letter of the document."""
        return self.key[0]

    @property
    def place(self) -> str:
        """Where it stands, e.g. ``line 20`` or ``lines 64 to 66``."""
        first, last = self.lines
        return f"line {first}" if first == last else f"lines {first} to {last}"

    @model_validator(mode="after")
    def _placed(self):
        if bool(self.claims) == bool(self.no_claim):
            raise ValueError(
                "a statement has either claims, or no_claim with the reason why there is none"
            )
        if not 0 < self.lines[0] <= self.lines[1]:
            raise ValueError(f"lines {self.lines} do not run from a first line to a last one")
        return self


@cache
def statements() -> dict[str, Statement]:
    """Every statement of every document by key, in the order of the documents.

    Examples
    --------
    >>> statements()["C027"].says
    'They have a high engagement rate.'
    """
    register = read_register(paths.DATA / "statements.toml", Statement)
    named = {key: statement.claims for key, statement in register.items()}
    check_names("statements.toml", "claims", named, claims())
    return register


def statements_of(document: Document) -> tuple[Statement, ...]:
    """Give the statements of one document in the order of its text.

    Examples
    --------
    >>> from analysis.registers.lookup import documents
    >>> len(statements_of(documents()["quantumrun"])) > 50
    True
    """
    return tuple(one for one in statements().values() if one.letter == document.letter)
