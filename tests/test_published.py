"""What others have published is read strictly, shown with its page, and translated into one
currency by arithmetic that can be checked.
"""

import csv
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.errors import SchemaError
from analysis.estimate.curve.elasticity import measured_betas
from analysis.estimate.printed_tables import MEDIAN, QUARTILES
from analysis.estimate.synthesis.pooling import average_by_owner, pool
from analysis.estimate.synthesis.published_elasticity import (
    COLUMNS,
    as_estimates,
    by_moderator,
    implied_betas,
    implied_by_sales,
)
from analysis.moments.load import load
from analysis.registers.published import FOLDER, PUBLISHED, published
from analysis.simulate import worlds

CODEBOOK = (FOLDER / "README.md").read_text(encoding="utf-8")


def figure(**changes):
    """A row that breaks no rule, with changes."""
    row = dict.fromkeys(PUBLISHED, "") | {
        **{"id": "ENG900", "original_source": "Somebody", "data_owner": "somebody"},
        **{"title": "A study", "data_year": "2020", "publisher_seen": "A page"},
        **{"url_seen": "https://example.org", "platform": "instagram", "tier_label": "micro"},
        **{"followers_min": "10000", "followers_max": "100000", "metric_group": "engagement"},
        **{"metric": "engagement rate", "denominator": "followers", "per": "followers"},
        **{"statistic": "mean", "value": "2.5", "unit": "percent", "geography": "not stated"},
        **{"directness": "primary", "confidence": "high", "evidence_class": "survey"},
        "series_id": "somebody_2020",
    }
    return row | changes


def write(folder, *rows, name="engagement"):
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return folder


def refusal(folder):
    with pytest.raises(SchemaError) as error:
        published(folder)
    return str(error.value)


def table(folder, *tiers, **changes):
    """Betas of one table: lower edge, upper edge and rate of each tier."""
    rows = [
        figure(
            id=f"ENG{number}",
            tier_label=f"tier {number}",
            followers_min=low,
            followers_max=high,
            value=rate,
            **changes,
        )
        for number, (low, high, rate) in enumerate(tiers)
    ]
    return published(write(folder, *rows))


@pytest.fixture(scope="module")
def figures():
    return published()


@pytest.fixture(scope="module")
def betas(figures):
    return implied_betas(figures)


def test_every_figure_says_where_it_was_read(figures):
    assert (figures["publisher_seen"].str.len() > 0).all()
    assert figures["url_seen"].str.fullmatch(r"https?://[^\s/]+/\S*").all()


def test_numbers_are_numbers_and_the_rest_is_text(figures):
    numbers = [name for name, field in PUBLISHED.items() if field.type in ("number", "year")]
    assert list(figures) == [*PUBLISHED, "pooled"]
    assert list(figures.select_dtypes("number")) == numbers
    assert not figures.drop(columns=numbers).isna().any(axis=None)


def test_a_caller_cannot_spoil_what_the_next_one_reads(figures):
    mine = published()
    mine.loc[0, "value"] = -1.0
    pd.testing.assert_frame_equal(published(), figures)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"platform": "instagarm"},
            "column platform: 'instagarm' is not known. Did you mean 'instagram'? Allowed: "
            "instagram, tiktok",
        ),
        (
            {"unit": "per cent"},
            "column unit: 'per cent' is not known. Did you mean 'percent'? Allowed: percent, ratio",
        ),
        (
            {"confidence": "certain"},
            "column confidence: 'certain' is not known. Allowed: high, medium, low.",
        ),
        ({"statistic": ""}, "column statistic is empty; required: how it was summed up"),
        ({"url_seen": ""}, "column url_seen is empty; required: address of that page."),
        (
            {"followers_max": "10000"},
            "column followers_max: the upper edge 10000 must lie above the lower edge "
            "followers_min, which is 1",
        ),
        (
            {"value": "2,5"},
            "column value: '2,5' is not a number. Allowed: a number, zero or more, without signs "
            "or separators.",
        ),
        ({"value": "-1"}, "column value: '-1' is not a number."),
        ({"n": "nan"}, "column n: 'nan' is not a number."),
        (
            {"data_year": "2020.0"},
            "column data_year: '2020.0' is not a year. Allowed: 1990 to 2100.",
        ),
        ({"value_low": "3"}, "column value: 2.5 must not lie below value_low, which is 3."),
        ({"value": ""}, "column unit: 'none' stands where no value does, and only there."),
        ({"title": " A study"}, "column title: ' A study' has blanks around it."),
        ({"metric_group": "roi"}, "column metric_group: 'roi' belongs into roi.csv."),
    ],
)
def test_a_fault_is_reported_in_a_sentence(tmp_path, changes, sentence):
    message = refusal(write(tmp_path, figure(**changes)))
    assert message.startswith(f"{tmp_path / 'engagement.csv'}, row ENG900, column ")
    assert sentence in message and len(message.splitlines()) == 1


def test_all_faults_are_reported_at_once(tmp_path):
    rows = [
        figure(),
        figure(platform="myspace", value="many"),
        figure(id="ENG901", data_owner="another"),
    ]
    message = refusal(write(tmp_path, *rows))
    assert (
        "column platform: 'myspace' is not known." in message
        and "column value: 'many' is not a number." in message
    )
    assert "row ENG900, column id: 'ENG900' is used twice, first in" in message
    assert (
        "row ENG901, column data_owner: 'another', but row ENG900 of the same series has "
        "'somebody'." in message
    )
    assert len(message.splitlines()) == 4


def test_an_id_is_used_once_over_all_files(tmp_path):
    write(tmp_path, figure())
    write(tmp_path, figure(metric_group="roi"), name="roi")
    assert "roi.csv, row ENG900, column id: 'ENG900' is used twice, first in" in refusal(tmp_path)


def test_a_word_that_is_not_known_is_told_with_every_word_that_is(tmp_path):
    for name in (name for name, field in PUBLISHED.items() if field.type == "word"):
        (folder := tmp_path / name).mkdir()
        assert f"'?' is not known. Allowed: {', '.join(PUBLISHED[name].allowed)}." in refusal(
            write(folder, figure(**{name: "?"}))
        )


def test_an_unknown_or_missing_column_is_refused(tmp_path):
    row = {
        ("followers_minn" if name == "followers_min" else name): value
        for name, value in figure().items()
    }
    message = refusal(write(tmp_path, row))
    assert (
        "engagement.csv: column 'followers_minn' is not known. Did you mean 'followers_min'? "
        "Allowed: id, original_source" in message
    )
    assert "column 'followers_min' is missing: lower edge" in message


def test_a_cell_too_many_shifts_nothing_in_silence(tmp_path):
    path = write(tmp_path, figure()) / "engagement.csv"
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + ",more\n", encoding="utf-8")
    assert (
        f"engagement.csv: line 2 has {len(PUBLISHED) + 1} cells, the header has {len(PUBLISHED)}."
        in refusal(tmp_path)
    )


def test_a_file_in_another_encoding_and_an_empty_folder_are_refused(tmp_path):
    assert "holds no file of published figures" in refusal(tmp_path)
    (tmp_path / "engagement.csv").write_bytes("Zürich".encode("latin-1"))
    assert "cannot be read" in refusal(tmp_path) and "Allowed: a CSV file in UTF-8." in refusal(
        tmp_path
    )


def test_the_codebook_lists_every_column_and_every_word():
    for name, field in PUBLISHED.items():
        required = "yes" if field.required else "no"
        allowed = ", ".join(field.allowed)
        assert (
            f"| `{name}` | {field.type} | {required} | {field.meaning} | {allowed} |" in CODEBOOK
        ), name
    for path in sorted(FOLDER.glob("*.csv")):
        assert f"`{path.name}`" in CODEBOOK


def test_the_codebook_counts_the_rows_and_tables_that_there_are(figures, betas):
    low = (figures["confidence"] == "low").sum()
    counts = [f"{len(figures)} numbers on", f"confidence, {low} of {len(figures)}."]
    counts += [f"{len(betas)} tables of rates per follower; {betas['pooled'].sum()} of them"]
    rows = figures["metric_group"].value_counts()
    counts += [f"| `{group}.csv` | {rows[group]} |" for group in sorted(rows.index)]
    assert [count for count in counts if count not in CODEBOOK] == [], (
        f"is to be written in {FOLDER.name}/README.md"
    )


def test_no_row_of_low_confidence_is_pooled(figures, betas):
    assert not figures.loc[figures["confidence"] == "low", "pooled"].any()
    low = set(figures.loc[figures["confidence"] == "low", "id"])
    assert len(low) > 100 and (betas["confidence"] == "low").any()
    assert not low & {one for ids in betas.loc[betas["pooled"], "ids"] for one in ids.split()}
    assert (betas.loc[~betas["pooled"], "not_pooled"].str.len() > 0).all()


def test_mediakix_implies_098(betas):
    # 10K-100K at 2.75 percent, 100K-200K at 2.65: midpoints 31,623 and 141,421, so 0.0161 / 0.6505
    # decades less than 1
    mediakix = betas[betas["source"] == "mediakix_2017"].iloc[0]
    assert mediakix["beta"] == pytest.approx(
        1 - np.log10(2.75 / 2.65) / (np.log10(1e5 * 2e5) / 2 - 4.5), rel=1e-12
    )
    assert round(mediakix["beta"], 2) == 0.98
    assert (
        mediakix["fit"] == "first against last tier"
        and "an open top ends at 2 times its lower edge" in mediakix["assumed"]
    )


def test_sixty_percent_over_quantumruns_tiers_implies_076(tmp_path):
    # 1K-5K has its middle at 2,236 and 5K-50K at 15,811 followers
    found = implied_betas(table(tmp_path, (1000, 5000, 1.6), (5000, 50000, 1.0))).iloc[0]
    assert found["midpoints"] == "2236; 15811"
    assert (found["ratio"], round(found["decades"], 2), round(found["beta"], 2)) == (
        pytest.approx(1.6),
        0.85,
        0.76,
    )


def test_more_than_two_tiers_lie_on_a_line_of_least_squares(tmp_path):
    found = implied_betas(
        table(tmp_path, ("", 1000, 8.0), (1000, 10000, 4.0), (10000, "", 3.0))
    ).iloc[0]
    x = np.log10([np.sqrt(316 * 1000), np.sqrt(1e7), np.sqrt(1e4 * 2e4)])
    assert found["beta"] == pytest.approx(1 + np.polyfit(x, np.log10([8, 4, 3]), 1)[0], rel=1e-10)
    assert (
        found["fit"] == "least squares over 3 tiers"
        and "an open bottom starts at 316 followers" in found["assumed"]
    )


def test_a_table_made_with_a_known_beta_gives_it_back_whatever_its_tiers(tmp_path):
    for number, edges in enumerate(
        [(1e3, 1e4, 1e5), (1e3, 2e4, 3e4, 5e6), (5e2, 1e6, 2e6, 4e6, 8e6)]
    ):
        (folder := tmp_path / str(number)).mkdir()
        tiers = [
            (f"{low:.0f}", f"{high:.0f}", f"{100 * np.sqrt(low * high) ** -0.2:.15f}")
            for low, high in pairwise(edges)
        ]
        assert implied_betas(table(folder, *tiers))["beta"].tolist() == pytest.approx(
            [0.8], rel=1e-12
        )


def test_the_two_assumptions_on_open_tiers_are_arguments(tmp_path):
    made = table(tmp_path, ("", 1000, 8.0), (100000, "", 2.0))
    usual, other = (
        implied_betas(made).iloc[0],
        implied_betas(made, open_top=10, open_bottom=10).iloc[0],
    )
    assert (usual["decades"], other["decades"]) == (
        pytest.approx(2.4007, abs=1e-4),
        pytest.approx(3.5),
    )
    assert usual["beta"] < other["beta"]


def test_what_is_not_per_follower_is_not_translated(tmp_path):
    for number, changes in enumerate([{"per": "views"}, {"per": "not stated"}, {"unit": "USD"}]):
        (folder := tmp_path / str(number)).mkdir()
        assert implied_betas(table(folder, (1000, 5000, 2.0), (5000, 9000, 1.0), **changes)).empty


def test_two_countries_of_one_series_are_two_tables(betas, figures):
    assert betas.loc[betas["source"] == "hypeauditor_2023", "geography"].tolist() == [
        "United States"
    ]
    assert (
        figures["series_id"].eq("hypeauditor_2023") & figures["geography"].eq("worldwide")
    ).any()


def test_a_table_of_two_tiers_says_whose_it_is_and_which_ratio_gave_its_beta(betas, figures):
    two = betas[betas["n_tiers"] == 2]
    tables = figures.set_index("id").loc[two["ids"].str.split().str[0]]

    assert len(two) > 5
    assert (
        two["source"].tolist() == tables["series_id"].tolist()
        and two["data_owner"].tolist() == tables["data_owner"].tolist()
    )
    assert two["ratio"].to_numpy() == pytest.approx(
        10 ** ((1 - two["beta"]) * two["decades"]).to_numpy()
    )
    assert (betas["se"].isna() == (betas["no_se"] != "")).all() and betas["no_se"].notna().all()


def test_conversions_and_revenue_by_size_are_translated_apart_and_never_pooled(figures, tmp_path):
    made = implied_by_sales(
        table(
            tmp_path, (1000, 10000, 4.0), (10000, 100000, 2.0), metric_group="engagement",
            per="engagements", metric="share that buys",
        )
    )  # fmt: skip
    assert made.empty  # reactions per engagement are no sales

    found = implied_by_sales(figures)
    low = set(figures.loc[figures["confidence"] == "low", "id"])
    assert set(found["metric_group"]) == {"conversion", "roi"}
    assert not found["pooled"].any() and (found["not_pooled"] != "").all()
    assert not set(" ".join(found["ids"]).split()) & set(
        " ".join(implied_betas(figures)["ids"]).split()
    )
    for one in found.itertuples():
        own = set(one.ids.split())
        assert (one.not_pooled == "low confidence") == bool(own & low)
        assert one.n_tiers == len(own) > 1
    vyrex = found[(found["source"] == "vyrex_2025") & (found["metric_group"] == "conversion")]
    ends = figures.set_index("id").loc[vyrex["ids"].item().split(), "value"]
    assert ends.is_monotonic_decreasing and vyrex["beta"].item() < 1


def test_a_count_of_a_whole_study_gives_no_standard_error(figures, betas):
    sociavault = betas[betas["source"] == "sociavault_2026_x"]
    rows = figures[figures["series_id"] == "sociavault_2026_x"]
    assert (rows["statistic"] == "median with quartiles").all() and rows["n"].isna().all()
    assert sociavault["se"].isna().all() and not sociavault["pooled"].any()


def test_a_restated_study_counts_once(betas):
    markerly = betas[betas["source"] == "markerly_2016"]
    assert markerly["n_tiers"].tolist() == [4, 2] and markerly["pooled"].tolist() == [True, False]
    assert "restates" in markerly["not_pooled"].iloc[1]


def test_a_standard_error_is_given_where_every_tier_prints_n_and_quartiles_and_nowhere_else(
    betas, figures
):
    known, rows = betas["se"].notna(), figures.set_index("id")
    needed = ["n", "value_low", "value_high"]
    for table, has_error in zip(betas.itertuples(), known, strict=True):
        tiers = rows.loc[table.ids.split()]
        medians = (tiers["statistic"] == "median with quartiles").all()
        assert has_error == (medians and tiers[needed].notna().all(axis=None)), table.ids
    assert (
        betas.loc[~known, "no_se"] == "the table does not give n and quartiles for each tier"
    ).all()
    assert (betas.loc[known, "no_se"] == "").all()
    three_of_one = known.sum() == 3 and betas.loc[known, "data_owner"].nunique() == 1
    assert ("Only three tables, all of one owner, print what" in CODEBOOK) == three_of_one


def test_the_standard_error_is_that_of_log_medians(tmp_path):
    quartiles = {
        "statistic": "median with quartiles",
        "value_low": "1",
        "value_high": "4",
        "n": "100",
    }
    found = implied_betas(
        table(tmp_path, (1000, 10000, 2.0), (10000, 100000, 2.0), **quartiles)
    ).iloc[0]
    of_one = 1.2533 * (np.log(4) / 1.349) / 10 / np.log(10)
    assert found["se"] == pytest.approx(
        np.sqrt(2) * of_one / 1.0, rel=1e-12
    )  # the two midpoints lie one decade apart


def test_the_quartiles_of_the_implied_betas_are_those_that_the_codebook_gives(betas):
    quartiles = betas.loc[betas["pooled"], "beta"].quantile([0.25, 0.5, 0.75]).round(2).tolist()
    assert f"quartiles {quartiles[0]:.2f}, {quartiles[1]:.2f} and {quartiles[2]:.2f}" in CODEBOOK
    assert list(betas) == list(COLUMNS)


def test_the_median_does_not_hang_on_how_open_tiers_are_closed(figures, betas):
    pooled = betas.loc[betas["pooled"], "beta"]
    low, middle, high = pooled.quantile([0.25, 0.5, 0.75])
    error = MEDIAN * (high - low) / QUARTILES / np.sqrt(len(pooled))  # of the median over tables
    for top in (1.5, 2, 5, 10):
        for bottom in (100, 316, 1000):
            median = implied_betas(figures, top, bottom).query("pooled")["beta"].median()
            assert abs(median - middle) < error


def test_a_measured_beta_is_a_regression_over_accounts():
    rng = np.random.default_rng(3)
    followers = np.exp(rng.uniform(7, 14, 400)).round()
    posts = pd.DataFrame(
        {
            "account_id": [f"a{n}" for n in range(400)],
            "platform": "instagram",
            "followers": followers,
        }
    )
    posts = posts.assign(
        likes=np.exp(0.8 * np.log(followers) + rng.normal(0, 1, 400)), comments=0.0
    )
    found = measured_betas([worlds.world("test", posts).sample("engagement")]).iloc[0]

    design = np.column_stack([np.ones(400), np.log(followers)])
    fit = sm.OLS(np.log(posts["likes"]), design).fit(cov_type="HC3")
    assert (found["beta"], found["se"]) == pytest.approx(
        (fit.params.iloc[1], fit.bse.iloc[1]), rel=1e-8
    )
    assert found["n"] == 400


def test_a_metric_that_is_not_per_follower_has_no_elasticity_of_reactions():
    posts = load("tiktok-datares")
    per_view = next(key for key in posts.metrics if key.endswith("_per_view"))
    with pytest.raises(ValueError, match=f"metric '{per_view}' is not per follower"):
        measured_betas([posts.sample(per_view)])


def test_owners_of_data_vote_once_and_one_owner_alone_is_not_pooled(betas):
    known = betas[betas["se"].notna()]
    votes = average_by_owner(known)
    assert votes["estimates"].to_dict() == known["data_owner"].value_counts().to_dict()
    with pytest.raises(ValueError, match="1 study: at least 2"):
        pool(votes.head(1))


def test_no_address_is_somebodys_handle_and_no_file_but_tables_is_kept(figures):
    assert not figures["url_seen"].str.contains("@").any()
    assert {path.suffix for path in FOLDER.iterdir()} == {".csv", ".md"}


def test_moderators_are_described_with_every_table_in_exactly_one_level_of_each():
    betas = implied_betas(published()).query("pooled")

    found = by_moderator(betas).to_frame()

    assert found.groupby("moderator")["tables"].sum().eq(len(betas)).all()
    instagram = betas.loc[betas["platform"] == "instagram", "beta"]
    row = found[(found["moderator"] == "platform") & (found["level"] == "instagram")]
    assert row["median"].item() == pytest.approx(instagram.median())
    assert (found["lowest"] <= found["median"]).all() and (
        found["median"] <= found["highest"]
    ).all()


def test_a_chart_takes_betas_as_estimates_with_normal_intervals_where_there_is_an_error():
    betas = pd.DataFrame({"beta": [0.8, 0.9], "se": [0.1, np.nan], "n": [20, 30]})
    found = as_estimates(betas).to_frame()
    narrow = as_estimates(betas.drop(columns="n"), 0.9).to_frame()

    assert found["estimate"].tolist() == [0.8, 0.9]
    assert found.loc[0, ["low", "high"]].tolist() == pytest.approx(
        [0.8 - 0.1959964, 0.8 + 0.1959964]
    )
    assert narrow.loc[0, ["low", "high"]].tolist() == pytest.approx(
        [0.8 - 0.1644854, 0.8 + 0.1644854]
    )
    assert found["status"].tolist() == ["ok", "indicative"] and found["n_accounts"].tolist() == [
        20,
        30,
    ]
    assert found.loc[1, ["low", "high"]].isna().all() and narrow["n_accounts"].isna().all()
    assert set(found["unit"]) == {""} and found["beta"].equals(betas["beta"])
