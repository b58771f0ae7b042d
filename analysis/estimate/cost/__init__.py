"""Takes samples of prices and reactions; gives price laws, costs, budgets and risks. Called by
notebooks as `an.cost`.
"""

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
from analysis.moments.price_lists import load_prices, read_prices
