"""Takes samples of prices and reactions, and printed tables of prices.
Gives price laws, ratios of costs, cheapest sizes, portfolios, budgets and decisions.
Called by notebooks as `an.cost`.

Tables of slopes, options and draws are plain frames, since each is the input of the next step; so
are the numbers of `cheapest_size`, an array over draws, and of `shared_by_source`, by source.
"""

from analysis.display import namespace_of
from analysis.estimate.cost.accounts import creators
from analysis.estimate.cost.budget import (
    BudgetError,
    budget_options,
    regional_samples,
    split_budget,
    split_budgets,
)
from analysis.estimate.cost.decisions import weigh_decisions
from analysis.estimate.cost.gather import (
    followers_for,
    own_prices,
    reactions_beside,
    worlds_by_name,
    worst_cases,
)
from analysis.estimate.cost.portfolios import compare_portfolios
from analysis.estimate.cost.price_laws import REFERENCE, check_currency, power_law
from analysis.estimate.cost.printed_prices import owners_mean, price_evidence, price_slopes
from analysis.estimate.cost.ratios import cost_ratios, reactions_per_cost
from analysis.estimate.cost.sizes import cheapest_size, cheapest_sizes
from analysis.estimate.cost.worlds import draw_mixture, draw_worlds, shared_by_source
from analysis.estimate.cost.worst_case import worst_case
from analysis.moments.price_lists import load_prices, read_prices

__getattr__, __dir__ = namespace_of(globals())
