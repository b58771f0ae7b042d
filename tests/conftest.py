"""What several test files share: notebooks written on the spot, and one published report."""

import gc
from pathlib import Path

import nbformat
import pytest

from analysis import paths
from analysis.publish.run import Request, publish_report

EDITION = 'edition: str = "draft"  # what the figures are cited under'


def pytest_configure(config):
    """Overlook that nbclient leaves the event loop of a thread open: the command ends soon after, a test session does not."""
    config.addinivalue_line("filterwarnings", "ignore:unclosed event loop:ResourceWarning")
    config.addinivalue_line("filterwarnings", r"ignore:unclosed <socket\.socket fd=\d+, family=1, type=1,:ResourceWarning")


@pytest.fixture(scope="session", autouse=True)
def results(tmp_path_factory):
    """Nothing that earlier sessions or a user's own runs have kept is taken for a result."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "RESULTS", tmp_path_factory.mktemp("results"))
        yield


@pytest.fixture(scope="session", autouse=True)
def swept():
    """Let go of those event loops while they are still overlooked."""
    yield
    gc.collect()


def write_notebook(folder, name, *cells, parameters=EDITION):
    """A notebook with a heading, a parameters cell and these code cells."""
    new = nbformat.v4
    tagged = new.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    content = new.new_notebook(cells=[new.new_markdown_cell(f"# Is {name} right?"), tagged, *map(new.new_code_cell, cells)])
    content.metadata["kernelspec"] = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    path = Path(folder) / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(content, path)
    return path


@pytest.fixture(scope="session")
def notebook():
    """The function that writes a notebook."""
    return write_notebook


@pytest.fixture(scope="session")
def given():
    """Parameters of the published report; the first goes to one of its notebooks, the second to both."""
    return {"confidence": "0.9", "edition": "2026-11"}


@pytest.fixture(scope="session")
def published(tmp_path_factory, given):
    """Notebooks 01 and 12 as they are published, made once for all tests."""
    return publish_report(Request(("01", "12"), given, out=tmp_path_factory.mktemp("published") / "report"))
