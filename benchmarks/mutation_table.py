"""What became of the mutants that `benchmarks.mutation` tried: counts by group of modules."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from scipy.stats import binomtest

HERE = Path(__file__).parent
TABLE, EQUIVALENT = HERE / "mutation.csv", HERE / "mutation_equivalent.csv"
README = HERE / "README.md"
BEGIN = "<!-- mutation: begin, written by python -m benchmarks.mutation -->"
END = "<!-- mutation: end -->"

SURVIVED = (0, 5, 33)
"""Exit codes: all tests passed, or none reaches the function. All others are a test that failed,
crashed or did not end.
"""

GROUPS = {
    "analysis.moments": "moments",
    "analysis.estimate": "averages, contrasts and verdicts",
    "analysis.estimate.ratio": "ratios",
    "analysis.estimate.curve": "curves",
    "analysis.estimate.panel": "panels",
    "analysis.estimate.synthesis": "synthesis",
    "analysis.estimate.cost": "costs",
    "analysis.estimate.multiverse": "the multiverse",
}
"""Name of each folder whose modules are mutated."""


def described(mutants: pd.DataFrame, work: Path) -> pd.DataFrame:
    """Add to mutants the lines that differ, and whether the difference is in a sentence: a text
    with a blank in it.

    Parameters
    ----------
    mutants : pandas.DataFrame
        With ``name`` and ``module``.
    work : Path
        Where mutmut made them.
    """
    files: dict[str, tuple[dict, list[str]]] = {}
    rows = []
    for full, module in zip(mutants["name"], mutants["module"], strict=True):
        if module not in files:
            file = work / "mutants" / f"{module.replace('.', '/')}.py"
            spans = json.loads(Path(f"{file}.spans").read_text())["spans"]
            files[module] = spans, file.read_text().splitlines()
        spans, lines = files[module]
        name = full.rpartition(".")[2]
        function = name.rpartition("__mutmut_")[0]
        original = f"{function}__mutmut_orig"
        before, after = (_lines(lines, *spans[one], one, function) for one in (original, name))
        rows.append(difference(before, after))
    return pd.concat([mutants, pd.DataFrame(rows, index=mutants.index)], axis=1)


def _lines(lines: list[str], start: int, end: int, name: str, function: str) -> list[str]:
    return [line.strip().replace(name, function) for line in lines[start - 1 : end]]


def difference(original: list[str], made: list[str]) -> dict:
    """Give the lines between the first and the last that differ, before and after."""
    while original and made and original[0] == made[0]:
        original, made = original[1:], made[1:]
    while original and made and original[-1] == made[-1]:
        original, made = original[:-1], made[:-1]
    before, after = " ".join(original), " ".join(made)
    texts, others = (re.findall(r'"([^"]*)"', line) for line in (before, after))
    # what mutmut does to a text: marks around it, or other capitals
    marked = before.lower() == after.replace("XX", "").lower() and len(texts) == len(others)
    changed = [text for text, other in zip(texts, others, strict=False) if text != other]
    sentence = marked and any(" " in text for text in changed)
    return {"before": before, "after": after, "sentence": sentence}


def unguarded(line: str) -> str:
    """Give a line without the guard that two sequences are of one length: it never fires, so
    nothing changes with it.
    """
    return re.sub(r",? ?strict=(True|False|None)", "", line).replace(", )", ")")


def judged(tried: pd.DataFrame) -> pd.DataFrame:
    """Mark each mutant as killed, survived or equivalent; a test that never ends has killed."""
    columns = ["function", "before", "after"]
    known = pd.read_csv(EQUIVALENT, keep_default_na=False)[columns]
    listed = set(known.itertuples(index=False, name=None))
    keys = tried[columns].itertuples(index=False, name=None)
    same = [key in listed or unguarded(key[1]) == unguarded(key[2]) for key in keys]
    same = pd.Series(same, tried.index, dtype=bool)
    survived = tried["code"].isin(SURVIVED)
    return tried.assign(killed=~survived, equivalent=survived & same, survived=survived & ~same)


def table(mutants: pd.DataFrame, tried: pd.DataFrame) -> pd.DataFrame:
    """Count the mutants of each module; those of sentences stand in columns of their own."""
    code, sentences = judged(tried[~tried["sentence"]]), judged(tried[tried["sentence"]])
    counts = mutants.groupby("module").agg(mutants=("name", "size"))
    by_module = code.groupby("module")
    counts["tried"] = by_module.size()
    counts = counts.join(by_module[["killed", "survived", "equivalent"]].sum())
    counts["sentences_tried"] = sentences.groupby("module").size()
    counts["sentences_killed"] = sentences.groupby("module")["killed"].sum()
    return counts.fillna(0).astype(int).reset_index()


def markdown(counts: pd.DataFrame) -> str:
    """Write the counts as a table, by group of modules; of a sample with Wilson's interval of the
    share killed.
    """
    group = counts["module"].str.rpartition(".")[0].map(GROUPS)
    whole = counts["tried"] + counts["sentences_tried"] == counts["mutants"]
    numbers = counts.drop(columns="module").assign(whole=whole)
    names = (
        "modules", "mutants", "tried", "killed", "equivalent", "survived",
        "killed of those that can be", "95 % interval", "sentences killed",
    )  # fmt: skip
    lines = [f"| {' | '.join(names)} |", f"|---|{'---:|' * (len(names) - 1)}"]
    for name in (*GROUPS.values(), "all"):
        rows = numbers if name == "all" else numbers[group == name]
        lines.append(_line(name, rows.sum(), bool(rows["whole"].all())))
    return "\n".join(lines)


def _line(name: str, total: Mapping[str, int], whole: bool) -> str:
    possible, share = total["tried"] - total["equivalent"], "– | –"
    if possible:
        interval = "–" if whole else _interval(total["killed"], possible)
        share = f"{total['killed'] / possible:.1%} | {interval}"
    tried = " | ".join(str(total[key]) for key in ("tried", "killed", "equivalent", "survived"))
    sentences = f"{total['sentences_killed']} of {total['sentences_tried']}"
    return f"| {name} | {total['mutants']:,} | {tried} | {share} | {sentences} |"


def _interval(killed: int, possible: int) -> str:
    low, high = binomtest(int(killed), int(possible)).proportion_ci(method="wilson")
    return f"{100 * low:.0f} to {100 * high:.0f} %"


def write(counts: pd.DataFrame) -> None:
    """Keep the counts, and put the table between its marks in README.md."""
    counts.to_csv(TABLE, index=False, lineterminator="\n")
    text = README.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    table = markdown(counts)
    README.write_text(f"{text[:start]}\n\n{table}\n\n{text[end:]}", encoding="utf-8")
