"""Estimators: each registered once, with its name, its unit and what a test must give it.

`sample_verb` makes a function a method of `Sample`, and of `Samples`, where it gives one row per
source. `estimator` does the same and lets the tests of claims ask for it by name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import signature

from analysis.display import nearest, verb
from analysis.errors import RegisterError, check_share
from analysis.estimate.results import Estimate
from analysis.moments.levels import Levels
from analysis.moments.panel import Panel
from analysis.moments.sample import Sample
from analysis.moments.samples import Samples
from analysis.registers.claims import Test
from analysis.registers.metrics import METRICS

FIELDS = ("of", "versus", "at", "average")
"""Fields of a test that an estimator may need."""


@dataclass(frozen=True)
class Estimator:
    """What a test of a claim may ask for.

    Attributes
    ----------
    name : str
        As registers write it.
    unit : str
        Of the answer; empty for the unit of the metric.
    needs, accepts : tuple of str
        Fields of a test that it must have, and that it may have.
    tiered : bool
        Whether the sample needs tiers.
    compares_sources : bool
        Whether the function also takes `beside`, a sample of the source that `versus` names.
    alone : bool
        Whether the answer without `versus` is a level in the unit of the metric.
    follows : bool
        Whether it takes a panel, the same creators through time, instead of a sample.
    within : bool
        Whether it takes the levels of the test's stratum, kept apart, instead of a sample.
    function : callable
        Takes a sample, the fields as keywords, and `confidence`.
    """

    name: str
    unit: str
    needs: tuple[str, ...]
    accepts: tuple[str, ...]
    tiered: bool
    compares_sources: bool
    alone: bool
    follows: bool
    within: bool
    function: Callable[..., Estimate]


PER_DECADE = "ratio per decade"
"""Unit of a slope, as it is stored: the ratio of rates at ten times the followers."""


def per_decade(along: str) -> str:
    """Name the unit of a slope along a size.

    Examples
    --------
    >>> per_decade("followers"), per_decade("chatters")
    ('ratio per decade', 'ratio per decade of chatters')
    """
    return PER_DECADE if along == "followers" else f"{PER_DECADE} of {along}"


ESTIMATORS: dict[str, Estimator] = {}
"""Every estimator that a test can name; filled by `estimator` when its module is imported."""


def sample_verb(function: Callable) -> Callable:
    """Make a function of a sample a method of `Sample`, and of `Samples`, where it is applied to
    each; both refuse a confidence that is none before anything is computed.
    """
    names = list(signature(function).parameters)
    place = names.index("confidence") if "confidence" in names else len(names)

    @wraps(function)
    def method(sample: Sample | Samples, *args, **kwargs):
        if "confidence" in kwargs or len(args) >= place < len(names):
            given = kwargs["confidence"] if "confidence" in kwargs else args[place - 1]
            check_share("confidence", given)
        if isinstance(sample, Samples):
            return sample.map(function, *args, **kwargs)
        return function(sample, *args, **kwargs)

    verb(Sample, Samples)(method)
    return function


def estimator(
    name: str,
    unit: str,
    needs: tuple[str, ...] = (),
    accepts: tuple[str, ...] = (),
    tiered: bool = False,
    compares_sources: bool = False,
    alone: bool = False,
    follows: bool = False,
    within: bool = False,
    method: bool = True,
) -> Callable[[Callable], Callable]:
    """Register a function as an estimator that tests of claims can name.

    Parameters
    ----------
    name, unit, needs, accepts, tiered, compares_sources, alone, follows, within
        See `Estimator`.
    method : bool
        Whether it also becomes a method of `Sample` and `Samples`, or of `Panel` or `Levels`.

    Raises
    ------
    ValueError
        If another function has the name; the same one again is a module that is read twice.
    """

    def register(function: Callable) -> Callable:
        held = ESTIMATORS[name].function if name in ESTIMATORS else function
        if _place_of(held) != _place_of(function):
            raise ValueError(
                f"estimator '{name}' is registered as {held.__module__}.{held.__qualname__}; "
                f"{function.__module__}.{function.__qualname__} needs another name."
            )
        asks = (needs, accepts, tiered, compares_sources, alone, follows, within)
        ESTIMATORS[name] = Estimator(name, unit, *asks, function)
        if not method:
            return function
        if follows or within:
            return verb(Panel if follows else Levels)(function)
        return sample_verb(function)

    return register


def _place_of(function: Callable) -> tuple[str, str]:
    """File and name of a function, the same if its module is read twice."""
    return function.__code__.co_filename, function.__qualname__


def estimator_of(test: Test) -> Estimator:
    """Look up the estimator of a test, and check that the test has what it needs.

    Raises
    ------
    RegisterError
        Naming the field that is missing or of no use, or the nearest estimator.

    Examples
    --------
    >>> import analysis as an
    >>> estimator_of(an.claim("D06").tests[0]).needs
    ('of',)
    """
    if test.estimator not in ESTIMATORS:
        hint = nearest(test.estimator, ESTIMATORS)
        known = ", ".join(ESTIMATORS)
        raise RegisterError(f"estimator '{test.estimator}' is not known.{hint} Known: {known}.")
    chosen = ESTIMATORS[test.estimator]
    given = [name for name in ("of", "versus", "at") if getattr(test, name)]
    if missing := [name for name in chosen.needs if name not in given]:
        listed = ", ".join(missing)
        raise RegisterError(f"a test with the estimator '{chosen.name}' needs: {listed}.")
    if chosen.within and (test.level or not test.stratum):
        raise RegisterError(
            f"a test with the estimator '{chosen.name}' needs a stratum, within whose levels it "
            "compares, and no level."
        )
    if not chosen.within and bool(test.stratum) != bool(test.level):
        raise RegisterError(
            f"a test with the estimator '{chosen.name}' has a stratum and its level, or neither; "
            f"got stratum '{test.stratum}' and level '{test.level}'."
        )
    if useless := [name for name in given if name not in chosen.needs + chosen.accepts]:
        listed = ", ".join(useless)
        raise RegisterError(f"a test with the estimator '{chosen.name}' has no use for: {listed}.")
    return chosen


def estimated(
    test: Test,
    sample: Sample | Panel | Levels,
    confidence: float = 0.95,
    beside: Sample | None = None,
) -> Estimate:
    """Estimate what a test asks of a sample, a panel or levels; `beside` is the other sample, if it
    compares two.
    """
    check_share("confidence", confidence)
    chosen = estimator_of(test)
    if chosen.compares_sources:
        return chosen.function(sample, beside, confidence=confidence)
    wanted = [name for name in FIELDS if name in chosen.needs + chosen.accepts]
    arguments = {name: getattr(test, name) for name in wanted}
    return chosen.function(sample, **arguments, confidence=confidence)


def is_level(test: Test) -> bool:
    """Whether the answer to a test is a level in the unit of its metric, which depends on what is
    counted and divided by; everything else compares rates of one source with each other.

    Examples
    --------
    >>> import analysis as an
    >>> [is_level(test) for test in an.claim("D04").tests]
    [True, False]
    """
    chosen = estimator_of(test)
    return not chosen.unit or (chosen.alone and not test.versus)


def follows(test: Test) -> bool:
    """Whether a test is about the same creators through time.

    Examples
    --------
    >>> import analysis as an
    >>> [follows(an.claim(key).tests[0]) for key in ("D06", "D09")]
    [False, True]
    """
    return test.estimator in ESTIMATORS and ESTIMATORS[test.estimator].follows


def unit_of(test: Test) -> str:
    """Name the unit in which a test is answered.

    Examples
    --------
    >>> import analysis as an
    >>> unit_of(an.claim("D06").tests[0])
    'ratio'
    """
    unit = "" if is_level(test) else estimator_of(test).unit
    if unit == PER_DECADE:
        unit = per_decade(test.along)
    return unit or (METRICS[test.metric].unit if test.metric in METRICS else "percent")
