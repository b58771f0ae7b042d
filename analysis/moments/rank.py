"""Independent equations among sums of overlapping sets of accounts."""

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


def _remove(rest: np.ndarray, place: int) -> None:
    """Take the direction of one column out of all."""
    direction = rest[:, place].copy()
    squared = direction @ direction
    if squared > 1e-9:
        rest -= np.outer(direction, direction @ rest / squared)
