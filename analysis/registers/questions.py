"""data/questions.toml -> what people ask: the questions of the front page, the groups of all other
claims, and words that a search takes for the same.
"""

from collections import Counter
from functools import cache
from itertools import chain
from typing import NamedTuple

from pydantic import Field, model_validator

from analysis import paths
from analysis.errors import RegisterError
from analysis.registers.lookup import check_names, claims, read_register, read_toml
from analysis.registers.records import Key, Record


class Question(Record):
    """A question of the front page, in everyday words.

    Examples
    --------
    >>> questions()["sixty"].claims
    ('D06',)
    """

    key: str = Field(pattern=Key)
    title: str = Field(pattern=r"\?$", description="the question, as one asks it")
    claims: tuple[str, ...] = Field(
        min_length=1, description="keys of the claims that answer it; the first heads the card"
    )
    notebook: str = Field(pattern=r"^\d\d-", description="where it is answered at length")
    synonyms: tuple[str, ...] = Field((), description="words that find it in a search")


class Group(Record):
    """Claims that belong together on the front page, under a question."""

    key: str = Field(pattern=Key)
    title: str = Field(pattern=r"\?$", description="the question that they are about")
    claims: tuple[str, ...] = Field(min_length=1, description="keys of claims, in their order")
    synonyms: tuple[str, ...] = Field((), description="words that find all of them in a search")


class Words(Record):
    """Words that a search takes for the same."""

    key: str = Field(pattern=Key)
    same: tuple[str, ...] = Field(min_length=2, description="words and phrases, in lower case")

    @model_validator(mode="after")
    def _in_lower_case(self):
        if loud := [word for word in self.same if word != word.lower()]:
            raise ValueError(f"words are compared in lower case; {loud[0]!r} is not")
        return self


class Asked(NamedTuple):
    """The register: questions, groups and words, each by key."""

    questions: dict[str, Question]
    groups: dict[str, Group]
    words: dict[str, Words]


@cache
def asked() -> Asked:
    """Read the register whole.

    Raises
    ------
    RegisterError
        If a claim is not registered or stands in no group or in two, or if a word means two
        things.

    Examples
    --------
    >>> asked().groups["sales"].title
    'Who sells more?'
    """
    path = paths.DATA / "questions.toml"
    tables = read_toml(path)
    if unknown := set(tables) - set(Asked._fields):
        raise RegisterError(
            f"{paths.shown(path)}: there are no {', '.join(sorted(unknown))}. Allowed: "
            f"{', '.join(Asked._fields)}."
        )
    read = Asked(
        read_register(path, Question, tables.get("questions", {})),
        read_register(path, Group, tables.get("groups", {})),
        read_register(path, Words, tables.get("words", {})),
    )
    for records in read[:2]:
        named = {key: one.claims for key, one in records.items()}
        check_names(path.name, "claims", named, claims())
    check_groups(read.groups)
    check_words(read.words)
    return read


def questions() -> dict[str, Question]:
    """Every question of the front page by key, in their order.

    Examples
    --------
    >>> list(questions())
    ['sixty', 'same', 'twenty']
    """
    return asked().questions


def check_groups(groups: dict[str, Group]) -> None:
    """Refuse groups that leave a claim out or hold it twice."""
    times = Counter(chain.from_iterable(group.claims for group in groups.values()))
    place = f"{paths.shown(paths.DATA / 'questions.toml')} groups"
    faults = [
        f"{place}: claim {key} stands in {times[key] or 'no'} {'groups' if times[key] else 'group'}"
        f"; each claim stands in exactly one of {', '.join(groups)}."
        for key in claims()
        if times[key] != 1
    ]
    if faults:
        raise RegisterError("\n".join(faults))


def check_words(words: dict[str, Words]) -> None:
    """Refuse a word that means two things."""
    where: dict[str, str] = {}
    for key, one in words.items():
        for word in one.same:
            if where.setdefault(word, key) != key:
                raise RegisterError(
                    f"{paths.shown(paths.DATA / 'questions.toml')} [words.{key}] same: {word!r} "
                    f"stands in [words.{where[word]}], too; a word means one thing to a search."
                )
