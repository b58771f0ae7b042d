"""Where shipped files lie, for readers who want them in their hands."""

from pathlib import Path

from analysis import paths


def path_of(source: str) -> Path:
    """Give the file with the cells of a registered source.

    Parameters
    ----------
    source : str
        Key of the source.

    Examples
    --------
    >>> import pandas as pd
    >>> cells = pd.read_csv(path_of("instagram-kim"))
    >>> sorted({"metric", "stratum", "lower", "log_rate", "positive"} & set(cells))
    ['log_rate', 'lower', 'metric', 'positive', 'stratum']
    """
    return paths.CELLS / f"{source}.csv"
