"""What all tests share, the doctests too: no figure of pyplot outlives its test."""

import sys

import pytest


@pytest.fixture(autouse=True)
def _no_figures_left():
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
