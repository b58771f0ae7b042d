"""Finding: what a result says to a reader, once for figure, slide, card, search and feed."""

import re
from dataclasses import dataclass

from analysis.display import Shown

MOST_WORDS, MOST_ALT = 14, 60
"""Words of a headline and of an alt text, at most; a percentage is one word."""

UNFIT = re.compile(r"[\[\](){}|_]|\bnan\b|\binf\b|–(?!\d)|(?<!\w)-(?!\d)|\.\.|^\W*$", re.IGNORECASE)
"""What no headline may hold: brackets, keys, what is no number, dashes that stand for nothing."""


def words(text: str) -> int:
    """Count words as a reader does: a percentage is one.

    Examples
    --------
    >>> words("Small creators get 38 % more engagement")
    6
    """
    return len(re.sub(r"(?<=\d)[ \u00a0]%", "%", text).split())


@dataclass(frozen=True, repr=False)
class Finding(Shown):
    """What a result says to a reader, in the words of figure, slide, card, search and feed alike.

    Attributes
    ----------
    headline : str
        The finding as a sentence without a full stop: at most 14 words, a verb, no brackets.
    detail : str
        Who is compared, in followers, and by what; the subtitle.
    caveat : str
        How sure it is, what counts as a claim being right, what it cannot show; the note.
    alt : str
        What someone who cannot see the picture needs to know, in at most 60 words.

    Examples
    --------
    >>> Finding("Small creators get more", "1K–5K against 10K–25K followers").headline
    'Small creators get more'
    >>> Finding("ratio micro / macro (Kim)", "")
    Traceback (most recent call last):
        ...
    ValueError: the headline 'ratio micro / macro (Kim)' has '(': write a plain sentence ...
    """

    headline: str
    detail: str = ""
    caveat: str = ""
    alt: str = ""

    def __post_init__(self):
        if found := UNFIT.search(self.headline):
            raise ValueError(
                f"the headline {self.headline!r} has {found[0]!r}: write a plain sentence without "
                "brackets, keys or missing numbers."
            )
        for name, most in (("headline", MOST_WORDS), ("alt", MOST_ALT)):
            if (length := words(getattr(self, name))) > most:
                raise ValueError(
                    f"the {name} {getattr(self, name)!r} has {length} words; at most {most} fit."
                )

    @property
    def caption(self) -> str:
        """Headline and detail as sentences, below a picture or in a feed."""
        return " ".join(filter(None, (f"{self.headline.rstrip('.?')}.", self.detail)))
