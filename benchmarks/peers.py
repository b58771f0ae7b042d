"""What other tools do in each workload; runs in an environment of its own and imports nothing of
this project's package.

    python -m benchmarks.peers WORKLOAD METHOD POSTS

prints the line that `benchmarks.ours` prints. Where a method is too slow to be run whole, a part is
run, and WORKLOADS says by how much its seconds are to be multiplied. Data are in memory before the
clock starts, but for the scan and tea-tasting."""

import sys
from itertools import product

import numpy as np
import pandas as pd

from benchmarks.measure import (
    AVERAGED,
    CONTROLS,
    DUMMIES,
    METRICS,
    OF,
    OUTCOMES,
    PLACES,
    RANGES,
    SHOWN,
    SPONSORED,
    file_of,
    measured,
)

SOME, FITS, DRAWS = 12, 3, 3
"""Specifications, regressions and direct resamples that are run."""

FRAME: list = []
"""What a method starts from."""


def read(posts: int) -> pd.DataFrame:
    """The posts in memory, with the geometric mean of each account's followers."""
    import duckdb

    frame = duckdb.read_parquet(str(file_of(posts))).df()
    frame["size"] = np.exp(
        np.log(frame["followers"]).groupby(frame["account_id"]).transform("mean")
    )
    return frame


def specification(
    frame: pd.DataFrame, scheme: int, posts: tuple, metric: str, average: str
) -> tuple[float, float]:
    """One lift and its variance by the delta method, by one group-by over the posts."""
    chosen = np.ones(len(frame), bool)
    for name, levels in zip(("place", "sponsored", "shown"), posts, strict=True):
        if levels:
            chosen &= frame[name].isin(levels).to_numpy()
    counted, divisor = METRICS[metric]
    part = frame.loc[chosen, ["account_id", "size"]]
    above = frame.loc[chosen, list(counted)].sum(axis=1).astype(float)
    below = frame.loc[chosen, divisor].astype(float) if divisor else pd.Series(1.0, above.index)
    defined = below > 0
    part = part[defined].assign(
        above=above[defined], below=below[defined], rate=above[defined] / below[defined], posts=1.0
    )
    sums = part.groupby("account_id").agg(
        {"size": "first", "above": "sum", "below": "sum", "rate": "sum", "posts": "sum"}
    )
    logs, variances = [], []
    for low, high in RANGES[scheme]:
        rows = sums[(sums["size"] >= low) & (sums["size"] < (high or np.inf))]
        columns = {"ratio of sums": ("above", "below"), "mean of posts": ("rate", "posts")}.get(
            average
        )
        a, b = (
            (rows[name].to_numpy() for name in columns)
            if columns
            else ((rows["rate"] / rows["posts"]).to_numpy(), np.ones(len(rows)))
        )
        logs.append(np.log(a.sum() / b.sum()))
        variances.append(np.square(a / a.sum() - b / b.sum()).sum() * len(a) / (len(a) - 1))
    return logs[0] - logs[1], sum(variances)


def curve(posts: int):
    """Some of the specifications, drawn at random, each by a group-by of its own."""
    grid = list(product(range(8), product(PLACES, SPONSORED, SHOWN), METRICS, AVERAGED))
    drawn = [
        grid[place] for place in np.random.default_rng(posts).choice(len(grid), SOME, replace=False)
    ]
    return {key_of(*one): specification(FRAME[0], *one)[0] for one in drawn}


def key_of(scheme: int, posts: tuple, metric: str, average: str) -> str:
    """A specification's name, as ours."""
    parts = zip(("place", "sponsored", "shown"), posts, strict=True)
    text = "; ".join(f"{name}: {' or '.join(levels)}" for name, levels in parts if levels) or "all"
    return f"scheme-{scheme}|{text}|{metric}|{average}"


def dummies(posts: int) -> pd.DataFrame:
    """The posts of both tiers with zeros and ones."""
    import duckdb

    return duckdb.sql(DUMMIES.format(file_of(posts))).df().astype(float)


def some_fits() -> list[tuple[str, tuple[bool, ...]]]:
    """Some regressions, drawn at random."""
    grid = list(product(OUTCOMES, product((False, True), repeat=len(CONTROLS))))
    return [
        grid[place] for place in np.random.default_rng(1).choice(len(grid), FITS, replace=False)
    ]


def ols_statsmodels(posts: int):
    """Arrays, clustered by account."""
    import statsmodels.api as sm

    found, groups = {}, pd.factorize(FRAME[0]["account_id"])[0]
    for outcome, chosen in some_fits():
        names = [OF, *(name for name, taken in zip(CONTROLS, chosen, strict=True) if taken)]
        fit = sm.OLS(FRAME[0][outcome].to_numpy(), sm.add_constant(FRAME[0][names].to_numpy()))
        fit = fit.fit(cov_type="cluster", cov_kwds={"groups": groups})
        found[f"{outcome}|{''.join(str(int(taken)) for taken in chosen)}"] = [
            fit.params[1],
            fit.bse[1],
        ]
    return found


def ols_pyfixest(posts: int):
    """Formulas, clustered by account."""
    import pyfixest as pf

    found = {}
    for outcome, chosen in some_fits():
        names = [OF, *(name for name, taken in zip(CONTROLS, chosen, strict=True) if taken)]
        fit = pf.feols(f"{outcome} ~ {' + '.join(names)}", FRAME[0], vcov={"CRV1": "account_id"})
        found[f"{outcome}|{''.join(str(int(taken)) for taken in chosen)}"] = [
            float(fit.coef()[OF]),
            float(fit.se()[OF]),
        ]
    return found


def ols_curve(posts: int):
    """specification_curve over three controls: eight fits, not clustered."""
    import specification_curve as sc

    made = sc.SpecificationCurve(
        FRAME[0], y_endog=OUTCOMES[0], x_exog=OF, controls=list(CONTROLS[:3])
    )
    made.fit()
    return {}


def direct(posts: int):
    """Resample accounts, weigh every post by how often its account was drawn, and sum again: one
    specification, a few draws.
    """
    code, account, inside, above, below = FRAME
    rng, found = np.random.default_rng(1), []
    for _ in range(DRAWS):
        weight = np.bincount(rng.integers(account, size=account), minlength=account)[code]
        found.append(
            [np.log((weight * above)[at].sum() / (weight * below)[at].sum()) for at in inside]
        )
    return found


def scan(posts: int):
    """DuckDB's scan of the columns that the lifts need."""
    import duckdb

    names = ("account_id", "followers", "likes", "comments", "impressions", "clicks", "conversions")
    sums = ", ".join([*(f"sum({name})" for name in names), "count(place)"])
    return duckdb.sql(f"select {sums} from '{file_of(posts)}'").fetchall()


def tea(posts: int):
    """tea-tasting on accounts that DuckDB has summed, one analysis per place."""
    import duckdb
    import tea_tasting as tt

    frame, file = (FRAME or [None])[0], file_of(posts)
    accounts = duckdb.sql(
        f"""with cells as (
            select account_id, place, sum(likes + comments) as engaged, sum(impressions) as shown, sum(followers) as followers,
                sum(conversions) as bought, sum(clicks) as clicks, sum(ln(followers)) as logs, count(*) as n
            from {f"'{file}'" if frame is None else "frame"} group by all
        ), sized as (
            select *, exp(sum(logs) over accounts / sum(n) over accounts) as size
            from cells window accounts as (partition by account_id)
        ) select *, (size >= 500000)::int as variant from sized
        where (size >= 10000 and size < 100000) or (size >= 500000 and size < 1000000)"""
    ).df()
    metrics = {
        "engagement_per_impression": tt.RatioOfMeans("engaged", "shown"),
        "engagement_per_follower": tt.RatioOfMeans("engaged", "followers"),
        "conversion_rate": tt.RatioOfMeans("bought", "clicks"),
    }
    test, found = tt.Experiment(metrics), {}
    for (place,) in PLACES[1:5]:
        result = test.analyze(accounts[accounts["place"] == place])
        found |= {
            f"{place}|{name}": -float(np.log1p(result[name].rel_effect_size)) for name in metrics
        }
    return found


def lift_sums(posts: int) -> list[np.ndarray]:
    """Reactions and impressions of each account, micro and macro."""
    frame = read(posts).assign(engaged=lambda table: table["likes"] + table["comments"])
    sums = frame.groupby("account_id").agg(
        {"size": "first", "engaged": "sum", "impressions": "sum"}
    )
    values, sizes = sums[["engaged", "impressions"]].to_numpy(float), sums["size"].to_numpy()
    return [values[(sizes >= low) & (sizes < high)] for low, high in RANGES[0]]


def both_tiers(posts: int) -> np.ndarray:
    """The same as four columns, zero in the other tier."""
    micro, macro = lift_sums(posts)
    return np.vstack([np.column_stack([micro, 0 * micro]), np.column_stack([0 * macro, macro])])


def _log_lift(a, b, c, d, axis=-1):
    return np.log(a.sum(axis) / b.sum(axis)) - np.log(c.sum(axis) / d.sum(axis))


def scipy_resample(posts: int):
    """scipy.stats.bootstrap, paired and vectorised; a tenth of the resamples."""
    from scipy.stats import bootstrap

    columns = tuple(FRAME[0].T)
    found = bootstrap(
        columns,
        _log_lift,
        n_resamples=1000,
        paired=True,
        vectorized=True,
        batch=100,
        method="percentile",
        rng=1,
    )
    return found.bootstrap_distribution


def arch_resample(posts: int):
    """arch's bootstrap; a tenth of the resamples."""
    from arch.bootstrap import IIDBootstrap

    return IIDBootstrap(FRAME[0], seed=np.random.default_rng(1)).apply(
        lambda rows: _log_lift(*rows.T), 1000
    )


def foostrap_resample(posts: int):
    """foostrap's difference of two ratios of sums, compiled; its statistic is no log ratio, so only
    the pace is compared.
    """
    from foostrap import foostrap

    found = foostrap(
        *FRAME, statistic="ratio", boot_samples=10_000, ci_method="percentile", random_state=1
    )
    return [found]


def poisson_frame(posts: int, controls: bool) -> tuple[pd.DataFrame, list[str]]:
    """Posts with impressions, their account's log followers, and zeros and ones."""
    frame = read(posts)
    frame = frame[frame["impressions"] > 0].reset_index(drop=True)
    made = pd.DataFrame(
        {
            "y": (frame["likes"] + frame["comments"]).astype(float),
            "offset": np.log(frame["impressions"]),
        }
    )
    made = made.assign(
        size=np.log(frame["size"]) - np.log(frame["size"]).mean(),
        account=pd.factorize(frame["account_id"])[0],
    )
    columns = (
        pd.get_dummies(frame[["place", "sponsored", "niche"]].astype(str), drop_first=True).astype(
            float
        )
        if controls
        else made[[]]
    )
    return pd.concat([made, columns], axis=1), ["size", *columns.columns]


def poisson_statsmodels(posts: int):
    import statsmodels.api as sm

    frame, names = FRAME
    model = sm.GLM(
        frame["y"].to_numpy(),
        sm.add_constant(frame[names].to_numpy()),
        sm.families.Poisson(),
        frame["offset"].to_numpy(),
    )
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": frame["account"].to_numpy()}, tol=1e-12)
    return {"elasticity": float(fit.params[1])}


def poisson_glum(posts: int):
    from glum import GeneralizedLinearRegressor

    frame, names = FRAME
    model = GeneralizedLinearRegressor(family="poisson", alpha=0, gradient_tol=1e-9)
    model.fit(
        frame[names],
        frame["y"],
        offset=frame["offset"],
        store_covariance_matrix=True,
        clusters=frame["account"].to_numpy(),
    )
    return {"elasticity": float(model.coef_[0])}


def poisson_pyfixest(posts: int):
    import pyfixest as pf

    frame, names = FRAME
    table = frame.rename(columns={name: f"x{number}" for number, name in enumerate(names)})
    formula = f"y ~ {' + '.join(f'x{number}' for number in range(len(names)))}"
    fit = pf.fepois(formula, table, vcov={"CRV1": "account"}, offset="offset", iwls_tol=1e-12)
    return {"elasticity": float(fit.coef()["x0"])}


def direct_frame(posts: int) -> list:
    frame = read(posts)
    code, names = pd.factorize(frame["account_id"])
    inside = [
        ((frame["size"] >= low) & (frame["size"] < high)).to_numpy() for low, high in RANGES[0]
    ]
    return [
        code,
        len(names),
        inside,
        (frame["likes"] + frame["comments"]).to_numpy(float),
        frame["impressions"].to_numpy(float),
    ]


WHOLE = 4 * 2 ** len(CONTROLS)
WORKLOADS = {
    ("curve", "pandas"): (curve, lambda posts: [read(posts)], 10_368 / SOME),
    ("ols", "statsmodels"): (ols_statsmodels, lambda posts: [dummies(posts)], WHOLE / FITS),
    ("ols", "pyfixest"): (ols_pyfixest, lambda posts: [dummies(posts)], WHOLE / FITS),
    ("ols", "specification_curve"): (ols_curve, lambda posts: [dummies(posts)], WHOLE / 8),
    ("joint", "direct resampling"): (direct, direct_frame, 6912 * 1000 / DRAWS),
    ("resample", "scipy"): (scipy_resample, lambda posts: [both_tiers(posts)], 10),
    ("resample", "arch"): (arch_resample, lambda posts: [both_tiers(posts)], 10),
    ("resample", "foostrap"): (foostrap_resample, lift_sums, 1),
    ("poisson", "statsmodels"): (poisson_statsmodels, lambda posts: poisson_frame(posts, True), 1),
    ("poisson", "glum"): (poisson_glum, lambda posts: poisson_frame(posts, True), 1),
    ("poisson", "pyfixest"): (poisson_pyfixest, lambda posts: poisson_frame(posts, True), 1),
    ("poisson alone", "statsmodels"): (
        poisson_statsmodels,
        lambda posts: poisson_frame(posts, False),
        1,
    ),
    ("poisson alone", "glum"): (poisson_glum, lambda posts: poisson_frame(posts, False), 1),
    ("poisson alone", "pyfixest"): (poisson_pyfixest, lambda posts: poisson_frame(posts, False), 1),
    ("lifts", "scan"): (scan, lambda posts: [], 1),
    ("lifts", "tea-tasting"): (tea, lambda posts: [], 1),
    ("small", "tea-tasting"): (tea, lambda posts: [read(posts)], 1),
    ("prepared", "scan"): (scan, lambda posts: [], 1),
}
"""What is run, what it starts from, and by how much its seconds are multiplied."""

if __name__ == "__main__":
    name, method, posts = sys.argv[1], sys.argv[2], int(sys.argv[3])
    call, start, _ = WORKLOADS[name, method]
    FRAME.extend(start(posts))
    measured(
        call,
        lambda found: found if isinstance(found, dict) else {},
        posts,
        repeats=20 if posts < 50_000 else 1,
    )
