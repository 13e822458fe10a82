import os
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


LOUD = """
import os

os.write(2, b"start-up message")
level = os.environ.get("TF_CPP_MIN_LOG_LEVEL")
"""


@pytest.mark.parametrize(
    ("variables", "expected"), [({}, "3"), ({"TF_CPP_MIN_LOG_LEVEL": "0"}, "0")]
)
def test_tensorflow_s_import_is_quiet_after_ours_unless_its_log_level_is_set(
    variables, expected, tmp_path
):
    (tmp_path / "tensorflow.py").write_text(LOUD)
    code = "import os; before = dict(os.environ); import mlcourse, tensorflow; "
    code += "print(tensorflow.level, dict(os.environ) == before); os.write(2, b' later')"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=kept | variables | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{expected} True\n"
    assert done.stderr == ("start-up message later" if variables else " later")


@pytest.mark.slow
def test_the_real_tensorflow_is_quiet_after_our_import():
    code = "import mlcourse, keras, tensorflow; keras.layers.Dense(2)(keras.ops.ones((1, 3)))"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("TF_", "XLA_"))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
