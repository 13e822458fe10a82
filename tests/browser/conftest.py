"""What the tests of interactives share: a notebook in JupyterLab that shows one after another."""

import pytest

from tests.browser.lab import Lab


@pytest.fixture(scope="module")
def one_notebook(request, tmp_path_factory):
    """A notebook whose first cell, the module's `BEGIN`, has been run."""
    with Lab(tmp_path_factory.mktemp("lab")) as lab:
        notebook = lab.open("interactive", request.module.BEGIN)
        notebook.run(0)
        yield notebook


@pytest.fixture
def show(request, one_notebook):
    """Returns a function that runs a cell, which shows an interactive, and puts others below it."""

    def run(source, *more):
        one_notebook.replace(request.module.BEGIN, source, *more)
        one_notebook.run(1)
        return one_notebook

    return run
