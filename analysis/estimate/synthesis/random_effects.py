"""Random effects, for arrays whose last axis is the study.

The model is y_i = mu + u_i + e_i: study i estimates its own truth mu + u_i, whose variance between
studies is tau2, with a known sampling variance v_i. Thousands of meta-analyses can be handed over
at once; only REML takes them one by one. `pooling` does the same for a table of named studies.
"""

import numpy as np
from scipy.special import stdtrit

from analysis.errors import check_share

METHODS = ("REML", "PM")
"""Estimators of tau2: restricted likelihood, Paule-Mandel."""

TOLERANCE = 1e-13
"""Of every root, relative to itself or to the smallest sampling variance."""


def weighted(y: np.ndarray, v: np.ndarray, tau2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the sum of the weights 1/(v + tau2), the weighted mean and the generalised Q, over the
    last axis.
    """
    w = 1 / (v + np.expand_dims(tau2, -1))
    total = w.sum(-1)
    mu = (w * y).sum(-1) / total
    return total, mu, (w * (y - mu[..., None]) ** 2).sum(-1)


def invert_q(y: np.ndarray, v: np.ndarray, target) -> np.ndarray:
    """Find the variance between studies at which the generalised Q equals `target`; zero where even
    no variance gives less.

    Q lies between S / (largest v + tau2) and S / (smallest v + tau2), S the sum of squares around
    the plain mean: the first gives a start that is not beyond the root. From there Newton's steps
    on 1/Q climb to it and never pass it, since 1/Q is concave in tau2 (Cauchy-Schwarz). With equal
    variances one step arrives.
    """
    # sums over the first axis are faster
    y, v, target = np.moveaxis(y, -1, 0), np.moveaxis(v, -1, 0), np.asarray(target, float)
    sum_of_squares = ((y - y.mean(0)) ** 2).sum(0)
    tau2 = np.maximum(0.0, (1 - 1e-9) * sum_of_squares / target - v.max(0))
    y = y - (y / v).sum(0) / (1 / v).sum(0)
    near = TOLERANCE * v.min(0)
    for _ in range(200):
        w = 1 / (v + tau2)
        away = y - (w * y).sum(0) / w.sum(0)
        pull = w * away
        q, slope = (pull * away).sum(0), (pull**2).sum(0)
        step = np.where(q > target, q * (q / target - 1) / np.where(slope > 0, slope, 1.0), 0.0)
        tau2 = tau2 + step
        if np.all(step <= TOLERANCE * tau2 + near):
            return tau2
    raise ArithmeticError("the generalised Q could not be inverted in 200 steps.")


def between_studies(y: np.ndarray, v: np.ndarray, method: str = "REML") -> np.ndarray:
    """Estimate tau2 over the last axis, by REML (see `_reml`) or as the root of Q(tau2) = k - 1
    (Paule and Mandel 1982).
    """
    if method == "PM":
        return invert_q(y, v, y.shape[-1] - 1.0)
    k = y.shape[-1]
    pairs = zip(y.reshape(-1, k), v.reshape(-1, k), strict=True)
    return np.array([_reml(*pair) for pair in pairs]).reshape(y.shape[:-1])


def _reml(y: np.ndarray, v: np.ndarray) -> float:
    """Maximum of the restricted likelihood (Viechtbauer 2005): the best root of its score, or zero.

    The score is y'PPy - trace(P) with P = W - W11'W / sum(w). It is negative beyond the last point
    of the grid, since y'PPy <= sum of squares / tau2^2 and trace(P) >= (k - 1) / (tau2 + largest
    v). Each fall through zero is bracketed.
    """
    from scipy.optimize import brentq  # a third of a second that a reader of cells need not wait

    def score(tau2):
        w = 1 / (v + np.expand_dims(tau2, -1))
        total = w.sum(-1)
        mu = (w * y).sum(-1) / total
        return (w**2 * (y - mu[..., None]) ** 2).sum(-1) - total + (w**2).sum(-1) / total

    def likelihood(tau2):
        total, _, q = weighted(y, v, tau2)
        return -0.5 * (np.log(v + tau2).sum() + np.log(total) + q)

    last = 1.01 * max(v.max(), 2 * np.square(y - y.mean()).sum() / (len(y) - 1))
    grid = np.concatenate([[0.0], np.geomspace(1e-6 * v.min(), last, 400)])
    signs, near = score(grid) > 0, {"xtol": TOLERANCE * v.min(), "rtol": TOLERANCE}
    falls = np.flatnonzero(signs[:-1] & ~signs[1:])
    roots = [brentq(score, grid[at], grid[at + 1], **near) for at in falls]
    return float(max([0.0, *roots], key=likelihood))


def mean_interval(
    y: np.ndarray, v: np.ndarray, tau2, confidence: float = 0.95
) -> tuple[np.ndarray, ...]:
    """Give mean, standard error and interval over the last axis, by Hartung and Knapp (2001) and
    Sidik and Jonkman (2002): variance times Q(tau2) / (k - 1), with t(k - 1).
    """
    check_share("confidence", confidence)
    total, mu, q = weighted(y, v, tau2)
    df = y.shape[-1] - 1
    se = np.sqrt(q / df / total)
    reach = stdtrit(df, (1 + confidence) / 2) * se
    return mu, se, mu - reach, mu + reach


def predictive_draws(
    y: np.ndarray, v: np.ndarray, rng: np.random.Generator, draws: int = 20_000
) -> np.ndarray:
    """Draw new studies' true effects from the confidence distribution (after Nagashima, Noma and
    Furukawa 2019), in an array of the shape of the leading axes, then `draws`.

    Each draw inverts the generalised Q at a draw of chi2(k-1), which gives a tau2; draws the mean
    given that tau2; and adds a new study. Nagashima and others draw the mean with Hartung and
    Knapp's error and t(k-1). Given tau2 its error is known, though, and the spread of tau2 is in
    the draws already: it is drawn from the normal distribution, which came closer to 95 percent in
    all that was simulated (data/published/README.md). The share of draws above a bound is the
    confidence that a new study lies there.
    """
    shape = (*y.shape[:-1], draws)
    y, v = y[..., None, :], v[..., None, :]
    tau2 = invert_q(y, v, rng.chisquare(y.shape[-1] - 1, shape))
    total, mu, _ = weighted(y, v, tau2)
    about_mean = rng.standard_normal(shape) / np.sqrt(total)
    return mu + about_mean + rng.standard_normal(shape) * np.sqrt(tau2)


def share_between(v: np.ndarray, tau2) -> float:
    """Share of the variance that lies between studies, I2 [percent]: tau2 over itself plus the
    typical sampling variance of Higgins and Thompson (2002).
    """
    w, df = 1 / v, len(v) - 1
    typical = df * w.sum() / (w.sum() ** 2 - (w**2).sum())
    return float(100 * tau2 / (tau2 + typical))
