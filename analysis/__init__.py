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

from analysis.estimate import choices, joint, multiverse
from analysis.estimate.averages import AVERAGES
from analysis.estimate.claims import Verdict, ask, claimed_range, judge, judge_all
from analysis.estimate.contrast import (
    Estimate,
    across_schemes,
    against,
    along_followers,
    by_tier,
    contrast,
    smallest_contrast,
    tier_average,
)
from analysis.estimate.currency import as_estimates, by_moderator, implied_betas, measured_betas
from analysis.estimate.many import each, take, take_strata
from analysis.estimate.pooling import Egger, Pooled, egger, i_squared, leave_one_out, one_vote, pool
from analysis.estimate.power import chance_of_up_to, clicks_needed, creators_needed, creators_to_confirm
from analysis.estimate.tiers import assign_tiers, bands, label_matrix, names_in_use, renamed, tier_counts, tier_table
from analysis.evidence import simulate
from analysis.evidence.load import load, load_all
from analysis.evidence.metrics import METRICS
from analysis.evidence.own import read_own
from analysis.evidence.published import published
from analysis.evidence.registers import claim, claims, disagreements, documents, quotations, scheme, sources, studies, tier_schemes
from analysis.evidence.sample import Moments, Sample
from analysis.present import curves, diagrams, figures, words
from analysis.present.report import Report
from analysis.present.words import followers, interval, lift, listing, number, tell

__all__ = [
    "AVERAGES", "METRICS", "Egger", "Estimate", "Moments", "Pooled", "Report", "Sample", "Verdict", "across_schemes",
    "against", "along_followers", "as_estimates", "ask", "assign_tiers", "bands", "by_moderator", "by_tier", "chance_of_up_to",
    "choices", "claim", "claimed_range", "claims", "clicks_needed", "contrast", "creators_needed", "creators_to_confirm", "curves",
    "diagrams",
    "disagreements", "documents", "each", "egger", "figures", "followers", "i_squared", "implied_betas", "interval", "joint",
    "judge", "judge_all", "label_matrix", "leave_one_out", "lift", "listing", "load", "load_all", "measured_betas", "multiverse",
    "names_in_use", "number", "one_vote", "pool", "published", "quotations", "read_own", "renamed", "scheme",
    "simulate", "smallest_contrast", "sources", "studies", "take", "take_strata", "tell", "tier_average", "tier_counts",
    "tier_schemes", "tier_table", "words",
]  # fmt: skip
