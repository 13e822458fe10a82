"""What calls may change is as it was after each module, and what strategies draw is made before."""

import os

import matplotlib.pyplot as plt
import pytest

from tests.fuzz import networks, of_training


@pytest.fixture(autouse=True, scope="module")
def _left_as_found():
    environment = dict(os.environ)
    style = dict(plt.rcParams)
    os.environ["MLCOURSE_RUNS"] = of_training.runs_folder()
    for make in networks.MADE:  # in a strategy, Keras's own random seeds would disturb Hypothesis
        make()
    yield
    os.environ.clear()
    os.environ.update(environment)
    plt.rcParams.update(style)
