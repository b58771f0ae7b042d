"""What is on record about faults put into the estimators is what the file says, and nine in ten
were noticed.
"""

import importlib
from pathlib import Path

import pandas as pd

from benchmarks import mutation


def test_the_table_is_made_of_the_file_and_nine_in_ten_faults_are_noticed():
    counts = pd.read_csv(mutation.TABLE)
    modules = {name for names in mutation.GROUPS.values() for name in names.split()}

    assert mutation.told(counts) in mutation.README.read_text(encoding="utf-8")
    assert set(counts["module"].str.rpartition(".")[2]) == modules
    assert (counts["tried"] == counts[["killed", "survived", "equivalent"]].sum(axis=1)).all()
    assert counts["killed"].sum() > 0.9 * (counts["tried"] - counts["equivalent"]).sum()


def test_every_equivalent_fault_is_one_of_a_function_that_exists_and_has_a_reason():
    kept = pd.read_csv(mutation.EQUIVALENT, keep_default_na=False)

    assert (kept["reason"].str.len() > 10).all() and not kept.duplicated(
        ["function", "before", "after"]
    ).any()
    for function, before in zip(kept["function"], kept["before"], strict=True):
        module = importlib.import_module(function.rpartition(".")[0])
        lines = " ".join(
            line.strip() for line in Path(module.__file__).read_text(encoding="utf-8").splitlines()
        )
        assert before in lines, f"{function} no longer has {before}"


def test_only_what_is_said_in_a_sentence_counts_as_a_sentence():
    made = {
        ("x = total / 2", "x = total * 2"): False,
        ('x = frame["tier"]', 'x = frame["XXtierXX"]'): False,
        ('why = "no other tier has an account"', 'why = "NO OTHER TIER HAS AN ACCOUNT"'): True,
        ('why = f"{n} of them"', 'why = f"{None} of them"'): False,
    }
    for (before, after), sentence in made.items():
        found = mutation.difference(
            ["def f():", before, "return x"], ["def f():", after, "return x"]
        )
        assert found == {"before": before, "after": after, "sentence": sentence}
    assert (
        mutation.unguarded("zip(a, b, strict=True)")
        == mutation.unguarded("zip(a, b, )")
        == "zip(a, b)"
    )
