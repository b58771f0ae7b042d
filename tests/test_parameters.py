"""The parameters cell is a signature; a value it does not allow is refused before any start."""

import re

import pytest

from analysis import paths
from analysis.publish.run.parameters import (
    Parameter,
    ParameterError,
    choices,
    parameters_of,
    resolve,
)

FIRST, LAST = paths.NOTEBOOKS / "01-who-is-micro.ipynb", paths.NOTEBOOKS / "04-twenty-percent.ipynb"


def faults_of(given, *notebooks):
    """The lines that refuse these values."""
    with pytest.raises(ParameterError) as error:
        resolve(list(notebooks or (FIRST, LAST)), given)
    return str(error.value).splitlines()


def fault_of(given, *notebooks):
    """The one line that refuses these values."""
    (fault,) = faults_of(given, *notebooks)
    return fault


def refusal_of(path):
    """Why a parameters cell is refused."""
    with pytest.raises(ParameterError) as error:
        parameters_of(path)
    return str(error.value)


def test_a_parameters_cell_is_read_with_types_defaults_and_help(tmp_path, notebook):
    cell = """scheme: str = "a # b"  # whose words
share: float = 0.5  # of the total
shift: int = -3  # to the left
quick: bool = True  # or thorough"""
    assert parameters_of(notebook(tmp_path, "01-one", parameters=cell)) == {
        "scheme": Parameter("scheme", "str", "a # b", "whose words"),
        "share": Parameter("share", "float", 0.5, "of the total"),
        "shift": Parameter("shift", "int", -3, "to the left"),
        "quick": Parameter("quick", "bool", True, "or thorough"),
    }


@pytest.mark.parametrize(
    "line",
    [
        "today: str = str(1)  # computed",
        'where: str = f"{1}"  # computed',
        "share: float = 1 / 3  # computed",
        "share = 0.5  # without a type",
        "share: float  # without a default",
        "share: float = 0.5",
        "share: float = 0.5  #",
        "day: date = 5  # of another type",
        'share: "float" = 0.5  # with a quoted type',
        "share: float | None = None  # of two types",
        "share: list = [1]  # of many values",
        "import os  # no parameter",
        "print(1)  # no parameter",
    ],
)
def test_a_line_that_is_not_an_annotated_literal_with_help_is_refused(tmp_path, notebook, line):
    refusal = refusal_of(
        notebook(tmp_path, "01-one", parameters=f'edition: str = "draft"  # cited\n{line}')
    )
    assert refusal.startswith(f"01-one.ipynb: '{re.match('[a-z]+', line).group()}")
    assert refusal.endswith(
        "is not 'name: type = literal  # help'. Types: str, int, float, bool; the help is required."
    )


@pytest.mark.parametrize(
    "line",
    [
        'quick: bool = "no"',
        "seed: int = 2.5",
        'seed: int = "2"',
        "name: str = 7",
        "seed: int = True",
    ],
)
def test_a_default_of_another_type_is_refused_rather_than_converted(tmp_path, notebook, line):
    assert "is not 'name: type = literal  # help'" in refusal_of(
        notebook(tmp_path, "01-one", parameters=f"{line}  # of something")
    )


def test_a_whole_number_is_a_default_of_a_float(tmp_path, notebook):
    default = parameters_of(
        notebook(tmp_path, "01-one", parameters="share: float = 1  # of the total")
    )["share"].default
    assert (type(default), default) == (float, 1.0)


def test_a_parameters_cell_that_is_not_python_is_refused_in_a_sentence(tmp_path, notebook):
    assert refusal_of(
        notebook(tmp_path, "01-one", parameters="share: float = (0.5  # of")
    ).startswith("01-one.ipynb: ")


@pytest.mark.parametrize("tagged", [0, 2])
def test_there_is_exactly_one_parameters_cell(tmp_path, notebook, tagged):
    path = notebook(tmp_path, "01-one", "pass")
    tags = '"tags": [\n     "parameters"\n    ]'
    text = path.read_text(encoding="utf-8")
    assert text.count(tags) == 1
    if tagged == 0:
        text = text.replace('"parameters"', '"other"')
    else:
        text = re.sub(
            r'"metadata": \{\},(\s+"outputs": \[\],\s+"source": \[\s+"pass")',
            rf'"metadata": {{{tags}}},\1',
            text,
        )
    path.write_text(text, encoding="utf-8")
    assert (
        refusal_of(path)
        == f"01-one.ipynb has {tagged} cells tagged 'parameters'; exactly one is allowed."
    )


def test_without_values_every_notebook_gets_its_defaults():
    merged = resolve([FIRST, LAST], {})
    assert merged["01-who-is-micro"] == {
        "source": "open",
        "tier_scheme": "mediakix-instagram",
        "edition": "draft",
    }
    assert merged["04-twenty-percent"] == {
        name: parameter.default for name, parameter in parameters_of(LAST).items()
    }


def test_a_value_goes_to_every_notebook_that_has_the_parameter_and_to_no_other():
    merged = resolve([FIRST, LAST], {"confidence": "0.9", "seed": "7", "edition": "2026-11"})
    assert merged["04-twenty-percent"]["confidence"] == 0.9
    assert (type(merged["04-twenty-percent"]["seed"]), merged["04-twenty-percent"]["seed"]) == (
        int,
        7,
    )
    assert not {"confidence", "seed"} & set(merged["01-who-is-micro"])
    assert {parameters["edition"] for parameters in merged.values()} == {"2026-11"}


def test_text_that_looks_like_a_number_stays_text():
    assert resolve([FIRST], {"edition": "007"})["01-who-is-micro"]["edition"] == "007"


def test_an_unknown_parameter_is_refused_with_the_nearest_and_all_there_are():
    fault = fault_of({"tier_schem": "tint"}, FIRST)
    assert fault.startswith(
        "parameter 'tier_schem' does not exist in the chosen notebooks. Did you mean "
        "'tier_scheme'? "
    )
    assert fault.endswith("Parameters: edition, source, tier_scheme.")


def test_a_parameter_that_only_another_notebook_has_is_unknown():
    assert fault_of({"seed": "1"}, FIRST).startswith(
        "parameter 'seed' does not exist in the chosen notebooks. Parameters: "
    )


def test_a_name_that_is_code_is_just_unknown():
    assert fault_of({"x; import os; os.abort() #": "1"}).startswith(
        "parameter 'x; import os; os.abort() #' does not exist"
    )


def test_a_value_of_the_wrong_type_is_refused_with_the_type_the_help_and_the_default():
    assert (
        fault_of({"confidence": "high"})
        == "parameter 'confidence': 'high' is not of type float. It is of every interval; default "
        "0.95."
    )
    assert (
        fault_of({"seed": "1.5"})
        == "parameter 'seed': '1.5' is not of type int. It is of the simulation; default 20."
    )


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", float("nan")])
def test_what_is_not_a_finite_number_is_refused(value):
    assert fault_of({"confidence": value}).startswith(
        f"parameter 'confidence': '{value}' is not of type float."
    )


@pytest.mark.parametrize(
    ("name", "value", "near"),
    [
        ("source", "instagram-kin", "instagram-kim"),
        ("tier_scheme", "decade", "decades"),
        ("average", "typical acount", "typical account"),
    ],
)
def test_a_value_outside_its_register_is_refused_with_the_nearest_and_all_there_are(
    name, value, near
):
    fault = fault_of({name: value}, LAST)
    assert (
        fault == f"parameter '{name}': '{value}' is not allowed. Did you mean '{near}'? Allowed: "
        f"{', '.join(choices(name))}."
    )


@pytest.mark.parametrize("name", ["source", "tier_scheme", "metric", "average"])
def test_every_value_of_a_register_is_allowed(name):
    chosen = paths.NOTEBOOKS / "02-engagement.ipynb"
    assert len(choices(name)) >= 5
    assert [
        resolve([chosen], {name: value})["02-engagement"][name] for value in choices(name)
    ] == list(choices(name))


@pytest.mark.parametrize(
    ("name", "inside", "outside", "allowed"),
    [
        ("confidence", ("0.5", "0.999"), ("0.49", "0.9991", "95"), "0.5 to 0.999"),
        ("base_rate", ("0.0001", "0.5"), ("0", "-0.01", "0.51"), "0.0001 to 0.5"),
        ("seed", ("0", "2147483647"), ("-1", "2147483648"), "0 to 2147483647"),
    ],
)
def test_a_number_must_lie_in_its_range_whose_ends_are_allowed(name, inside, outside, allowed):
    assert [
        str(resolve([LAST], {name: value})["04-twenty-percent"][name]) for value in inside
    ] == list(inside)
    for value in outside:
        assert fault_of({name: value}, LAST).startswith(
            f"parameter '{name}': {value} is not allowed. Allowed: "
        )
    assert fault_of({name: outside[0]}, LAST).endswith(f"Allowed: {allowed}.")


def test_all_faults_are_reported_together_and_each_once():
    faults = faults_of(
        {
            "confidnce": "0.9",
            "confidence": "2",
            "source": "instagram",
            "seed": "x",
            "edition": "fine",
        }
    )
    assert [re.match(r"parameter '(\w+)'", fault).group(1) for fault in faults] == [
        "confidnce",
        "source",
        "confidence",
        "seed",
    ]
