"""Independent equations among sums of overlapping sets of accounts."""

from collections.abc import Iterable, Mapping
from itertools import chain

import numpy as np


def independent(matrix: np.ndarray, basis: list[int], left: np.ndarray) -> list[int] | None:
    """Choose columns beside those of `basis` on which the matrix keeps its rank, those with the
    most `left` first and none without any; None if there are not enough.

    Examples
    --------
    >>> independent(np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]]), [], np.array([2, 1, 0]))
    [0, 1]
    """
    wanted = int(np.linalg.matrix_rank(matrix))
    rest, chosen = matrix.astype(float).copy(), []
    for place in basis:
        _remove(rest, place)
    while len(basis) + len(chosen) < wanted:
        free = (np.square(rest).sum(axis=0) > 1e-9) & (left > 0)
        if not free.any():
            return None
        place = int(np.argmax(np.where(free, left, -1)))
        _remove(rest, place)
        chosen.append(place)
    return chosen


def spanned(wanted: Mapping[tuple, float], others: Iterable[Mapping[tuple, float]]) -> bool:
    """Say whether a sum, written in terms whose names begin with what they are, is a combination of
    others.

    Examples
    --------
    >>> likes, comments = {("count", "likes"): 1.0}, {("count", "comments"): 1.0}
    >>> spanned(likes | comments, [likes]), spanned(likes | comments, [likes, comments])
    (False, True)
    """
    heads = _heads(wanted)
    near = [terms for terms in others if heads & _heads(terms)]
    names = list(dict.fromkeys(chain(wanted, *near)))
    rows = np.array([_row(terms, names) for terms in (*near, wanted)])
    return bool(np.linalg.matrix_rank(rows) == np.linalg.matrix_rank(rows[:-1]))


def _row(terms: Mapping[tuple, float], names: list[tuple]) -> list[float]:
    return [terms.get(name, 0.0) for name in names]


def _heads(terms: Mapping[tuple, float]) -> set[str]:
    return {name for name, *_ in terms}


def _remove(rest: np.ndarray, place: int) -> None:
    """Take the direction of one column out of all."""
    direction = rest[:, place].copy()
    squared = direction @ direction
    if squared > 1e-9:
        rest -= np.outer(direction, direction @ rest / squared)
