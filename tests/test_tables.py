"""A table is summed where it lies: the numbers of a file, refusals in sentences, no secrets in
messages.
"""

import duckdb
import numpy as np
import pandas as pd
import pytest

from analysis import paths
from analysis.errors import SchemaError
from analysis.estimate.contrast import contrast
from analysis.estimate.judging import judge_test
from analysis.intake import engines
from analysis.moments.kept import keep_own, load_own
from analysis.moments.own import read, read_own
from analysis.publish.check import check
from analysis.registers.lookup import claim, scheme
from analysis.simulate import worlds


@pytest.fixture(autouse=True)
def _private_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "OWN", tmp_path / "own")


def typed_posts(seed=5):
    """POSTS of a simulated world with every type of column; some rows are no evidence, for two
    reasons.
    """
    table = worlds.posts(seed, accounts=(60, 40), posts_per_account=8)
    count = len(table)
    order = np.arange(count)
    table = table.assign(
        account_id=table["account_id"].mask(order % 97 == 0),
        platform=np.where(table["account_id"].str[-1].isin(["1", "2"]), "tiktok", "IG"),
        sponsored=order % 3 == 0,
        niche=np.where(order % 5 == 0, " food ", "travel"),
        post_id=[f"post {number}" for number in range(count)],
        posted_at=pd.Timestamp("2025-01-01") + pd.to_timedelta(order * 3_671, unit="s"),
    )
    return table.assign(followers=table["followers"].mask(order % 89 == 0))


@pytest.fixture(scope="module")
def posts():
    return typed_posts()


@pytest.fixture(scope="module")
def file(posts, tmp_path_factory):
    """The same posts as a file, read as files are: what every table has to give."""
    path = tmp_path_factory.mktemp("file") / "posts.csv"
    posts.to_csv(path, index=False)
    return read_own(path, "acme")


@pytest.fixture
def places(posts, tmp_path, monkeypatch):
    """The same posts in every place that needs no further package."""
    monkeypatch.chdir(tmp_path)
    with duckdb.connect("my posts.db") as connection:
        connection.execute(
            "CREATE SCHEMA brand; CREATE TABLE brand.posts AS SELECT * FROM posts; CREATE "
            "TABLE posts AS FROM brand.posts"
        )
        connection.execute("COPY posts TO 'parts' (FORMAT parquet, PARTITION_BY (platform))")
        connection.execute(
            "COPY (FROM posts LIMIT 300) TO 'plain-1.parquet'; COPY (FROM posts OFFSET 300) TO "
            "'plain-2.parquet'"
        )
    return {
        "DuckDB": "duckdb:///my%20posts.db?table=posts",
        "DuckDB, from the root": f"duckdb:///{tmp_path}/my posts.db?table=brand.posts",
        "a folder in partitions": tmp_path / "parts",
        "a pattern": "plain-*.parquet",
        "a relation": duckdb.from_df(posts),
        "a frame": posts,
    }


def same(found, expected):
    """The equalities that every engine owes: integers identical, floats to 1e-12, lifts to 1e-10,
    verdicts equal.
    """
    pd.testing.assert_frame_equal(found.table, expected.table, rtol=1e-12, atol=1e-300)
    whole = [
        name
        for name in expected.table
        if name == "posts" or name.endswith((".posts", ".numerator", "single_posts"))
    ]
    assert len(whole) > 10
    pd.testing.assert_frame_equal(found.table[whole], expected.table[whole], check_exact=True)
    pd.testing.assert_frame_equal(found.rows_left_out, expected.rows_left_out)
    d06 = claim("D06")
    for platform in expected.platforms:
        mine, theirs = found.on(platform), expected.on(platform)
        lifts = [contrast(one.sample().tier(scheme("decades"))) for one in (mine, theirs)]
        for name in ("estimate", "low", "high"):
            assert getattr(lifts[0], name) == pytest.approx(getattr(lifts[1], name), rel=1e-10)
        verdicts = [judge_test(d06, d06.tests[0], one, scheme("decades")) for one in (mine, theirs)]
        assert verdicts[0].outcome == verdicts[1].outcome != "untestable"


def test_every_place_gives_what_the_file_gives(places, file):
    assert len(file.rows_left_out) == 2 and file.platforms == ("instagram", "tiktok")
    prints = set()
    for data in places.values():
        found = read_own(data, "acme")
        same(found, file)
        prints.add(found.fingerprint)
    assert len(prints) == 1, "the same posts have the same fingerprint wherever they lie"


def test_other_posts_have_another_fingerprint(posts):
    assert (
        read_own(posts.head(500), "acme").fingerprint
        != read_own(posts.head(501), "acme").fingerprint
    )


def test_what_was_read_from_a_table_is_kept_and_found_like_a_file(places, file):
    keep_own(read_own(places["DuckDB"], "acme"))
    kept = load_own("acme")
    assert kept.source.title == "Own data: my posts.db, table posts"
    assert "Repaired on reading: platform, other word:" in " ".join(kept.source.limits)
    assert contrast(kept.on("tiktok").sample().tier(scheme("decades"))).estimate == pytest.approx(
        contrast(file.on("tiktok").sample().tier(scheme("decades"))).estimate, rel=1e-10
    )


def test_a_table_is_read_with_names_and_constants_that_the_reader_gives(posts):
    renamed = posts.drop(columns="platform").rename(
        columns={"likes": "hearts", "followers": "FOLLOWERS"}
    )
    found = read(
        renamed,
        columns={"likes": "hearts"},
        constants={"platform": "ig", "country": "DK"},
        ignore=["niche"],
    )
    assert (found.platforms, found.source.strata) == (("instagram",), ("sponsored", "country"))
    assert (
        found.table["likes_per_post.numerator"].sum()
        == posts.dropna(subset=["account_id", "followers"])["likes"].sum()
    )


GOOD = {
    "account_id": ["a", "b"],
    "platform": "instagram",
    "followers": [100, 200],
    "likes": [1, 2],
    "comments": [0, 1],
}

REFUSED = {
    "a negative count": (
        {"likes": [5, -3]},
        "column 'likes' '-3' does not fit. Allowed: a number, 0 or more. Rows like it: 1.",
    ),
    "an infinite count": (
        {"likes": [5.0, np.inf]},
        "column 'likes' 'inf' does not fit. Allowed: a number, 0 or more. Rows like it: 1.",
    ),
    "no posts": (
        {"posts": [1, 0]},
        "column 'posts' '0' does not fit. Allowed: a number, 1 or more. Rows like it: 1.",
    ),
    "an unknown platform": (
        {"platform": "myspace"},
        "column 'platform' 'myspace' does not fit. Allowed: instagram, tiktok,",
    ),
    "a blank platform": (
        {"platform": ["instagram", " "]},
        "column 'platform' is blank. Allowed: instagram, tiktok,",
    ),
    "neither yes nor no": (
        {"sponsored": ["yes", "maybe"]},
        "column 'sponsored' 'maybe' does not fit. Allowed: yes, no, true, false,",
    ),
    "text for a count": (
        {"likes": ["5", "6"]},
        "column 'likes' is of type String. Allowed: a number, 0 or more, as such a type. Cast it",
    ),
    "text for a time": (
        {"posted_at": ["2025-01-01", "2025-01-02"]},
        "column 'posted_at' is of type String. Allowed: a time in ISO 8601",
    ),
    "a fraction for an account": (
        {"account_id": [1.5, 2.0]},
        "column 'account_id' is of type Float64. Allowed: text, as such a type.",
    ),
    "a missing column": (
        {"followers": None, "folowers": 1},
        "required column 'followers' is missing",
    ),
    "a post twice": (
        {"account_id": "a", "post_id": "p"},
        "1 rows are of a post that is there already, by its post_id.",
    ),
    "the same row twice": (
        {
            "account_id": "a",
            "followers": 100,
            "likes": 1,
            "comments": 1,
            "posted_at": pd.Timestamp("2025-01-01"),
        },
        "1 rows are of a post that is there already, by its posted_at.",
    ),
    "no currency": (
        {"cost": [5, 6]},
        "a row has an amount without a currency. Allowed: an ISO 4217 code of three letters in "
        "'currency',",
    ),
    "a currency that is none": (
        {"cost": [5, 6], "currency": ["EUR", "Euro"]},
        "in 'currency', such as EUR. Rows like it: 1.",
    ),
    "two currencies": (
        {"cost": [5, 6], "currency": ["EUR", "usd"]},
        "amounts are in several currencies, EUR and USD among them.",
    ),
    "rates of two kinds": (
        {"engagement_rate": [0.5, 3.2]},
        "column 'engagement_rate' has rates from 0.5 to 3.2, which may be percentages",
    ),
    "clicks never shown": (
        {"clicks": [1, 2], "impressions": [0, 9]},
        "a row has clicks but was never shown. Correct the counts. Rows like",
    ),
    "nothing to go by": (
        {"followers": [np.nan, np.nan]},
        "no row has both an account_id and followers, so no account",
    ),
}


def changed(columns):
    kept = {name: value for name, value in (GOOD | columns).items() if value is not None}
    return pd.DataFrame(
        {name: value if isinstance(value, list) else [value] * 2 for name, value in kept.items()}
    )


@pytest.mark.parametrize("fault", REFUSED)
def test_what_does_not_fit_is_refused_with_the_value_and_how_many_rows_are_like_it(fault):
    columns, sentence = REFUSED[fault]
    with pytest.raises(SchemaError) as refused:
        read_own(changed(columns), "acme")
    assert sentence in str(refused.value)
    assert str(refused.value).startswith("a pandas table: ")


def test_a_table_without_rows_is_refused():
    with pytest.raises(SchemaError, match=r"the table has no rows\."):
        read_own(duckdb.from_df(changed({})).filter("likes > 9"), "acme")


def test_all_faults_of_a_table_are_reported_at_once():
    table = changed({"platform": ["myspace", "x"], "likes": [-1, 2], "cost": [1, 2]})
    with pytest.raises(SchemaError) as refused:
        read_own(table, "acme")
    assert len(str(refused.value).splitlines()) == 3


def test_a_table_without_faults_is_not_refused():
    assert read_own(changed({}), "acme").sample().accounts == 2


def test_a_hint_about_text_is_refused_for_a_table():
    with pytest.raises(
        SchemaError,
        match=r'sheet="one" is about the text of a file; a table has types\. Leave it out\.',
    ):
        read(changed({}), sheet="one")


def test_what_is_not_a_number_is_unknown_and_counted():
    nan = duckdb.sql(
        "SELECT unnest(['a', 'b']) AS account_id, 'x' AS platform, 100 AS followers, "
        "unnest([1.0, 'nan'::DOUBLE]) AS likes"
    )
    found = read_own(nan, "acme")
    assert found.table["likes_per_post.posts"].sum() == 1
    assert found.source.limits == ("Repaired on reading: likes, not a number: 1.",)
    with pytest.raises(SchemaError, match=r"Repairs are not allowed \(strict=True\)"):
        read(nan, strict=True)


def test_rates_are_read_as_percentages_where_none_is_below_one_or_the_reader_says_so():
    percent = read_own(changed({"engagement_rate": [2.0, 4.0], "posts": [1, 2]}), "acme")
    assert percent.table["engagement_rate_given.numerator"].tolist() == pytest.approx([0.02, 0.08])
    given = read(changed({"engagement_rate": [0.5, 3.2]}), rate="percent")
    assert given.table["engagement_rate_given.numerator"].tolist() == pytest.approx([0.005, 0.032])


def test_what_was_spent_to_have_a_post_shown_is_part_of_its_cost():
    found = read_own(
        changed({"cost": [5.0, np.nan], "amplification": [np.nan, 2.0], "currency": "eur"}), "acme"
    )
    assert (found.table["cost_per_post.numerator"].tolist(), found.source.currency) == (
        [5, 2],
        "EUR",
    )


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (
            "duckdb:///posts.db",
            "duckdb:///posts.db names no table. Add one: ?table=NAME. Tables: posts.",
        ),
        ("duckdb:///none.db?table=posts", "none.db: there is no such file."),
        ("duckdb:///posts.db?table=nope", "duckdb:///posts.db?table=nope cannot be read: "),
        ("duckdb:///my.csv?table=posts", "duckdb:///my.csv?table=posts cannot be read: "),
        (
            "duckdb://posts.db?table=posts",
            "duckdb://posts.db?table=posts: three slashes come before the file",
        ),
        (
            "duckdb:///posts.db?table=posts&read=1",
            "duckdb:///posts.db?table=posts: three slashes come before the file",
        ),
        ("spark:///", "spark:/// names no table. Allowed: a file; a folder of Parquet files"),
        ("spark://?tabel=posts", "spark://: nothing but the table comes after the host. Allowed: "),
        (
            "spark://host:7077/x?table=posts",
            "spark://host:7077/x?table=posts: nothing but the table comes after the host. "
            "Allowed: ",
        ),
        (
            "https://example.org/my.csv",
            "https://example.org/my.csv is an address, and nothing is fetched for you. "
            "Download the file first.",
        ),
        ("empty", "empty has no files that end in .parquet. Allowed: "),
        ("none/*.parquet", "none/*.parquet has no files that end in .parquet. Allowed: "),
        (3, "a int is not a table that can be read. Allowed: "),
    ],
)
def test_a_wrong_address_is_answered_by_what_is_allowed(address, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "my.csv").write_text("a,b\n1,2\n")
    with duckdb.connect("posts.db") as connection:
        connection.execute("CREATE TABLE posts AS SELECT 1 AS a")
    with pytest.raises(SchemaError) as refused:
        read_own(address, "acme")
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


def test_a_database_is_only_read(places, tmp_path):
    before = (tmp_path / "my posts.db").read_bytes()
    read_own(places["DuckDB"], "acme")
    assert (tmp_path / "my posts.db").read_bytes() == before


SECRET = "snowflake://ada:s3cr%40t@firm/base/schema?table=posts&token=t0ken&warehouse=wh"


def test_nothing_secret_of_an_address_is_shown():
    assert engines.shown(SECRET) == "snowflake://firm/base/schema?table=posts"
    message = str(
        engines._unreadable(
            SECRET, RuntimeError("login of ada with s3cr@t (s3cr%40t) and t0ken failed\nmore")
        )
    )
    assert (
        message == "snowflake://firm/base/schema?table=posts cannot be read: login of *** with *** "
        "(***) and *** failed"
    )


def test_check_tells_of_a_table_what_it_tells_of_a_file(places, posts, tmp_path):
    posts.to_csv(tmp_path / "posts.csv", index=False)
    of_table, of_file = check(places["DuckDB"]), check(tmp_path / "posts.csv")
    assert of_table["usable"] and of_table["file"] == "my posts.db, table posts"
    for key in ("rows", "period", "platforms", "metrics", "tiers", "notebooks", "columns"):
        assert of_table[key] == of_file[key], key
    claims = [
        [
            {name: value for name, value in answer.items() if name != "to_decide"}
            for answer in one["claims"]
        ]
        for one in (of_table, of_file)
    ]
    assert claims[0] == claims[1]


def test_the_command_refuses_a_table_in_a_sentence_and_with_the_exit_code_of_data(
    command, tmp_path
):
    done = command(
        "report",
        "--data",
        f"duckdb:///{tmp_path}/none.db?table=posts",
        "--name",
        "acme",
        "--out",
        str(tmp_path / "report"),
    )
    assert (done.returncode, done.stderr) == (3, f"{tmp_path}/none.db: there is no such file.\n")
    assert not (tmp_path / "report").exists()


def test_a_rate_is_a_mean_over_the_posts_of_its_row_in_a_table_as_in_a_file(tmp_path):
    table = worlds.posts(1, accounts=(20, 15), posts_per_account=4)
    for scale in (1, 100):  # fractions, then percentages
        table = table.assign(
            posts=50,
            engagement_rate=[scale * (0.02 + number % 7 / 1_000) for number in range(len(table))],
        )
        table.to_csv(tmp_path / f"{scale}.csv", index=False)
        with duckdb.connect(str(tmp_path / f"{scale}.db")) as connection:
            connection.register("given", table)
            connection.execute("CREATE TABLE posts AS FROM given")
        file, engine = (
            read_own(where, "acme")
            for where in (tmp_path / f"{scale}.csv", f"duckdb:///{tmp_path}/{scale}.db?table=posts")
        )
        rates = [
            moments.table.set_index("account_id")["engagement_rate_given.numerator"].sort_index()
            for moments in (file, engine)
        ]
        pd.testing.assert_series_equal(*rates, rtol=1e-12)
