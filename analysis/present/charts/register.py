"""Which chart draws which kind of result: one for each."""

from collections.abc import Callable

from analysis.display import picture


def draws(*kinds: type) -> Callable[[Callable], Callable]:
    """Register a chart for kinds of results, which it draws for their ``.plot()``.

    Raises
    ------
    ValueError
        If a kind has a chart already: the second would replace the first.

    Examples
    --------
    >>> from analysis.estimate.results import Estimate
    >>> @draws(Estimate)
    ... def another(estimate): ...
    Traceback (most recent call last):
    ValueError: Estimate has two charts: draw_held and another. Register one of them.
    """

    def register(chart: Callable) -> Callable:
        for kind in kinds:
            first = picture.registry.get(kind, chart)
            if first.__qualname__ != chart.__qualname__:  # a module may be read twice
                both = f"{first.__name__} and {chart.__name__}"
                raise ValueError(f"{kind.__name__} has two charts: {both}. Register one of them.")
            picture.register(kind)(chart)
        return chart

    return register
