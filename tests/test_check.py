"""check shows how a report reads a file; verify detects every byte that changed."""

import json
import shutil

import numpy as np
import pytest

from analysis import paths
from analysis.errors import SchemaError
from analysis.estimate.power import accounts_to_decide
from analysis.estimate.readiness import readiness
from analysis.estimate.results import Estimate
from analysis.intake import pseudonyms
from analysis.intake.reading import Hints
from analysis.moments.load import load
from analysis.moments.own import read_own
from analysis.publish.check import as_html, as_json, as_text, check
from analysis.publish.run.manifest import VerifyError, verify
from analysis.simulate import worlds


@pytest.fixture(autouse=True)
def _private_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(paths, "OWN", tmp_path / "cache" / "own")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """A simulated file in the manner of an export, with 14 micro and 12 macro accounts."""
    posts = worlds.posts(9, accounts=(14, 12), posts_per_account=8).rename(
        columns={"account_id": "Username", "likes": "Like Count"}
    )
    path = tmp_path_factory.mktemp("simulated") / "simulated.csv"
    posts.assign(platform="IG", mood="sunny").to_csv(path, index=False)
    return path


def test_check_shows_what_it_understood_and_what_it_repaired(simulated):
    facts = check(simulated)
    assert facts["usable"] and not facts["refused"]
    assert facts["rows"]["read"] == facts["rows"]["used"] > 100
    assert {one["column"]: one["from"] for one in facts["columns"]}["likes"] == "Like Count"
    assert facts["ignored"] == ["mood"]
    assert facts["platforms"] == {"instagram": 26}
    platform = next(one for one in facts["repaired"] if one["rule"] == "other word")
    assert (platform["example"], platform["became"], platform["count"]) == (
        "IG",
        "instagram",
        facts["rows"]["read"],
    )


def test_check_shows_which_claims_the_file_can_answer_and_what_the_others_lack(simulated):
    answers = {(one["claim"], one["claimed"]): one for one in check(simulated)["claims"]}
    c08 = next(one for (key, _), one in answers.items() if key == "C08")
    assert (c08["accounts"], c08["lacks"]) == ({"micro": 14, "macro": 12}, "")
    d07 = next(one for (key, _), one in answers.items() if key == "D07")
    assert d07["lacks"] == "the file does not hold conversions / clicks"
    d06 = next(one for (key, _), one in answers.items() if key == "D06")
    assert "10 more in micro" in d06["lacks"]


def test_the_accounts_to_decide_are_never_fewer_than_the_file_lacks(tmp_path):
    path = tmp_path / "lopsided.csv"
    table = worlds.posts(1, ratio=30.0, accounts=(8, 40), account_sd=0.1)
    table.to_csv(path, index=False)
    ready = [one for one in check(path)["claims"] if one["to_decide"]]
    assert any("2 more in micro" in one["lacks"] for one in ready)
    for one in ready:
        fewest = min(one["accounts"].values())
        assert one["to_decide"] >= one["needed"] * sum(one["accounts"].values()) / fewest


def test_check_and_report_read_a_file_alike(simulated, tmp_path):
    facts, moments = check(simulated), read_own(simulated, "acme")
    posts = moments.table["posts"].sum()
    assert facts["rows"]["used"] == posts
    assert facts["sha256"] == moments.fingerprint
    refused = tmp_path / "my.csv"
    refused.write_text("account_id,platform,followers,likes\na,x,many,1\nb,myspace,2,1\n")
    with pytest.raises(SchemaError) as fault:
        read_own(refused, "acme")
    assert str(fault.value).splitlines() == [
        f"my.csv: {one['sentence']}" for one in check(refused)["refused"]
    ]


def test_what_was_repaired_stands_in_the_limits_of_the_source_without_the_cells(simulated):
    limits = read_own(simulated, "acme").source.limits
    assert any(line.startswith("Repaired on reading: platform, other word:") for line in limits)
    assert not any("simulated-" in line for line in limits)


def test_hints_are_the_same_for_both(tmp_path):
    path = tmp_path / "my.csv"
    path.write_text('who,fans,hearts\na,"1,234",1\nb,"2,345",1\n')
    hints = Hints({"account_id": "who", "likes": "hearts"}, {"platform": "x"}, decimal=".")
    assert check(path, hints)["usable"]
    assert sorted(read_own(path, "acme", hints).table["followers_min"]) == [1234, 2345]


def test_names_of_accounts_are_shown_as_pseudonyms_that_need_the_key_of_this_machine(tmp_path):
    path = tmp_path / "my.csv"
    path.write_text("account_id,platform,followers,likes\n@SecretHandle,x,10,1\n")
    facts = as_json(check(path)) + as_html(check(path)) + as_text(check(path))
    assert "ecrethandle" not in facts.lower()
    assert pseudonyms.pseudonym("@SecretHandle") in facts
    assert "@SecretHandle" in as_json(check(path, show_names=True))


def test_a_pseudonym_is_the_same_for_one_key_and_another_for_another():
    first = pseudonyms.pseudonym("ana", "x")
    assert first == pseudonyms.pseudonym("ANA", "x") != pseudonyms.pseudonym("ana", "tiktok")
    key = paths.CACHE / "key"
    assert key.stat().st_mode & 0o777 == 0o600 and len(key.read_bytes()) == 32
    key.unlink()
    assert pseudonyms.pseudonym("ana", "x") != first


def test_nothing_from_a_file_steers_a_terminal(tmp_path):
    path = tmp_path / "my.csv"
    path.write_text(
        'account_id,platform,followers,likes,"\x1b[31mred"\n'
        "\x1b]0;title\x07a,\x1b[2Jx,many\x1b[0m,1,1\n"
    )
    facts = as_text(check(path, show_names=True))
    assert all(letter.isprintable() or letter == "\n" for letter in facts)


def test_check_ends_with_0_or_3_and_prints_json_and_writes_a_page(command, simulated, tmp_path):
    done = command("check", simulated, "--json", "--html", tmp_path / "check.html")
    assert (done.returncode, json.loads(done.stdout)["usable"]) == (0, True)
    assert "Accounts by tier" in (tmp_path / "check.html").read_text()
    done = command("check", simulated, "--strict")
    assert done.returncode == 3
    assert "Repairs are not allowed (--strict)." in done.stdout


def test_a_column_may_be_named_in_a_file_of_the_reader_s_own(tmp_path):
    path, names = tmp_path / "my.csv", tmp_path / "names.toml"
    path.write_text("wer,wo,anhang,herzen\na,insta,10,1\n")
    names.write_text(
        '[agency]\ntitle = "our agency"\nrecognised_by = ["wer", "herzen"]\n[agency.columns]\n'
        'account_id = ["wer"]\nplatform = ["wo"]\n'
        'followers = ["anhang"]\nlikes = ["herzen"]\n'
    )
    facts = check(path, Hints(column_names=names))
    assert (facts["usable"], facts["export"]) == (True, "our agency")
    names.write_text('[agency]\ntitle = "our agency"\n[agency.columns]\nhearts = ["herzen"]\n')
    with pytest.raises(
        SchemaError,
        match=r"names\.toml \[agency\] columns: 'hearts' is not known\. Known: account_id,",
    ):
        check(path, Hints(column_names=names))


def test_the_accounts_that_would_decide_fall_with_the_distance_and_grow_with_the_spread():
    def estimate(low, middle, high):
        return Estimate("", 100, 100, middle, low, high, "ratio", "", "", "ok")

    # half the width of the interval is log(2), the distance to the edge log(4): a quarter of the
    # accounts squared over
    assert accounts_to_decide(estimate(2.0, 4.0, 8.0), (1.0, np.inf)) == 25
    assert accounts_to_decide(estimate(1.0, 4.0, 16.0), (2.0, np.inf)) == 400
    assert accounts_to_decide(estimate(0.0, 4.0, 16.0), (2.0, np.inf)) is None
    assert accounts_to_decide(estimate(1.0, 2.0, 4.0), (2.0, np.inf)) is None


def test_a_published_report_is_what_its_manifest_says(published):
    assert verify(published) == sum(path.is_file() for path in published.rglob("*"))


def test_any_byte_that_changes_in_any_file_is_found(published, tmp_path):
    folder = tmp_path / "report"
    shutil.copytree(published, folder)
    rng = np.random.default_rng(1)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        for place in {
            0,
            len(content) - 1,
            *rng.integers(0, len(content), 60 if path.name == "manifest.json" else 1).tolist(),
        }:
            changed = bytearray(content)
            changed[place] ^= 1
            path.write_bytes(bytes(changed))
            with pytest.raises(VerifyError, match=path.name):
                verify(folder)
        path.write_bytes(content)
    assert verify(folder)


def test_what_is_missing_or_added_is_found_at_once(command, published, tmp_path):
    folder = tmp_path / "report"
    shutil.copytree(published, folder)
    (folder / "verdicts.csv").unlink()
    (folder / "extra.html").write_text("x")
    with pytest.raises(VerifyError) as found:
        verify(folder)
    assert str(found.value).splitlines() == [
        "verdicts.csv: it is missing.",
        "extra.html: it was added.",
    ]
    done = command("verify", folder)
    assert (done.returncode, done.stderr.splitlines()) == (1, str(found.value).splitlines())


@pytest.mark.parametrize(
    "name",
    [
        "x; import os; os.system('touch pwned') #",
        "__import__('os')",
        "edition\nimport os",
        "a b",
        "",
    ],
)
def test_the_name_of_a_parameter_never_becomes_code(command, name):
    done = command("report", "-p", f"{name}=1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "does not exist in the chosen notebooks" in done.stderr
    assert not (paths.ROOT / "pwned").exists()


def test_what_a_source_has_for_a_claim_is_a_result_with_a_sentence_and_a_row():
    ready = {one.claim.key: one for one in readiness(load("instagram-kim"))}
    assert repr(ready["D07"]) == "D07, test 1: accounts none; lacks the file does not hold " + (
        "conversions / clicks."
    )
    assert ready["D06"].sentence().endswith("; lacks nothing.")
    (row,) = ready["D06"].to_frame().itertuples()
    assert (row.claim, row.scheme, row.lacks) == ("D06", "harvard-media", "")
    assert "<table" in ready["D06"]._repr_html_()
