"""What calls may change is as it was after each module, and what strategies draw is made before."""

import os

import matplotlib.pyplot as plt
import pytest

from tests.fuzz import networks


@pytest.fixture(autouse=True, scope="module")
def _left_as_found():
    environment, style = dict(os.environ), dict(plt.rcParams)
    for make in networks.MADE:  # in a strategy, Keras's own random seeds would disturb Hypothesis
        make()
    yield
    os.environ.clear()
    os.environ.update(environment)
    plt.rcParams.update(style)
