"""Sources and Samples: several at once, with the same verbs as one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.display import Result, gather, nearest, verb
from analysis.errors import RegisterError, UnknownKeyError
from analysis.intake.schema import STRATA
from analysis.moments.sample import Moments, Sample
from analysis.registers.lookup import sources
from analysis.registers.metrics import METRICS


@dataclass(frozen=True, repr=False)
class Samples(Result):
    """The same metric of several sources, or several choices of posts: verbs as of `Sample`.

    A verb that gives an estimate gives one row per sample here; its columns ``source``, ``metric``
    and ``posts`` distinguish them.

    Attributes
    ----------
    samples : tuple of Sample
        Any number, also none.

    Examples
    --------
    >>> import analysis as an
    >>> sources = an.Sources.of(an.load("instagram-kim"), an.load("tiktok-tides"))
    >>> lifts = sources.sample("engagement").tier("decades").contrast("micro", "macro")
    >>> lifts.to_frame()[["source", "estimate"]].round(2).to_numpy().tolist()
    [['Instagram (Kim et al.)', 1.16], ['TikTok (TIDES)', 2.26]]
    """

    samples: tuple[Sample, ...]

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.samples)

    def __getitem__(self, place: int) -> Sample:
        """Take one sample by its place."""
        return self.samples[place]

    def __iter__(self) -> Iterator[Sample]:
        """Go through the samples."""
        return iter(self.samples)

    def __add__(self, others: "Samples") -> "Samples":
        """Put the samples of two together."""
        return Samples((*self.samples, *others.samples))

    def map(self, function: Callable, *args: Any, **kwargs: Any) -> Any:
        """Apply a function of one sample to each.

        Parameters
        ----------
        function : callable
            Takes a sample, then the other arguments.

        Returns
        -------
        Estimates, Results, Samples, pandas.DataFrame or dict
            Estimates, results or a frame with their source, metric and posts if the function gives
            such; samples if it gives samples; anything else by the short name of its source.

        Examples
        --------
        >>> import analysis as an
        >>> an.load_all("instagram-kim").sample("engagement").map(lambda sample: sample.accounts)
        {'Instagram (Kim et al.)': 22669}
        """
        if not self.samples and function.__annotations__.get("return") is Sample:
            return self  # no sample, but what comes next is a verb of samples
        results = [function(sample, *args, **kwargs) for sample in self.samples]
        return gather(results[0] if results else None, results, self._keys())

    def _keys(self) -> pd.DataFrame:
        """Give ``source`` (short name), ``metric`` and ``posts`` of each sample."""
        rows = [(one.source.short, one.metric.title, one.posts) for one in self.samples]
        return pd.DataFrame(rows, columns=["source", "metric", "posts"])

    def to_frame(self) -> pd.DataFrame:
        """Give a row per sample: source, metric, posts, accounts.

        Examples
        --------
        >>> import analysis as an
        >>> levels = an.load("instagram-kim").strata("engagement", "sponsored").to_frame()
        >>> levels[["posts", "accounts"]].to_numpy().tolist()
        [['sponsored: (merged)', 81], ['sponsored: no', 21879], ['sponsored: yes', 1966]]
        """
        return self._keys().assign(accounts=[sample.accounts for sample in self.samples])


class Sources(Result, dict[str, Moments]):
    """Several sources by key, as `load_all` gives them.

    Examples
    --------
    >>> import analysis as an
    >>> sources = an.load_all("instagram-kim")
    >>> sources.sample("engagement", "likes_per_post").to_frame()["metric"].tolist()
    ['(likes + comments) / followers', 'likes per post']
    """

    NEXT = " Estimators are methods of samples: .sample('engagement') gives them."

    def __missing__(self, key: str) -> None:
        known = ", ".join(self) or "none"
        raise UnknownKeyError(f"source '{key}' is not here.{nearest(key, self)} Here: {known}.")

    def to_frame(self) -> pd.DataFrame:
        """Give a row per source: key, short name, platform, selection and metrics.

        Examples
        --------
        >>> import analysis as an
        >>> an.load_all("tiktok-tides").to_frame()["selection"].item()
        'sampled by tier'
        """
        rows = [
            (
                key,
                one.source.short,
                one.source.platform,
                one.source.selection,
                ", ".join(one.metrics),
            )
            for key, one in self.items()
        ]
        return pd.DataFrame(rows, columns=["key", "source", "platform", "selection", "metrics"])

    @classmethod
    def of(cls, *moments: Moments) -> "Sources":
        """Put sources together under their keys.

        Examples
        --------
        >>> import analysis as an
        >>> list(an.Sources.of(an.load("instagram-kim"), an.load("tiktok-tides")))
        ['instagram-kim', 'tiktok-tides']
        """
        return cls({one.source.key: one for one in moments})

    def sample(self, *metrics: str) -> Samples:
        """Take metrics from every source that holds them.

        Parameters
        ----------
        *metrics : str
            Keys of METRICS; ``"engagement"`` (if none is given) for each source's own engagement
            rate; ``"main"`` for that or, where a source holds no engagement, the first metric it
            holds.

        Returns
        -------
        Samples
            Metric by metric; sources without it are left aside.

        Raises
        ------
        RegisterError
            If a metric is not registered, with the nearest.

        Examples
        --------
        >>> import analysis as an
        >>> len(an.load_all("instagram-kim").sample("engagement", "likes_per_post"))
        2
        """
        for metric in metrics:
            _check("metric", metric, ("engagement", "main", *METRICS))
        samples = []
        for metric in metrics or ("engagement",):
            pairs = [(moments, moments.key_of(metric)) for moments in self.values()]
            samples += [one.sample(key) for one, key in pairs if key in one.metrics]
        return Samples(tuple(samples))

    def having(self, stratum: str) -> "Sources":
        """Keep the sources that know a stratum; RegisterError if none can, with the nearest.

        Examples
        --------
        >>> import analysis as an
        >>> both = an.Sources.of(an.load("instagram-kim"), an.load("tiktok-tides"))
        >>> list(both.having("sponsored"))
        ['instagram-kim']
        """
        _check("stratum", stratum, self._strata())
        return Sources({key: one for key, one in self.items() if one.levels(stratum)})

    def _strata(self) -> list[str]:
        """Names of the strata of own data, of registered sources and of those here."""
        every = [*sources().values(), *(one.source for one in self.values())]
        return sorted({*STRATA, *(name for source in every for name in source.strata)})

    def __or__(self, others: dict[str, Moments]) -> "Sources":
        """Put the sources of two together."""
        return Sources({**self, **others})

    def strata(self, metric: str = "engagement", stratum: str = "") -> Samples:
        """Take a metric within each level of each stratum, or of one stratum only; RegisterError
        for a metric or stratum that no source can know, with the nearest.

        Examples
        --------
        >>> import analysis as an
        >>> levels = an.load_all("instagram-kim").strata("engagement", "sponsored")
        >>> [sample.level for sample in levels]
        ['(merged)', 'no', 'yes']
        """
        _check("metric", metric, ("engagement", "main", *METRICS))
        _check("stratum", stratum, ("", *self._strata()))
        samples = []
        for moments in self.values():
            key = moments.key_of(metric)
            names = [name for name in moments.source.strata if stratum in ("", name)]
            for name in names if key in moments.metrics else ():
                samples += [moments.sample(key, name, level) for level in moments.levels(name)]
        return Samples(tuple(samples))


def _check(kind: str, name: str, known: Iterable[str]) -> None:
    """Refuse a name that no source can know; one that merely none here holds gives no sample."""
    if name not in known:
        listed = ", ".join(filter(None, known))
        hint = nearest(name, known)
        raise RegisterError(f"{kind} '{name}' is not known.{hint} Known: {listed}.")


@verb(Moments)
def samples(moments: Moments, *metrics: str) -> Samples:
    """Take metrics of one source, as `Sources.sample` does of several.

    Examples
    --------
    >>> import analysis as an
    >>> [one.metric.key for one in an.load("instagram-kim").samples("engagement", "likes_per_post")]
    ['engagement_per_follower', 'likes_per_post']
    """
    return Sources.of(moments).sample(*metrics)


@verb(Moments)
def strata(moments: Moments, metric: str = "engagement", stratum: str = "") -> Samples:
    """Take a metric within each level of each stratum, as `Sources.strata` does.

    Examples
    --------
    >>> import analysis as an
    >>> len(an.load("instagram-kim").strata("engagement", "sponsored"))
    3
    """
    return Sources.of(moments).strata(metric, stratum)


@gather.register(Sample)
def _samples(first: Sample, results: list[Sample], keys: pd.DataFrame) -> Samples:
    return Samples(tuple(results))
