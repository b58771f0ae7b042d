"""Findings of specifications: what other defensible choices would have given."""

import pandas as pd

from analysis.display import finding, sentence
from analysis.estimate.multiverse.grid import fingerprint
from analysis.estimate.multiverse.one_claim import BY_CHOICE, ClaimCurve
from analysis.finding import Finding
from analysis.present.sentences.answers import compared_in
from analysis.present.sentences.confidence import change
from analysis.present.sentences.findings import begun, fitting, on, shortened
from analysis.present.sentences.names import scheme_name, source_name
from analysis.present.sentences.numbers import count, listing
from analysis.present.sentences.reasons import OUTCOMES
from analysis.registers.claims import EVERY_OTHER, Claim, Test
from analysis.registers.lookup import claims
from analysis.registers.metrics import METRICS, ONE

SHARED = (
    "Each answer is one combination of data, tiers, rate, average and posts. Answers share "
    "accounts, so that their shares are no probabilities."
)
"""What every picture of specifications has to say of itself."""

NONE = Finding("No choice of tiers, rate and posts has an answer in these data",
               alt="An empty picture: no specification has an estimate.")  # fmt: skip
"""Of a source that answers under no specification."""


def rate_name(key: str) -> str:
    r"""Write a rate as a reader says it, long ones on two lines.

    Examples
    --------
    >>> rate_name("likes_per_follower"), rate_name("engagement_per_view")
    ('likes per follower', 'likes and comments\nper view')
    """
    metric = METRICS[key]
    counted, one = listing(metric.numerator), ONE.get(metric.denominator, "post")
    return f"{counted}{' ' if len(counted) < 12 else chr(10)}per {one}"


OPTION_NAMES = {"source": source_name, "scheme": scheme_name, "metric": rate_name}
"""How options of a choice are written."""

ASKED = {
    "source": "whose data are used",
    "scheme": "whose tiers are used",
    "numerator": "what is counted",
    "denominator": "what it is divided by",
    "metric": "what is counted",
    "average": "which average is taken",
    "posts": "which posts are taken",
}
"""Choices as parts of a sentence."""


def option_name(choice: str, option: str) -> str:
    """Write an option of a choice as readers know it.

    Examples
    --------
    >>> option_name("metric", "likes_per_follower"), option_name("average", "median account")
    ('likes per follower', 'median account')
    """
    return OPTION_NAMES.get(choice, str)(option).replace("_", " ")


def by_option(curve: ClaimCurve, choice: str) -> pd.DataFrame:
    """Give the decided answers of a curve with the ``option`` of a choice, those with the smallest
    median first.
    """
    middles, decided = curve.middles(choice), curve.decided
    order = dict(zip(middles[BY_CHOICE[choice]], range(len(middles)), strict=True))
    option = decided[BY_CHOICE[choice]]
    frame = decided.assign(option=[option_name(choice, one) for one in option])
    return frame.assign(place=option.map(order)).sort_values("place", kind="stable")


def claimed_words(test: Test) -> str:
    """Write what a test claims in a few words.

    Examples
    --------
    >>> import analysis as an
    >>> [claimed_words(an.claim(key).tests[0]) for key in ("D06", "C08", "A12", "C38", "D04")]
    ['60 % more', 'more', 'about the same', 'at least 38 % less', '5 %']
    """
    if not test.versus:
        return f"{test.value:g} %"
    size = abs(round(100 * (test.value - 1)))
    side = "more" if test.value > 1 else "less"
    if test.versus == EVERY_OTHER:
        return "more than every other tier"
    if test.value == 1:
        return {"more_than": "more", "less_than": "less"}.get(test.relation, "about the same")
    capped = (test.relation == "at_most") == (test.value > 1)
    bound = "" if test.relation == "equals" else "at most " if capped else "at least "
    return f"{bound}{size} % {side}"


def question_words(claim: str, test: int) -> str:
    """Write a question put to specifications: the claim's key, who, and what.

    Examples
    --------
    >>> question_words("D06", 1), question_words("D04", 1)
    ('D06: micro 60 % more', 'D04: micro 5 %')
    """
    asked = claims()[claim].tests[test - 1]
    return f"{claim}: {asked.of} {claimed_words(asked)}"


def _spread(curve: ClaimCurve) -> str:
    low, middle, high = curve.decided["estimate"].quantile([0.1, 0.5, 0.9])
    return f"four in five lie between {change(low)} and {change(high)}, half below {change(middle)}"


def who(claim: Claim) -> str:
    """Write the names of the tiers that a claim compares."""
    test = claim.tests[0]
    versus = f" against {test.versus}" if test.versus else ""
    return f"{test.of}{versus}"


@finding.register(ClaimCurve)
def _claim_curve(curve: ClaimCurve) -> Finding:
    known, decided = curve.known, curve.decided
    if known.empty or decided.empty:
        return NONE
    part = known["outcome"].value_counts(normalize=True)
    yes, no = (round(100 * part.get(name, 0)) for name in ("supported", "contradicted"))
    place, said = on(known["platform"].unique()), claimed_words(curve.test)
    said = said.removesuffix(" more") if said[0].isdigit() else f"“{said}”"
    many = f"{len(known):,} ways to compare"
    headline = fitting(
        f"{place}{no} % of ways to compare contradict {said}, {yes} % support it",
        f"{no} % of {many} contradict {said}, {yes} % support it",
        f"{no} % of {many} contradict it, {yes} % support it",
    )
    own = compared_in(curve.test, curve.claim.scheme)
    detail = f"{begun(who(curve.claim))} by {count(known['scheme'].nunique(), 'publisher')}, in "
    detail += f"{count(known['source'].nunique(), 'source')}: {_spread(curve)}."
    caveat = f"{curve.claim.key} itself: {own}. {SHARED}" if own else SHARED
    alt = f"A histogram of {len(known):,} answers with the claimed value marked. "
    return Finding(begun(headline), detail, caveat, shortened(f"{alt}{headline}. {detail}"))


@sentence.register(ClaimCurve)
def _claim_curve_sentence(curve: ClaimCurve) -> str:
    counts = curve.frame["outcome"].value_counts()
    outcomes = listing(f"{counted:,} {OUTCOMES[name]}" for name, counted in counts.items())
    text = f"{curve.claim.paraphrase} Over {count(len(curve.frame), 'specification')}: {outcomes}."
    decided = len(curve.decided)
    if not decided:
        return text
    touching, together = curve.touching()
    return (
        f"{text} Of the {decided:,} with an interval and enough accounts to decide, "
        f"{_spread(curve)}. Taken one at a time, {touching:,} of these intervals touch the claimed "
        f"range; of those that hold together, {together:,} do. The other {decided - together:,} "
        f"contradict the claim even if one allows for having looked {decided:,} times."
    )


def middle_answers(curve: ClaimCurve, choice: str) -> Finding:
    """Say how far a single choice moves the middle of all answers.

    Parameters
    ----------
    curve : ClaimCurve
        Of a claim.
    choice : str
        ``source``, ``scheme``, ``metric``, ``average`` or ``posts``.
    """
    middles = curve.middles(choice)
    if middles.empty:
        return NONE
    asked, column = ASKED[choice], BY_CHOICE[choice]
    first, last = (middles.iloc[at] for at in (0, -1))
    ends = [at(one["median ratio"]) for one in (first, last)]
    headline = fitting(f"{asked} moves the middle answer from {ends[0]} to {ends[1]}")
    if len(middles) == 1 or ends[0] == ends[1]:
        headline = fitting(f"{asked} does not move the middle answer, {ends[0]}")
    names = [option_name(choice, one[column]).replace("\n", " ") for one in (first, last)]
    detail = f"{begun(who(curve.claim))}; lowest in the middle: {names[0]}, highest: {names[1]}."
    alt = f"Dots for {len(curve.decided):,} answers, in a row per option, with medians. "
    caveat = f"A dot: one way to compare that may decide; bar: the middle of its row. {SHARED}"
    return Finding(begun(headline), detail, caveat, shortened(f"{alt}{headline}. {detail}"))


def at(ratio: float) -> str:
    """Write a ratio in a headline.

    Examples
    --------
    >>> at(1.66), at(1.001)
    ('+66 %', 'no difference')
    """
    return "no difference" if abs(ratio - 1) < 0.005 else change(ratio).replace("-", "−")


def tally(judged: pd.DataFrame) -> pd.DataFrame:
    """Count the outcomes of each question, those without an estimate left out, as
    ``claim, test, question`` and a column for each outcome.
    """
    known = judged[judged["outcome"] != "untestable"]
    keys = [known[name] for name in ("claim", "test", "question")]
    return pd.crosstab(keys, known["outcome"])


def in_words(counts: pd.DataFrame) -> pd.DataFrame:
    """Name the rows of a `tally` by what is asked, for a picture."""
    names = [question_words(claim, test) for claim, test, _ in counts.index]
    return counts.set_axis(pd.Index(names), axis=0)


def under_every_choice(counts: pd.DataFrame, over: str = "way to compare") -> Finding:
    """Say how many questions have one answer whatever one chooses.

    Parameters
    ----------
    counts : pandas.DataFrame
        Numbers of answers: a row per question, columns are outcomes.
    over : str
        What was varied, in the singular.
    """
    if counts.empty:
        return NONE
    total = counts.sum(axis=1)
    share = (100 * counts.get("supported", 0 * total) / total).round()
    always = {name: int((counts.get(name, 0 * total) == total).sum()) for name in OUTCOMES}
    many, kept = len(counts), always["supported"]
    claim_noun = "reading of claims" if many == 1 else "readings of claims"
    verb = "holds" if kept <= 1 else "hold"
    text = f"{kept or 'none'} of {many} {claim_noun} {verb} under every {over}"
    headline = fitting(text, f"{kept or 'none'} of {many} {claim_noun} {verb} under each")
    listed = listing(f"{name} {value:.0f} %" for name, value in share.items())
    alt = f"A bar per question, shared out by outcome. {begun(headline)}. Supported: {listed}."
    fails = (
        f"{always['contradicted'] or 'None'} {'fails' if kept <= 1 else 'fail'} under every one."
    )
    detail = f"Outcomes of each question over all choices that have an answer. {fails}"
    return Finding(begun(headline), detail, SHARED, shortened(alt))


def grid_in_short(grid: pd.DataFrame, schemes) -> str:
    """Count the specifications of a grid, with its fingerprint.

    Parameters
    ----------
    grid : pandas.DataFrame
        From `specifications`.
    schemes : iterable of TierScheme
        Whose tiers they use.
    """
    many, sources = count(len(grid), "specification"), grid["source"].nunique()
    verb = "is" if len(grid) == 1 else "are"
    return (
        f"{many} of micro over macro {verb} admissible, from {count(sources, 'source')}. "
        f"Fingerprint of the grid: {fingerprint(grid, schemes)}."
    )


def named_options(curve: ClaimCurve) -> pd.DataFrame:
    """Give a curve with the names of its sources and schemes."""
    frame = curve.frame
    return frame.assign(
        source=frame["source"].map(source_name), scheme=frame["scheme"].map(scheme_name)
    )
