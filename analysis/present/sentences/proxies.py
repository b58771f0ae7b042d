"""What was measured in place of what a claim is about, in a sentence that no one can take for an
answer to the claim.
"""

import pandas as pd

from analysis.display import because, sentence
from analysis.estimate.registry import estimator_of
from analysis.estimate.results import Estimate
from analysis.estimate.turning import Turning
from analysis.finding import Finding
from analysis.present.sentences.findings import DIFFERENT, begun, fitting, on, shortened, span
from analysis.present.sentences.numbers import count, followers, lift, listing, number
from analysis.present.sentences.panel import WHO
from analysis.present.sentences.reasons import WORDINGS
from analysis.present.sentences.results import tier_range
from analysis.registers.claims import Test
from analysis.registers.lookup import claims, schemes
from analysis.registers.metrics import METRICS

WORDINGS |= {
    "nearby": "Not the claim, but near it: {proxy}, {metric}, {what}.",
    "a_proxy": "claim {claim}, test {test} is about {proxy} and no verdict on the claim: show it "
    "with report.proxies().",
    "no_proxy": "claim {claim}, test {test} is about the claim itself: show its verdict with "
    "report.verdicts().",
}


def proxy_of(claim: str, test: int) -> str:
    """Name what a test measures in place of what its claim is about; empty if nothing.

    Examples
    --------
    >>> proxy_of("D07", 1), proxy_of("D07", 2), proxy_of("D07", 0)
    ('', 'payments in live chats', '')
    """
    return claims()[claim].tests[test - 1].proxy if test else ""


def check_kind(verdicts: pd.DataFrame, proxies: bool) -> None:
    """Refuse verdicts on proxies among those on claims, or the reverse, so that they never mix.

    Raises
    ------
    ValueError
        Naming the claim and the test.
    """
    for row in verdicts[["claim", "test"]].drop_duplicates().itertuples():
        proxy = proxy_of(row.claim, row.test)
        if bool(proxy) != proxies:
            facts = {"claim": row.claim, "test": row.test}
            raise ValueError(str(because("no_proxy", **facts) if proxies else
                                 because("a_proxy", proxy=proxy, **facts)))  # fmt: skip


def near_it(rows: pd.DataFrame) -> str:
    """Write what a proxy gave, for the first of its tests, with tiers and interval: under the
    claim's own tiers, and the smallest and the largest ratio under any; empty without an estimate.

    Parameters
    ----------
    rows : pandas.DataFrame
        Verdicts on tests of a proxy, all of one claim, with the columns of verdicts.csv.

    Examples
    --------
    >>> import analysis as an
    >>> rows = an.judge("D07", an.load_all("proxies"), proxies=True).to_frame()
    >>> near_it(rows).rpartition(": ")[2]
    'the sign depends on whose tiers are meant.'
    """
    known = rows[rows["estimate"].notna()]
    if known.empty:
        return ""
    known = known[known["test"] == known["test"].min()]
    key, number = known.iloc[0][["claim", "test"]]
    claim, test = claims()[key], claims()[key].tests[number - 1]
    what = _under(known, claim.scheme, test) if estimator_of(test).tiered else _alone(known, test)
    return str(because("nearby", proxy=test.proxy, metric=METRICS[test.metric].words, what=what))


def _alone(known: pd.DataFrame, test: Test) -> str:
    """The one estimate of a test that is not about tiers."""
    which = test.estimator.removesuffix(" creators")
    who = WHO.get(which, "{along}").format(along=test.along)
    return f"{who}: {_lifts(known.iloc[0])}"


def _under(known: pd.DataFrame, own: str, test: Test) -> str:
    """The estimates under the claim's own tiers, and the smallest and largest of all."""
    ordered = known.sort_values("estimate", kind="stable")
    chosen = pd.concat([known[known["scheme"] == own], ordered.iloc[[0, -1]]])
    chosen = chosen.drop_duplicates("scheme")
    parts = [_in_tiers(row, own, test) for _, row in chosen.iterrows()]
    text = f"{test.of} against {test.versus}, {listing(parts)}"
    if len(known) > len(chosen):
        text += f", the smallest and largest under the tiers of {count(len(known), 'publisher')}"
    if ordered["estimate"].iloc[0] < 1 < ordered["estimate"].iloc[-1]:
        text += ": the sign depends on whose tiers are meant"
    return text


def _in_tiers(row: pd.Series, own: str, test: Test) -> str:
    tiers = {tier.name: tier for tier in schemes()[row["scheme"]].tiers}
    both = (tiers[name] for name in (test.of, test.versus))
    ranges = (followers(tier.lower, tier.upper) for tier in both)
    whose = "in the claim's own tiers " if row["scheme"] == own else ""
    return f"{_lifts(row)} {whose}({' followers against '.join(ranges)})"


def over_pairs(ratios: pd.DataFrame) -> str:
    """Write under how many pairs of tiers a ratio lies above one and below it, and how often its
    whole interval does.

    Parameters
    ----------
    ratios : pandas.DataFrame
        ``tiers, estimate, low, high``; schemes with the same tiers count once.

    Examples
    --------
    >>> ends = {"tiers": ["a", "a", "b"], "estimate": [1.9, 1.9, 0.9], "low": [1.7, 1.7, 0.5]}
    >>> over_pairs(pd.DataFrame(ends).assign(high=[2.1, 2.1, 1.7]))
    'above 1 for 1 of 2 pairs of tiers (clearly for 1), below for 1 (clearly for none)'
    """
    known = ratios[ratios["estimate"].notna()].drop_duplicates("tiers")
    if known.empty:
        return "no ratio can be estimated"
    lies = (known["estimate"] > 1, known["low"] > 1, known["estimate"] < 1, known["high"] < 1)
    above, clearly_above, below, clearly_below = (int(one.sum()) or "none" for one in lies)
    pairs = count(len(known), "pair of tiers", "pairs of tiers")
    return (
        f"above 1 for {above} of {pairs} (clearly for {clearly_above}), below for {below} "
        f"(clearly for {clearly_below})"
    )


def _lifts(row: pd.Series) -> str:
    return f"{lift(row['estimate'])} [{lift(row['low'])}, {lift(row['high'])}]"


@sentence.register(Turning)
def _turning(turning: Turning) -> str:
    context = turning.measured.context
    pair = [tier_range(context.of), tier_range(context.versus)] if context.of else ["one", "other"]
    more, less = pair if turning.first else reversed(pair)
    if turning.unclear <= 1:
        return (
            f"Sales per click may be even already if {context.metric} stands for the same sales "
            f"with {more} and {less}: its own interval holds no difference."
        )
    return (
        f"Sales per click would be even if the same {context.metric} stood for "
        f"{number(turning.even)} times as many sales with {less} as with {more}; from "
        f"{number(turning.unclear)} times on no difference would be clear."
    )


def tiers_in_followers(ratio: Estimate) -> str:
    """Name the two tiers of a ratio in followers: ``10K–100K / 100K+``."""
    return f"{span(ratio.context.of)} / {span(ratio.context.versus)}"


def in_live_chats(ratios: pd.DataFrame, platform: str = "") -> Finding:
    """Say which channels have more payers per chatter in live chats. It is no finding on sales.

    Parameters
    ----------
    ratios : pandas.DataFrame
        ``tiers, channels, estimate, low, high``: micro over macro.
    platform : str
        Of the channels.
    """
    known = ratios[ratios["estimate"].notna()] if len(ratios) else ratios
    if known.empty:
        headline = "No source has payments in live chats"
        return Finding(headline, alt="A panel without marks: no source has payments in live chats.")
    first = known[known["channels"] == known["channels"].iloc[0]].drop_duplicates("tiers")
    above, below = int((first["low"] > 1).sum()), int((first["high"] < 1).sum())
    where, pairs = on([platform]), f"{len(first)} pairs of tiers"
    texts = [f"{where}who has more payers in live chats is not clear under any tiers",
             "who has more payers in live chats is not clear"]  # fmt: skip
    if above and below:
        texts = [f"{where}who has more payers in live chats depends on whose tiers count",
                 "who has more payers in live chats depends on whose tiers count"]  # fmt: skip
    elif above or below:
        way = "more" if above else "fewer"
        text = f"micro has {way} live-chat payers under {above or below} of {pairs}"
        texts = [where + text, text]
    detail = "Live chats, not sales: payers per chatter, micro against macro in followers; "
    groups = known.groupby("channels", sort=False)
    detail += f"{'; '.join(f'of {who}, {over_pairs(rows)}' for who, rows in groups)}."
    caveat = "Bars: intervals. Each row: the tiers of one publisher, or of several with the same. "
    caveat += f"A payer has a message shown; nothing is sold. {DIFFERENT}"
    headline = begun(fitting(*texts))
    alt = "Ratios in live chats with intervals, a row for each pair of tiers. "
    return Finding(headline, detail, caveat, shortened(f"{alt}{headline}. {detail}"))
