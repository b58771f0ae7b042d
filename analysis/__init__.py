"""micro-vs-macro: claims about small and large creators, put to real data.

Four rooms; data flow one way, and a module imports only from its left::

    evidence  ->  estimate  ->  present  ->  notebooks  ->  publish
    what we       what          what we      what we        what leaves
    know          follows       show         ask and say    the house

Five lines in the hand::

    import analysis as an
    sample = an.assign_tiers(an.load("instagram-kim").sample("engagement"), an.scheme("harvard-media"))
    ratio = an.contrast(sample, "micro", "macro", average="typical account")
    verdict = an.judge(an.claim("D06"), ratio)
    an.figures.intervals(an.by_tier(sample), rows="label", label="typical account (%)", reference=None)
"""

from analysis.estimate.averages import AVERAGES
from analysis.estimate.contrast import (
    Estimate,
    against,
    between_levels,
    by_tier,
    contrast,
    smallest_contrast,
    tier_average,
)
from analysis.estimate.cost.budget import BudgetError, options, regional, split, sweep
from analysis.estimate.cost.decisions import (
    along_handling,
    payoffs,
    reallocate,
    regret,
    simple_decisions,
)
from analysis.estimate.cost.economics import (
    cheapest_size,
    cheapest_sizes,
    cost_ratios,
    draws,
    mixture,
    reactions_per_cost,
    shared_by_source,
    turning_costs,
)
from analysis.estimate.cost.portfolios import compare, creators, worst_case
from analysis.estimate.cost.price_laws import (
    REFERENCE,
    PowerLaw,
    anchored,
    power_law,
    same_currency,
)
from analysis.estimate.curve.bends import PLACEBOS, slopes_around
from analysis.estimate.curve.breakpoint import Break, breakpoint, fitted
from analysis.estimate.curve.elasticity import elasticity, implied_ratio
from analysis.estimate.curve.inactive import explaining_error, without_inactive
from analysis.estimate.curve.inverted_u import Shape, lind_mehlum, two_lines
from analysis.estimate.curve.spline import rate_at
from analysis.estimate.desk import Desk
from analysis.estimate.multiverse import choices
from analysis.estimate.multiverse import grid as multiverse
from analysis.estimate.multiverse import simultaneous as joint
from analysis.estimate.power import (
    Significant,
    chance_of_up_to,
    clicks_needed,
    creators_needed,
    creators_to_confirm,
    detectable_ratio,
    significant_study,
)
from analysis.estimate.ratio.creators import (
    creator_beyond_size,
    posts_needed,
    reliability,
    shrunken_rates,
    split_half,
    variance_split,
)
from analysis.estimate.ratio.equivalence import (
    Equivalence,
    TiersAlike,
    equivalence,
    equivalence_of_tiers,
)
from analysis.estimate.ratio.superiority import Trend, superiority, trend
from analysis.estimate.replicate import (
    across_schemes,
    along_followers,
    each,
    each_kind,
    take,
    take_strata,
)
from analysis.estimate.synthesis.moderators import (
    MIXED,
    Moderated,
    Standardised,
    moderated,
    standardised,
)
from analysis.estimate.synthesis.pooling import Egger, Pooled, egger, leave_one_out, one_vote, pool
from analysis.estimate.synthesis.printed_prices import (
    far_apart,
    owners_mean,
    price_evidence,
    price_slopes,
)
from analysis.estimate.synthesis.published_elasticity import (
    as_estimates,
    by_moderator,
    implied_betas,
    measured_betas,
)
from analysis.estimate.tiers import (
    among_largest,
    assign_tiers,
    bands,
    label_matrix,
    names_in_use,
    renamed,
    tier_counts,
    tier_table,
)
from analysis.estimate.verdict import Verdict, ask, claimed_range, judge, judge_all
from analysis.moments import plausibility as signs
from analysis.moments.load import load, load_all
from analysis.moments.own import read_own
from analysis.moments.price_lists import load_prices, read_prices
from analysis.moments.sample import Moments, Sample
from analysis.present import sentences as words
from analysis.present.charts import curves, diagrams
from analysis.present.charts import decision_charts as maps
from analysis.present.charts import intervals as figures
from analysis.present.charts import spec_curve as specs
from analysis.present.explorer import Explorer
from analysis.present.report import Report
from analysis.present.sentences import followers, interval, lift, listing, number, tell
from analysis.registers.lookup import (
    claim,
    claims,
    disagreements,
    documents,
    price_tables,
    quotations,
    scheme,
    sources,
    studies,
    tier_schemes,
)
from analysis.registers.metrics import METRICS
from analysis.registers.published import published
from analysis.simulate import artefacts
from analysis.simulate import worlds as simulate

__all__ = [
    "AVERAGES", "METRICS", "MIXED", "PLACEBOS", "REFERENCE", "Break", "BudgetError", "Desk", "Egger", "Equivalence", "Estimate",
    "Explorer", "Moderated", "Moments", "Pooled", "PowerLaw", "Report", "Sample", "Shape", "Significant", "Standardised",
    "TiersAlike", "Trend", "Verdict", "across_schemes", "against", "along_followers", "along_handling", "among_largest",
    "anchored", "artefacts", "as_estimates", "ask", "assign_tiers", "bands", "between_levels", "breakpoint", "by_moderator",
    "by_tier", "chance_of_up_to", "cheapest_size", "cheapest_sizes", "choices", "claim", "claimed_range", "claims",
    "clicks_needed", "compare", "contrast", "cost_ratios", "creator_beyond_size", "creators", "creators_needed",
    "creators_to_confirm", "curves", "detectable_ratio", "diagrams", "disagreements", "documents", "draws", "each", "each_kind",
    "egger", "elasticity", "equivalence", "equivalence_of_tiers", "explaining_error", "far_apart", "figures", "fitted",
    "followers", "implied_betas", "implied_ratio", "interval", "joint", "judge", "judge_all", "label_matrix", "leave_one_out",
    "lift", "lind_mehlum", "listing", "load", "load_all", "load_prices", "maps", "measured_betas", "mixture", "moderated",
    "multiverse", "names_in_use", "number", "one_vote", "options", "owners_mean", "payoffs", "pool", "posts_needed",
    "power_law", "price_evidence", "price_slopes", "price_tables", "published", "quotations", "rate_at", "reactions_per_cost",
    "read_own", "read_prices", "reallocate", "regional", "regret", "reliability", "renamed", "same_currency", "scheme",
    "shared_by_source", "shrunken_rates", "significant_study", "signs", "simple_decisions", "simulate", "slopes_around",
    "smallest_contrast", "sources", "specs", "split", "split_half", "standardised", "studies", "superiority", "sweep", "take",
    "take_strata", "tell", "tier_average", "tier_counts", "tier_schemes", "tier_table", "trend", "turning_costs", "two_lines",
    "variance_split", "without_inactive", "words", "worst_case",
]  # fmt: skip
