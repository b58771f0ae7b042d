"""A sweep checks every row before any runs, makes what it can, and lists every outcome."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from analysis import paths
from analysis.publish import sweep as many
from analysis.publish.run.parameters import ParameterError
from analysis.publish.sweep import Sweep, SweepError, read_rows, sweep

HEAD = "name,only,average,confidence,data"
REFUSED = "account_id,platform,followers,likes\na,x,1,-3\n"
"""Posts that are refused when they are read, long after the rows were checked."""


@pytest.fixture
def written(tmp_path):
    """The function that writes a file of rows and says what to make of it."""

    def write(*lines, **settings):
        file = tmp_path / "rows.csv"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return Sweep(file, tmp_path / "out", **settings)

    return write


@pytest.fixture
def faults(written, monkeypatch):
    """The lines with which rows are refused; nothing may be started."""

    def refuse(*lines, **settings):
        monkeypatch.setattr(many, "make_report", lambda *_: pytest.fail("a report was begun"))
        wanted = written(*lines, **settings)
        with pytest.raises(ParameterError) as refused:
            sweep(wanted)
        assert not wanted.folder.exists() or settings
        return str(refused.value).splitlines()

    return refuse


def test_every_fault_of_every_row_is_reported_with_row_and_column(faults, tmp_path):
    message = faults(
        HEAD,
        "Big One,03,,,",
        "a,99,,,none.csv",
        "a,03,medain account,2,duckdb:///none.db?table=x",
        ",03,,,",
        f"b,03,,,{tmp_path}/rows.csv",
    )
    starts = [
        "row 1, column 'name': name 'Big One' is not allowed. Allowed: lower-case letters",
        "row 2, column 'only': notebook '99' does not exist.",
        "row 2, column 'data': none.csv: there is no such file.",
        "row 3, column 'data': none.db: there is no such file.",
        "row 3, column 'average': parameter 'average': 'medain account' is not allowed. Did you "
        "mean 'median account'?",
        "row 3, column 'confidence': parameter 'confidence': 2 is not allowed. Allowed: 0.5 to "
        "0.999.",
        "row 3, column 'name': 'a' is there already.",
        "row 4, column 'name': name '' is not allowed.",
    ]
    assert len(message) == len(starts)
    for line, start in zip(message, starts, strict=True):
        assert line.startswith(f"rows.csv, {start}")


def test_a_parameter_that_the_chosen_notebooks_do_not_have_is_refused(faults):
    (line,) = faults("name,only,budget", "a,03,1000")
    assert line.startswith(
        "rows.csv, row 1, column 'budget': parameter 'budget' does not exist in the chosen "
        "notebooks."
    )


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            ["name,averge", "a,x"],
            "rows.csv: column 'averge' is not known. Did you mean 'average'? Columns: name, data, "
            "only, ",
        ),
        (["only", "03"], "rows.csv: column 'name' is missing: the name of each report."),
        (["name"], "rows.csv: there are no rows."),
        (["name", 'a"b,c', "d,e,f"], "rows.csv cannot be read as CSV in UTF-8: "),
    ],
)
def test_a_file_that_is_no_sweep_is_refused_in_a_sentence(faults, lines, sentence):
    assert faults(*lines)[0].startswith(sentence)


def test_a_folder_that_is_no_sweep_is_not_written_to(faults, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("years of work")
    (line,) = faults("name", "a", jobs=1)
    assert (
        "exists and is not a sweep, so it is not replaced. Name an empty or new folder with --out."
    ) in line


def test_a_row_gives_the_arguments_of_one_report_and_its_data_apart(written, tmp_path):
    (tmp_path / "my.csv").write_text(REFUSED)
    wanted = written(
        "name,only,average,data", f"a,03 12,median account,{tmp_path}/my.csv", seconds=9
    )
    (row,) = read_rows(wanted)
    expected = ["--name", "a", "--out", str(tmp_path / "out" / "a"), "--jobs", "1", "--limit", "9"]
    assert many._arguments(row) == [
        *expected,
        "--only",
        "03",
        "--only",
        "12",
        "-p",
        "average=median account",
    ]
    assert row.data == f"{tmp_path}/my.csv"


def test_one_row_that_fails_does_not_stop_the_others(written, tmp_path):
    (tmp_path / "bad.csv").write_text(REFUSED)
    wanted = written(
        "name,only,edition,data",
        "one,01,2026-11,",
        f"sweep-under-test,01,,{tmp_path}/bad.csv",
        "three,01,2026-11,",
        jobs=1,
    )

    with pytest.raises(SweepError) as message:
        sweep(wanted)

    lines = str(message.value).splitlines()
    assert lines[0].startswith(
        "row 2, sweep-under-test: bad.csv: column 'likes', data row 1: '-3' does not fit."
    )
    assert lines[1].startswith("1 of 3 reports failed; ")
    index = pd.read_csv(wanted.folder / "index.csv").set_index("name")
    assert index["outcome"].to_dict() == {
        "one": "published",
        "sweep-under-test": "failed",
        "three": "published",
    }
    assert index["exit_code"].to_list() == [0, 3, 0] and (index["seconds"] > 0).all()
    assert index.loc["sweep-under-test", "reason"].startswith("bad.csv: column 'likes'")
    assert index["reason"].isna().to_list() == [True, False, True]
    assert index.loc["sweep-under-test", "data"] == "bad.csv", "no folder of this machine"
    verdicts = pd.read_csv(wanted.folder / "verdicts.csv")
    assert set(verdicts["report"]) == {"one", "three"}
    alone = pd.read_csv(wanted.folder / "one" / "verdicts.csv")
    pd.testing.assert_frame_equal(
        verdicts[verdicts["report"] == "one"].drop(columns="report").reset_index(drop=True), alone
    )
    assert (wanted.folder / "three" / "manifest.json").is_file()
    assert not (paths.OWN / "sweep-under-test").exists()
    rows = read_rows(wanted)
    assert [row.name for row in rows] == ["one", "sweep-under-test", "three"], (
        "the same folder may be swept again"
    )


def test_reports_run_side_by_side_and_are_listed_in_the_order_of_the_file(written, monkeypatch):
    last_has_begun = threading.Event()

    def waits_for_the_last(arguments, data, folder):
        if arguments[1] == "c":
            last_has_begun.set()
        met = arguments[1] != "a" or last_has_begun.wait(30)
        return int(not met), "", 0.1

    monkeypatch.setattr(many, "make_report", waits_for_the_last)
    wanted = written("name,only", "a,12", "b,12", "c,12")
    with ThreadPoolExecutor(2) as pool:
        made = many._make_all(read_rows(wanted), pool)
    assert made["name"].to_list() == ["a", "b", "c"]
    assert made["exit_code"].to_list() == [0, 0, 0], (
        "the first would have waited in vain for the last to begin"
    )


def test_a_lost_worker_is_the_reason_of_its_row_alone(written, monkeypatch):
    def lost(arguments, data, folder):
        if arguments[1] == "b":
            raise RuntimeError("worker died\nmore")
        return 0, "", 0.1

    monkeypatch.setattr(many, "make_report", lost)
    wanted = written("name,only", "a,12", "b,12", "c,12")
    with ThreadPoolExecutor(2) as pool:
        made = many._make_all(read_rows(wanted), pool)
    assert made["outcome"].to_list() == ["published", "failed", "published"]
    assert made["reason"].to_list() == ["", "RuntimeError: worker died", ""]


def test_the_address_of_data_is_in_no_list_of_processes(monkeypatch, tmp_path):
    seen = {}

    def run(command, env, **_):
        seen.update(command=command, data=env["MICRO_MACRO_DATA"])
        return subprocess.CompletedProcess(
            command, 1, "", "notebooks: 0%\rnotebooks: 100%\n03: fault one\nand two\n"
        )

    monkeypatch.setattr(subprocess, "run", run)
    code, reason, _ = many.make_report(
        ["--name", "a"], "snowflake://ada:s3cret@firm/base?table=posts", str(tmp_path)
    )
    assert (code, reason) == (1, "03: fault one and two")
    assert seen["data"].endswith("posts") and not any("s3cret" in part for part in seen["command"])


def test_a_signal_ends_a_sweep_and_what_it_has_started(written):
    wanted = written("name,only", "a,01", "b,01", "c,01")
    command = [
        sys.executable,
        "-m",
        "analysis",
        "sweep",
        str(wanted.file),
        "--out",
        str(wanted.folder),
        "--jobs",
        "1",
        "--fresh",
    ]
    running = subprocess.Popen(
        command, cwd=paths.ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while not list(wanted.folder.glob(".making-a-*")):
        assert running.poll() is None
        time.sleep(0.1)
    running.send_signal(signal.SIGTERM)
    message = running.communicate(timeout=60)[1]
    assert running.returncode == 128 + signal.SIGTERM, message
    assert "stopped by SIGTERM" in message and "Traceback" not in message
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)
    assert list(wanted.folder.glob(".making-*")) == [] and not (wanted.folder / "b").exists()


def test_a_cluster_that_does_not_answer_is_refused_in_a_sentence(written):
    message = written("name,only", "a,12", cluster="tcp://127.0.0.1:1")
    with pytest.raises(
        many.MachineError,
        match=r"the package distributed is needed|--cluster tcp://127.0.0.1:1 does not answer",
    ):
        sweep(message)
