"""What `import analysis` costs a fresh kernel, beside the libraries it stands on: CPU seconds,
modules, and the packages they are of.

python -m benchmarks.imports
"""

import resource
import statistics
import subprocess
import sys

ROUNDS = 7
WHAT = {
    "nothing": "pass",
    "numpy": "import numpy",
    "pandas": "import pandas",
    "analysis": "import analysis",
}
LIST = """{}
import sys
packages = {{name.split('.')[0] for name in sys.modules}} - set(sys.stdlib_module_names)
print(len(sys.modules), *sorted(packages))
"""


def measured(statement: str) -> tuple[float, int, list[str]]:
    """CPU seconds of a fresh interpreter, how many modules it has then, and the packages that are
    not Python's own.
    """
    command = [sys.executable, "-c", LIST.format(statement)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    count, *packages = done.stdout.split()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, int(count), packages


def main() -> None:
    """Print a table; the order of what is imported changes from round to round, so that a busy
    moment hits all alike.
    """
    names, rounds_of = list(WHAT), {name: [] for name in WHAT}
    for turn in range(ROUNDS):
        for name in names[turn % 4 :] + names[: turn % 4]:
            rounds_of[name].append(measured(WHAT[name]))
    print("| import | CPU s, median | modules |", "| --- | ---: | ---: |", sep="\n")
    for name, rounds in rounds_of.items():
        middle = statistics.median(seconds for seconds, *_ in rounds)
        print(f"| {name} | {middle:.2f} | {rounds[0][1]:,} |")
    brought = [name for name in rounds_of["analysis"][0][2] if not name.startswith("_")]
    print("\nPackages that `import analysis` brings:", ", ".join(brought))


if __name__ == "__main__":
    main()
