"""What is declared, locked, offered to conda and installed is one and the same."""

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCK = (ROOT / "requirements.lock").read_text()
ENGINES = (ROOT / "requirements-engines.lock").read_text()
ENVIRONMENT = (ROOT / "environment.yml").read_text()
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT, GROUPS = PYPROJECT["project"], PYPROJECT["dependency-groups"]
DEVELOPMENT = [line for lines in GROUPS.values() for line in lines if isinstance(line, str)]
EXTRAS = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
REMEDY = "`make lock` writes the locks and environment.yml anew."


def the_generator():
    spec = importlib.util.spec_from_file_location("environment", ROOT / ".ci" / "environment.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


GENERATOR = the_generator()
PINS = {pin.name: pin for pin in GENERATOR.pins(LOCK)}
*CONDA_LINES, LAST = yaml.safe_load(ENVIRONMENT)["dependencies"]
PIP_LINES = LAST["pip"]


def test_every_package_is_locked_once_under_its_canonical_name():
    names = [pin.name for pin in GENERATOR.pins(LOCK)]
    assert names == sorted({canonicalize_name(name) for name in names})


@pytest.mark.parametrize("line", [*PROJECT["dependencies"], *DEVELOPMENT])
def test_a_declared_dependency_is_locked_at_a_version_it_allows(line):
    wanted = Requirement(line)
    pin = PINS.get(canonicalize_name(wanted.name))
    assert pin, f"{wanted.name} is declared in pyproject.toml but not locked. {REMEDY}"
    assert not pin.marker, (
        f"{pin.name} is declared for every system but locked only where {pin.marker}. {REMEDY}"
    )
    assert pin.version in wanted.specifier, (
        f"{pin.requirement} is locked, but pyproject.toml asks for {line}. {REMEDY}"
    )


def imports_in(path):
    """Names of the top-level modules that a Python file or a notebook imports, lazily or not."""
    code = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = [cell for cell in json.loads(code)["cells"] if cell["cell_type"] == "code"]
        lines = "\n".join("".join(cell["source"]) for cell in cells).splitlines()
        code = "\n".join(line for line in lines if not line.startswith(("%", "!")))
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]


def packages_imported(*patterns):
    """Canonical names of the packages imported in the files that match, and by which file."""
    distributions, packages = metadata.packages_distributions(), {}
    for path in sorted(file for pattern in patterns for file in ROOT.glob(pattern)):
        for module in set(imports_in(path)) - OURS - sys.stdlib_module_names:
            name = distributions.get(module, [IMPORTED_AS.get(module, module)])[0]
            packages.setdefault(canonicalize_name(name), path.relative_to(ROOT).as_posix())
    return packages


def names_of(lines):
    """Canonical names of the packages that requirements ask for."""
    return {canonicalize_name(Requirement(line).name) for line in lines}


OURS = {"analysis", "benchmarks", "tests", "environment", "faults"}
IMPORTED_AS = {"ibis": "ibis-framework"}
FROM_THE_COMMAND_LINE = {"jupyterlab"}


def test_every_package_that_the_project_imports_is_declared():
    imported = packages_imported("analysis/**/*.py", "notebooks/*.ipynb")
    missing = imported.keys() - names_of([*PROJECT["dependencies"], *EXTRAS])
    assert not missing, {name: imported[name] for name in missing}


def test_every_package_that_the_tests_import_is_declared():
    imported = packages_imported("tests/*.py", ".ci/*.py", "benchmarks/faults.py")
    with_ibis = {"sqlglot"}
    declared = names_of([*PROJECT["dependencies"], *EXTRAS, *DEVELOPMENT]) | with_ibis
    missing = imported.keys() - declared
    assert not missing, {name: imported[name] for name in missing}


def test_no_package_is_declared_that_nobody_imports():
    imported = packages_imported("analysis/**/*.py", "notebooks/*.ipynb")
    assert names_of(PROJECT["dependencies"]) - imported.keys() == FROM_THE_COMMAND_LINE


def test_what_only_development_needs_is_no_dependency_of_the_package():
    assert not names_of(DEVELOPMENT) & names_of(PROJECT["dependencies"])
    assert {"pytest", "ruff", "import-linter"} <= names_of(DEVELOPMENT) <= PINS.keys()


def test_the_group_for_development_includes_every_other_group():
    included = {line["include-group"] for line in GROUPS["dev"]}
    assert included == GROUPS.keys() - {"dev"}


def test_every_locked_package_has_hashes():
    for pin in PINS.values():
        assert pin.hashes, f"{pin.name} has no hash. {REMEDY}"
        for found in pin.hashes:
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", found), (
                f"{pin.name} has a hash that is none: {found!r}."
            )


def test_environment_yml_pins_what_the_lock_pins():
    in_yml = {}
    for line in PIP_LINES[:-1]:
        requirement = Requirement(line)
        in_yml[requirement.name] = (str(requirement.specifier), str(requirement.marker or ""))
    in_lock = {
        pin.name: (f"=={pin.version}", str(Marker(pin.marker)) if pin.marker else "")
        for pin in PINS.values()
    }
    assert in_yml == in_lock, REMEDY


def test_environment_yml_ends_with_the_project_itself():
    assert PIP_LINES[-1] == "-e ."


def test_environment_yml_is_what_the_generator_writes():
    assert GENERATOR.environment(LOCK) == ENVIRONMENT, REMEDY


def test_the_generator_refuses_a_lock_that_is_not_exact():
    with pytest.raises(SystemExit, match=r"exact versions only, but one line is 'pandas>=3'\."):
        GENERATOR.pins("numpy==2.4.6\npandas>=3\n")


def test_the_conda_lines_are_python_within_what_we_support_and_pip():
    python, pip = CONDA_LINES
    name, version = python.split(" =")
    assert (name, pip) == ("python", "pip")
    assert re.fullmatch(r"\d+\.\d+", version)
    assert f"{version}.0" in SpecifierSet(PROJECT["requires-python"])
    assert yaml.safe_load(ENVIRONMENT)["channels"] == ["conda-forge", "nodefaults"]


def test_conda_itself_can_read_the_conda_lines():
    rattler = pytest.importorskip(
        "rattler", reason="conda's own grammar is in py-rattler, which is not installed"
    )
    for line in CONDA_LINES:
        rattler.MatchSpec(line, strict=True)


def test_what_the_extras_add_is_locked_apart_with_hashes():
    added = {pin.name: pin for pin in GENERATOR.pins(ENGINES)}
    assert not added.keys() & PINS.keys(), (
        f"What is in requirements.lock is not locked twice. {REMEDY}"
    )
    assert all(pin.hashes for pin in added.values())
    for line in EXTRAS:
        wanted = Requirement(line)
        assert (PINS | added)[canonicalize_name(wanted.name)].version in wanted.specifier, (
            f"pyproject.toml asks for {line}. {REMEDY}"
        )


@pytest.mark.parametrize(
    "text",
    [LOCK, ENGINES, ENVIRONMENT],
    ids=["requirements.lock", "requirements-engines.lock", "environment.yml"],
)
def test_no_index_and_no_address_is_named(text):
    assert "://" not in text
    assert not re.search(
        r"^\s*(- )?(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b", text, re.MULTILINE
    )


def test_what_runs_here_is_what_the_lock_says():
    wrong = []
    for pin in PINS.values():
        if pin.marker and not Marker(pin.marker).evaluate():
            continue
        try:
            found = metadata.version(pin.name)
        except metadata.PackageNotFoundError:
            found = "nothing"
        if found != pin.version:
            wrong.append(f"{pin.name}: {found} is installed, {pin.version} is locked")
    assert not wrong, "\n".join([*wrong, "`make set-up` installs what is locked."])


def test_pip_takes_the_pip_section_as_one_file_and_has_nothing_left_to_do(tmp_path):
    listed = tmp_path / "from-environment.txt"
    listed.write_text("\n".join(PIP_LINES) + "\n")
    # What this machine tells pip elsewhere must not decide the outcome.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    offline = ["--dry-run", "--no-index", "--no-deps", "--no-build-isolation"]
    command = [sys.executable, "-m", "pip", "install", *offline, "-r", str(listed)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r"^Would install (.+)$", done.stdout, re.MULTILINE) == [
        f"{PROJECT['name']}-{PROJECT['version']}"
    ]


@pytest.mark.parametrize(
    "name", ["pandas", "matplotlib", "statsmodels", "seaborn", "scipy", "papermill"]
)
def test_a_heavy_package_is_compiled_once_and_for_all(name):
    package = Path(importlib.util.find_spec(name).origin).parent
    sources = [path for path in package.glob("**/*.py") if "tests" not in path.parts]
    missing = [
        path for path in sources if not Path(importlib.util.cache_from_source(path)).exists()
    ]
    assert len(missing) < len(sources) / 20, (
        f"{len(missing)} of the {len(sources)} modules of {name} have no compiled file, so every "
        "start compiles them anew and takes 2.6 times as long. `make clean set-up` mends it."
    )


def test_the_citation_and_the_package_have_the_same_name_version_and_licence():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert (citation["title"], citation["version"], citation["license"]) == tuple(
        PROJECT[key] for key in ("name", "version", "license")
    )


def the_audit():
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("code", "answer", "expected", "sentence"),
    [
        (
            0,
            '{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}',
            0,
            "All 1 locked packages were looked up",
        ),
        (
            1,
            '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "CVE-1"}]}]}',
            1,
            "a 1: CVE-1",
        ),
        (
            0,
            '{"dependencies": [{"name": "a", "skip_reason": "not found"}]}',
            3,
            "NOT AUDITED: 1 of 1 packages were not looked up: a.",
        ),
        (0, '{"dependencies": []}', 3, "NOT AUDITED: 1 of 1"),
        (1, "", 3, "NOT AUDITED: pip-audit could not reach its database"),
    ],
)
def test_an_audit_that_looked_nothing_up_is_not_green(code, answer, expected, sentence):
    outcome, words = the_audit().judge(code, answer, {"a"})
    assert (outcome, sentence in words) == (expected, True)
