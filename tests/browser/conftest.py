"""Fixtures for tests of interactive figures: one notebook in JupyterLab for a module."""

import pytest

from tests.browser.lab import Lab


@pytest.fixture(scope="module")
def one_notebook(request, tmp_path_factory):
    """Yield a notebook after its first cell, the module's `BEGIN`, has run."""
    with Lab(tmp_path_factory.mktemp("lab")) as lab:
        notebook = lab.open("interactive", request.module.BEGIN)
        notebook.run(0)
        yield notebook


@pytest.fixture
def show(request, one_notebook):
    """Return a function that runs a cell with an interactive figure, and adds others below it."""

    def run(source, *more):
        one_notebook.replace(request.module.BEGIN, source, *more)
        one_notebook.run(1)
        return one_notebook

    return run
