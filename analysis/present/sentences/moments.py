"""What is noted of a source, of own data and of printed tables as sentences."""

from analysis.present.sentences.reasons import WORDINGS

WARNINGS = {
    "first digits": "The first digits of {subject} differ from Benford's law by {value:.3f} on "
    "average, and not by less than {limit:.3f}.",
    "even spread": "{Subject} spread evenly between two numbers (p = {value:.2g}), as if drawn at "
    "random.",
    "cut off below": "{value:.1%} of the {subject} lie right above the smallest one, where few lie "
    "in a file that was not cut off.",
    "ignore followers": "On {subject}, {count} hardly grow with followers: rank correlation "
    "{value:.2f}, and not 0.66 or more as in open data.",
    "per follower": "On {subject}, {count} per follower fall with slope {value:.2f} on log scales, "
    "and not 0.18 to -0.40 as in open data.",
    "views above followers": "On {subject}, the smallest accounts get {value:.3g} views per "
    "follower in the middle: only what was watched widely is here.",
    "likes above followers": "On {subject}, {value:.0%} of the smallest accounts get more likes "
    "than they have followers.",
    "flat per view": "On {subject}, views per follower fall with followers, but engagement per "
    "view does not: its slope on log scales is within {value:.2f} of none.",
}
"""What a plausibility check that warns means, by its name; of a check that is made of several
counts the first word is the count.
"""


def _warning(check: str, subject: str, value: float, limit: float) -> str:
    count, _, kind = check.partition(" ")
    text = WARNINGS.get(check) or WARNINGS[kind]
    named = {"count": count, "Subject": subject.capitalize()}
    return text.format(subject=subject, value=value, limit=limit, **named)


def _plausible(checks: int, needed: int) -> str:
    if not checks:
        return (
            f"No plausibility check could be made: they need {needed} accounts, or more counts, "
            "above zero."
        )
    made = f"{checks} plausibility check{'s' * (checks != 1)}"
    text = f"None of {made} warns that the file was simulated or selected on the outcome."
    if not needed:
        return text
    return (
        f"{text} The checks that show most ways of selection need {needed} accounts of different "
        "sizes and were not made."
    )


def _implausible(checks: int, warnings: int, drawn: bool) -> str:
    likely = (
        "simulated, or cut off at a threshold" if drawn else "selected on the outcome, or simulated"
    )
    made = f"{checks} plausibility check{'s' * (checks != 1)}"
    return f"This file looks {likely}: {warnings} of {made} warn of it."


SIGNS = {
    "first digits": "the first digits of {subject} are not those of counts",
    "even spread": "{subject} spread evenly between two numbers",
    "cut off below": "{subject} crowd right above the smallest one, as where posts are left out",
    "ignore followers": "{count} hardly grow with followers (rank correlation {value:.2f})",
    "per follower": "{count} per follower fall steeply with followers (slope {value:.2f})",
    "views above followers": "the smallest accounts have {value:.3g} views per follower",
    "likes above followers": "{value:.0%} of the smallest accounts have more likes than followers",
    "flat per view": "views per follower fall with followers, engagement per view does not",
}
"""The same in a few words, for a list."""


def _sign(check: str, subject: str, value: float, limit: float) -> str:
    count, _, kind = check.partition(" ")
    text = SIGNS.get(check) or SIGNS[kind]
    return text.format(subject=subject, value=value, limit=limit, count=count)


def _signs_bind(signs: tuple[str, ...]) -> str:
    return (
        f"Own data here look selected or simulated: {'; '.join(signs)}. So they decide no claim, "
        "whatever their intervals: each such verdict is undecided."
    )


def _signs_overruled(signs: tuple[str, ...]) -> str:
    return (
        "Signs of selection were overruled by whoever made this report: "
        f"in their own data {'; '.join(signs)}."
    )


CHECKS = {
    "plausible": _plausible,
    "implausible": _implausible,
    "plausibility_warning": _warning,
    "sign": _sign,
    "signs_bind": _signs_bind,
    "signs_overruled": _signs_overruled,
    "looks_selected": lambda signs: (
        f"This file looks selected or simulated: {'; '.join(signs)}. So it decides no claim."
    ),
    "signs_in_caption": lambda overruled: (
        "Signs of selection in own data were overruled."
        if overruled
        else "Own data here look selected: they decide no claim."
    ),
}

LEFT_OUT = {
    "followers_unknown": "no follower count above zero",
    "metric_undefined": "no post on which {metric} is defined",
    # data/README.md and `Moments.sample` know accounts in a merged cell by these first words
    "band_merged": "in a follower band merged with its neighbour",
    "levels_merged_in_cell": "in a cell whose levels of {stratum} were merged",
}
"""Why accounts are not in the sums, or not by themselves."""

OWN = {
    "own_data": "Own data: {name}",
    "own_data_cited": "Own data '{name}'",
    "own_producer": "the reader of this report",
    "own_row": "a post, or the totals of several posts of one account",
    "own_period": "as in the file",
    "own_prices": "Own prices: {file}",
    "own_prices_of": "Own {deliverable} ({kind}, {platform})",
    "deliverable_of": "{source}, {deliverable}",
}
"""How own data, and each deliverable of a price list, are described as a source."""

PRINTED = {
    "no_quartiles": "the table does not give n and quartiles for each tier",
    "line_of_two": "first against last tier",
    "line_of_more": "least squares over {tiers} tiers",
    "at_log_midpoint": "each tier stands at its log-midpoint",
    "open_top": "an open top ends at {times:g} times its lower edge",
    "open_bottom": "an open bottom starts at {followers:g} followers",
    "middle_of_range": "a printed range stands at its geometric middle",
}
"""What was assumed of a printed table, and what it does not give."""

WORDINGS |= CHECKS | LEFT_OUT | OWN | PRINTED
