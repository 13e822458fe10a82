from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from mlcourse._core import checks


def test_valid_values_are_returned():
    assert checks.integer("n", np.int64(3), 1) == 3
    assert checks.number("rate", np.float32(0.5), 0, below=1) == 0.5
    assert checks.choice("name", "a", ("a", "b")) == "a"


@pytest.mark.parametrize("value", [0, -1, 2.5, "3", None, True, float("nan")])
def test_a_count_is_a_whole_number(value):
    with pytest.raises(
        ValueError, match=r"n must be a whole number of at least 1\. Got .* instead"
    ):
        checks.integer("n", value, 1)


@pytest.mark.parametrize(
    "value", [-0.1, 1, 1.5, float("nan"), float("inf"), "0.5", None, False, 10**400]
)
def test_a_fraction_is_at_least_0_and_below_1(value):
    with pytest.raises(ValueError, match=r"rate must be a number, at least 0 and below 1\. Got"):
        checks.number("rate", value, 0, below=1)


def test_a_count_may_have_an_end():
    assert checks.integer("label", 9, 0, 9) == 9
    with pytest.raises(
        ValueError, match=r"label must be a whole number from 0 to 9\. Got 10 instead"
    ):
        checks.integer("label", 10, 0, 9)


@pytest.mark.parametrize("value", ["no", 1, None])
def test_a_flag_is_true_or_false(value):
    with pytest.raises(ValueError, match=r"batch_norm must be True or False\. Got .* instead"):
        checks.flag("batch_norm", value)


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("true", True), ("0", False), ("", False)]
)
def test_an_environment_variable_is_set_or_not(monkeypatch, value, expected):
    monkeypatch.setenv("MLCOURSE_QUICK", value)
    assert checks.is_set("MLCOURSE_QUICK") is expected


def test_a_wrong_name_lists_the_right_ones():
    with pytest.raises(ValueError, match=r"name must be one of a, b\. Got 'c' instead"):
        checks.choice("name", "c", ("a", "b"))


def test_lengths_are_given_when_they_differ():
    with pytest.raises(
        ValueError, match=r"x and y must have the same length\. Got 2 and 3 instead"
    ):
        checks.same_length("x", [1, 2], "y", [1, 2, 3])


@pytest.mark.parametrize("values", [[1, 2], [[0.5], [-1.5]], [True, False], np.ones((1, 2, 3))])
def test_finite_numbers_come_back_as_an_array(values):
    array = checks.finite("X", values)
    assert isinstance(array, np.ndarray)
    np.testing.assert_array_equal(array, np.array(values))
    assert checks.finite("X", array) is array


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, np.nan, np.inf], "X must be finite. Got nan at [1] instead."),
        ([[1, 2], [3, -np.inf]], "X must be finite. Got -inf at [1, 1] instead."),
        (["a"], "X must be an array of numbers. Got ['a'] instead."),
        ([None, 1], "X must be an array of numbers. Got [None, 1] instead."),
        ([[1], [1, 2]], "X must be an array of numbers. Got [[1], [1, 2]] instead."),
        ([], "X must have at least one example. Got [] instead."),
        (7, "X must have at least one example. Got 7 instead."),
    ],
)
def test_the_index_of_a_nonfinite_number_is_given(values, message):
    with pytest.raises(ValueError) as error:
        checks.finite("X", values)
    assert str(error.value) == message


@pytest.mark.parametrize("shape", [(3,), (2, 4), (2, 3, 1), ()])
def test_the_number_of_features_is_checked(shape):
    checks.n_features("x", np.ones((5, 3)), 3)
    checks.n_features("x", np.ones((0, 3)), 3)
    with pytest.raises(ValueError) as error:
        checks.n_features("x", np.ones(shape), 3)
    assert str(error.value) == f"x must be of shape (n, 3). Got {shape} instead."


def layer(name, n_in=None, n_out=None, dtype="float32"):
    params = {"w": np.ones((n_in, n_out), dtype)} if n_in else {}
    return SimpleNamespace(name=name, n_in=n_in, n_out=n_out, params=params)


@pytest.mark.parametrize(
    "layers",
    [
        [layer("a", 2, 3)],
        [layer("f"), layer("a", 2, 3), layer("f"), layer("f"), layer("b", 3, 1), layer("f")],
        [layer("f"), layer("f")],
        [layer("a", 2, 3, "float64"), layer("b", 3, 3, "float64")],
    ],
)
def test_matching_layers_make_a_chain(layers):
    checks.chain(layers)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([], "the number of layers must be a whole number of at least 1. Got 0 instead."),
        (
            [layer("a", 2, 3), layer("f"), layer("b", 4, 1)],
            "layer b must have as many inputs as layer a has outputs. "
            "Got the shapes (2, 3) and (4, 1) instead.",
        ),
        (
            [layer("a", 2, 3), layer("b", 2, 1)],
            "layer b must have as many inputs as layer a has outputs. "
            "Got the shapes (2, 3) and (2, 1) instead.",
        ),
        (
            [layer("a", 2, 3), layer("b", 3, 1, "float64")],
            "layers must have parameters of one dtype, float32 or float64. "
            "Got float32, float64 instead.",
        ),
        (
            [layer("f"), layer("a", 2, 3, "int64")],
            "layers must have parameters of one dtype, float32 or float64. Got int64 instead.",
        ),
        (
            [layer("a", 2, 2), layer("b", 2, 2), layer("a", 2, 2)],
            "layers with parameters or dropout must differ in name. Got 'a' twice.",
        ),
    ],
)
def test_layers_that_do_not_fit_are_named(layers, message):
    with pytest.raises(ValueError) as error:
        checks.chain(layers)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("y", "n_outputs", "activation"),
    [
        ([0, 2, 1], 3, "softmax"),
        (np.array([0, 2], "uint8"), 3, "softmax"),
        (np.eye(3), 3, "softmax"),
        ([[0.2, 0.8]], 2, "softmax"),
        ([0, 1], 1, "sigmoid"),
        ([True, False], 1, "sigmoid"),
        ([[0.0], [0.3]], 1, "sigmoid"),
        ([[0, 1], [1, 1]], 2, "sigmoid"),
        ([-7.5, 3.0], 1, "linear"),
        ([[-7.5, 3.0]], 2, "linear"),
    ],
)
def test_targets_fit_the_outputs(y, n_outputs, activation):
    checks.targets(np.array(y), n_outputs, activation)


@pytest.mark.parametrize(
    ("y", "n_outputs", "activation", "message"),
    [
        (
            [0, 3],
            3,
            "softmax",
            "y must hold integer labels from 0 to 2. Got int64 from 0 to 3",
        ),
        ([-1, 2], 3, "softmax", "y must hold integer labels from 0 to 2. Got int64 from -1 "),
        ([0.0, 1.0], 3, "softmax", "y must hold integer labels from 0 to 2. Got float64 from"),
        ([[0, 1]], 3, "softmax", "y must be of shape (n, 3), as the outputs are. Got (1, 2) inst"),
        ([[0, 1.5]], 2, "softmax", "y must be in [0, 1], as softmax is. Got 0.0 to 1.5 instead."),
        ([0, 1], 2, "sigmoid", "y must be of shape (n, 2), as the outputs are. Got (2,) instead."),
        ([-1, 1], 1, "sigmoid", "y must be in [0, 1], as sigmoid is. Got -1 to 1 instead."),
        ([1, 2], 2, "linear", "y must be of shape (n, 2), as the outputs are. Got (2,) instead."),
    ],
)
def test_wrong_targets_are_refused(y, n_outputs, activation, message):
    with pytest.raises(ValueError) as error:
        checks.targets(np.array(y), n_outputs, activation)
    assert str(error.value).startswith(message)


def test_rows_of_targets_for_softmax_sum_to_1():
    checks.targets(np.array([[0.2, 0.8], [1, 0]]), 2, "softmax")
    with pytest.raises(ValueError, match=r"each row of y must sum to 1\. Got 1\.0 to 2\.0"):
        checks.targets(np.array([[1.0, 1.0], [1, 0]]), 2, "softmax")


def test_a_changed_setting_is_reported_with_its_location():
    def settings(units, rows):
        return {"network": [["Dense", {"units": units}]], "rows": list(range(rows))}

    checks.unchanged("plan", "it", settings(3, 9), settings(3, 9))
    rule = "plan must be the same as in it; otherwise use a new name or folder"
    with pytest.raises(ValueError, match=rf"^{rule}\. Got network units 4 instead of 3\.$"):
        checks.unchanged("plan", "it", settings(4, 9), settings(3, 9))
    with pytest.raises(ValueError, match=r"Got rows \[0, 1\] instead of \[0, 1, .*\.\.\.\.$"):
        checks.unchanged("plan", "it", settings(3, 2), settings(3, 99))
    with pytest.raises(ValueError, match=r"Got rows None instead of \[0\]\.$"):
        checks.unchanged("plan", "it", {"network": []}, {"network": [], "rows": [0]})
    with pytest.raises(ValueError, match=r"Got 1 instead of 0\.$"):
        checks.unchanged("seed", "it", 1, 0)
    checks.unchanged("data", "it", ["DataFrame: 1234"], ["DataFrame"])  # of an earlier version
    with pytest.raises(ValueError, match=r"Got 'Series: 1234' instead of 'DataFrame'\.$"):
        checks.unchanged("data", "it", ["Series: 1234"], ["DataFrame"])


def test_a_folder_may_be_missing(tmp_path):
    checks.folder("directory", tmp_path)
    checks.folder("directory", tmp_path / "new")
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"directory must be a folder\. Got '.*file' instead\."):
        checks.folder("directory", tmp_path / "file")


@pytest.mark.parametrize("value", [1e300, -1e300])
def test_an_axis_shows_the_largest_coordinates(value):
    checks.coordinates("x", np.full(3, value))
    checks.coordinates("x", np.ones(3, np.float32))
    ax = Figure(layout="constrained").subplots()
    ax.plot(np.full(3, value), np.full(3, value))
    ax.figure.draw_without_rendering()


def test_larger_coordinates_are_refused():
    with pytest.raises(ValueError, match=r"x must hold values from -1e\+300 to 1e\+300, .*1e\+308"):
        checks.coordinates("x", np.full(3, 1e308))


def test_a_figure_is_at_most_100_inches_wide():
    assert checks.figsize("figsize", (100, 3)) == (100, 3)
    with pytest.raises(ValueError, match=r"figsize must be at most 100\. Got 101\.0 instead"):
        checks.figsize("figsize", (101, 3))
