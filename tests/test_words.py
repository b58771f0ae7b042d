"""How results, records and keys read: in a terminal, and in the tables of a notebook."""

import re

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

import analysis as an
from analysis.estimate.gathered import Results
from analysis.present.columns import HEADINGS, KINDS, readable
from analysis.present.sentences import number

KIM = an.load("instagram-kim").sample("engagement").tier("decades")
OPEN = an.load_all("open").sample("engagement").tier("decades")
RECORDS = {
    "test": an.claim("D06").tests[0],
    "document": an.registers.documents()["quantumrun"],
    "disagreement": an.registers.disagreements()["meaning-of-micro"],
    "study": an.registers.studies()["wies-2023"],
    "quotation": an.registers.quotations()["conversations"],
    "prices": an.registers.price_tables()["izea_2021"],
    "metric": an.METRICS["likes_per_post"],
    "context": KIM.contrast().context,
    "tier": an.scheme("decades").tiers[0],
    "source": an.sources()["instagram-kim"],
}
TABLES = {
    "equivalence": KIM.equivalence(),
    "trend": KIM.trend(),
    "breakpoint": KIM.breakpoint(draws=99),
    "shape": KIM.lind_mehlum(),
    "power law": KIM.power_law(),
    "tiers alike": KIM.equivalence_of_tiers(),
    "creators": KIM.creators("macro"),
    "study": an.power.significant_study(10, base=0.02, clicks=1000),
    "needed": an.power.creators_to_confirm(0.02, clicks=1000),
    "detectable": an.power.detectable_ratio(10, base=0.02, clicks=1000),
    "by moderator": an.synthesis.by_moderator(an.synthesis.implied_betas(an.registers.published())),
}
SEVERAL = {
    "breakpoints": OPEN.breakpoint(draws=99),
    "trends": OPEN.trend(),
    "equivalences": OPEN.equivalence(),
    "shapes": OPEN.lind_mehlum(),
    "power laws": OPEN.power_law(),
}


def test_a_number_that_is_not_zero_is_never_written_as_zero():
    assert number(1e-9) == "< 0.000001"
    assert number(-1e-9, "percent") == "> -0.000001 %"
    assert number(0.0) == "0"


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_shows_itself_as_a_line_and_not_as_its_fields(name):
    text = str(RECORDS[name])

    assert text == repr(RECORDS[name])
    assert text and "\n" not in text and not re.search(r"\w=|\(\)", text)


def test_every_quotation_has_a_title():
    assert (an.registers.quotations().to_frame()["title"] != "").all()


def test_a_simulated_world_names_itself_once():
    world = an.simulate.world("small", an.simulate.posts(1, accounts=(30, 20)))
    assert world.sentence() == "SIMULATED: small."


@pytest.mark.parametrize("name", TABLES)
def test_every_column_of_a_result_has_a_heading_that_is_no_field(name):
    result = TABLES[name]
    shown = readable(result.to_frame(), type(result))

    assert set(shown) <= {*HEADINGS.values(), *KINDS.get(type(result), {}).values()}
    assert not [title for title in shown if "_" in title]
    assert "0.000000" not in result._repr_html_()


def test_a_p_in_a_table_is_never_zero_and_an_interval_stands_with_its_estimate():
    shown = readable(KIM.trend().to_frame())

    assert shown["p"].item() == "< 0.001"
    assert re.fullmatch(r"0\.\d+ \[0\.\d+, 0\.\d+\]", shown[HEADINGS["estimate"]].item())


def test_of_a_long_table_the_first_rows_are_shown_and_how_many_there_are():
    creators = KIM.creators("macro")
    written = creators._repr_html_()

    assert written.count("<tr>") < 20
    assert f"of {len(creators.to_frame())} rows; .to_frame() gives all." in written


def test_names_stand_for_keys():
    card, verdicts = repr(an.claim("D06")), repr(an.judge(an.claim("D06"), an.load_all("open")))

    assert "tiers: Harvard Media" in card and "+60 % (+45 % to +76 % counts)" in card
    assert "Instagram (Kim et al.)" in verdicts and "Harvard Media" in verdicts
    assert "instagram-kim" not in verdicts and "harvard-media" not in verdicts
    assert "likes per post (likes_per_post)" in " ".join(repr(an.load("instagram-kim")).split())


def test_a_band_without_a_name_is_written_with_its_range_once():
    written = repr(KIM.along_followers())

    assert "5M and more followers" in written and "inf" not in written


def test_a_file_of_few_rows_has_no_plausibility_check_to_pass():
    posts = an.simulate.posts(1, accounts=(3, 3))
    checks = an.plausibility.check(posts, an.simulate.world("few", posts))

    assert an.plausibility.summary(checks).startswith("No plausibility check could be made")


def test_a_frame_of_pandas_is_titled_as_one():
    assert an.read(an.simulate.posts(1), "mine").source.title == "Own data: a pandas table"


@pytest.mark.parametrize("name", SEVERAL)
def test_results_of_several_samples_are_drawn_together_with_each_source_named(name):
    results = SEVERAL[name]
    assert isinstance(results, Results)

    figure = results.plot()
    FigureCanvasAgg(figure).draw()
    shown = " ".join(text.get_text().replace("\n", " ") for text in figure.findobj(Text))
    assert all(source in shown for source in results.keys["source"])


def test_counts_of_several_samples_are_a_frame_with_the_source_in_front():
    counts, first = OPEN.tier_counts(), OPEN.among_largest("micro", [100, 1_000])

    assert list(counts)[:3] == ["source", "metric", "which_posts"]
    assert list(first)[:3] == ["source", "metric", "posts"]
    alone = KIM.tier_counts()["accounts"].tolist()
    assert counts.loc[counts["source"] == KIM.source.short, "accounts"].tolist() == alone


def test_what_is_planned_is_a_number_that_says_what_for():
    needed, least = (TABLES[name] for name in ("needed", "detectable"))

    assert needed == 683 and needed + 1 == 684
    assert needed.sentence().startswith("683 creators on each side confirm +20 % as +9 % to +32 %")
    assert round(least, 2) == 2.03 and "detects +103 % or more in 80 %" in least.sentence()
    assert needed.to_frame()["needed"].item() == 683


def test_a_slope_is_read_at_ten_times_the_size_and_never_per_decade():
    judged, shape = an.judge("C09", an.load("instagram-kim")), KIM.lind_mehlum()
    slopes = an.load("youtube-vtuber-livechat").panel("payers_per_chatter", "chatters").growing()
    shown = [
        repr(judged),
        judged._repr_html_(),
        repr(shape),
        shape._repr_html_(),
        str(slopes.between),
    ]
    shown += [one.because for one in judged]
    shown.append(an.text.enumerated(slopes.to_frame().head(2), "label"))
    for each in (slopes, shape, judged):
        drawn = each.plot()
        FigureCanvasAgg(drawn).draw()
        shown += [text.get_text() for text in drawn.findobj(Text)]
    assert not [text for text in shown if "per decade" in text]
    words = " ".join(shown)
    assert "a ratio of 1 at ten times the followers" in words
    assert "] at ten times the chatters" in words
    assert words.count("each at ten times the chatters") == 1
    assert "ratio at ten times the followers" in shown
