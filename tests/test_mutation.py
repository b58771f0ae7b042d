"""The record of faults put into the estimators agrees with its file, and nine in ten were
noticed.
"""

import importlib
from pathlib import Path

import pandas as pd

from analysis import paths
from benchmarks import mutation, mutation_table


def test_the_table_is_made_of_the_file_and_nine_in_ten_faults_are_noticed():
    counts = pd.read_csv(mutation_table.TABLE)

    assert mutation_table.markdown(counts) in mutation_table.README.read_text(encoding="utf-8")
    assert set(counts["module"].str.rpartition(".")[0]) <= set(mutation_table.GROUPS)
    assert (counts["tried"] == counts[["killed", "survived", "equivalent"]].sum(axis=1)).all()
    assert counts["killed"].sum() > 0.9 * (counts["tried"] - counts["equivalent"]).sum()


def test_every_module_that_is_mutated_is_counted_and_every_test_that_is_run_exists():
    files = [file for pattern in mutation.MUTATED for file in paths.ROOT.glob(pattern)]
    folders = {".".join(file.relative_to(paths.ROOT).parts[:-1]) for file in files}

    assert folders == set(mutation_table.GROUPS)
    for name in mutation.TESTS:
        assert (paths.ROOT / "tests" / f"test_{name}.py").is_file(), name
    module, _, function = mutation.FIRST.partition("__mutmut_")[0].rpartition(".x_")
    assert hasattr(importlib.import_module(module), function)


def test_every_equivalent_fault_is_one_of_a_function_that_exists_and_has_a_reason():
    kept = pd.read_csv(mutation_table.EQUIVALENT, keep_default_na=False)

    assert (kept["reason"].str.len() > 10).all()
    assert not kept.duplicated(["function", "before", "after"]).any()
    for function, before in zip(kept["function"], kept["before"], strict=True):
        module = importlib.import_module(function.rpartition(".")[0])
        lines = " ".join(
            line.strip() for line in Path(module.__file__).read_text(encoding="utf-8").splitlines()
        )
        assert before in lines, f"{function} no longer has {before}"


def test_only_a_text_with_a_blank_counts_as_a_sentence():
    made = {
        ("x = total / 2", "x = total * 2"): False,
        ('x = frame["tier"]', 'x = frame["XXtierXX"]'): False,
        ('why = "no other tier has an account"', 'why = "NO OTHER TIER HAS AN ACCOUNT"'): True,
        ('why = f"{n} of them"', 'why = f"{None} of them"'): False,
    }
    for (before, after), sentence in made.items():
        lines = mutation_table.difference(
            ["def f():", before, "return x"], ["def f():", after, "return x"]
        )
        assert lines == {"before": before, "after": after, "sentence": sentence}
    assert (
        mutation_table.unguarded("zip(a, b, strict=True)")
        == mutation_table.unguarded("zip(a, b, )")
        == "zip(a, b)"
    )
