"""Result: what every noun of the package has in common.

Takes nothing; gives the base class of results, and the hooks by which `analysis.present` decides
how each is written, tabulated and drawn. Results of all folders inherit from it, and estimators
become their methods with `verb`, so that a folder imports only from its left.
"""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial, singledispatch
from inspect import ismodule
from itertools import chain
from typing import Any, ClassVar

import pandas as pd


@singledispatch
def sentence(result: Any) -> str:
    """Write a result as a sentence; `analysis.present` registers one writer for each kind."""
    raise TypeError(f"Nothing is registered to write a {type(result).__name__} as a sentence.")


@singledispatch
def lines(result: Any) -> str:
    """Write a result for a terminal: the sentence, unless a kind registers something longer."""
    return sentence(result)


@singledispatch
def table(result: Any) -> str:
    """Write a result as HTML for a notebook; `analysis.present` registers one for each kind."""
    raise TypeError(f"Nothing is registered to tabulate a {type(result).__name__}.")


@singledispatch
def finding(result: Any) -> Any:
    """Say what was found in a result; `analysis.present` registers one writer for each kind."""
    raise TypeError(f"Nothing is registered to make a finding of a {type(result).__name__}.")


@singledispatch
def picture(result: Any, **options: Any) -> Any:
    """Draw a result; not every kind has a picture."""
    kind = type(result).__name__
    raise TypeError(f"A {kind} has no picture. It has .sentence() and .to_frame().")


@singledispatch
def gather(first: Any, results: list, keys: pd.DataFrame) -> Any:
    """Collect what a verb gave of each sample, by the kind of the first result: a dict by source,
    unless something else is registered.

    Parameters
    ----------
    first : object or None
        The first result; None of no samples.
    results : list
        All of them.
    keys : pandas.DataFrame
        ``source, metric, posts`` of each sample.
    """
    return dict(zip(keys["source"], results, strict=True))


def nearest(name: str, known: Any) -> str:
    """Give ``" Did you mean 'x'?"`` for the nearest of the known names, or nothing."""
    close = get_close_matches(str(name), [str(one) for one in known], n=1, cutoff=0.6)
    return f" Did you mean '{close[0]}'?" if close else ""


def offered(namespace: dict[str, Any]) -> list[str]:
    """List what a namespace offers to the tab key: neither modules nor names of other packages.

    Parameters
    ----------
    namespace : dict
        The globals of a package, whose imports count, or of a module, whose imports do not.
    """
    package = "__path__" in namespace
    home = "analysis" if package else namespace["__name__"]
    names = []
    for name, value in namespace.items():
        # a constant does not know where it is from: one of a module may be imported
        ours = (
            str(getattr(value, "__module__", "")).startswith(home) if callable(value) else package
        ) and value is not namespace_of
        if ours and not name.startswith("_") and not ismodule(value):
            names.append(name)
    return sorted(names)


def namespace_of(
    names: dict[str, Any], *more: dict[str, Any]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make the `__getattr__` and `__dir__` of a namespace: what is not there is explained by the
    nearest name, and the tab key shows what is `offered`, also by modules whose names it lends.
    """

    def names_offered() -> list[str]:
        return sorted(chain.from_iterable(map(offered, (names, *more))))

    def explained(name: str) -> Any:
        home, known = names["__name__"], names_offered()
        # imports, copy and pickle ask for names of Python's own, and expect the plain error
        hint = "" if name.startswith("_") else nearest(name, known)
        hint = hint or f" It has: {', '.join(known)}."
        raise AttributeError(f"{home} has no '{name}'.{hint}", name=name)

    return explained, names_offered


class Shown:
    """Shows itself in a terminal as `analysis.present` writes it."""

    def __repr__(self) -> str:
        """Show the record in a terminal."""
        return lines(self)

    __str__ = __repr__  # records of registers would otherwise print their fields


class Result(Shown):
    """Base of all results: shows itself in a terminal and in Jupyter, in words and as a picture."""

    NEXT: ClassVar[str] = ""
    """Which step leads on, for a name that this kind of result does not have."""

    def _repr_html_(self) -> str:
        return table(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # copy, pickle and Jupyter expect the plain error
            raise AttributeError(name)
        public = [known for known in dir(self) if known[0].islower()]
        kind = type(self).__name__
        hint = nearest(name, public) or self.NEXT or f" It has: {', '.join(public)}."
        raise AttributeError(f"{kind} has no '{name}'.{hint}", name=name, obj=None)

    def __dir__(self) -> list[str]:
        """List what the tab key shows: not the hint for names that are missing."""
        return [name for name in super().__dir__() if name != "NEXT"]

    def sentence(self) -> str:
        """Write the result as a sentence."""
        return sentence(self)

    def finding(self) -> Any:
        """Say what was found, as headline, detail, caveat and alt text.

        Returns
        -------
        analysis.finding.Finding

        Raises
        ------
        TypeError
            If results of this kind say nothing by themselves.
        """
        return finding(self)

    def plot(self, **options: Any) -> Any:
        """Draw the result, if results of its kind have a picture.

        Parameters
        ----------
        **options
            Passed on to the function of `analysis.present.charts` that draws it.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        TypeError
            If results of this kind have no picture.
        """
        figure = picture(self, **options)
        if hasattr(figure, "redraw"):  # what draws a result last knows best how to do it again
            figure.redraw = partial(picture, self, **options)
        return figure

    def to_frame(self) -> pd.DataFrame:
        """Give the result as a frame, with columns as in its docstring."""
        return pd.DataFrame([{name: getattr(self, name) for name in self.__dataclass_fields__}])


@dataclass(frozen=True, repr=False)
class FrameResult(Result):
    """A result of many rows, which a reader filters and groups with pandas.

    Attributes
    ----------
    frame : pandas.DataFrame
        The rows.
    """

    frame: pd.DataFrame

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.frame)

    def to_frame(self) -> pd.DataFrame:
        """Give the rows."""
        return self.frame


@dataclass(frozen=True)
class Reason:
    """What is estimated, or why a result is as it is or missing: a key with facts, worded by
    `analysis.present`.

    Attributes
    ----------
    key : str
        What is the case, e.g. ``few_accounts``.
    facts : tuple of (str, object)
        What the wording needs, e.g. ``(("tier", "micro"), ("accounts", 3))``.
    """

    key: str
    facts: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        """Give the wording."""
        return sentence(self)


def because(key: str, **facts: Any) -> Reason:
    """Make a reason.

    Examples
    --------
    >>> because("few_accounts", tier="micro", accounts=3).facts
    (('tier', 'micro'), ('accounts', 3))
    """
    return Reason(key, tuple(facts.items()))


def verb(*nouns: type) -> Callable[[Callable], Callable]:
    """Make a function a method of nouns that stand further left; it stays a function, too."""

    def attach(function: Callable) -> Callable:
        for noun in nouns:
            setattr(noun, function.__name__, function)
        return function

    return attach
