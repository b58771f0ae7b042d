"""Splits are those of an exhaustive search, faults are sentences, and nothing is moved
without evidence.
"""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.cost import budget
from analysis.estimate.cost.budget import (
    BudgetError,
    budget_options,
    regional_samples,
    split_budget,
    split_budgets,
)
from analysis.estimate.cost.decisions import (
    along_handling,
    information,
    payoffs,
    reallocate,
    regret,
    simple_decisions,
    weigh_decisions,
)
from analysis.estimate.cost.price_laws import PowerLaw
from analysis.estimate.cost.programme import without_overlap
from analysis.estimate.cost.worlds import draw_worlds
from analysis.moments.load import load, load_all
from analysis.registers.lookup import scheme

LAW = PowerLaw("made", 50, np.log(1_000.0), 1.0, 0.2, 0.0, 60.0, "EUR")
REACTIONS = PowerLaw("made", 500, np.log(2_000.0), 0.8, 0.8, 0.0, 600.0, "")


def small_case(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 5))
    table = pd.DataFrame(
        {
            "name": list("abcd")[:n],
            "price": rng.uniform(10, 60, n).round(1),
            "reactions": rng.uniform(5, 80, n).round(1),
            "country": rng.choice(["x", "y"], n),
            "fewest": rng.choice([0, 2, 3], n),
        }
    )
    how = {
        "handling": rng.choice([0, 5.0]),
        "hours_each": rng.choice([0, 1.5]),
        "hours": rng.choice([np.inf, 8.0]),
    }
    floors = {("country", table["country"].iloc[0]): 2} if rng.random() < 0.5 else {}
    return (
        table,
        rng.uniform(80, 300),
        how | {"overlap": rng.choice([0, 0.05, 0.3]), "floors": floors},
    )


MOST = 4
"""Creators of an option at the most, so that all numbers can be tried."""


def searched(table, budget, handling, hours_each, hours, overlap, floors):
    """Reactions of the best of all whole numbers of creators; 0 if none fits."""
    best = 0.0
    for counts in itertools.product(range(MOST + 1), repeat=len(table)):
        counts = np.array(counts)
        fits = (
            counts * (table["price"] + handling)
        ).sum() <= budget and counts.sum() * hours_each <= hours
        fits &= not any(
            0 < count < least for count, least in zip(counts, table["fewest"], strict=True)
        )
        fits &= all(
            counts[(table[column] == value).to_numpy()].sum() >= least
            for (column, value), least in floors.items()
        )
        if fits:
            best = max(best, float((table["reactions"] * without_overlap(counts, overlap)).sum()))
    return best


@pytest.mark.parametrize("seed", range(40))
def test_a_split_is_as_good_as_the_best_of_an_exhaustive_search(seed, monkeypatch):
    monkeypatch.setattr(budget, "CREATORS_UP_TO", MOST)
    table, money, how = small_case(seed)
    best = searched(table, money, **how)

    if best == 0:
        with pytest.raises(BudgetError):
            split_budget(table, money, **how)
    else:
        split = split_budget(table, money, **how).to_frame()
        assert split["gained"].sum() == pytest.approx(best, rel=1e-4)
        assert split["spent"].sum() <= money + 1e-6


def test_overlapping_creators_count_as_fewer():
    assert without_overlap(3, 0.0) == 3
    assert without_overlap(np.array([1, 2, 3]), 0.25) == pytest.approx([1, 1.75, 2.3125])


TWO = pd.DataFrame(
    {
        "name": ["nano", "macro"],
        "price": [100.0, 2_000.0],
        "reactions": [100.0, 5_000.0],
        "country": ["a", "b"],
    }
)
FAULTS = {
    "no money": ((0,), {}, "a budget of 0 cannot be split. Allowed: an amount above 0."),
    "too little": (
        (120,),
        {"handling": 50},
        "a budget of 120 EUR buys no creator: the cheapest, nano, costs 150 EUR with handling.",
    ),
    "too few hours": (
        (500,),
        {"hours_each": 3, "hours": 2},
        "2 hours are too few for a single creator, who takes 3.",
    ),
    "an unknown place": (
        (500,),
        {"floors": {("country", "z"): 1}},
        "a floor names country = z, which no option has.",
    ),
    "floors too dear": (
        (1_500,),
        {"floors": {("country", "b"): 1}, "handling": 10, "hours_each": 2, "hours": 50},
        "the floors (1 of b) cannot be met with 1,500 EUR and 50 hours: the cheapest way takes "
        "2,010 EUR and 2 hours.",
    ),
    "floors too many": (
        (500,),
        {"floors": {("country", "b"): 999}},
        "the floors (999 of b) ask for more creators than the options have.",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_budget_that_cannot_be_spent_as_asked_is_refused_in_one_sentence(fault):
    given, how, sentence = FAULTS[fault]
    with pytest.raises(BudgetError) as error:
        split_budget(TWO, *given, currency="EUR", **how)
    assert str(error.value) == sentence


def test_an_option_without_a_price_or_in_too_small_a_number_is_refused():
    with pytest.raises(BudgetError, match="option 'nano' has no cost above 0"):
        split_budget(TWO.assign(price=[0.0, 5.0]), 100)
    with pytest.raises(BudgetError, match="hires no option in its smallest number"):
        split_budget(TWO.assign(fewest=[3, 1]), 250)


def test_budgets_that_fail_are_named_and_refused_if_the_budget_that_matters_does():
    splits = split_budgets({"list": TWO}, [50, 5_000], 5_000, currency="EUR")
    frame = splits.to_frame()

    assert frame["budget"].unique().tolist() == [5_000]
    fault = "list: a budget of 50 EUR buys no creator: the cheapest, nano, costs 100 EUR with"
    assert splits.missing == (f"{fault} handling.",)
    assert frame["share"].sum() == pytest.approx(100 * frame["spent"].sum() / 5_000)
    assert splits.sentence() == (
        f"At the prices of list, 5,000 EUR best hire 10 nano and 2 macro. "
        f"At the prices of {fault.replace(': ', ', ', 1)} handling."
    )
    whole = splits.splits["list", 5_000]
    assert whole.sentence() == "12 creators for 5,000 of 5,000 EUR: 10 nano and 2 macro."
    with pytest.raises(BudgetError, match="list: a budget of 50 EUR buys no creator"):
        split_budgets({"list": TWO}, [50, 5_000], 50, currency="EUR")


def test_options_are_the_typical_accounts_of_tiers_platforms_and_regions():
    kim = load("instagram-kim").sample().tier(scheme("decades"))
    places = regional_samples(load_all().values(), scheme("decades"))

    table = budget_options([kim, *places], LAW, fewest={"nano": 3})

    assert {sample.level for sample in places} == {"Africa", "America", "Asia", "Europe", "Oceania"}
    assert {sample.source.key for sample in places} == {"tiktok-tides"}
    assert set(table["platform"]) == {"instagram", "tiktok"}
    assert table["price"].to_numpy() == pytest.approx(LAW.at(table["followers"]))
    assert set(table.loc[table["tier"] == "nano", "fewest"]) == {3}
    floors = {("country", "Asia"): 1, ("country", "Africa"): 1}
    plan = split_budget(table, 20_000, handling=150, floors=floors)
    assert {"Asia", "Africa"} <= set(plan.hired["country"])


def test_a_decision_brings_what_its_creators_bring_in_each_world():
    worlds = draw_worlds(LAW, REACTIONS, n=5)
    decisions = pd.DataFrame({"micro": [1.0, 0.5], "macro": [0.0, 0.5]})

    gains = payoffs(worlds, decisions, np.array([3e4, 3e5]), 10_000, 100.0, overlap=0.1)

    world = worlds.iloc[2]
    costs = [world["price"] * size ** world["gamma"] + 100 for size in (0.3, 3.0)]
    each = [world["reactions"] * size ** world["beta"] for size in (0.3, 3.0)]
    expected = sum(each[at] * without_overlap(5_000 // costs[at], 0.1) for at in (0, 1))
    assert gains[1, 2] == pytest.approx(expected)


def test_regret_is_what_a_decision_falls_short_of_the_best_in_each_world():
    gains = np.array([[10.0, 3.0], [5.0, 4.0]])

    found = regret(gains, pd.DataFrame({"name": ["a", "b"]}))

    assert found["gain"].tolist() == [6.5, 4.5]
    assert found["regret"].tolist() == pytest.approx([12.5, 25.0])
    assert found["best"].tolist() == [50.0, 50.0]
    assert found["regret_high"].tolist() == pytest.approx([23.75, 47.5])


def test_information_is_worth_the_difference_of_deciding_after_and_before():
    # two equally likely costs; a pays 10 or 0, b pays 6 either way: before knowing b (6), after
    # knowing 10 or 6
    gains = np.array([[[10.0], [6.0]], [[0.0], [6.0]]])

    found = information(gains)

    assert (found.without, found.knowing, found.value) == (6.0, 8.0, 2.0)
    assert found.share == pytest.approx(100 / 3)
    assert information(gains[:1]).value == 0, "a value that is certain is known already"
    assert information(gains[:, :1]).value == 0, "with one decision there is nothing to know"


def test_knowing_the_handling_cost_is_worth_something_only_where_it_turns_the_decision():
    sure = [replace(one, spread=0.01) for one in (LAW, REACTIONS)]
    worlds = draw_worlds(*sure, n=200)
    decisions = simple_decisions(["micro", "macro"], 0.5)
    sizes, doubt = np.array([3e4, 3e5]), np.geomspace(10, 1_000, 9)

    lines, known = along_handling(worlds, decisions, sizes, 1e6, doubt)
    _, never = along_handling(worlds.assign(gamma=0.5), decisions, sizes, 1e6, doubt)

    assert known.value > 0
    assert never.value == 0
    best = lines.loc[lines.groupby("handling")["gain"].idxmax(), "name"].tolist()
    assert (best[0], best[-1]) == ("all micro", "all macro")


def test_today_stands_last_and_shares_add_up():
    decisions = simple_decisions(["nano", "micro", "macro"], 0.25)

    assert decisions["name"].tolist() == [
        "all nano",
        "all micro",
        "all macro",
        "even",
        "today, 25 % macro",
    ]
    assert decisions.drop(columns="name").sum(axis=1).tolist() == pytest.approx([1.0] * 5)


@pytest.mark.parametrize(
    ("then", "outcome"),
    [
        ([1.2, 1.3, 1.4], "reallocate"),
        ([0.7, 0.8, 0.9], "keep"),
        ([0.8, 1.2, 1.6], "undecided"),
        ([1.0, 1.0, 1.0], "undecided"),
    ],
)
def test_money_is_moved_only_if_the_whole_interval_lies_above_nothing(then, outcome):
    advice = reallocate(np.ones(3), np.array(then))
    words = "do not reallocate: undecided" if outcome == "undecided" else outcome
    assert advice.outcome == outcome
    assert advice.sentence().endswith(f"Advice: {words}.")


def test_a_present_split_that_buys_nothing_is_refused_in_one_sentence():
    with pytest.raises(
        BudgetError, match="the present split buys no creator in some of the worlds"
    ):
        reallocate(np.array([0.0, 1.0]), np.ones(2))


def test_decisions_are_weighed_in_the_same_worlds_and_read_as_sentences():
    worlds = draw_worlds(LAW, REACTIONS, n=300)
    options = pd.DataFrame({"tier": ["micro", "macro"], "followers": [3e4, 3e5]})

    weighed = weigh_decisions(worlds, options, 1e6, 150.0, 0.5)
    table, advice = weighed.to_frame(), weighed.advice

    assert table["name"].iloc[-1] == "today, 50 % macro"
    assert weighed.least_regret["regret"] == table["regret"].min()
    assert set(weighed.along_handling["handling"]) == set(150 * np.geomspace(0.25, 4, 17))
    best = table["name"].iloc[:-1][table["gain"].iloc[:-1].idxmax()]
    assert advice.ratio.label == f"{best} / today, 50 % macro"
    assert advice.outcome == "undecided"
    assert advice.sentence().endswith("times the reactions. Advice: do not reallocate: undecided.")
    assert "has the least regret" in weighed.sentence()
    assert f"worth {weighed.knowing.share:.2g} %" in weighed.knowing.sentence()
