"""A user's own file: read as documented, refused in sentences, kept without names."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from analysis import paths
from analysis.errors import RegisterError, SchemaError
from analysis.estimate.contrast import contrast
from analysis.intake.reading import Hints
from analysis.moments.kept import keep_own
from analysis.moments.load import load, load_all
from analysis.moments.own import check_name, default_name, read, read_own
from analysis.moments.price_lists import read_prices
from analysis.publish.run.parameters import ParameterError, choose, resolve
from analysis.registers.lookup import scheme
from analysis.simulate import worlds


@pytest.fixture(autouse=True)
def _private_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "OWN", tmp_path / "own")


@pytest.fixture(scope="module")
def posts():
    table = worlds.posts(9, accounts=(14, 12), posts_per_account=8).head(200)
    return table.assign(sponsored=np.where(np.arange(len(table)) % 2, "yes", "no"), niche="food")


def ratio(moments):
    return contrast(moments.sample().tier(scheme("decades")))


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".xlsx"])
def test_every_file_type_gives_the_same_estimate_as_the_frame(posts, tmp_path, suffix):
    path = tmp_path / f"my{suffix}"
    if suffix == ".parquet":
        import duckdb

        duckdb.from_df(posts).write_parquet(str(path))
    elif suffix == ".xlsx":
        posts.to_excel(path, index=False)
    else:
        posts.to_csv(path, index=False, sep="\t" if suffix == ".tsv" else ",")

    moments = read_own(path, "acme")

    assert ratio(moments).estimate == pytest.approx(
        ratio(worlds.world("w", posts)).estimate, rel=1e-12
    )
    assert moments.source.strata == ("sponsored", "niche")
    assert moments.levels("sponsored") == ("no", "yes")


def test_own_data_are_kept_for_their_owner_alone(posts, tmp_path):
    posts.to_csv(tmp_path / "my.csv", index=False)
    moments = read_own(tmp_path / "my.csv", "acme")
    paths.OWN.mkdir(mode=0o755)
    (paths.OWN / "acme").mkdir(mode=0o755)
    (paths.OWN / "acme" / "moments.csv").write_text("kept by an older version, for all to read")

    folder = keep_own(moments)

    assert paths.OWN.stat().st_mode & 0o777 == folder.stat().st_mode & 0o777 == 0o700
    files = list(folder.iterdir())
    assert len(files) == 3
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_own_data_are_found_by_name_and_give_the_same_numbers(posts, tmp_path):
    posts.to_csv(tmp_path / "my.csv", index=False)
    moments = read_own(tmp_path / "my.csv", "acme")

    keep_own(moments)

    assert ratio(load("acme")) == ratio(moments)
    sponsored = {"stratum": "sponsored", "level": "yes"}
    assert load("acme").sample(**sponsored).accounts == moments.sample(**sponsored).accounts > 0


@pytest.mark.parametrize(("given", "found"), [({}, "EUR"), ({"currency": "EUR"}, "EUR")])
def test_the_currency_of_a_report_on_own_prices_is_theirs(posts, tmp_path, given, found):
    posts.assign(cost=200, currency="EUR").to_csv(tmp_path / "my.csv", index=False)
    keep_own(read_own(tmp_path / "my.csv", "acme"))
    values = resolve(choose(("03", "11")), {"source": "acme"} | given)
    assert values["11-cost-and-budget"]["currency"] == found
    assert "currency" not in values["03-sixty-percent"]


def test_a_report_in_another_currency_than_ones_own_prices_is_refused_before_any_cell(
    posts, tmp_path
):
    posts.assign(cost=200, currency="EUR").to_csv(tmp_path / "my.csv", index=False)
    keep_own(read_own(tmp_path / "my.csv", "acme"))
    with pytest.raises(ParameterError) as refused:
        resolve(choose(("11",)), {"source": "acme", "currency": "GBP"})
    assert str(refused.value) == (
        "currency: your prices are not in GBP: acme in EUR. Nothing is converted here: set the "
        "parameter currency to EUR."
    )


def test_own_data_without_amounts_leave_the_currency_to_the_reader(posts, tmp_path):
    posts.to_csv(tmp_path / "my.csv", index=False)
    keep_own(read_own(tmp_path / "my.csv", "acme"))
    values = [
        resolve(choose(("11",)), {"source": "acme"} | given) for given in ({}, {"currency": "GBP"})
    ]
    assert [value["11-cost-and-budget"]["currency"] for value in values] == ["USD", "GBP"]


def test_what_is_kept_names_no_account(posts, tmp_path):
    posts.to_csv(tmp_path / "my.csv", index=False)

    folder = keep_own(read_own(tmp_path / "my.csv", "acme"))

    kept = "".join(path.read_text() for path in folder.iterdir())
    assert "simulated-" in (tmp_path / "my.csv").read_text()
    assert "simulated-" not in kept


def test_rows_without_account_or_followers_are_counted(tmp_path):
    table = pd.DataFrame(
        {
            "account_id": ["a", "", "c"],
            "platform": "tiktok",
            "followers": [100, 100, None],
            "likes": 1,
        }
    )
    table.to_csv(tmp_path / "my.csv", index=False)

    left_out = read_own(tmp_path / "my.csv", "acme").rows_left_out

    assert dict(zip(left_out["reason"], left_out["rows"], strict=True)) == {
        "row without account id": 1,
        "row without followers": 1,
    }


def test_platforms_are_never_pooled(posts, tmp_path):
    both = pd.concat([posts, posts.assign(platform="TikTok")])
    both.to_csv(tmp_path / "my.csv", index=False)
    keep_own(read_own(tmp_path / "my.csv", "acme"))

    with pytest.raises(
        RegisterError, match=r"'acme' mixes instagram, tiktok, whose rates are different things"
    ):
        load("acme").sample()
    apart = load_all("acme")
    assert list(apart) == ["acme-instagram", "acme-tiktok"]
    assert ratio(apart["acme-tiktok"]).estimate == pytest.approx(
        ratio(worlds.world("w", posts)).estimate
    )


FAULTS = {
    "a missing required column": (
        {"folowers": 1},
        ["followers"],
        "required column 'followers' is missing (followers of the account at the time of the "
        "row [accounts]). "
        'Is \'folowers\' meant? Then add columns={"followers": "folowers"}.',
    ),
    "a name that looks like a slip": (
        {"sharees": 1},
        [],
        "column 'sharees' is not known. Is 'shares' meant? "
        'Then add columns={"shares": "sharees"}; if not, ignore=["sharees"].',
    ),
    "no counts at all": (
        {},
        ["likes", "comments"],
        "the columns allow no metric. A metric needs one of: chatters with payers; clicks "
        "with conversions; clicks with impressions; comments",
    ),
    "a negative count": (
        {"likes": [5, -3]},
        [],
        "column 'likes', data row 2: '-3' does not fit. Allowed: a number, 0 or more. Cells "
        "like it: 1.",
    ),
    "text for a count": (
        {"likes": ["some", "many"]},
        [],
        "column 'likes', data rows 1, 2: 'some' is not a number. Allowed: a number, 0 or more. "
        "Cells like it: 2.",
    ),
    "an infinite count": (
        {"likes": ["inf", 1]},
        [],
        "column 'likes', data row 1: 'inf' is not a number.",
    ),
    "zero posts": (
        {"posts": [1, 0]},
        [],
        "column 'posts', data row 2: '0' does not fit. Allowed: a number, 1 or more.",
    ),
    "an unknown platform": (
        {"platform": "myspace"},
        [],
        "column 'platform', data rows 1, 2: 'myspace' does not fit. Allowed: instagram, "
        "tiktok, youtube,",
    ),
    "a time that is none": (
        {"posted_at": ["2025-01-01", "soon"]},
        [],
        "column 'posted_at', data row 2: 'soon' does not fit. Allowed: a time in ISO 8601",
    ),
    "neither yes nor no": (
        {"sponsored": ["yes", "maybe"]},
        [],
        "column 'sponsored', data row 2: 'maybe' does not fit. Allowed: yes, no, true,",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_is_refused_with_a_sentence_that_says_where_what_and_what_is_allowed(
    fault, tmp_path
):
    changed, dropped, sentence = FAULTS[fault]
    table = pd.DataFrame(
        {
            "account_id": ["a", "b"],
            "platform": "instagram",
            "followers": 100,
            "likes": 1,
            "comments": 1,
        }
    )
    table.assign(**changed).drop(columns=dropped).to_csv(tmp_path / "my.csv", index=False)

    with pytest.raises(SchemaError) as refused:
        read_own(tmp_path / "my.csv", "acme")

    assert f"my.csv: {sentence}" in str(refused.value)


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (
            {"followers": [0, 0], "likes": 1},
            "no row has both an account_id and followers above zero, so no account can be "
            "given a tier.",
        ),
        (
            {"followers": [100, 100], "likes": [None, None]},
            "every metric that its columns allow is empty.",
        ),
    ],
)
def test_a_file_from_which_nothing_can_follow_is_refused(columns, sentence, tmp_path):
    pd.DataFrame({"account_id": ["a", "b"], "platform": "x"} | columns).to_csv(
        tmp_path / "my.csv", index=False
    )

    with pytest.raises(SchemaError, match=sentence):
        read_own(tmp_path / "my.csv", "acme")


def test_a_column_that_is_there_but_empty_does_not_hide_the_engagement_that_is_known(tmp_path):
    table = pd.DataFrame(
        {
            "account_id": ["a", "b"],
            "platform": "x",
            "followers": 100,
            "likes": [1, 2],
            "comments": None,
        }
    )
    table.to_csv(tmp_path / "my.csv", index=False)

    assert read_own(tmp_path / "my.csv", "acme").source.engagement == "likes_per_follower"


@pytest.mark.parametrize("name", ["Acme Inc", "a--b", "-a", "latest", "instagram-kim", ""])
def test_a_name_that_is_not_allowed_is_refused(name, tmp_path):
    with pytest.raises(
        SchemaError, match=r"is not allowed\. Allowed: lower-case|is taken\. Taken: latest, draft"
    ):
        read_own(tmp_path / "my.csv", name)


def test_all_faults_are_reported_at_once(tmp_path):
    table = pd.DataFrame(
        {
            "account_id": ["a"],
            "platform": "myspace",
            "followers": "many",
            "likes": -2,
            "sponsored": "perhaps",
        }
    )
    table.to_csv(tmp_path / "my.csv", index=False)

    with pytest.raises(SchemaError) as refused:
        read_own(tmp_path / "my.csv", "acme")

    assert str(refused.value).count("\n") == 3


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "my.docx",
            "{}",
            "'.docx' is not a file type that can be read. Allowed: .csv, .tsv, .txt, .parquet, "
            ".xlsx, .json, .jsonl, .ndjson.",
        ),
        (
            "my.parquet",
            "not parquet",
            "my.parquet could not be read as .parquet: its content is something else.",
        ),
        (
            "my.xlsx",
            "not excel",
            "my.xlsx could not be read as .xlsx: its content is something else.",
        ),
        ("my.csv", "account_id,platform,followers,likes\n", "my.csv has no data rows."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(name, content, sentence, tmp_path):
    (tmp_path / name).write_text(content)

    with pytest.raises(SchemaError) as refused:
        read_own(tmp_path / name, "acme")

    assert sentence in str(refused.value)


def test_an_unknown_source_is_refused_with_those_that_exist(tmp_path):
    with pytest.raises(
        RegisterError,
        match=r"source 'nobody' is not registered. Registered: instagram-kim, tiktok-tides",
    ):
        load("nobody")


def test_what_a_source_does_not_hold_is_refused_with_what_it_holds():
    with pytest.raises(
        RegisterError,
        match=r"'youtube-tides' does not hold a metric of engagement. It holds: views_per_follower",
    ):
        load("youtube-tides").sample()
    with pytest.raises(
        RegisterError, match=r"'tiktok-datares' has no posts with sponsored=yes. It has: no strata"
    ):
        load("tiktok-datares").sample(stratum="sponsored", level="yes")


# --- what the reader says about the data


def test_arguments_settle_what_the_data_leave_open(tmp_path):
    path = tmp_path / "my export.csv"
    path.write_text('who,Fans,hearts,mood\nana,"1,234",9,good\nbo,"2,345",8,bad\n')
    with pytest.raises(SchemaError) as refused:
        read(path)
    for argument in ('columns={"account_id": "NAME"}', 'constants={"platform": "VALUE"}'):
        assert argument in str(refused.value)

    own = read(
        path,
        columns={"account_id": "who", "likes": "hearts"},
        constants={"platform": "x", "posts": 1},
        ignore="mood",
        decimal=".",
    )

    assert (own.source.key, own.platforms) == ("my-export", ("x",))
    assert sorted(own.table["followers_min"]) == [1234, 2345]


def test_a_price_list_takes_the_same_arguments(tmp_path):
    path = tmp_path / "quotes.csv"
    path.write_text("Fans,quote\n900,40\n80000,300\n")
    with pytest.raises(SchemaError, match=r'columns=\{"price": "NAME"\}'):
        read_prices(path)

    (quotes,) = read_prices(
        path,
        columns={"followers": "Fans", "price": "quote"},
        constants={"platform": "x", "currency": "EUR"},
    ).values()

    assert (quotes.source.currency, quotes.table["cost_per_post.numerator"].sum()) == ("EUR", 340)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("exports/My Posts (2025).csv", "my-posts-2025"),
        ("duckdb:///posts.db?table=brand.posts", "brand-posts"),
        ("snowflake://ada:s3cret@firm/base?warehouse=wh&table=posts&role=r", "posts"),
        ("posts/*.parquet", "own"),
        ("instagram-kim.csv", "instagram-kim-own"),
        ("投稿.csv", "own"),
        (pd.DataFrame({"likes": [1]}), "own"),
    ],
)
def test_data_without_a_name_get_a_legal_one(data, name):
    assert default_name(data) == name
    check_name(name)


def test_an_argument_that_does_not_exist_is_answered_by_the_nearest(tmp_path):
    with pytest.raises(
        TypeError, match=r"'encodng' is not an argument\. Did you mean 'encoding'\?"
    ):
        read(tmp_path / "my.csv", encodng="cp1252")


OPTIONS = {
    "columns": ({"likes": "Like Count"}, "--map 'likes=Like Count'", '{"likes": "Like Count"}'),
    "constants": ({"platform": "x"}, "--set platform=x", '{"platform": "x"}'),
    "ignore": (["mood"], "--ignore mood", '["mood"]'),
    "column_names": ("my.toml", "--columns my.toml", '"my.toml"'),
    "encoding": ("cp1252", "--encoding cp1252", '"cp1252"'),
    "sheet": ("May 2025", "--sheet 'May 2025'", '"May 2025"'),
    "decimal": (",", "--decimal ,", '","'),
    "rate": ("percent", "--rate percent", '"percent"'),
    "dates": ("day first", "--dates 'day first'", '"day first"'),
    "zone": ("UTC", "--zone UTC", '"UTC"'),
    "strict": (True, "--strict", "True"),
}


def test_every_hint_can_be_written_as_an_option_and_as_an_argument():
    assert {*OPTIONS, "asked_from"} == {field.name for field in fields(Hints)}
    for name, (value, option, argument) in OPTIONS.items():
        assert Hints(asked_from="command").option(name, value) == option
        assert Hints(asked_from="python").option(name, value) == f"{name}={argument}"


@pytest.mark.parametrize(
    ("hint", "sentence"),
    [
        ({"rate": "both"}, r"^--rate both is not allowed\. Allowed: percent or fraction\.$"),
        ({"decimal": ";"}, r"^--decimal ';' is not allowed\. Allowed: \. or ,\.$"),
        ({"dates": "day"}, r"^--dates day is not allowed\. Allowed: day first or month first\.$"),
        ({"zone": "Mars"}, r"^--zone Mars is not known\. Examples: UTC, Europe/Copenhagen,"),
        ({"encoding": "klingon"}, r"^--encoding klingon is not known\. Examples: cp1252,"),
        ({"encoding": "rot13"}, r"^--encoding rot13 is not known\. Examples: cp1252,"),
    ],
)
def test_a_hint_that_no_data_can_mean_is_refused(hint, sentence):
    with pytest.raises(SchemaError, match=sentence):
        Hints(**hint, asked_from="command")
