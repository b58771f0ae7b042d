"""The formulas of docs/methods.md, written out account by account, give what the functions give."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import bdtr, expit, logit, ndtri, stdtrit

from analysis.estimate.contrast import contrast
from analysis.estimate.curve.elasticity import elasticity
from analysis.estimate.power import creators_needed
from analysis.estimate.ratio import creators
from analysis.estimate.ratio.superiority import superiority
from analysis.registers.lookup import scheme
from analysis.simulate import worlds

POSTS = worlds.posts(3, 1.3, (40, 14))
SAMPLE = worlds.world("by-hand", POSTS).sample().tier(scheme("decades"))
MICRO, MACRO = (SAMPLE.rows[SAMPLE.rows["tier"] == tier] for tier in ("micro", "macro"))
PAIRS = {
    "mean of accounts": ("account_rate", "accounts"),
    "mean of posts": ("rate", "posts"),
    "ratio of sums": ("numerator", "denominator"),
}


def typical_account(rows):
    y = np.log(rows["account_rate"])
    return y.mean(), y.var(ddof=1) / len(y), len(y) - 1


def median_account(rows):
    y, n = np.sort(np.log(rows["account_rate"])), len(rows)
    c = max(round((n + 1) / 2 - np.sqrt(n)), 1)
    z = -ndtri(bdtr(c - 1, n, 0.5))
    return np.log(rows["account_rate"].median()), ((y[n - c] - y[c - 1]) / (2 * z)) ** 2, n - 1


def sum_over_sum(rows, average):
    a, b = (rows[name].to_numpy(float) for name in PAIRS[average])
    logs, n = np.log(rows["account_rate"]), len(rows)
    away = (logs - logs.median()) ** 2
    halves = [away * (side == np.sign(logs - logs.median())) for side in (1, -1)]
    above, below = (2 * half.sum() / n for half in halves)
    fourth = 2 * (away**2).sum() / n - above**2 - below**2
    wider = below - above > 2 * np.sqrt(2 * fourth / n)
    spread = min(above, logs.var(ddof=1)) if wider else logs.var(ddof=1)
    m = min(a.sum() ** 2 / (a**2).sum(), b.sum() ** 2 / (b**2).sum())
    left = a - a.sum() / b.sum() * b
    v0 = (left**2).sum() / (a.sum() ** 2 * (1 - 1 / m) ** 2)
    g = np.exp(spread)  # no account has a rate of zero here
    v1 = (g - 1) * (b**2).sum() / b.sum() ** 2
    variance = v0 + max(v1 - v0, 0) / (1 + (n / (20 * g)) ** 2)
    return np.log(a.sum() / b.sum()), variance, m - 1


def by_hand(rows, average):
    if average in PAIRS:
        return sum_over_sum(rows, average)
    return typical_account(rows) if average == "typical account" else median_account(rows)


@pytest.mark.parametrize("average", ["typical account", "median account", *PAIRS])
def test_the_formulas_of_averages_and_contrasts_give_the_published_interval(average):
    (log1, v1, df1), (log2, v2, df2) = (by_hand(rows, average) for rows in (MICRO, MACRO))
    df = (v1 + v2) ** 2 / (v1**2 / df1 + v2**2 / df2)
    reach = stdtrit(df, 0.975) * np.sqrt(v1 + v2)

    ratio = contrast(SAMPLE, average=average)

    by_formula = np.exp(log1 - log2 + reach * np.array([0, -1, 1]))
    assert (ratio.estimate, ratio.low, ratio.high) == pytest.approx(tuple(by_formula), rel=1e-9)


def test_the_formula_of_the_elasticity_gives_its_interval():
    x, y = np.log(SAMPLE.rows["lower"]), np.log(SAMPLE.rows["account_rate"]).to_numpy()
    columns = np.column_stack([np.ones(len(x)), x])
    inverse = np.linalg.inv(columns.T @ columns)
    slope = (inverse @ columns.T @ y)[1]
    left = y - columns @ inverse @ columns.T @ y
    leverage = ((columns @ inverse) * columns).sum(axis=1)
    hc3 = inverse @ (columns.T * (left / (1 - leverage)) ** 2) @ columns @ inverse
    gamma = sm.families.Gamma(sm.families.links.Log())
    spread = sm.GLM(left**2 / (1 - leverage), columns, family=gamma).fit(tol=1e-12)
    lined = inverse @ (columns.T * spread.fittedvalues / (1 - leverage)) @ columns @ inverse
    student, se = stdtrit(len(x) - 2, 0.975), np.sqrt(hc3[1, 1])
    steadied = student * np.sqrt(hc3[1, 1] + max(lined[1, 1] - hc3[1, 1], 0) / 2)
    drawn = np.sort(drawn_t(columns, y, left, leverage)) * se
    low, high = min(-steadied, drawn[24]), max(steadied, drawn[-25])

    beta = elasticity(SAMPLE)

    expected = (1 + slope, 1 + slope - high, 1 + slope - low)
    assert (beta.estimate, beta.low, beta.high) == pytest.approx(expected, rel=1e-6)


def spread_line(x, residual):
    logs = np.log(np.maximum(np.abs(residual), np.quantile(np.abs(residual), 0.05)))
    return np.exp(np.polyval(np.polyfit(x, logs, 1), x))


def drawn_t(columns, y, left, leverage):
    """999 t values of the slope, from residuals scaled by their spread."""
    x, n = columns[:, 1], len(y)
    inverse, h = np.linalg.inv(columns.T @ columns), leverage
    e, sigma = left, None
    for _ in range(2):
        sigma = spread_line(x, e / np.sqrt(1 - leverage))
        weighted = columns / sigma[:, None]
        weighted_inverse = np.linalg.inv(weighted.T @ weighted)
        e = y - columns @ weighted_inverse @ weighted.T @ (y / sigma)
        leverage = ((weighted @ weighted_inverse) * weighted).sum(axis=1)
    sigma = spread_line(x, e / np.sqrt(1 - leverage))
    z = e / np.sqrt(1 - leverage) / sigma
    z = z - z.mean()
    values = []
    for drawn in np.random.default_rng(1).integers(n, size=(999, n)):
        noise = sigma * z[drawn]
        off = noise - columns @ inverse @ columns.T @ noise
        hc3 = inverse @ (columns.T * (off / (1 - h)) ** 2) @ columns @ inverse
        values.append((inverse @ columns.T @ noise)[1] / np.sqrt(hc3[1, 1]))
    return np.array(values)


def test_the_formula_of_superiority_gives_its_interval():
    one, two = (rows["account_rate"].to_numpy() for rows in (MICRO, MACRO))
    above = (one[:, None] > two) + 0.5 * (one[:, None] == two)
    p, sizes = above.mean(), np.array([len(one), len(two)])
    spreads = sizes * [above.sum(axis=1).var(ddof=1), above.sum(axis=0).var(ddof=1)]
    df = spreads.sum() ** 2 / (spreads**2 / (sizes - 1)).sum()
    se = np.sqrt(spreads.sum()) / sizes.prod()
    reach = stdtrit(df, 0.975) * se / (p * (1 - p))

    found = superiority(SAMPLE)

    expected = (p, expit(logit(p) - reach), expit(logit(p) + reach))
    assert (found.estimate, found.low, found.high) == pytest.approx(expected, rel=1e-9)


def test_the_formulas_of_variance_components_give_reliability_and_what_follows_from_it():
    posts = POSTS.assign(y=np.log((POSTS["likes"] + POSTS["comments"]) / POSTS["followers"]))
    posts = posts[np.isfinite(posts["y"])]
    groups = posts.groupby("account_id")["y"]
    n, k = groups.size(), groups.ngroups
    total = n.sum()
    within = ((posts["y"] - groups.transform("mean")) ** 2).sum() / (total - k)
    between = (n * (groups.mean() - posts["y"].mean()) ** 2).sum() / (k - 1)
    creator = (between - within) / ((total - (n**2).sum() / total) / (k - 1))
    share = creator / (creator + within)

    measured = (
        creators.reliability(SAMPLE, 1).estimate,
        creators.reliability(SAMPLE, 5).estimate,
        creators.posts_needed(SAMPLE, 0.8).estimate,
    )

    reliability, needed = 5 * share / (1 + 4 * share), 0.8 * (1 - share) / (0.2 * share)
    assert measured == pytest.approx((share, reliability, needed), rel=1e-9)


def test_the_formula_of_power_gives_the_creators_that_are_needed():
    p, ratio, clicks, sd = 0.02, 1.2, 500, 0.5
    spread = 2 * sd**2 + (1 - p) / (p * clicks) + (1 - ratio * p) / (ratio * p * clicks)
    expected = (ndtri(0.975) + ndtri(0.8)) ** 2 / np.log(ratio) ** 2 * spread
    assert creators_needed(p, clicks, sd, ratio) == int(np.ceil(expected))
