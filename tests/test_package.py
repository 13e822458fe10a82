import subprocess
import sys

import pytest

import mlcourse

HEAVY = ("tensorflow", "keras", "jax", "torch", "sklearn", "openml", "pandas", "matplotlib.pyplot")


def test_import_loads_nothing_heavy():
    code = f"import sys, mlcourse; dir(mlcourse); print([m for m in {HEAVY} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_names_are_listed_and_load_on_first_use():
    from mlcourse import TrainingPlot, callbacks

    assert TrainingPlot is callbacks.TrainingPlot
    assert set(mlcourse.__all__) <= set(dir(mlcourse))
    for name in mlcourse.__all__:
        assert getattr(mlcourse, name) is not None


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(AttributeError, match=r"no attribute 'draw'.*TrainingPlot"):
        mlcourse.draw  # noqa: B018
