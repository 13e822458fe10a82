"""The text of the forward and backward pass: its numbers and its layout."""

import re
from decimal import Decimal

import keras
import numpy as np
import pytest
from scipy import special

from mlcourse import activations, explain, scratch
from mlcourse.networks import from_model
from mlcourse.networks.network import Layer, Network

RNG = np.random.default_rng(3)
X = np.array([0.7, -1.3])


def parsed(explanation):
    """Return the numbers of an explanation as text: x, the loss, and the tables of each layer.

    A table is a dict of column heads to the column's texts.
    """
    lines, found = str(explanation).splitlines(), {"forward": {}, "backward": {}}
    way = "forward"
    for number, line in enumerate(lines):
        if line.startswith("x = "):
            found["x"] = line.removeprefix("x = ").split(", ")
        if line.startswith("BACKWARD"):
            way = "backward"
        if line.startswith("LOSS"):
            found["loss"] = line.split(" = ")[-2].removesuffix(", with y")
            found["y"] = line.split(", with y = ")[-1]
        title = re.match(r"Layer (\d+): (.*)", line)
        if title:
            head, rows = lines[number + 1].split(), []
            for row in lines[number + 2 :]:
                if not row.strip() or row.startswith("..."):
                    break
                rows.append(row.split())
                assert len(rows[-1]) == len(head), row
            columns = dict(zip(head, map(list, zip(*rows, strict=True)), strict=True))
            found[way][int(title[1])] = {"f": title[2], **columns}
    return found


def assert_printed(texts, numbers):
    """Assert that texts are rounded numbers with at least two significant digits."""
    for text, number in zip(texts, np.ravel(numbers), strict=True):
        digits = Decimal(text)
        unit = 10.0 ** digits.as_tuple().exponent
        assert float(digits) == pytest.approx(number, abs=0.501 * unit), (text, number)
        assert unit <= max(1e-4, 0.11 * abs(number)), text


def by_hand(weights, x, y, hidden, output):
    """Return the forward and backward pass of two layers, with softmax's full Jacobian."""
    (w1, b1, w2, b2), y = weights, np.asarray(y, float)
    z1 = x @ w1 + b1
    a1 = np.maximum(z1, 0) if hidden == "relu" else np.tanh(z1)
    z2 = a1 @ w2 + b2
    if output == "linear":
        a2, loss = z2, np.mean((z2 - y) ** 2)
        da2, jacobian = 2 * (z2 - y) / len(y), np.eye(len(y))
    elif output == "sigmoid":
        a2 = 1 / (1 + np.exp(-z2))
        loss = np.mean(-y * np.log(a2) - (1 - y) * np.log(1 - a2))
        da2, jacobian = (a2 - y) / (a2 * (1 - a2)) / len(y), np.diag(a2 * (1 - a2))
    else:
        a2 = np.exp(z2) / np.exp(z2).sum()
        loss = -np.sum(y * np.log(a2))
        da2, jacobian = -y / a2, np.diag(a2) - np.outer(a2, a2)
    dz2 = jacobian @ da2
    da1 = w2 @ dz2
    dz1 = da1 * ((z1 > 0) if hidden == "relu" else 1 - a1**2)
    return {
        "loss": loss,
        1: {"w": w1, "b": b1, "z": z1, "a": a1, "da": da1, "dz": dz1, "dw": np.outer(x, dz1)},
        2: {"w": w2, "b": b2, "z": z2, "a": a2, "da": da2, "dz": dz2, "dw": np.outer(a1, dz2)},
    }


def model(hidden, output, units, weights):
    """Return a 2-3-units model with given weights."""
    layers = [scratch.Affine("1", 2, 3, dtype="float64"), getattr(scratch, hidden.title())("f")]
    layers.append(scratch.Affine("2", 3, units, dtype="float64"))
    layers += [] if output == "linear" else [getattr(scratch, output.title())("g")]
    layers[0].params = {"w": weights[0], "b": weights[1]}
    layers[2].params = {"w": weights[2], "b": weights[3]}
    return scratch.Model(layers)


def random_weights(units):
    return [RNG.normal(size=shape) for shape in ((2, 3), (3,), (3, units), (units,))]


CASES = [
    ("relu", "linear", "the mean of (a - y)^2", [2.5]),
    ("relu", "linear", "the mean of (a - y)^2", [2.5, -1.0]),
    ("relu", "sigmoid", "the mean of -y ln a - (1 - y) ln(1 - a)", [1.0]),
    ("tanh", "sigmoid", "the mean of -y ln a - (1 - y) ln(1 - a)", [0.0, 1.0]),
    ("relu", "softmax", "the sum of -y ln a", [0.0, 1.0, 0.0]),
    ("tanh", "softmax", "the sum of -y ln a", [0.1, 0.2, 0.7]),
]


@pytest.mark.parametrize(("hidden", "output", "loss", "y"), CASES)
def test_every_number_is_what_is_computed_by_hand(hidden, output, loss, y):
    weights = random_weights(len(y))
    weights[1][:] = [0.1, 2.0, -3.0]  # ReLU passes some of them
    expected = by_hand(weights, X, y, hidden, output)
    assert len(np.unique(expected[1]["z"] > 0)) == 2
    explanation = explain(model(hidden, output, len(y), weights), X, y)
    found = parsed(explanation)
    assert_printed(found["x"], X)
    assert_printed([found["loss"]], expected["loss"])
    assert f"LOSS      L = {loss} = " in str(explanation)
    for number, inputs in ((1, 2), (2, 3)):
        forward, backward = found["forward"][number], found["backward"][number]
        numbers = expected[number]
        units = [str(unit + 1) for unit in range(len(numbers["z"]))]
        assert forward["unit"] == backward["unit"] == units
        for head, name in (("b", "b"), ("z", "z"), ("a", "a")):
            assert_printed(forward[head], numbers[name])
        for head, name in (("dL/da", "da"), ("delta", "dz"), ("dL/db", "dz")):
            assert_printed(backward[head], numbers[name])
        for place in range(inputs):
            assert_printed(forward[f"w_{place + 1}"], numbers["w"][place])
            assert_printed(backward[f"dL/dw_{place + 1}"], numbers["dw"][place])
        heads = [f"w_{place + 1}" for place in range(inputs)]
        assert list(forward) == ["f", "unit", *heads, "b", "z", "a"]
        heads = [f"dL/dw_{place + 1}" for place in range(inputs)]
        assert list(backward) == ["f", "unit", "dL/da", "delta", *heads, "dL/db"]


def test_the_way_forward_comes_first_and_the_last_layer_goes_back_first():
    explanation = str(explain(model("relu", "sigmoid", 1, random_weights(1)), X, 1))
    order = [line.split()[0] for line in explanation.splitlines() if line and line[0].isupper()]
    assert order == ["One", "FORWARD", "Layer", "Layer", "LOSS", "BACKWARD", "Layer", "Layer"]
    titles = re.findall(r"^Layer .*", explanation, re.MULTILINE)
    names = ["Layer 1: relu", "Layer 2: sigmoid"]
    assert titles == [*names, *names[::-1]]
    assert explanation.startswith(
        "One example through a network of 2-3-1\n\nx = 0.7000, -1.3000\n\n"
    )


@pytest.mark.parametrize(
    ("output", "loss", "y"),
    [
        ("softmax", "sparse_categorical_crossentropy", 2),
        ("softmax", "mse", [0.0, 0.0, 1.0]),
        ("sigmoid", "binary_crossentropy", [0.0, 1.0, 1.0]),
        (None, "mse", [0.5, -1.0, 2.0]),
    ],
)
def test_a_keras_model_s_numbers_are_those_of_keras(output, loss, y):
    """One step of SGD with learning rate 1 subtracts the gradient."""
    layers = [keras.layers.Dense(5, "tanh"), keras.layers.Dense(3, output)]
    made = keras.Sequential([keras.Input((4,)), *layers])
    made.set_weights([RNG.uniform(-1, 1, array.shape) for array in made.get_weights()])
    made.compile(keras.optimizers.SGD(1.0), loss)
    x = RNG.normal(size=(1, 4)).astype("float32")
    before = made.get_weights()
    predictions = made.predict(x, verbose=0)[0]
    explanation = explain(made, x[0], y)
    found = parsed(explanation)
    value = made.train_on_batch(x, np.array([y]))
    steps = [old - new for old, new in zip(before, made.get_weights(), strict=True)]

    def near(texts, numbers):
        np.testing.assert_allclose(np.array(texts, float), numbers, atol=6e-5, rtol=0.051)

    near([found["loss"]], [value])
    near(found["forward"][2]["a"], predictions)
    for number in (1, 2):
        w, b = before[2 * number - 2 : 2 * number]
        forward, backward = found["forward"][number], found["backward"][number]
        near(forward["b"], b)
        near(backward["dL/db"], steps[2 * number - 1])
        for place in range(len(w)):
            near(forward[f"w_{place + 1}"], w[place])
            near(backward[f"dL/dw_{place + 1}"], steps[2 * number - 2][place])
    if loss == "mse":
        assert "L = the mean of (a - y)^2 = " in str(explanation)


@pytest.mark.parametrize("bias", [False, True])
def test_matrices_have_no_function_and_may_have_no_bias(bias):
    w1, b1, w2, b2 = random_weights(2)
    found = parsed(explain([w1, b1, w2, b2] if bias else [w1, w2], X, [1.0, 0.0]))
    z1 = X @ w1 + b1 * bias
    for number, z in ((1, z1), (2, z1 @ w2 + b2 * bias)):
        table = found["forward"][number]
        assert table["f"] == "no function, a = z"
        assert_printed(table["z"], z)
        assert table["z"] == table["a"]
        assert_printed(table["b"], [0 * b1, 0 * b2][number - 1] + bias * [b1, b2][number - 1])
        assert set(table["b"]) == {"0.0000"} or bias


@pytest.mark.parametrize("output", ["softmax", "linear"])
def test_a_target_may_be_an_integer_label_or_one_hot(output):
    made = model("relu", output, 3, random_weights(3))
    given = [1, np.int64(1), np.array(1), [0, 1, 0], (0.0, 1.0, 0.0), np.array([0, 1, 0])]
    given.append(np.array([[0.0, 1.0, 0.0]]))
    explanations = [re.sub("with y = .*", "", str(explain(made, X, y))) for y in given]
    assert len(set(explanations)) == 1
    assert explanations[0] != re.sub("with y = .*", "", str(explain(made, X, 2)))
    targets = [parsed(explain(made, X, y))["y"] for y in (1, [0, 1, 0])]
    assert targets == ["1", "0.0000, 1.0000, 0.0000"]


def test_a_long_target_is_cut_and_a_missing_one_refused():
    wide = [np.ones((2, 30)), np.zeros(30)]
    assert parsed(explain(wide, X, np.zeros(30)))["y"].endswith("... (30 numbers)")
    with pytest.raises(ValueError, match=r"y must be a target.*\. Got None instead"):
        explain(wide, X, None)


def test_one_unit_more_is_one_unit():
    assert "... and 1 more unit\n" in str(explain([np.ones((2, 9))], X, np.zeros(9)))


@pytest.mark.parametrize("y", [1, 1.0, [1], [1.0], np.array([1.0]), np.array([[1]]), True])
def test_a_single_output_has_a_number_for_its_target(y):
    made = model("relu", "sigmoid", 1, random_weights(1))
    expected = parsed(explain(made, X, 1))
    assert {**parsed(explain(made, X, y)), "y": ""} == {**expected, "y": ""}


@pytest.mark.parametrize("shape", [(2,), (1, 2), (2, 1)])
def test_an_example_may_have_any_shape_of_its_length(shape):
    made = model("relu", "sigmoid", 1, random_weights(1))
    assert str(explain(made, X.reshape(shape), 1)) == str(explain(made, X.tolist(), 1))


def tables(explanation):
    """Return the lines of each table, without its title."""
    parts = [part.splitlines() for part in str(explanation).split("\n\n")]
    return [part[1:] for part in parts if part[0].startswith("Layer")]


@pytest.mark.parametrize("max_units", [1, 3, 8])
def test_columns_are_aligned_to_the_right(max_units):
    rng = np.random.default_rng(0)
    sizes = [12, 11, 4]
    weights = [
        10.0 ** rng.integers(-5, 6, shape) * rng.normal(size=shape)
        for shape in ((12, 11), (11,), (11, 4), (4,))
    ]
    found = tables(explain(weights, rng.normal(size=12), [1.0, 2.0, 3.0, 4.0], max_units=max_units))
    assert len(found) == 4
    for table, units in zip(found, (*sizes[1:], *sizes[:0:-1]), strict=True):
        rows = [line for line in table if not line.startswith("...")]
        assert len(rows) == 1 + min(units, max_units)
        assert len({len(line) for line in rows}) == 1
        ends = [[match.end() for match in re.finditer(r"\S+", line)][1:] for line in rows]
        assert all(places == ends[0] for places in ends)
        assert all(line.index("  ") > 0 for line in rows[1:])  # the unit's number is left-aligned


@pytest.mark.parametrize("max_units", [1, 2, 5])
def test_omitted_units_are_counted(max_units):
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape) for shape in ((1200, 7), (7,), (7, 5), (5,))]
    x = rng.normal(size=1200)
    explanation = explain(weights, x, [0.0] * 5, max_units=max_units)
    found, whole = parsed(explanation), parsed(explain(weights, x, [0.0] * 5, max_units=1200))
    assert found["x"] == [*whole["x"][:max_units], "... (1,200 numbers)"]
    for way in ("forward", "backward"):
        for layer, inputs in ((1, 1200), (2, 7)):
            part, full = found[way][layer], whole[way][layer]
            assert part.pop("...") == ["..."] * max_units
            for head, column in part.items():
                assert column == (full[head] if head == "f" else full[head][:max_units])
            prefix = "w_" if way == "forward" else "dL/dw_"
            shown = [int(head.removeprefix(prefix)) for head in part if head.startswith(prefix)]
            assert shown == list(range(1, max_units + 1)) and max_units < inputs
    rest = re.findall(r"^\.\.\. and (\d+) more", str(explanation), re.MULTILINE)
    assert list(map(int, rest)) == [
        units - max_units for units in (7, 5, 5, 7) if units > max_units
    ]
    assert len(found["forward"][1]["unit"]) == max_units
    assert "more unit" not in str(explain(weights, x, [0.0] * 5, max_units=7))


def test_the_last_place_of_a_layer_is_not_counted_as_left_away():
    weights = [np.ones((3, 3)), np.ones((3, 3))]
    explanation = str(explain(weights, np.ones(3), 0, max_units=3))
    assert "..." not in explanation


def test_numbers_far_from_one_are_powers_of_ten_and_zero_has_no_minus():
    weights = [np.array([[1e-9, -1e-9, 4e-4, -0.0], [123456.0, -0.0, 0.001, 99999.0]]), np.zeros(4)]
    explanation = explain(weights, [-1.0, -0.0], [0.0, -0.0, 0.0, -1e-12])
    table = parsed(explanation)["forward"][1]
    assert table["w_1"] == ["1.0e-09", "-1.0e-09", "4.0e-04", "0.0000"]
    assert table["w_2"] == ["1.2e+05", "0.0000", "0.0010", "99999.0000"]
    assert not re.search(r"-0\.0+(?![0-9])", str(explanation).split("with y")[0])
    assert not re.search(r"-0\.0+(?![0-9])", str(explanation).split("BACKWARD")[1])


def test_the_same_text_is_printed_and_shown_in_a_notebook(capsys):
    explanation = explain(random_weights(1), X, 1)
    print(explanation)
    assert capsys.readouterr().out == f"{explanation!r}\n" == f"{explanation}\n"
    assert not re.search(r" $", str(explanation), re.MULTILINE)


def test_functions_and_batch_normalization_are_named():
    norm = scratch.BatchNorm("n", 3)
    norm.state = {"moving_mean": np.array([1.0, 0, 0]), "moving_variance": np.array([4.0, 1, 1])}
    layers = [scratch.Affine("1", 2, 3), norm, scratch.LeakyRelu("f", 0.3)]
    made = scratch.Model([*layers, scratch.Dropout("d", 0.5), scratch.Affine("2", 3, 1)])
    found = parsed(explain(made, X, 0.5))
    assert found["forward"][1]["f"] == "batch normalization, leaky_relu"
    assert found["forward"][2]["f"] == "no function, a = z"
    assert_printed(found["forward"][2]["a"], made(X[None])[0])


def test_an_explanation_has_the_forward_pass_and_the_network():
    network = Network((Layer(np.eye(2), None, (activations.find("softmax"),)),))
    explanation = explain(network, [0.0, 1.0], 1)
    assert explanation.network is network and explanation.y == 1
    np.testing.assert_allclose(explanation.run.a[-1], special.softmax([0.0, 1.0]))
    assert explanation.run.loss == pytest.approx(np.log1p(np.exp(-1)))


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        ([1.0], 1, {}, r"x must hold 2 finite numbers\. Got 1 instead"),
        ([1.0, 2.0, 3.0], 1, {}, r"x must hold 2 finite numbers\. Got 3 instead"),
        ([1.0, np.nan], 1, {}, r"x must hold 2 finite numbers\. Got \[1\.0, nan\] instead"),
        ("ab", 1, {}, r"x must hold 2 finite numbers\. Got 'ab' instead"),
        (X, [1, 0], {}, r"y must hold 3 finite numbers\. Got 2 instead"),
        (X, [1, 0, 0, 0], {}, r"y must hold 3 finite numbers\. Got 4 instead"),
        (
            X,
            3,
            {},
            r"y, a class, must be a whole number from 0 to 2\. Got (np\.int64\()?3\)? instead",
        ),
        (X, -1, {}, r"y, a class, must be a whole number from 0 to 2\. Got .*-1\)? instead"),
        (X, 0.5, {}, r"y, a class, must be a whole number from 0 to 2\. Got (np\.float64\()?0\.5"),
        (X, [1, 1, 0], {}, r"y must have the sum 1, for softmax\. Got 2 instead"),
        (X, "two", {}, r"y.* must .*\. Got .*'two'"),
        (X, 1, {"max_units": 0}, r"max_units must be a whole number of at least 1\. Got 0 instead"),
        (
            X,
            1,
            {"max_units": 2.5},
            r"max_units must be a whole number of at least 1\. Got 2\.5 instead",
        ),
    ],
)
def test_invalid_arguments_raise(x, y, options, message):
    made = model("relu", "softmax", 3, random_weights(3))
    with pytest.raises(ValueError, match=message):
        explain(made, x, y, **options)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("a network", r"a network must be given by .* Got 'a network'"),
        ([np.ones((2, 3)), np.ones((2, 1))], r"an input for each unit.* Got 3 units before 2"),
        (
            scratch.Model([scratch.Conv2D("edges", 1, 4)]),
            r"must be a chain of dense layers.* Got a Conv2D layer",
        ),
    ],
)
def test_other_networks_raise(network, message):
    with pytest.raises(ValueError, match=message):
        explain(network, X, 1)


def test_a_loss_without_a_known_gradient_is_refused():
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, "softmax")])
    made.compile(loss="kl_divergence")
    with pytest.raises(ValueError, match=r"a gradient needs .* Got kl_divergence after softmax"):
        explain(made, X, 1)
    assert from_model(made).loss == "kl_divergence"
