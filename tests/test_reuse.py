"""A notebook runs again when anything it is made from has changed, and not otherwise; what is kept
equals what a run would give.
"""

import json
import os
import shutil

import pytest
from faults import contents

from analysis import paths
from analysis.publish import report
from analysis.publish.report import explain, publish_report
from analysis.publish.run import execute, provision, reuse
from analysis.publish.run.request import Request
from analysis.publish.site import build

CELLS = (
    "import pathlib\nimport analysis as an",
    "report = an.Report('01-one', edition)\nreport.verdicts(an.judge(an.claim('A09'), []))",
    "report.close()",
)


@pytest.fixture
def project(tmp_path, notebook, monkeypatch):
    """A project of its own: one notebook, and copies of what notebooks are made from."""
    for name in ("analysis", "data"):
        shutil.copytree(
            paths.ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(paths.ROOT / "requirements.lock", tmp_path)
    notebook(tmp_path / "notebooks", "01-one", *CELLS)
    places = {
        "ROOT": tmp_path,
        "DATA": tmp_path / "data",
        "NOTEBOOKS": tmp_path / "notebooks",
        "OWN": tmp_path / "own",
    }
    for name, place in (
        places | {"RESULTS": tmp_path / "results", "REPORTS": tmp_path / "reports"}
    ).items():
        monkeypatch.setattr(paths, name, place)
    return tmp_path


@pytest.fixture
def kept(project):
    """The project after its notebook has recorded something."""
    stage = project / "stage"
    (stage / "records").mkdir(parents=True)
    (stage / "records" / "01-one.json").write_text('{"one": 1}', encoding="utf-8")
    reuse.keep(stage, "01-one", reuse.made_from({"01-one": {"edition": "draft"}})["01-one"])
    return project


def why(**parameters):
    """Why the notebook would run."""
    return reuse.why_stale(
        "01-one", reuse.made_from({"01-one": {"edition": "draft"} | parameters})["01-one"]
    )


def edit(path):
    """Change a file by one character."""
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")


def test_a_notebook_that_never_ran_would_run(project):
    assert why() == "it has not run yet"


def test_a_notebook_whose_ingredients_are_as_they_were_would_not_run(kept):
    assert why() == ""


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("notebooks/01-one.ipynb", "the notebook has changed"),
        ("analysis/estimate/contrast.py", "analysis/estimate/contrast.py has changed"),
        ("analysis/publish/run/execute.py", "analysis/publish/run/execute.py has changed"),
        ("data/cells/left_out.csv", "data/cells/left_out.csv has changed"),
        ("data/tiers.toml", "data/tiers.toml has changed"),
        ("requirements.lock", "requirements.lock has changed"),
    ],
)
def test_a_notebook_runs_again_when_something_it_is_made_from_has_changed_and_names_it(
    kept, file, reason
):
    edit(kept / file)
    assert why() == reason


def test_a_clone_in_a_folder_called_publish_is_made_from_the_same(
    project, tmp_path_factory, monkeypatch
):
    made = reuse.made_from({"01-one": {"edition": "draft"}})
    clone = tmp_path_factory.mktemp("somewhere") / "publish" / "clone"
    shutil.copytree(project, clone)
    monkeypatch.setattr(paths, "ROOT", clone)
    monkeypatch.setattr(paths, "DATA", clone / "data")
    assert reuse.made_from({"01-one": {"edition": "draft"}}) == made


def test_what_a_killed_run_had_begun_to_keep_is_swept_after_an_hour(kept):
    begun = [kept / "results" / "01-one" / name for name in (".new-old", ".new-young")]
    for folder in begun:
        folder.mkdir()
    os.utime(begun[0], (0, 0))
    reuse.keep(kept / "stage", "01-one", {"something": "else"})
    assert [folder.exists() for folder in begun] == [False, True]


@pytest.mark.parametrize(
    "file", ["analysis/publish/site/build.py", "analysis/publish/site/templates/style.css"]
)
def test_a_notebook_does_not_run_again_for_what_only_publishes_it(kept, file):
    edit(kept / file)
    assert why() == ""


def test_several_reasons_are_listed_together_the_nearest_first(kept):
    edit(kept / "data" / "tiers.toml")
    edit(kept / "notebooks" / "01-one.ipynb")
    (kept / "analysis" / "new.py").touch()
    (kept / "data" / "studies.toml").unlink()
    assert why(edition="2026-11").split("; ") == [
        "the notebook has changed",
        "parameter edition was 'draft' and is '2026-11'",
        "analysis/new.py is new",
        "data/studies.toml is gone",
        "data/tiers.toml has changed",
    ]


def test_a_notebook_about_own_data_runs_again_when_the_file_was_another(kept):
    (kept / "own" / "acme").mkdir(parents=True)
    source = kept / "own" / "acme" / "source.json"
    source.write_text('{"fingerprint": "1"}', encoding="utf-8")
    assert why(source="acme") == "own data acme is new; parameter source is new"
    made = reuse.made_from({"01-one": {"source": "acme"}})["01-one"]
    source.write_text('{"fingerprint": "2"}', encoding="utf-8")
    assert made != reuse.made_from({"01-one": {"source": "acme"}})["01-one"]
    assert why() == ""


@pytest.mark.parametrize(
    "damage",
    [
        lambda place: (place / "records" / "01-one.json").write_text(
            '{"one": 2}', encoding="utf-8"
        ),
        lambda place: (place / "records" / "01-one.json").write_bytes(b""),
        lambda place: (place / "records" / "01-one.json").unlink(),
        lambda place: (place / "made_from.json").write_text("{", encoding="utf-8"),
        lambda place: (place / "made_from.json").unlink(),
        lambda place: (place / "made_from.json").write_text("[]", encoding="utf-8"),
    ],
    ids=["another byte", "empty", "gone", "list cut short", "list gone", "no list"],
)
def test_what_is_kept_and_damaged_counts_as_not_kept_and_leaves_nothing_in_the_report(kept, damage):
    made = reuse.made_from({"01-one": {"edition": "draft"}})["01-one"]
    (place,) = (kept / "results" / "01-one").iterdir()
    damage(place)
    assert why() == "what it recorded is damaged"
    assert not reuse.copy_kept(kept / "new-stage", "01-one", made)
    assert not (kept / "new-stage").exists()
    reuse.keep(kept / "stage", "01-one", made)
    assert reuse.copy_kept(kept / "new-stage", "01-one", made)


def test_only_the_newest_results_are_kept(kept):
    made = reuse.made_from({"01-one": {"edition": "draft"}})["01-one"]
    several = [
        made,
        *(made | {"parameter edition": str(number)} for number in range(reuse.KEPT + 1)),
    ]
    for second, each in enumerate(several, 1):
        reuse.keep(kept / "stage", "01-one", each)
        os.utime(reuse._folder("01-one", each), (second, second))
    present = [reuse._folder("01-one", each).is_dir() for each in several]
    assert present == [False, False] + [True] * reuse.KEPT


def test_a_place_where_nothing_can_be_kept_does_not_fail_the_run(kept, monkeypatch):
    (kept / "file").touch()
    monkeypatch.setattr(paths, "RESULTS", kept / "file" / "results")
    made = reuse.made_from({"01-one": {"edition": "draft"}})["01-one"]
    reuse.keep(kept / "stage", "01-one", made)
    assert not reuse.copy_kept(kept / "new-stage", "01-one", made)


@pytest.fixture
def no_kernel(monkeypatch):
    """From here on, whatever starts a kernel fails."""

    def start(*_):
        raise AssertionError("a kernel was started")

    monkeypatch.setattr(provision.Kernels, "__enter__", start)
    monkeypatch.setattr(execute, "execute", start)


def test_a_report_of_what_is_kept_starts_no_kernel_and_equals_a_fresh_one(
    tmp_path, published, given, no_kernel
):
    request = Request(("01", "12"), given, out=tmp_path / "out" / "report")
    assert explain(request) == {"01-who-is-micro": "", "12-scorecard": ""}
    shutil.rmtree(
        paths.RESULTS / report.WHOLE
    )  # what notebooks recorded is left, to be built again
    publish_report(request)
    assert contents(request.out) == contents(published)
    assert len(contents(published)) > 10


def test_a_report_with_nothing_changed_is_taken_whole_and_one_that_is_damaged_is_built_again(
    tmp_path, published, given, monkeypatch
):
    built, original = [], build.build
    monkeypatch.setattr(
        build, "build", lambda stage, *rest: (built.append(stage), original(stage, *rest))
    )
    request = Request(("01", "12"), given, out=tmp_path / "out" / "report")
    publish_report(request)
    assert built == []
    assert contents(request.out) == contents(published)

    newest = max((paths.RESULTS / report.WHOLE).iterdir(), key=lambda place: place.stat().st_mtime)
    (newest / "index.html").write_bytes(b"torn")
    publish_report(request)
    assert len(built) == 1
    assert contents(request.out) == contents(published)
    publish_report(request)
    assert len(built) == 1


def test_a_report_is_not_kept_if_what_it_is_made_of_was_changed_meanwhile(
    tmp_path, published, given, monkeypatch
):
    commits = iter(["before"])
    monkeypatch.setattr(build, "_commit", lambda: next(commits, "after"))
    before = set((paths.RESULTS / report.WHOLE).iterdir())
    publish_report(Request(("01", "12"), given, out=tmp_path / "out" / "report"))
    assert set((paths.RESULTS / report.WHOLE).iterdir()) == before


@pytest.mark.parametrize("changed", [True, False])
def test_a_notebook_is_not_kept_if_what_it_is_made_from_was_changed_while_it_ran(project, changed):
    parameters = {"edition": "draft"}
    made = reuse.made_from({"01-one": parameters})["01-one"]
    (project / "stage").mkdir()
    (project / "stage" / "recorded").touch()
    if changed:
        edit(project / "data" / "tiers.toml")
    report.keep_unless_changed(project / "stage", "01-one", parameters, made)
    assert reuse._folder("01-one", made).is_dir() != changed


def test_a_report_is_built_again_when_what_makes_its_pages_or_the_commit_has_changed(monkeypatch):
    made = {"01-one": {"the notebook": "1"}}
    before = build.made_from(made)
    assert {
        "CITATION.cff",
        "analysis/publish/deck.py",
        "analysis/publish/site/templates/style.css",
        "commit",
        "01-one",
    } <= set(before)
    assert build.made_from({"01-one": {"the notebook": "2"}})["01-one"] != before["01-one"]
    monkeypatch.setattr(build, "_commit", lambda: "another")
    assert build.made_from(made) == before | {"commit": "another"}


def test_fresh_means_that_every_notebook_runs(tmp_path, published, given, no_kernel):
    with pytest.raises(AssertionError, match="a kernel was started"):
        publish_report(Request(("01", "12"), given, out=tmp_path / "out" / "report", fresh=True))


def test_a_run_that_failed_is_taken_up_where_it_ended(workshop, made):
    good = ("import analysis as an", "an.Report('01-good', edition).close()")
    shop = workshop({"01-good": good, "02-bad": ("import analysis as an", "1 / 0")})
    assert made(shop)[0] == 1
    assert {path.name for path in (shop.folder / "results").iterdir()} == {"01-good"}
    code, message = made(shop, "--explain")
    assert code == 0
    assert message == ""


def test_two_notebooks_that_record_under_one_name_are_refused(workshop, made):
    cell = (
        "import pandas as pd\nreport = an.Report('{}', edition)\nreport.table('t', "
        "pd.DataFrame({{'x': [1]}}), 'c', 'n')\nreport.close()"
    )
    shop = workshop(
        {name: ("import analysis as an", cell.format(name)) for name in ("01-one", "02-two")}
    )
    code, message = made(shop)
    assert code == 1
    assert message.startswith("02-two records tables/t.csv, and so does another notebook.")


LEAVES = (
    "import os, sys, random\nimport numpy as np, pandas as pd\nimport analysis as an",
    "seen = [hasattr(np, 'been_here'), sum([1, 2]), os.environ.get('BEEN_HERE'), "
    "pd.options.display.max_rows, 'left' in globals()]\n"
    "seen += [an.schemes()['decades'].title, os.listdir('.')]",
    "import builtins\nbuiltins.sum = lambda *_: 42\nopen('left', 'w').close()\nnp.been_here = "
    "left = True\nos.environ['BEEN_HERE'] = '1'\n"
    "pd.options.display.max_rows = 7\nan.schemes.cache_clear()",
    "report = an.Report('NAME', edition)\nreport.write(repr(seen))\nreport.close()",
)


def test_no_notebook_sees_what_another_has_done(workshop, made):
    names = ["01-first", "02-second", "03-third"]
    shop = workshop({name: tuple(cell.replace("NAME", name) for cell in LEAVES) for name in names})
    assert made(shop, "--jobs", "1") == (0, "")
    executed = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((shop.out / "notebooks").iterdir())
    ]
    said = [
        next(
            cell
            for cell in notebook["cells"]
            if "seen" in "".join(cell["source"]) and cell["outputs"]
        )
        for notebook in executed
    ]
    assert len({"".join(cell["outputs"][0]["data"]["text/plain"]) for cell in said}) == 1
