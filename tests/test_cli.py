"""A refusal is a sentence with an exit code of its own, before anything has started."""

import os
import re
import resource
import subprocess
import sys
from itertools import chain, repeat

import pytest
from filelock import FileLock

from analysis import paths

HEAD = "account_id,platform,followers,likes"
GOOD = ["a,instagram,1000,3", "b,tiktok,2000,5"]
NAMED = ["--name", "acme-refused"]
WINDOW = 8
"""Seconds of computing within which a refusal must come, however busy the machine is; a single
notebook takes more.
"""


def cpu_seconds():
    """What all ended children have computed so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def process(*arguments):
    """Run the command as a process of its own; how it ended, and its seconds of computing."""
    before = cpu_seconds()
    environment = os.environ | {"COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "analysis", *map(str, arguments)],
        cwd=paths.ROOT, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return done, cpu_seconds() - before


@pytest.fixture
def refusal(command):
    """The lines on standard error of a command that must be refused with this exit code."""

    def refuse(code, *arguments):
        done = command(*arguments)
        assert (done.returncode, done.stdout) == (code, ""), done.stderr
        assert "notebooks:" not in done.stderr, "a progress bar: the run had begun"
        return done.stderr.splitlines()

    return refuse


@pytest.fixture
def refused(tmp_path, refusal):
    """A report that must be refused; its folder of reports must not be made."""
    target = tmp_path / "reports" / "mine"

    def refuse(code, *arguments):
        lines = refusal(code, "report", *arguments, "--out", target)
        assert not target.parent.exists()
        return lines

    return refuse


@pytest.fixture
def data_refused(tmp_path, refused):
    """A file with these lines that must be refused."""

    def refuse(*lines):
        path = tmp_path / "posts.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        messages = refused(3, "--data", path, "--name", "acme-refused")
        assert not (paths.OWN / "acme-refused").exists()
        assert all(line.startswith("posts.csv") for line in messages), messages
        return messages

    return refuse


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["-p", "confidnce=0.9"],
            "parameter 'confidnce' does not exist in the chosen notebooks. Did you mean "
            "'confidence'? Parameters: ",
        ),
        (["-p", "confidence=high"], "parameter 'confidence': 'high' is not of type float."),
        (["-p", "confidence"], "-p confidence: a value is given as NAME=VALUE"),
        (
            ["-p", "confidence=0.9", "-p", "seed=1", "-p", "confidence=0.8"],
            "-p confidence is given 2 times. Give it once.",
        ),
        (
            ["-p", "source=tiktok-tides", "--source", "open"],
            "--source open and -p source=tiktok-tides contradict each other. Give one of them.",
        ),
        (
            ["--source", "instagram-kin"],
            "parameter 'source': 'instagram-kin' is not allowed. Did you mean 'instagram-kim'? "
            "Allowed: open, ",
        ),
        (
            ["--only", "03-sixty-procent"],
            "notebook '03-sixty-procent' does not exist. Did you mean '03-sixty-percent'? "
            "Notebooks: 01-who",
        ),
        (
            ["--name", "Acme"],
            "name 'Acme' is not allowed. Allowed: lower-case letters, digits and single hyphens "
            "between them.",
        ),
        (["--name", "../acme"], "name '../acme' is not allowed."),
        (
            ["--name", "instagram-kim"],
            "name 'instagram-kim' is taken. Taken: latest, draft, failed, open, controls, "
            "instagram-kim",
        ),
    ],
)
def test_a_request_that_cannot_be_met_is_refused_in_one_sentence(refused, arguments, sentence):
    (line,) = refused(2, *arguments)
    assert line.startswith(sentence)


def test_several_faults_of_a_request_are_reported_together(refused):
    lines = refused(2, "-p", "confidence=high", "-p", "seed=1.5", "-p", "colour=red")
    assert [line.split(":")[0].split(" does")[0] for line in lines] == [
        "parameter 'colour'",
        "parameter 'confidence'",
        "parameter 'seed'",
    ]


def test_an_unknown_option_is_refused_with_the_nearest(refused):
    assert "'--source'" in refused(2, "--sorce", "open")[-1].partition("Did you mean")[2]


EDITION = paths.REPORTS / "2026-11"


@pytest.mark.parametrize(
    ("code", "arguments", "meant"),
    [
        (2, ["reprot"], "report"),
        (2, ["cite", "F3a", "--report", EDITION], "F03a"),
        (2, ["number", "12.suported", "--report", EDITION], "12.supported"),
        (4, ["fetch", "instagram-kin"], "instagram-kim"),
    ],
    ids=["verb", "figure", "number", "source"],
)
def test_a_slip_in_a_name_is_refused_with_the_nearest(refusal, code, arguments, meant):
    said = " ".join(refusal(code, *arguments))
    assert meant in re.split("Did you mean|Nearest", said)[1]


@pytest.mark.parametrize("verb", [["cite", "F03a"], ["number", "12.supported"]])
def test_figures_and_numbers_of_an_edition_are_cited(command, verb):
    done = command(*verb, "--report", EDITION)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{verb[1]} " in done.stdout or f"{verb[1]}]" in done.stdout
    assert "edition 2026-11" in done.stdout


def test_own_data_need_a_name_and_no_other_source(tmp_path, refused):
    path = tmp_path / "posts.csv"
    path.write_text("\n".join([HEAD, *GOOD]), encoding="utf-8")
    assert refused(2, "--data", path) == [
        "--data needs --name: the name of your data in the report, e.g. --name acme."
    ]
    (line,) = refused(2, "--data", path, "--name", "acme-refused", "--source", "open")
    assert line.startswith("--data and --source exclude each other")


def test_a_folder_that_is_no_report_is_not_replaced(tmp_path, refusal):
    (tmp_path / "thesis.docx").write_text("years of work")
    (line,) = refusal(2, "report", "--out", tmp_path)
    assert (
        line
        == f"{tmp_path} exists and is not a report, so it is not replaced. Name an empty or new "
        f"folder with --out."
    )
    (line,) = refusal(2, "report", "--out", tmp_path / "thesis.docx")
    assert "is not a report, so it is not replaced" in line
    assert [path.read_text() for path in tmp_path.iterdir()] == ["years of work"]


def test_a_folder_below_a_file_is_refused(tmp_path, refusal):
    (tmp_path / "thesis.docx").write_text("years of work")
    (line,) = refusal(2, "report", "--out", tmp_path / "thesis.docx" / "report")
    assert "thesis.docx" in line


def test_a_report_that_another_run_is_making_is_not_waited_for(tmp_path, refusal):
    with FileLock(tmp_path / ".report.lock"):
        (line,) = refusal(75, "report", "--only", "12", "--out", tmp_path / "report")
    assert line.startswith(f"another run is publishing to {tmp_path / 'report'}.")
    assert [path.name for path in tmp_path.iterdir()] == [".report.lock"]


@pytest.mark.parametrize(
    ("code", "arguments"),
    [(2, ["--sorce", "open"]), (3, ["--data", "none.csv", *NAMED])],
    ids=["by click", "by the project"],
)
def test_a_process_of_its_own_is_refused_alike_and_soon(tmp_path, command, code, arguments):
    arguments = ["report", *arguments, "--out", tmp_path / "report"]
    done, seconds = process(*arguments)
    here = command(*arguments)
    assert (done.returncode, done.stdout, done.stderr.splitlines()[-1]) == (
        code,
        "",
        here.stderr.splitlines()[-1],
    )
    assert here.returncode == code
    assert seconds < WINDOW


def test_a_missing_column_is_named_with_the_one_that_may_be_meant(data_refused):
    line, *_ = data_refused("account_id,platform,folowers,likes", *GOOD)
    assert line == (
        "posts.csv: required column 'followers' is missing (followers of the account at the time "
        "of the row [accounts]). "
        "Is 'folowers' meant? Then add --map followers=folowers."
    )


def test_a_missing_column_and_a_slip_are_reported_together(data_refused):
    lines = data_refused("acount,platform,followers,likes,coments", *(f"{row},1" for row in GOOD))
    assert [line.split(" is ")[0] for line in lines] == [
        "posts.csv: required column 'account_id'",
        "posts.csv: column 'coments'",
    ]
    assert "Is 'acount' meant? Then add --map account_id=acount." in lines[0]
    assert (
        "Is 'comments' meant? Then add --map comments=coments; if not, --ignore "
        "coments." in lines[1]
    )


def test_negative_likes_are_reported_with_their_row_and_how_many(data_refused):
    assert data_refused(HEAD, *GOOD, "c,instagram,10,-3", "d,instagram,10,-4") == [
        "posts.csv: column 'likes', data rows 3, 4: '-3' does not fit. Allowed: a number, 0 or "
        "more. Cells like it: 2."
    ]


def test_text_among_followers_is_reported_with_its_row(data_refused):
    assert data_refused(HEAD, "a,instagram,a dozen,3", *GOOD) == [
        "posts.csv: column 'followers', data row 1: 'a dozen' is not a number. Allowed: a number, "
        "0 or more. Cells like it: 1."
    ]


def test_cells_of_several_columns_are_reported_together(data_refused):
    lines = data_refused(HEAD, "a,myspace,many,-3", *GOOD)
    assert sorted(line.split("'")[1] for line in lines) == ["followers", "likes", "platform"]


def test_a_file_that_breaks_late_is_refused_in_a_sentence(data_refused):
    head = [
        HEAD,
        *chain.from_iterable(repeat(GOOD, 15_000)),
    ]  # longer than what the reader samples before it reads on
    assert data_refused(*head, "c,instagram,10,3,9,9")


def test_a_file_that_is_not_there_or_of_no_known_type_is_refused(tmp_path, refused):
    assert refused(3, "--data", tmp_path / "none.csv", "--name", "acme-refused")[0].endswith(
        "none.csv: there is no such file."
    )
    (tmp_path / "posts.docx").write_text("a")
    (line,) = refused(3, "--data", tmp_path / "posts.docx", "--name", "acme-refused")
    assert (
        line
        == "posts.docx: '.docx' is not a file type that can be read. Allowed: .csv, .tsv, .txt, "
        ".parquet, .xlsx, .json, .jsonl, .ndjson."
    )
