"""Which worlds a test is put to: registered as a rule, before any world is simulated.

False: the truth lies on an edge of the claimed range, where the claim is false by the least; of two
edges the one at which the test is supported more often counts. True: the claimed value itself, or,
of a claim without one, INSIDE times the edge. Probabilities and reliabilities move on odds, since
they end at 1.
"""

from math import inf

from analysis.estimate.decision import claimed_range
from analysis.estimate.registry import unit_of
from analysis.registers.claims import Test

INSIDE = 1.25
"""How far inside the edge a claim without a value of its own is taken to be true."""

SHARES = ("probability", "reliability")
"""Units that end at 1."""

WITHOUT = ("breakpoint", "reliability", "rate at")
"""Estimators for which a world without a difference between sizes means nothing."""


def false_values(test: Test) -> tuple[float, ...]:
    """Give the edges of the claimed range.

    Examples
    --------
    >>> import analysis as an
    >>> [round(edge, 3) for edge in false_values(an.claim("D06").tests[0])]
    [1.455, 1.76]
    >>> false_values(an.claim("C08").tests[0])
    (1.0,)
    """
    return tuple(float(edge) for edge in claimed_range(test) if 0 < edge < inf)


def true_value(test: Test) -> float:
    """Give a value at which the claim is true.

    Examples
    --------
    >>> import analysis as an
    >>> true_value(an.claim("D06").tests[0]), true_value(an.claim("C08").tests[0])
    (1.6, 1.25)
    >>> round(true_value(an.claim("C22").tests[0]), 3)
    0.992
    """
    if test.relation == "equals":
        return test.value
    (edge,) = false_values(test)
    factor = INSIDE if claimed_range(test)[1] == inf else 1 / INSIDE
    if unit_of(test) not in SHARES:
        return edge * factor
    odds = factor * edge / (1 - edge)
    return odds / (1 + odds)


def asserts_difference(test: Test) -> bool:
    """Say whether a world without a difference between sizes is one in which a claim is not wanted
    to be supported: not if the claim is that they are the same, or about something else.

    Examples
    --------
    >>> import analysis as an
    >>> asserts_difference(an.claim("D06").tests[1]), asserts_difference(an.claim("A12").tests[0])
    (True, False)
    """
    level = test.estimator == "contrast" and not test.versus
    same = test.relation == "equals" and test.value == 1
    return not (level or same or test.estimator in WITHOUT)
