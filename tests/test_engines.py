"""Spark, Ibis and Dask, really run: `make test-engines` installs them; without them these tests are
skipped.
"""

import re
import shutil
import warnings
from importlib.util import find_spec

import duckdb
import narwhals as nw
import pandas as pd
import pytest

from analysis.errors import SchemaError
from analysis.intake.tables import read_table
from analysis.moments.own import read_own
from analysis.moments.sums import summed
from analysis.publish import sweep as many
from analysis.publish.sweep import Sweep, read_rows
from tests.test_tables import _private_cache, file, posts, same, typed_posts  # noqa: F401 (fixtures)

# of these packages about newer versions of others, with which the tests below show them to be right
pytestmark = [
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option is deprecated"),
    pytest.mark.filterwarnings("ignore:fetch_arrow_table"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]
needs_java = pytest.mark.skipif(
    not shutil.which("java"), reason="Spark needs Java, which is not on this machine"
)


@pytest.fixture(scope="module")
def parquet(posts, tmp_path_factory):
    """The posts as a folder of Parquet files."""
    folder = tmp_path_factory.mktemp("parquet") / "posts"
    folder.mkdir()
    duckdb.from_df(posts.head(400)).write_parquet(str(folder / "1.parquet"))
    duckdb.from_df(posts.tail(len(posts) - 400)).write_parquet(str(folder / "2.parquet"))
    return folder


@pytest.fixture(scope="module")
def spark():
    """A real local session."""
    pytest.importorskip("pyspark", reason="pyspark is not installed: make test-engines")
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
    }
    builder = SparkSession.builder.master("local[2]").config(
        "spark.ui.showConsoleProgress", "false"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        session = builder.config(map=settings).getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()


@needs_java
def test_spark_gives_what_the_file_gives(spark, parquet, file):
    spark.read.parquet(str(parquet)).createOrReplaceTempView("posts")
    found = read_own("spark:///?table=posts", "acme")
    same(found, file)
    assert found.fingerprint == read_own(parquet, "acme").fingerprint
    assert found.source.title == "Own data: table posts (Spark)"


@needs_java
def test_spark_refuses_in_the_sentences_of_every_table(spark):
    rows = [("a", "instagram", 100, -1), ("b", "myspace", 100, 1)]
    with pytest.raises(SchemaError) as refused:
        read_own(
            spark.createDataFrame(rows, ["account_id", "platform", "followers", "likes"]), "acme"
        )
    assert (
        "column 'likes' '-1' does not fit. Allowed: a number, 0 or more. Rows like it: 1."
        in str(refused.value)
    )
    assert "column 'platform' 'myspace' does not fit." in str(refused.value)


@needs_java
def test_spark_refuses_a_table_that_does_not_exist_in_one_line(spark):
    with pytest.raises(
        SchemaError,
        match=r"^spark:///\?table=none cannot be read: \[TABLE_OR_VIEW_NOT_FOUND\].*`none` "
        r"cannot be found",
    ):
        read_own("spark:///?table=none", "acme")


@pytest.fixture(scope="module")
def ibis():
    """The package, with what it is asked here."""
    return pytest.importorskip("ibis", reason="ibis is not installed: make test-engines")


@pytest.fixture
def database(posts, tmp_path):
    """The posts in a database, as the table brand.posts."""
    with duckdb.connect(str(tmp_path / "posts.db")) as connection:
        connection.execute("CREATE SCHEMA brand; CREATE TABLE brand.posts AS FROM posts")
    return tmp_path / "posts.db"


def test_a_table_of_ibis_gives_what_the_file_gives(ibis, database, file):
    connection = ibis.duckdb.connect(database, read_only=True)
    same(read_own(connection.table("posts", database="brand"), "acme"), file)
    connection.disconnect()


def test_an_address_goes_to_ibis_without_its_table_and_nothing_secret_is_kept(
    ibis, database, file, monkeypatch
):
    asked = []

    def connect(address):
        asked.append(address)
        return ibis.duckdb.connect(database, read_only=True)

    monkeypatch.setattr(ibis, "connect", connect)
    found = read_own(
        "snowflake://ada:s3cret@firm/base/schema?table=brand.posts&warehouse=wh", "acme"
    )
    same(found, file)
    assert asked == ["snowflake://ada:s3cret@firm/base/schema?warehouse=wh"]
    assert found.source.title == "Own data: table brand.posts (snowflake)"
    assert "s3cret" not in repr(found.source)


def test_an_engine_that_ibis_does_not_know_or_reach_is_named_without_the_password(
    ibis, monkeypatch
):
    with pytest.raises(
        SchemaError,
        match=r"^oracl://h/db\?table=x: 'oracl' is no engine that is known\. .*Ibis knows: "
        r".*snowflake",
    ):
        read_own("oracl://ada:s3cret@h/db?table=x", "acme")

    def fail(address):
        raise OSError(f"no route to {address}")

    monkeypatch.setattr(ibis, "connect", fail)
    with pytest.raises(SchemaError) as refused:
        read_own("postgres://ada:s3cret@h/db?table=x", "acme")
    assert (
        str(refused.value)
        == "postgres://h/db?table=x cannot be read: no route to postgres://***:***@h/db"
    )


def test_a_driver_that_is_missing_is_named_with_what_installs_it(ibis):

    if find_spec("snowflake"):
        pytest.skip("the driver is installed")
    with pytest.raises(
        SchemaError,
        match=r"is not installed\. The driver is missing: pip install "
        r"'ibis-framework\[snowflake\]'",
    ):
        read_own("snowflake://ada:s3cret@firm/base/schema?table=posts", "acme")


@pytest.mark.parametrize("dialect", ["bigquery", "snowflake", "databricks", "postgres", "trino"])
def test_what_a_table_is_asked_compiles_for_a_warehouse(ibis, dialect, monkeypatch):
    """Nothing is executed: every query that reading a table makes is turned into the dialect, and
    so are the moments.
    """
    import sqlglot

    table = ibis.memtable(typed_posts().head(5)).mutate(
        cost=ibis.literal(1.5), currency=ibis.literal("EUR")
    )
    queries, collect = [], nw.LazyFrame.collect

    def keep(frame, **options):
        queries.append(frame.to_native())
        return collect(frame, **options)

    monkeypatch.setattr(nw.LazyFrame, "collect", keep)
    reading = read_table(table, "posts")
    assert not reading.issues.refusal
    for query in [*queries, summed(reading.posts, ("sponsored", "niche")).to_native()]:
        parsed = sqlglot.parse_one(ibis.to_sql(query, dialect=dialect), dialect=dialect)
        names = [column.alias_or_name for column in parsed.selects]
        assert [name for name in names if not re.fullmatch(r"[A-Za-z_]\w*|\*", name)] == [], (
            "not every warehouse allows such a name"
        )
    assert len(queries) == 3
    assert len(list(parsed.find_all(sqlglot.exp.Group))) == 1, "the moments are one group-by"


def test_the_plan_of_the_moments_has_one_group_by(parquet):
    rows = duckdb.read_parquet(f"{parquet}/*.parquet")
    plan = summed(read_table(rows, "x").posts, ("sponsored",)).to_native().explain()
    assert len(re.findall(r"(Group By|Aggregate)[A-Za-z ]* ─", plan)) == 1


@needs_java
def test_spark_plans_the_moments_as_one_aggregate(spark, parquet):
    frame = summed(
        read_table(spark.read.parquet(str(parquet)), "x").posts, ("sponsored",)
    ).to_native()
    plan = frame._jdf.queryExecution().optimizedPlan().toString()
    assert len(re.findall(r"^[ +:-]*Aggregate ", plan, re.MULTILINE)) == 1 and "Join" not in plan


@pytest.fixture(scope="module")
def cluster():
    """A real cluster of two processes on this machine; gives its address."""
    distributed = pytest.importorskip(
        "distributed", reason="distributed is not installed: make test-engines"
    )
    with (
        warnings.catch_warnings(action="ignore"),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as started,
    ):
        yield started.scheduler_address


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_a_cluster_makes_the_reports_that_this_machine_makes(cluster, tmp_path):
    (tmp_path / "bad.csv").write_text("account_id,platform,followers,likes\na,x,1,-3\n")
    (tmp_path / "rows.csv").write_text(
        f"name,only,data\none,01,\nsweep-under-test,01,{tmp_path}/bad.csv\n"
    )
    made = {}
    for address in ("", cluster):
        wanted = Sweep(tmp_path / "rows.csv", tmp_path / f"out{len(made)}", cluster=address)
        with pytest.raises(
            many.SweepError,
            match=r"row 2, sweep-under-test: bad.csv: column 'likes'.*\n1 of 2 reports failed",
        ):
            many.sweep(wanted)
        made[address] = pd.read_csv(wanted.folder / "index.csv").drop(columns="seconds")
        assert [row.name for row in read_rows(wanted)] == made[address]["name"].to_list()
    pd.testing.assert_frame_equal(made[""], made[cluster])
    for name in ("verdicts.csv", "manifest.json"):
        assert (tmp_path / "out0" / "one" / name).read_bytes() == (
            tmp_path / "out1" / "one" / name
        ).read_bytes()
