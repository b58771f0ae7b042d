"""Claims, their tests, documents, disagreements, studies and quotations: records of registers."""

from typing import Literal

import pandas as pd
from pydantic import Field, model_validator

from analysis.display import Result
from analysis.registers.records import Key, Platform, Record, check_metric

Relation = Literal["equals", "at_least", "at_most", "more_than", "less_than"]
Kind = Literal[
    "definition", "single figure", "direction", "comparison", "ratio", "equivalence", "level",
    "slope", "threshold", "spread", "causal", "anecdote", "opinion", "forecast", "recommendation",
]  # fmt: skip
"""What a claim asserts.

definition
    what a word means, in the document's own use
single figure
    one number about the world or about a study, often taken from elsewhere
direction
    which of two is larger in a named quantity, without a size
comparison
    that groups, channels or years differ in something for which neither a measure nor a size is
    given
ratio, equivalence, level
    how many times, about the same, how much: a size that can be tested
slope
    how a quantity changes along followers, or how that differs between platforms
threshold
    a number of followers at which something begins
spread
    how far single cases lie apart, overlap or can be relied on; means of tiers do not answer it
causal
    what happens to the same creator, brand or audience if something else were so
anecdote, opinion
    one case, what someone thinks or answered
forecast, recommendation
    what will be, what should be done
"""
Evidence = Literal[
    "open observations",
    "published figures",
    "academic studies",
    "own data",
    "reading",
    "nothing open",
]
"""What can settle a claim, wholly or in part.

open observations
    posts or accounts that are open, such as the registered sources; the estimator may still be
    missing
published figures
    aggregates by tier, prices and surveys that someone printed
academic studies
    what researchers found with data of their own
own data
    a file with the columns of POSTS
reading
    the documents themselves and what they cite
nothing open
    none of these: a survey, an experiment or records that nobody has published
"""


EVERY_OTHER = "every other tier"
"""What a test compares with if a tier is to be the highest of all."""


class Test(Record):
    """One way of putting a claim to observations, fixed before looking.

    Which fields it needs depends on the estimator: `analysis.estimate.registry` knows, and checks
    a test before it is asked.
    """

    __test__ = False  # pytest, this is not a test class

    metric: str = Field(
        description="a key of METRICS, or 'engagement' for the source's own engagement rate"
    )
    estimator: str = Field("contrast", description="a registered estimator")
    of: str = Field("", description="a tier of the claim's scheme")
    versus: str = Field(
        "", description="another tier; for 'elasticity beside' a key of sources.toml"
    )
    at: int | float = Field(
        0, ge=0, description="threshold of the estimator: followers, posts, or a rate"
    )
    average: str = "typical account"
    along: str = Field(
        "followers", description="the size along which a panel is followed: a column of POSTS"
    )
    proxy: str = Field(
        "",
        description="what is measured in place of what the claim is about; such a test is put to "
        "sources of a proxy alone, and its verdict is none on the claim",
    )
    relation: Relation
    value: float = Field(gt=0)
    margin: float = Field(
        1.0, ge=1, description="factor around the value that still counts as the value"
    )
    stratum: str = ""
    level: str = ""
    seen: str = Field(
        "", description="what was known of these data when the test was written; empty: nothing"
    )

    @model_validator(mode="after")
    def _known_metric(self):
        if self.metric != "engagement":
            check_metric(self.metric)
        return self

    @model_validator(mode="after")
    def _says_what_was_seen(self):
        if self.proxy and not self.seen:
            raise ValueError(
                f"a test of a proxy ('{self.proxy}') says in seen what was known of its data"
            )
        return self

    @property
    def under_any_tiers(self) -> bool:
        """Whether other schemes with the same two tiers ask it, too: not of a level, a worst case,
        or a comparison with every other tier, which under other tiers would be about other numbers.
        """
        two = bool(self.of and self.versus) and self.versus != EVERY_OTHER
        return two and self.estimator != "worst case"


class Claim(Result, Record):
    """What someone said, made testable before looking.

    Examples
    --------
    >>> import analysis as an
    >>> claim = an.claim("D06")
    >>> claim.kind, len(claim.tests), claim.tests[0].value
    ('ratio', 2, 1.6)
    """

    key: str = Field(pattern=r"^[A-Z][0-9]{2}$")
    document: str
    paraphrase: str
    short: str = Field("", description="the claim in at most ten words, for lists")
    kind: Kind
    attributed_to: str = ""
    presumes: str = Field("", description="what has to be filled in before the claim can be tested")
    estimand: str = Field(
        "", description="the quantity that would answer the claim, in one sentence"
    )
    settled_by: tuple[Evidence, ...] = Field(
        (), description="the evidence that can settle it, wholly or in part"
    )
    scheme: str = Field(
        "", description="the tier scheme the claim itself uses, a key of tiers.toml"
    )
    platforms: tuple[Platform, ...] = Field((), description="empty: the claim names no platform")
    media: tuple[str, ...] = Field(
        (), description="media that the claim names and that are no registered platform"
    )
    notebook: str
    figure: str = Field("", pattern=r"^(F\d\d[a-z])?$")
    tests: tuple[Test, ...] = ()
    together: bool = Field(
        False,
        description="true: the claim needs all of its tests; false: each is a reading of its own",
    )
    by_reading: str = Field("", description="what reading the documents settles")
    data_request: str = Field("", description="the data that would settle an untestable claim")
    printed: dict[str, float] = Field(
        {}, description="numbers printed with the claim, by what they are"
    )
    faults: tuple[str, ...] = ()

    @property
    def brief(self) -> str:
        """The claim as short as the register has it."""
        return self.short or self.paraphrase

    @property
    def own_tests(self) -> tuple[Test, ...]:
        """Tests of what the claim is about, without those of a proxy."""
        return tuple(test for test in self.tests if not test.proxy)

    def to_frame(self) -> pd.DataFrame:
        """Give a row for each test of the claim, with its fields."""
        return pd.DataFrame(
            [test.model_dump() for test in self.tests], columns=[*Test.model_fields]
        )

    @model_validator(mode="after")
    def _answerable(self):
        if not (self.tests or self.by_reading or self.data_request):
            raise ValueError(
                "a claim needs tests, or by_reading (document), or a data_request (untestable)"
            )
        if self.together and len(self.tests) < 2:
            raise ValueError("only a claim with several tests can need all of them together")
        return self


class Quotation(Record):
    """One step of a figure's way from its origin to a claim.

    `seen` is about the text of the step. That a step took its figure from those it `quotes` is
    mostly inferred from the number and the wording, since hardly any text names its source;
    `changed` notes where one does.
    """

    key: str
    claim: str
    year: int | None = None
    who: str
    short: str = Field("", description="who, for a picture; if empty, `who` up to its first comma")
    says: str
    changed: str = Field("", description="what became different in this step")
    seen: bool = Field(description="true: read in a retrieved text; false: inferred")
    quotes: tuple[str, ...] = Field(
        (), description="keys of the steps it took the figure from; empty: no earlier step is known"
    )
    figure: str = Field("", description="the number as printed")
    unit: str = Field("", description="of the number: times, percent, points, ratio, dollars, ...")
    wording: str = Field(
        "", description="what the number counts: conversations, conversions, engagement, cost, ..."
    )

    @property
    def name(self) -> str:
        """Who said it, as short as a picture needs."""
        return self.short or self.who.split(",")[0]

    @property
    def title(self) -> str:
        """Who said it when, and what."""
        return f"{self.who}{f', {self.year}' if self.year else ''}: {self.says}"


class Position(Record):
    """One side of a disagreement, and the claims that take it."""

    says: str
    claims: tuple[str, ...] = Field(min_length=1)


class Disagreement(Record):
    """A topic on which the documents, or the pages of one document, say different things."""

    key: str = Field(pattern=Key)
    topic: str
    positions: tuple[Position, ...] = Field(min_length=2)
    resolvable_by: str


class Study(Record):
    """An academic study that bears on a claim, as far as its text could be retrieved.

    The design is `field` for real campaigns or sales, `observational` for posts and accounts as
    they are found, `experiment` for people assigned to what they see, `meta-analysis` for studies
    of studies, `simulation` for computed worlds.
    """

    key: str = Field(pattern=Key)
    cite: str
    year: int
    design: Literal["field", "experiment", "meta-analysis", "observational", "simulation"]
    platform: str = Field(description="in words; a study may cover several, or none")
    n: str = Field(description="how many of what, in words")
    outcome: str
    size_effect: str = Field(description="how the outcome varies with the number of followers")
    result: str = Field(description="in words, with the numbers as given")
    seen_in: str = Field(description="what was retrieved: an abstract, a press account")
    verified: bool = Field(
        description="false: cited or quoted from memory, in part at least, or no text at hand"
    )
    bears_on: tuple[str, ...] = Field(min_length=1, description="keys of claims")
    caution: str = ""


class Document(Record):
    """A document whose claims are registered."""

    key: str = Field(pattern=Key)
    letter: str = Field(pattern=r"^[A-Z]$")
    title: str
    cite: str
    publisher: str = Field("", description="who published the original, if the title does not say")
    original: str = Field("", description="address of the English original, as it was noted")
    note: str = ""
