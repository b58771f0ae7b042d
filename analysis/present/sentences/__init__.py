"""Takes numbers, reasons and results; gives text: numbers with units, reasons worded, results as
sentences. Importing it registers the writers of `analysis.display`, so that every result has words.
Called by tables, charts, notebooks and pages.
"""

from analysis.display import namespace_of
from analysis.present.sentences import (
    answers,
    artefacts,
    bends,
    choices,
    comparisons,
    confidence,
    cost,
    cost_findings,
    curve,
    differences,
    doubts,
    estimands,
    evidence,
    findings,
    growth,
    mixes,
    moments,
    multiverse,
    nouns,
    own,
    panel,
    pooled_evidence,
    power,
    proxies,
    ratio,
    reasons,
    records,
    results,
    scorecard,
    sensitivity,
    severities,
    shifts,
    sizes,
    specifications,
    synthesis,
    totals,
    verdicts,
)
from analysis.present.sentences.artefacts import (
    among_the_largest,
    best_of_brands,
    by_age_of_post,
    by_average,
    by_the_same_rule,
    flagged,
    from_nothing,
    idle_followers,
    if_only_macro,
    in_selected_lists,
    of_micro,
)
from analysis.present.sentences.bends import bends_near, falls_before, fits_anywhere, placed
from analysis.present.sentences.choices import (
    all_sorted,
    counted_changes,
    p_values,
    picks,
    smaller_elsewhere,
    spread_name,
    turned,
    turning,
    whose_tiers,
)
from analysis.present.sentences.comparisons import (
    across_averages,
    across_publishers,
    against_one,
    along_followers,
    by_metric,
)
from analysis.present.sentences.cost_findings import (
    best_split,
    cheaper_by_unit,
    handling_decides,
    least_regretted,
    price_rows,
    same_money,
)
from analysis.present.sentences.curve_shapes import best_fits, peaks_in_raw, shapes_shown
from analysis.present.sentences.differences import beyond_followers, percent_of, posts_enough
from analysis.present.sentences.doubts import best_of_many, up_to
from analysis.present.sentences.elasticities import (
    between_levels,
    by_publisher,
    named_rows,
    new_platform,
    slower_than_followers,
    strata_table,
    with_pooled,
)
from analysis.present.sentences.evidence import (
    names_elsewhere,
    names_of_tiers,
    printed_tables,
    rows_of_tables,
)
from analysis.present.sentences.numbers import (
    COUNTED,
    MISSING,
    count,
    enumerated,
    followers,
    interval,
    lift,
    listing,
    number,
    short_count,
)
from analysis.present.sentences.panel import crossings_in_short, growing_in_short
from analysis.present.sentences.pooled_evidence import by_another_method, other_ends, pooled_tables
from analysis.present.sentences.power import what_it_takes, would_detect
from analysis.present.sentences.prices import (
    falls_by_number,
    hours_of_handling,
    in_followers,
    joined_curves,
    prices_at,
    reach_of_lists,
    rising_prices,
)
from analysis.present.sentences.proxies import (
    in_live_chats,
    near_it,
    over_pairs,
    tiers_in_followers,
)
from analysis.present.sentences.published import summary
from analysis.present.sentences.reasons import OUTCOMES, outcome_name
from analysis.present.sentences.results import no_estimate, placed_followers
from analysis.present.sentences.scorecard import (
    LISTED,
    agreement,
    badges,
    by_document,
    claims_table,
    decided_claims,
    documents_table,
    fragile_answers,
    of_documents,
    own_answers,
    severity_counts,
    severity_table,
)
from analysis.present.sentences.severities import own_severity
from analysis.present.sentences.sizes import table_of, whose
from analysis.present.sentences.specifications import (
    by_option,
    grid_in_short,
    in_words,
    middle_answers,
    named_options,
    tally,
    under_every_choice,
)
from analysis.present.sentences.totals import (
    at_ten_times,
    no_guarantee,
    pairs_shown,
    posts_for_one,
    slower_totals,
)

__getattr__, __dir__ = namespace_of(globals())
