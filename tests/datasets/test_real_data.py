"""The real datasets, where `MLCOURSE_DATA` names a folder that holds them."""

import numpy as np
import pytest

from mlcourse import datasets
from mlcourse.datasets import cache as cache_module
from tests.conftest import REAL_DATA

pytestmark = pytest.mark.real_data


@pytest.mark.parametrize("name", list(datasets.CATALOG))
def test_the_real_arrays_pass_every_check(name, monkeypatch):
    monkeypatch.setenv("MLCOURSE_DATA", REAL_DATA)
    dataset = cache_module.read(datasets.find(name))
    assert dataset.source != datasets.SYNTHETIC
    assert len(dataset.x_train) + len(dataset.x_test) in (60_000, 70_000)


def test_the_real_pictures_are_the_right_way_up(monkeypatch):
    monkeypatch.setenv("MLCOURSE_DATA", REAL_DATA)
    data = datasets.load("fashion_mnist")
    trousers = data.x_train[data.y_train == 1].mean(axis=0)
    assert trousers[22:, 14].mean() < trousers[:4, 14].mean()  # legs part below the waist
    assert np.unique(data.y_train).tolist() == list(range(10))
