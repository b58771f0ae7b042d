"""Answers to claims: a headline, every reading by itself, and what to say instead."""

from math import inf, isnan

from analysis.display import finding, lines, sentence
from analysis.estimate.answer import DECIDED, Answer
from analysis.estimate.decision import claimed
from analysis.estimate.registry import PER_DECADE
from analysis.finding import Finding
from analysis.present.sentences.answer_headlines import (
    HEADLINES,
    Row,
    metric_of,
    posts_of,
    rows_of,
    where,
)
from analysis.present.sentences.confidence import change
from analysis.present.sentences.findings import DIFFERENT, TIMES, begun, fitting, noun, shortened
from analysis.present.sentences.names import metric_title, platform_name, source_name
from analysis.present.sentences.numbers import (
    MISSING,
    count,
    followers,
    interval,
    listing,
    number,
    short_count,
)
from analysis.present.sentences.reasons import claimed_lift
from analysis.present.sentences.results import WORDS
from analysis.registers.claims import EVERY_OTHER, Test
from analysis.registers.lookup import schemes
from analysis.registers.severity import EASILY, HARDLY

READINGS = {
    "equals": "as the usual figure",
    "at_most": "as a ceiling",
    "at_least": "as a floor",
    "more_than": "as a direction",
    "less_than": "as a direction",
}
"""What kind of statement a test reads a claim as."""

PARTS = {"slope below": "below", "slope above": "above"}
"""Which side of a place an estimator is about."""

SLOPES = {"equals": "level", "more_than": "rising", "less_than": "falling"}
"""What a slope is claimed to be."""

HOLDS = {
    "supported": "it holds",
    "contradicted": "it is contradicted",
    "undecided": "it is undecided",
}
"""What a reading of a claim does, by its outcome."""

NO_DATA = "Nobody has shown it with open data"
"""Headline of a claim that no open source can answer."""

NOT_IN_THESE = "These data cannot answer it"
"""Headline of a claim that data of the reader's own do not answer."""

BY_READING = "Reading the documents settles it"
"""Headline of a claim that needs no data."""


def answer_headline(answer: Answer) -> str:
    """Write what the first reading of a claim with data gives, or that there are none.

    Examples
    --------
    >>> import analysis as an
    >>> answer_headline(an.claim("D06").answer(an.load_all("instagram-kim")))
    'On Instagram, creators with 1K–5K followers get 38 % more engagement than 10K–25K, not 60 %'
    >>> answer_headline(an.claim("D07").answer(an.load_all()))
    'Nobody has shown it: no open data on conversions per click'
    """
    if answer.badge == "document":
        return BY_READING
    rows = rows_of(answer.main)
    if rows:
        test = answer.claim.tests[rows[0].test - 1]
        write = HEADLINES.get(test.estimator)
        return begun(fitting(*write(test, rows))) if write else _plain(rows)
    # what no register names is a file of the reader's own
    if any(key and source_name(key) == key for key in answer.frame["source"]):
        return NOT_IN_THESE
    if own := answer.claim.own_tests:
        if own[0].estimator == "within creators":
            return "Nobody has shown it: no open data follow the same creators' engagement"
        if own[0].estimator == "elasticity beside":
            return "Nobody has shown it: no open data compare media of text with Instagram"
        what = noun(metric_of(own[0]))
        return fitting(f"Nobody has shown it: no open data on {what}", NO_DATA)
    return NO_DATA


def _plain(rows: list[Row]) -> str:
    """A headline for an estimator without one of its own: what became of the claim where."""
    places = {}
    for row in rows:
        places.setdefault(row.outcome, []).append(row.platform)
    parts = [f"{HOLDS.get(name, name)} {where(them)}" for name, them in places.items()]
    return begun(fitting(f"in these data {' and '.join(parts)}".replace("  ", " ").strip()))


def compared_in(test: Test, scheme: str) -> str:
    """Write whom a test compares, in followers; empty of a test without tiers.

    Examples
    --------
    >>> import analysis as an
    >>> compared_in(an.claim("D06").tests[0], "harvard-media")
    '1K to 5K against 10K to 25K followers'
    """
    if not (test.of and scheme in schemes()):
        return ""
    tiers = {tier.name: followers(tier.lower, tier.upper) for tier in schemes()[scheme].tiers}
    of = tiers.get(test.of, test.of)
    if not test.versus:
        return f"{of} followers"
    versus = test.versus if test.versus == EVERY_OTHER else f"{tiers.get(test.versus)} followers"
    return f"{of} against {versus}"


def counted_by(test: Test) -> str:
    """Write what a test counts, and of which posts."""
    own = test.metric == "engagement"
    what = "each source's own engagement rate" if own else metric_of(test).words
    what = WORDS.get(metric_title(test.metric), what)
    return ", ".join(filter(None, (what, posts_of(test))))


def reading_name(test: Test, tests: tuple[Test, ...]) -> str:
    """Name a reading of a claim: by its kind, or by what it counts and of which posts where kinds
    repeat.
    """
    if test.estimator == "breakpoint":
        return "for the place of the bend"
    if side := PARTS.get(test.estimator):
        return f"as {SLOPES.get(test.relation, 'a slope')} {side} {short_count(test.at)}"
    alike = [one for one in tests if READINGS[one.relation] == READINGS[test.relation]]
    if len(alike) < 2:
        return READINGS[test.relation]
    if test.estimator == "worst case":
        return f"for {count(max(1, int(test.at)), test.of + ' creator')}"
    if test.estimator == "contrast within":
        return "within each brand"
    if len({one.metric for one in alike}) == 1:
        return f"for {posts_of(test) or 'all posts'}"
    return f"for {counted_by(test)}"


def readings_of(answer: Answer) -> list[str]:
    """Write what becomes of each reading of a claim, a sentence each, never added up.

    Examples
    --------
    >>> import analysis as an
    >>> readings_of(an.claim("D06").answer(an.load_all("instagram-kim")))[1]
    'As a ceiling it holds on Instagram, which it nearly always would.'
    """
    written, tests = [], answer.claim.own_tests
    for test, table in (*answer.readings, *(answer.parts if answer.claim.together else ())):
        rows = rows_of(table[table["outcome"].isin(HOLDS)], known=False)
        if rows:
            name = reading_name(test, tests) if test else "as a whole"
            parts = filter(None, (_became(outcome, rows) for outcome in HOLDS))
            written.append(f"{begun(name)} {'; '.join(parts)}.")
    return written


def _became(outcome: str, rows: list[Row]) -> str:
    """What became of a reading where it has one outcome; sources are named where a platform has
    several.
    """
    them = [row for row in rows if row.outcome == outcome]
    if not them:
        return ""
    others = {row.platform for row in rows if row.outcome != outcome}
    names = [row.name if row.platform in others else platform_name(row.platform) for row in them]
    easy = all(row.severity == HARDLY or row.counted == EASILY for row in them)
    always = ", which it nearly always would" if easy and outcome == "supported" else ""
    place = f"on {listing(dict.fromkeys(filter(None, names)))}" if any(names) else "in these data"
    return f"{HOLDS[outcome]} {place}{always}"


def value_of(row: Row, test: Test) -> str:
    """Write an estimate of a row in the reader's unit: a ratio of tiers as a lift."""
    if isnan(row.estimate):
        return MISSING
    low, high = row.low, inf if isnan(row.high) and not isnan(row.low) else row.high
    if isnan(row.low):
        lifted = row.unit == "ratio" and test.versus
        return f"{change(row.estimate)} (no interval)" if lifted else _alone(row)
    if row.unit == "ratio" and test.versus:
        if row.estimate >= TIMES:
            return f"{number(row.estimate)} times [{number(low)}, {number(high)}]"
        return f"{change(row.estimate)} [{change(low)}, {change(high)}]"
    if row.unit == PER_DECADE:
        return f"{change(row.estimate)} [{change(low)}, {change(high)}] per tenfold followers"
    if row.unit == "probability":
        low, high = (f"{100 * min(end, 1.0):.0f} %" for end in (low, high))
        return f"{100 * row.estimate:.0f} % of pairs [{low}, {high}]"
    return interval(row.estimate, low, high, row.unit)


def _alone(row: Row) -> str:
    """An estimate without an interval, in the reader's unit."""
    if row.unit == "probability":
        return f"{100 * row.estimate:.0f} % of pairs (no interval)"
    return interval(row.estimate, row.low, row.high, row.unit)


def say_instead(answer: Answer) -> str:
    """Write the sentence one may put on a slide in place of the claim.

    Examples
    --------
    >>> import analysis as an
    >>> say_instead(an.claim("D06").answer(an.load_all("instagram-kim")))[:60]
    'On Instagram, creators with 1K–5K followers get 38 % more en'
    """
    headline, rows = answer_headline(answer), rows_of(answer.main)
    if answer.badge == "document":
        return shortened(answer.claim.by_reading, 40)
    if not rows:
        return f"{headline.replace('it:', 'this:')}, so no number can stand on a slide."
    test = answer.claim.tests[rows[0].test - 1]
    clear = [row for row in rows if row.outcome in DECIDED] or rows
    values = "; ".join(f"{row.name}: {value_of(row, test)}" for row in clear)
    others = [row for row in rows if row not in clear]
    places = listing(dict.fromkeys(row.name for row in others))
    rest = f" The data of {places} do not decide." if others else ""
    stated = headline.partition(", not ")[0]
    return f"{stated} ({100 * answer.confidence:g} % intervals; {values}).{rest}"


@finding.register(Answer)
def _answer_finding(answer: Answer) -> Finding:
    rows = rows_of(answer.main)
    headline = answer_headline(answer)
    if not rows:
        needed = answer.claim.data_request and f"It would take: {answer.claim.data_request}"
        why = answer.claim.by_reading or needed
        if headline == NOT_IN_THESE:
            why = " ".join(dict.fromkeys(answer.frame["because"]))
        empty = f"An empty picture: {headline[0].lower()}{headline[1:]}. {why}"
        return Finding(headline, shortened(why, 40), alt=shortened(empty))
    test = answer.claim.tests[rows[0].test - 1]
    average = test.average if test.of else ""
    who = (compared_in(test, rows[0].scheme), counted_by(test), average)
    detail = f"{begun(', '.join(filter(None, who)))}."
    parts = [_drawn(answer, test, rows[0].unit), *readings_of(answer)]
    caveat = " ".join([*parts, *([DIFFERENT] if test.versus else [])])
    return Finding(headline, detail, caveat, shortened(f"{headline}. {values_of(answer)}"))


def _drawn(answer: Answer, test: Test, unit: str) -> str:
    """What bars and shading of the picture stand for."""
    bars, stated = f"Bars: {100 * answer.confidence:g} % intervals.", claimed(test, unit)
    lift = claimed_lift(**dict(stated.facts)) if unit == "ratio" and test.versus else str(stated)
    return f"{bars} Shaded: the claim, {lift}."


def values_of(answer: Answer) -> str:
    """Write what each source gives for the first reading that has data, with its interval.

    Examples
    --------
    >>> import analysis as an
    >>> values_of(an.claim("D06").answer(an.load_all("instagram-kim")))
    'Instagram (Kim et al.) +38 % [+33 %, +43 %].'
    """
    rows = rows_of(answer.main)
    if not rows:
        return ""
    test = answer.claim.tests[rows[0].test - 1]
    return f"{listing(f'{row.name} {value_of(row, test)}' for row in rows)}."


@sentence.register(Answer)
def _answer_sentence(answer: Answer) -> str:
    made = finding(answer)
    parts = [made.caption, values_of(answer), *readings_of(answer)]
    return " ".join(filter(None, parts))


@lines.register(Answer)
def _answer_lines(answer: Answer) -> str:
    return f"{answer.claim.key}: {answer.claim.paraphrase}\n{_answer_sentence(answer)}"


@lines.register(Finding)
def _finding_lines(made: Finding) -> str:
    return "\n".join(filter(None, (made.headline, made.detail, made.caveat)))
