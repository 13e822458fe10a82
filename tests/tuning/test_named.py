import re
import sys
from types import SimpleNamespace

import keras_tuner
import numpy as np
import pytest

from mlcourse.tuning import spaces


@pytest.fixture(autouse=True)
def _path(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])


def test_a_search_by_name_has_a_space_and_both_parts(cache, arrays):
    np.savez(cache / "fashion_mnist.npz", **arrays)
    with pytest.raises(ValueError, match="examples must be a whole number from 6 to 30"):
        spaces.find("course", "fashion_mnist", 31)
    with pytest.raises(ValueError, match="must leave an example of each class"):
        spaces.find("course", "fashion_mnist", 6)


def test_the_space_has_the_shape_of_the_images(monkeypatch):
    x, y = np.zeros((60, 4, 4), np.uint8), np.arange(60) % 2
    pictures = SimpleNamespace(x_train=x, y_train=y)
    monkeypatch.setattr(spaces.datasets, "load", lambda name, synthetic: pictures)
    build, data = spaces.find("mlp", "two classes", 36)
    assert [len(x) for x, _ in data.values()] == [30, 6]
    assert data["train"][0].dtype == "float32"
    assert build(keras_tuner.HyperParameters()).input_shape == (None, 4, 4)
    assert len(spaces.find("cnn", "two classes")[1]["train"][0]) == 50


def test_an_unknown_name_lists_the_known():
    rule = "NAME must be one of course, mlp, cnn, FILE.py. Got 'grid' instead."
    with pytest.raises(ValueError, match=re.escape(rule)):
        spaces.find("grid", "fashion_mnist")


@pytest.mark.parametrize("data", ["{'train': 1}", "lambda: {'train': 1}"])
def test_a_file_has_a_build_and_data(tmp_path, data):
    (tmp_path / "beside_mine.py").write_text("def build(hp):\n    return hp\n")
    path = tmp_path / "mine.py"
    path.write_text(f"from beside_mine import build\ndata = {data}\n")
    build, found = spaces.find(str(path), "fashion_mnist")
    sys.modules.pop("beside_mine")
    assert (build(3), found) == (3, {"train": 1})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data = {}", "mine.py must have `build` and `data`, .* It has no build"),
        ("def build(hp): pass", "It has no data"),
        ("build, data = 3, {}", "`build` in .*mine.py must be a function. Got 3 instead"),
        ("x = 1\nx / 0", "mine.py, line 2 must run without an error. Got ZeroDivisionError"),
        ("import nothing_of_that_name", "line 1 must run .* Got ModuleNotFoundError"),
        ("def data():\n    raise OSError('gone')\nbuild = int", "line 2 must .* OSError: gone"),
        ("exit(3)", "must run without an error. Got SystemExit: 3"),
        ("def", "must run without an error. Got SyntaxError"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_a_line(tmp_path, text, message):
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        spaces.find(str(path), "fashion_mnist")


def test_a_file_that_is_not_there_is_an_error():
    with pytest.raises(ValueError, match=r"a file that exists\. Got 'none.py' instead"):
        spaces.find("none.py", "fashion_mnist")
