"""Numbers are written one way, figures draw their intervals, their n and their unit."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from analysis.display import picture
from analysis.estimate import cost, multiverse, panel, synthesis
from analysis.estimate.cost.budget import BudgetSplit, BudgetSplits
from analysis.estimate.cost.decisions import Decisions
from analysis.estimate.cost.sizes import CheapestSizes
from analysis.estimate.multiverse import judge_specifications
from analysis.estimate.tiers import names_in_use, tier_table
from analysis.estimate.verdict import Verdict, Verdicts
from analysis.finding import Finding
from analysis.moments.load import load, load_all
from analysis.present import charts as plot
from analysis.present import sentences, style
from analysis.present.charts import anatomy, canvas
from analysis.present.charts.diagrams import alike
from analysis.present.charts.register import draws
from analysis.registers.lookup import claim, price_tables, scheme, schemes
from analysis.registers.published import published


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.1413, "ratio", "1.14"),
        (0.0279, "percent", "0.0279 %"),
        (12.345, "percent", "12.3 %"),
        (1234.5, "", "1,234"),
        (21109, "clicks", "21,109 clicks"),
        (0, "ratio", "0"),
        (float("nan"), "ratio", "–"),
        (float("inf"), "", "unlimited"),
    ],
)
def test_a_number_is_written_to_three_digits_with_its_unit(value, unit, text):
    assert sentences.number(value, unit) == text


def test_an_interval_is_written_with_its_estimate_and_so_is_its_absence():
    assert sentences.interval(1.141, 1.088, 1.185, "ratio") == "1.14 [1.09, 1.19]"
    assert sentences.interval(1.141, np.nan, np.nan, "ratio") == "1.14 (no interval)"
    assert sentences.interval(np.nan, np.nan, np.nan) == "–"


def test_lifts_lists_and_followers_are_written_in_one_way():
    assert (sentences.lift(1.6), sentences.lift(0.9), sentences.lift(np.nan)) == (
        "+60 %",
        "-10 %",
        "–",
    )
    assert (sentences.listing([]), sentences.listing(["a"]), sentences.listing("abc")) == (
        "none",
        "a",
        "a, b and c",
    )
    assert (sentences.count(1, "source"), sentences.count(2, "source")) == ("1 source", "2 sources")
    assert sentences.followers(10_000, 100_000) == "10K to 100K"
    assert sentences.followers(0, 10_000) == "under 10K"
    assert sentences.followers(1e6, np.inf) == "1M and more"


@pytest.fixture(scope="module")
def tiers():
    return load_all().sample("engagement").tier("decades").by_tier().to_frame()


def drawn(figure: Figure):
    figure.canvas.draw()
    return figure


def texts(figure):
    return [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]


def test_every_estimate_is_drawn_where_it_lies_with_its_interval_and_n(tiers):
    figure = drawn(
        plot.intervals(tiers, rows="label", panels="source", label="rate (%)", reference=None)
    )

    for axis, (_, part) in zip(figure.axes, tiers.groupby("source", sort=False), strict=True):
        ends = {
            tuple(np.round(line.get_xdata(), 9))
            for line in axis.lines
            if len(line.get_xdata()) == 2
        }
        assert {
            (round(row.low, 9), round(row.high, 9))
            for row in part.itertuples()
            if not np.isnan(row.low)
        } <= ends
        assert axis.get_xscale() == "log"
    assert "rate (%)" in texts(figure)
    assert sum(text.startswith("n ") for text in texts(figure)) == len(tiers)


def test_a_column_of_any_name_may_name_the_rows_and_no_panel_is_left_out(tiers):
    renamed = tiers.head(3).rename(columns={"label": "tier of the account"})
    renamed["panel"] = ["A", None, "A"]

    figure = drawn(plot.intervals(renamed, rows="tier of the account", panels="panel"))

    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == list(
        renamed["tier of the account"]
    )
    assert len(figure.axes) == 2


def test_what_was_expected_is_marked_where_it_lies(tiers):
    some = tiers[tiers["source"] == tiers["source"].iloc[0]].assign(expected=3.25)

    (axis,) = drawn(plot.intervals(some, rows="label")).axes

    marks = [line for line in axis.lines if line.get_marker() == "|"]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in marks] == [
        (3.25, row) for row in range(len(some))
    ]


def test_an_indicative_estimate_is_hollow_and_a_missing_one_is_named(tiers):
    some = tiers[tiers["source"] == tiers["source"].iloc[0]].copy()
    some.iloc[0, some.columns.get_loc("status")] = "indicative"
    some.iloc[1, some.columns.get_loc("estimate")] = np.nan
    without = some.copy()
    without.iloc[1, without.columns.get_loc("n_accounts")] = 0

    figure, elsewhere = (drawn(plot.intervals(one, rows="label")) for one in (some, without))

    fills = [
        to_hex(line.get_markerfacecolor())
        for line in figure.axes[0].lines
        if line.get_marker() == "o"
    ]
    assert fills == [style.HOLLOW, style.INK, style.INK]
    assert "no estimate" in texts(figure)
    assert "not in this source" in texts(elsewhere)


@pytest.mark.parametrize(
    "draw",
    [
        lambda none: plot.intervals(none, rows="label", panels="source"),
        lambda none: plot.along_followers(none, "source", "rate (%)"),
        lambda none: plot.fitted_curves(none, none, "source", "rate (%)", none),
        lambda none: plot.lines(none, "x", "y", "hue", "x", "y"),
        lambda none: plot.scorecard(none),
        lambda none: plot.verdict_grid(none, "scheme", "source", "side"),
        lambda none: plot.shares(none),
        lambda none: plot.specification_curve(none.assign(outcome=""), {}, "ratio"),
        lambda none: plot.variance_by_choice(none),
        lambda none: plot.heatmap(none, "share (%)"),
        lambda none: plot.citation_chain(none, none),
        lambda none: plot.cheapest_size_map(none, none, none, {}),
        lambda none: plot.cheapest_size_curves(none, "handling (EUR)"),
        lambda none: plot.budget_splits(none, "prices", "row", "share (%)"),
        lambda none: plot.regret(none, none, "handling (EUR)"),
    ],
)
def test_a_chart_without_data_says_that_there_are_none(tiers, draw):
    assert texts(drawn(draw(tiers.head(0))))[0] == "no source has data for this"


def test_a_missing_column_is_named_with_the_nearest_one(tiers):
    with pytest.raises(
        ValueError, match=r"^estimates: there is no column 'estimate'\. Did you mean 'estimates'\?$"
    ):
        plot.intervals(tiers.rename(columns={"estimate": "estimates"}), rows="label")
    with pytest.raises(ValueError, match=r"^estimates: there is no column 'q'\. .*: .*, status\.$"):
        plot.intervals(tiers, rows="q")
    with pytest.raises(TypeError, match=r"^estimates: give a data frame or .*, not a list\.$"):
        plot.intervals([1.5], rows="label")


def test_results_are_drawn_as_their_frames_are():
    lifts = load_all().sample("engagement").tier("decades").contrast("micro", "macro")

    figures = plot.intervals(lifts, "source"), plot.intervals(lifts.to_frame(), "source")

    drawn_from_result, drawn_from_frame = (
        [list(line.get_xdata()) for line in figure.axes[0].lines] for figure in figures
    )
    assert drawn_from_result == drawn_from_frame


def test_a_result_draws_itself():
    kim = load("instagram-kim").sample("engagement").tier("harvard-media")
    lift = kim.contrast("micro", "macro")

    alone, tiers, curve = lift.plot(), kim.by_tier().plot(), kim.along_followers().plot()

    assert alone.axes[0].get_xscale() == "log"
    assert any(text.startswith("micro (1K to 5K)") for text in texts(tiers))
    assert curve.axes[0].get_title().startswith("Instagram")
    verdict = claim("D06").judge(lift)
    (axis,) = verdict.plot().axes
    claimed = [line.get_xdata()[0] for line in axis.lines if line.get_color() == style.CLAIM]
    assert claimed == [1.6]
    assert {"D06", "Instagram (Kim et al.)"} <= set(texts(Verdicts((verdict,)).plot()))


def test_every_tier_of_every_scheme_is_a_bar_of_its_colour():
    published = [scheme for scheme in schemes().values() if scheme.published]
    table = tier_table(published)

    figure = drawn(plot.tier_map(table, names_in_use(published)))

    colours = [to_hex(patch.get_facecolor()) for patch in figure.axes[0].patches]
    rows = alike(table)
    expected = [name for tiers in rows.values() for name in tiers["tier"]]
    assert colours == [to_hex(style.tier_colour(name)) for name in expected]
    assert all(any(one.short in row for row in rows) for one in published)


def test_tier_colours_grow_lighter_with_size_so_that_they_can_be_told_apart_without_hue():
    light = [np.dot((0.299, 0.587, 0.114), style.tier_colour(name)[:3]) for name in style.TIERS]

    assert min(np.diff(light)) > 0.03
    names = {name for scheme in schemes().values() for name in scheme.names}
    assert names <= set(style.TIERS)


def test_the_curve_draws_each_band_with_its_interval():
    curve = load("instagram-kim").sample().along_followers().to_frame().assign(source="Kim")

    figure = drawn(plot.along_followers(curve, "source", "rate (%)", (100_000,)))

    line = next(line for line in figure.axes[0].lines if line.get_marker() == "o")
    np.testing.assert_allclose(line.get_ydata(), curve["estimate"])
    assert figure.axes[0].collections


def test_the_scorecard_repeats_its_colours_in_signs():
    verdicts = pd.DataFrame(
        {"reading": list("abcdefgh"), "source": "x", "outcome": list(style.OUTCOMES)}
    )

    figure = drawn(plot.scorecard(verdicts))

    assert {sign for _, sign in style.OUTCOMES.values()} <= set(texts(figure))


REGIONS = pd.DataFrame(
    [
        ("p", beta, gamma, np.inf if gamma <= beta else 1e4)
        for gamma in (0.4, 0.8, 1.2)
        for beta in (0.6, 0.9)
    ],
    columns=["panel", "beta", "gamma", "size"],
)
PRICED = pd.DataFrame(
    {
        "kind": ["rate card", "quote"],
        "beta": 0.8,
        "beta_low": 0.79,
        "beta_high": 0.81,
        "gamma": [0.5, 0.9],
    }
    | {"gamma_low": [0.4, np.nan], "gamma_high": [0.6, np.nan]}
)
SIZE = [2e4, 2e5, np.inf, np.inf]
CURVES = pd.DataFrame(
    {"name": list("aabb"), "handling": [10, 100] * 2, "estimate": SIZE, "low": SIZE, "high": SIZE}
)
SPLITS = pd.DataFrame(
    {
        "prices": "p",
        "row": "r",
        "tier": ["micro", "macro"],
        "share": [30.0, 60.0],
        "creators": [12, 2],
    }
)
DECISIONS = pd.DataFrame(
    {"name": ["all micro", "even"], "regret": [40.0, 10.0], "regret_high": [80.0, 30.0]}
)
VALUE = pd.DataFrame(
    {
        "name": ["all micro", "even"] * 2,
        "handling": [10, 10, 100, 100],
        "gain": [90.0, 80.0, 60.0, 70.0],
    }
)


def decision_figures():
    """One figure of each kind that helps to decide."""
    return [
        plot.cheapest_size_map(
            REGIONS, PRICED, pd.DataFrame({"beta": [0.7]}), {"nano": 1, "micro": 1e4}
        ),
        plot.cheapest_size_curves(CURVES, "handling (EUR)", mark=50),
        plot.budget_splits(SPLITS, "prices", "row", "share (%)"),
        plot.regret(DECISIONS, VALUE, "handling (EUR)", mark=50),
    ]


def test_the_map_draws_both_lines_every_price_and_its_interval_where_there_is_one():
    figure = drawn(decision_figures()[0])

    lines = [(tuple(line.get_xdata()), tuple(line.get_ydata())) for line in figure.axes[0].lines]
    assert ((0, 2), (0, 2)) in lines
    assert [y for x, y in lines if y == (0.4, 0.6)] == [(0.4, 0.6)]
    marks = {
        line.get_marker(): to_hex(line.get_markerfacecolor())
        for line in figure.axes[0].lines
        if line.get_marker() in "so^" and len(line.get_xdata())
    }
    assert marks == {"o": style.CLAIM, "^": style.HOLLOW}
    assert "the larger, the cheaper" in texts(figure)


def test_where_larger_is_always_cheaper_the_curve_runs_along_the_top():
    figure = drawn(decision_figures()[1])

    curves = {line.get_label(): line.get_ydata() for line in figure.axes[0].lines}
    assert curves["a"].tolist() == [2e4, 2e5]
    assert curves["b"].tolist() == [1e7, 1e7]


def test_spending_shows_shares_and_creators_and_regret_its_mean_and_bad_cases():
    spent, lost = (drawn(figure) for figure in decision_figures()[2:])

    assert [patch.get_width() for patch in spent.axes[0].patches] == [30.0, 60.0]
    assert {"12", "2"} <= set(texts(spent))
    assert [patch.get_width() for patch in lost.axes[0].patches] == [40.0, 10.0]
    assert {"40 %", "10 %"} <= set(texts(lost))


def test_results_of_decisions_draw_themselves():
    sizes = CheapestSizes(CURVES, CURVES, 3e4, 3e5).plot(mark=50)
    table = SPLITS.assign(spent=SPLITS["share"])
    splits = BudgetSplits({("rate card", 100.0): BudgetSplit(table, 100.0, "EUR")}, ()).plot()
    decisions = Decisions(DECISIONS, VALUE, None, None).plot()

    assert {line.get_label() for line in sizes.axes[0].lines} >= {"a", "b"}
    assert [patch.get_width() for patch in splits.axes[0].patches] == [30.0, 60.0]
    assert {"40 %", "10 %"} <= set(texts(decisions))


def test_results_of_tiers_draw_themselves():
    kim = load("instagram-kim").sample("engagement").tier("harvard-media")
    equal = kim.equivalence("micro", "macro", margin=1.1)
    asked = [(claim("D06"), claim("D06").tests[0])]
    own = [scheme("harvard-media")]
    judged = judge_specifications(asked, [load("instagram-kim")], own)

    (axis,) = equal.plot().axes
    curve = judged.plot(axes={"average": "which average"})

    marks = [line.get_xdata()[0] for line in axis.lines if line.get_marker() == "o"]
    assert marks == [equal.estimate.estimate]
    assert {"verdict", "which average"} <= set(texts(curve))


def test_no_text_of_any_kind_of_figure_is_smaller_than_twelve_points(tiers):
    published = [scheme for scheme in schemes().values() if scheme.published]
    frame = pd.DataFrame({"x": [1, 2, 4], "y": [1, 2, 3], "hue": "a"})
    made = [
        plot.intervals(tiers, rows="label", panels="source"),
        plot.tier_map(tier_table(published), names_in_use(published)),
        plot.heatmap(pd.DataFrame({"a": [1.0, 50.0]}, index=["x", "y"]), "share (%)"),
        plot.lines(frame, "x", "y", "hue", "x (units)", "y (units)"),
        *decision_figures(),
    ]
    for figure in made:
        sizes = [
            text.get_fontsize()
            for text in drawn(figure).findobj(lambda artist: hasattr(artist, "get_fontsize"))
            if text.get_text().strip()
        ]
        assert min(sizes) >= 12
        assert tuple(figure.get_size_inches()) == style.SLIDE


def test_drawing_changes_none_of_the_reader_s_own_settings():
    import matplotlib as mpl

    before = dict(mpl.rcParams)

    drawn(plot.heatmap(pd.DataFrame({"a": [1.0]}), "share (%)"))

    assert dict(mpl.rcParams) == before


def test_text_too_small_for_the_last_row_is_listed(tiers):
    figure = drawn(
        plot.intervals(tiers, rows="label", panels="source", label="rate (%)", reference=None)
    )
    footer = figure.text(0, 0, "where it is from", fontsize=12)
    assert canvas.too_small(figure, (footer,)) == {}
    figure.text(0.5, 0.5, "a remark", fontsize=17.5)
    figure.text(0.5, 0.5, " ", fontsize=2)
    figure.text(0.5, 0.5, "hidden", fontsize=2).set_visible(False)
    assert canvas.too_small(figure, (footer,)) == {"a remark": 17.5}


def test_a_citation_chain_has_no_box_on_another():
    keys = [str(number) for number in range(6)]
    text = "somebody with a name of some length ({})\n60 percent, engagement"
    steps = pd.DataFrame({"key": keys, "text": map(text.format, keys), "seen": True})
    links = pd.DataFrame({"from": list("0123"), "to": list("3345")})
    figure = plot.citation_chain(steps, links)
    FigureCanvasAgg(figure).draw()
    shown = [text.get_window_extent() for text in figure.axes[0].texts if text.get_text()]
    boxes = [patch.get_window_extent() for patch in figure.axes[0].patches]
    assert len(boxes) == 6
    assert len(shown) == 12, "head and figure of each"
    for text in shown:
        assert any(box.x0 <= text.x0 and text.x1 <= box.x1 for box in boxes)
    assert not any(box.overlaps(other) for box, other in combinations(boxes, 2))
    slide = figure.bbox
    assert slide.x0 <= min(box.x0 for box in boxes) and max(box.x1 for box in boxes) <= slide.x1
    assert max(box.y1 for box in boxes) <= slide.y1


KIM = "instagram-kim"


@pytest.fixture(scope="module")
def results():
    """A result of each kind that has a picture, by its kind."""
    kim = load(KIM)
    rate = kim.sample("engagement").tier("harvard-media")
    lift, niches = rate.contrast(), kim.strata("engagement", "niche").tier("decades")
    verdict, studies = claim("D06").judge(lift), {"effect": [0.7, 0.8, 1.0], "se": 0.05}
    studies = pd.DataFrame(studies, index=["a", "b", "c"])
    judged = judge_specifications(
        [(claim("D06"), claim("D06").tests[0])], [kim], [schemes()["harvard-media"]]
    )
    law, lists = rate.power_law(), cost.load_prices()
    price = lists["agency-armenia-reel"].sample("cost_per_post").power_law()
    tables = cost.price_slopes(published(), price_tables())
    options, worlds = cost.budget_options([rate], price), cost.draw_worlds(price, law, 200)
    decisions = cost.weigh_decisions(worlds, options, 5e6, 1e4, 0.5)
    creators = [rate.creators(tier) for tier in ("macro", "micro")]
    followed = panel.followed(load_all("youtube-tw-vtubers"))
    made = [
        followed,
        followed[0],
        followed[0].panel,
        followed[0].panel.attrition(),
        followed.crossings(),
        followed.crossings().seen[0],
        lift,
        rate.by_tier(),
        verdict,
        Verdicts((verdict,)),
        rate.equivalence("micro", "macro", margin=1.1),
        rate.trend(),
        lift.confidence_curve("D06"),
        load_all().sample("engagement").tier("harvard-media").contrast().between_sources(),
        niches.moderated(),
        niches.moderated().ratios.shrunken(),
        niches.standardised(),
        synthesis.pool(studies, draws=99),
        synthesis.leave_one_out(studies, draws=99),
        rate.breakpoint(draws=99),
        rate.lind_mehlum(),
        law,
        cost.price_evidence(lists, tables, law),
        cost.cost_ratios(lists.values(), tables.head(3), rate),
        cost.cheapest_sizes({"reel": worlds}, [1e3, 1e4], "AMD"),
        cost.compare_portfolios({"reel": price}, *creators, {"apart": (0.0, 0.0)}, 1e4),
        cost.split_budget(options, 5e6, currency="AMD"),
        cost.split_budgets({"reel": options}, [5e6], must=5e6),
        decisions,
        decisions.advice,
        judged,
        multiverse.claim_curve(judged, claim("D06"), [load(KIM)], [scheme("harvard-media")]),
        multiverse.variance_by_choice(judged),
        multiverse.decisive_choices(judged),
        multiverse.single_changes(judged),
        load_all(KIM).sample("engagement").tier("decades").trend(),
        claim("D06").by_strata(load_all(KIM)),
        claim("D06").answer(load_all(KIM)),
        synthesis.quoted("D07"),
    ]
    return {type(one): one for one in made}


def kinds_with_a_picture():
    return [kind for kind in picture.registry if kind is not object]


def test_each_kind_of_result_with_a_picture_is_tried(results):
    assert set(results) == set(kinds_with_a_picture())


@pytest.mark.parametrize("kind", kinds_with_a_picture(), ids=lambda kind: kind.__name__)
def test_a_result_with_a_picture_draws_it_to_the_end(results, kind):
    figure = drawn(results[kind].plot())

    assert "no source has data for this" not in texts(figure)
    assert any(axis.has_data() for axis in figure.axes)


def test_a_second_chart_for_a_kind_of_result_is_refused():
    with pytest.raises(ValueError, match=r"^Verdict has two charts: draw_verdict and another\."):

        @draws(Verdict)
        def another(verdict): ...


# --- what is missing, and what would be cut


def test_a_caption_says_of_how_many_estimates_there_are_none_and_why():
    rates = load_all("open").sample("likes_per_follower")
    fits = [rates.elasticity(model) for model in ("log-log", "poisson")]
    missing = sum(int(np.isnan(one.estimate)) for fit in fits for one in fit)
    text = sentences.no_estimate(*fits)
    assert missing
    assert text.startswith(
        f"No estimate in {missing} of {2 * len(rates)} cases: the sums of a cell"
    )
    assert text.endswith("so that nobody can be read off.")
    assert sentences.no_estimate(fits[0]) == ""


def test_a_count_beside_the_edge_of_a_picture_is_moved_into_it():
    row = {"low": 1.0, "high": 1.0, "n_accounts": 10_000, "status": "ok"}
    ends = pd.DataFrame([{"row": str(end), "estimate": end} | row for end in (0.0, 0.5, 1.0)])
    figure = plot.intervals(ends, rows="row", linear=(-0.05, 1.05), reference=None)
    canvas.lay_out(figure)
    (axis,) = figure.axes
    frame = axis.get_window_extent()
    boxes = [text.get_window_extent() for text in axis.texts]
    assert len(boxes) == 3
    assert all(frame.x0 < box.x0 and box.x1 < frame.x1 for box in boxes)
    middle = axis.transData.transform((0.5, 1))[0]
    assert (boxes[1].x0 + boxes[1].x1) / 2 == pytest.approx(middle, abs=1)


def test_a_scorecard_explains_only_the_signs_that_it_shows():
    outcomes = ["supported", "untestable"]
    frame = pd.DataFrame({"reading": ["A01", "A02"], "source": "x", "outcome": outcomes})
    (legend,) = plot.scorecard(frame).legends
    assert [text.get_text()[3:] for text in legend.get_texts()] == ["supported", "no data"]


def test_a_figure_drawn_by_hand_keeps_clear_of_its_texts_on_a_phone():
    import matplotlib as mpl

    figure, axes = canvas.new_figure(label="followers")
    axes[0, 0].plot([1, 2], [3, 4])
    made = Finding("Something differs between small and large creators here", "a against b. " * 9,
                   "Bars: intervals. " * 12)  # fmt: skip
    with mpl.rc_context(style.settings()):
        around = anatomy.dress(figure, made, "F00a")
        phone = anatomy.phone_version(figure, made, "F00a", around)
    frame = phone.axes[0].get_tightbbox()
    above = [text for text in phone.texts if text.get_va() == "top"]
    below = [text for text in phone.texts if text.get_va() == "bottom"]
    assert len(above) == 2 and len(below) == 3
    assert frame.y1 <= min(text.get_window_extent().y0 for text in above)
    assert frame.y0 >= max(text.get_window_extent().y1 for text in below)
