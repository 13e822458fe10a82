"""A convolution in the page: its numbers beside those of Keras, its arguments, its still image."""

import re

import keras
import numpy as np
import pytest
from matplotlib.figure import Figure

from mlcourse import inspection, models
from mlcourse.interactive import convolution, explain_convolution
from mlcourse.interactive.components.convolution import KERNELS
from tests.interactive.node import evaluate, needs_node

LAYERS = keras.layers
MAPS = """
import { Session } from "MODULES/convolution/session.js";
const result = DATA.map(([settings, numbers]) => {
  const session = new Session(settings, numbers);
  return settings.layers.map((_, layer) => {
    session.show({ layer });
    const { run } = session;
    return { rows: run.rows, columns: run.columns, map: [...run.map] };
  });
});
"""
EDITS = """
import { KERNELS } from "MODULES/convolution/kernels.js";
import { countParameters } from "MODULES/convolution/layers.js";
import { Session } from "MODULES/convolution/session.js";
import { formulas, sentences } from "MODULES/convolution/words.js";
const session = new Session(...DATA.start);
const states = [];
const keep = (name) => states.push({
  name, settings: structuredClone(session.settings), numbers: session.numbers,
  map: [...session.run.map],
  problem: session.problem, formulas: formulas(session.layer, session.run.axes),
  parameters: countParameters(session.layer),
});
keep("start");
session.setWeight(4, 0.5);
session.setBias(-1);
keep("cell and bias");
session.changeLayer({ padding: "same", strides: [2, 2] });
keep("same");
session.changeLayer({ size: [5, 5], filters: 3, strides: [1, 1], dilation: [2, 2] });
keep("five");
session.changeLayer({ dilation: [20, 20], padding: "valid" });
keep("refused");
session.changeLayer({ kind: "max", size: [2, 2], strides: [2, 2], dilation: [1, 1], filters: 1 });
keep("max");
session.setImage("shapes");
keep("shapes");
session.changeLayer({ kind: "convolution", size: [3, 3], strides: [1, 1], filters: 1 });
session.setWeights(KERNELS.blur);
keep("blur");
session.setImage("blank");
session.draw([5, 5], [5, 20]);
keep("drawn");
session.reset();
keep("reset");
const result = { states, kernels: KERNELS };
"""


def make(*layers, shape=(12, 9, 2), seed=0):
    """Return a model with weights of which none is 0, and an image."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input(shape), *layers])
    rng = np.random.default_rng(seed)
    for variable in model.variables:
        if "seed" not in variable.name:
            variable.assign(rng.uniform(0.2, 1, variable.shape) * rng.choice([-1, 1]))
        if variable.name == "moving_variance":
            variable.assign(rng.uniform(0.5, 2, variable.shape))
    return model, rng.normal(size=shape)


def conv(filters, size=3, **options):
    return LAYERS.Conv2D(filters, size, **options)


CASES = {
    "valid": lambda: make(conv(3)),
    "same": lambda: make(conv(3, padding="same")),
    "stride 2, even sides": lambda: make(conv(2, 3, strides=2, padding="same"), shape=(12, 8, 1)),
    "stride 3": lambda: make(conv(2, (2, 4), strides=3, padding="same")),
    "two strides": lambda: make(conv(2, (4, 3), strides=(2, 1))),
    "dilation": lambda: make(conv(2, (3, 2), dilation_rate=(2, 3), padding="same")),
    "stride above the size": lambda: make(conv(2, 1, strides=4, padding="same")),
    "no bias": lambda: make(conv(2, 3, use_bias=False)),
    "max, same": lambda: make(conv(2), LAYERS.MaxPooling2D(3, 2, padding="same")),
    "average, same": lambda: make(conv(2), LAYERS.AveragePooling2D(3, 2, padding="same")),
    "pooling": lambda: make(LAYERS.AveragePooling2D(2), conv(2), LAYERS.MaxPooling2D((1, 2))),
    "normalization": lambda: make(
        LAYERS.Rescaling(0.5, 1),
        conv(3, activation="relu"),
        LAYERS.BatchNormalization(),
        LAYERS.Dropout(0.5),
        LAYERS.LeakyReLU(negative_slope=0.1),
        conv(2, 2, activation="tanh"),
        LAYERS.Flatten(),
        LAYERS.Dense(2),
    ),
    "nested": lambda: make(
        keras.Sequential([keras.Input((12, 9, 2)), conv(2), LAYERS.Activation("gelu")]), conv(2)
    ),
    "of the course": lambda: (models.cnn((28, 28, 1), (8, 4)), np.eye(28)[..., None]),
}


def expected_maps(model, x):
    """Return Keras's output of the last activation or normalization after each window."""
    windows = LAYERS.Conv2D, LAYERS.MaxPooling2D, LAYERS.AveragePooling2D
    ends = LAYERS.Flatten, LAYERS.Dense, LAYERS.InputLayer, LAYERS.Rescaling
    outputs = []
    value = x[None].astype("float32")

    def run(layers):
        nonlocal value
        for layer in layers:
            if isinstance(layer, keras.Model):
                run(layer.layers)
                continue
            if isinstance(layer, LAYERS.Flatten):
                return
            value = layer(value, training=False) if hasattr(layer, "rate") else layer(value)
            if isinstance(layer, windows):
                outputs.append(None)
            if not isinstance(layer, ends):
                outputs[-1] = np.asarray(value)[0]

    run(model.layers)
    return outputs


@pytest.fixture(scope="module")
def shown():
    return {name: (*make_case(), name) for name, make_case in CASES.items()}


@pytest.fixture(scope="module")
def page(shown):
    made = [explain_convolution(model, x) for model, x, _ in shown.values()]
    data = [[item.settings, np.frombuffer(item.numbers).tolist()] for item in made]
    return dict(zip(shown, evaluate(MAPS, data), strict=True))


@needs_node
@pytest.mark.parametrize("name", CASES)
def test_the_maps_of_the_page_are_those_of_keras(shown, page, name):
    model, x, _ = shown[name]
    expected = expected_maps(model, x)
    assert len(page[name]) == len(expected)
    for actual, maps in zip(page[name], expected, strict=True):
        assert (actual["rows"], actual["columns"]) == maps.shape[:2]
        actual = np.reshape(actual["map"], maps.shape)
        np.testing.assert_allclose(actual, maps, atol=1e-6 * max(1, abs(maps).max()))


@pytest.mark.parametrize("name", ["normalization", "of the course", "max, same", "dilation"])
def test_python_has_the_same_maps(shown, name):
    model, x, _ = shown[name]
    expected = expected_maps(model, x)
    made = explain_convolution(model, x)
    layers = made.settings["layers"]
    for number, maps in enumerate(expected):
        made.settings = {**made.settings, "layer": number}
        np.testing.assert_allclose(
            made.feature_maps, maps, atol=1e-6 * max(1, abs(maps).max()), err_msg=str(layers)
        )


def test_the_maps_are_those_of_inspection():
    model, x = CASES["of the course"]()
    (name, expected), *_ = inspection.feature_maps(model, x[None]).items()
    made = explain_convolution(model, x, layer=name)
    np.testing.assert_allclose(made.feature_maps, expected[0], atol=1e-6)
    row, column = made.settings["position"]
    largest = made.feature_maps[row, column, made.settings["filter"]]
    assert abs(largest) == abs(made.feature_maps).max()


@pytest.fixture(scope="module")
def edited():
    start = convolution(np.eye(10), [[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    numbers = np.frombuffer(start.numbers).tolist()
    return start, evaluate(EDITS, {"start": [start.settings, numbers]})


@needs_node
def test_python_has_what_was_edited_in_the_page(edited):
    made, result = edited
    states = {state["name"]: state for state in result["states"]}
    for name, state in states.items():
        made.settings = state["settings"]
        made.numbers = memoryview(np.array(state["numbers"], float))
        np.testing.assert_allclose(made.feature_maps.ravel(), state["map"], 1e-12, 1e-12, name)
    shapes = {
        name: [state["settings"]["shape"], len(state["map"])] for name, state in states.items()
    }
    gray, colors = [10, 10, 1], [24, 24, 3]
    assert shapes == {
        "start": [gray, 64],
        "cell and bias": [gray, 64],
        "same": [gray, 25],
        "five": [gray, 300],
        "refused": [gray, 300],
        "max": [gray, 25],
        "shapes": [colors, 432],
        "blur": [colors, 576],
        "drawn": [gray, 100],
        "reset": [gray, 64],
    }
    assert states["reset"] == {**states["start"], "name": "reset"}
    kernel = states["cell and bias"]["numbers"][100:]
    assert kernel == [1, 2, 3, 4, 0.5, 6, 7, 8, 9, -1]


@needs_node
def test_sizes_and_parameters_are_computed_with_the_numbers_put_in(edited):
    states = {state["name"]: state for state in edited[1]["states"]}
    assert states["start"]["formulas"][1:] == [
        "height and width: \u230a(10 + 0 \u2212 1 \u00b7 (3 \u2212 1) \u2212 1) / 1\u230b + 1 = 8",
        "parameters: (3 \u00b7 3 \u00b7 1 + 1) \u00b7 1 = 10",
    ]
    assert states["same"]["formulas"][2] == "padding: 0 + 1 rows, 0 + 1 columns of zeros"
    assert states["max"]["formulas"][-1] == "parameters: 0, pooling has no weights"
    for state in states.values():
        for line in state["formulas"][1:]:
            if "input" in line or "padding:" in line or "weights" in line:
                continue
            formula, _, result = line.partition(": ")[2].rpartition(" = ")
            formula = formula.translate(str.maketrans("\u2212\u00b7\u230a\u230b", "-*()"))
            assert eval(formula.replace("/", "//")) == int(result), line
        layer = state["settings"]["layers"][0]
        if layer["kind"] == "convolution":
            shape = state["settings"]["shape"]
            padding, dilation = layer["padding"], layer["dilation"]
            options = {"padding": padding, "strides": layer["strides"], "dilation_rate": dilation}
            model, _ = make(conv(layer["filters"], layer["size"], **options), shape=shape)
            assert state["parameters"] == model.count_params()
    problem = states["refused"]["problem"]
    assert problem == (
        "Not changed: a window of convolution would cover 81 \u00d7 81 pixels, "
        "its input has 10 \u00d7 10."
    )
    assert not any(state["problem"] for name, state in states.items() if name != "refused")


@needs_node
def test_the_kernels_to_choose_are_those_of_python(edited):
    kernels = edited[1]["kernels"]
    assert list(kernels) == list(KERNELS)
    for name, kernel in KERNELS.items():
        np.testing.assert_array_equal(kernels[name], kernel.ravel())


@needs_node
def test_a_drawn_line_has_ink_where_the_pointer_was(edited):
    drawn = next(state for state in edited[1]["states"] if state["name"] == "drawn")
    image = np.reshape(drawn["numbers"][:100], (10, 10))
    assert image[4:6, 5:].min() == 1 and image.max() == 1
    assert image[:3].max() == 0 and image[:, :3].max() == 0


def test_the_kernel_is_not_flipped_and_is_for_each_channel():
    image = np.zeros((3, 3, 2))
    image[1, 2] = [1, 10]
    made = convolution(image, np.arange(9).reshape(3, 3))
    assert made.feature_maps.tolist() == [[[55.0]]]
    kernel = np.arange(9.0).reshape(3, 3, 1, 1) * np.array([1, 0]).reshape(2, 1)
    assert convolution(image, kernel).feature_maps.tolist() == [[[5.0]]]


def test_the_default_is_a_digit_with_its_edges():
    made = convolution()
    assert made.image.shape == (28, 28, 1) and made.image.max() == 1
    layer = made.layers[0]
    np.testing.assert_array_equal(layer.kernel[..., 0, 0], KERNELS["vertical_edges"])
    assert made.settings["is_model"] is False


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image": np.zeros((65, 3))}, "the image must be .* at most 64 x 64 pixels. Got shape"),
        ({"image": np.zeros(3)}, r"the image must be .*Got shape \(3,\)"),
        ({"image": [[np.nan]]}, "the image must be finite"),
        ({"image": np.zeros((2, 5))}, "window of convolution must fit .* 2 pixels. Got 3"),
        ({"kernel": "vertical"}, "kernel must be one of"),
        ({"kernel": np.zeros((3, 3, 2, 1))}, r"kernel must be .*Got shape \(3, 3, 2, 1\)"),
        ({"stride": 0}, "stride must be"),
        ({"padding": "full"}, "padding must be"),
        ({"stride": 2, "dilation": 2}, "stride or dilation must be 1.*Got stride 2 and dilation 2"),
        ({"dilation": 20}, "must fit into its input, 28 pixels. Got 41"),
        (
            {"kernel": np.zeros((28, 28, 1, 200))},
            "the number of pixels and weights must be at most",
        ),
    ],
)
def test_arguments_that_are_not_allowed_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        convolution(**options)


RESIDUAL = "model must be a chain of Conv2D, .* its last convolution or pooling. Got "


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([LAYERS.Flatten(), LAYERS.Dense(2)], "a Conv2D layer. Got Flatten, Dense"),
        (
            [LAYERS.DepthwiseConv2D(3), conv(2)],
            "begin with one of these or a scaling. Got a DepthwiseConv2D",
        ),
        ([conv(2), LAYERS.UpSampling2D(2), conv(2)], f"{RESIDUAL}a UpSampling2D"),
        ([conv(2), LAYERS.Dense(3, activation="relu"), conv(2)], f"{RESIDUAL}a Dense"),
        ([conv(2, groups=2)], "must have groups=1. Got 2"),
        ([conv(2, activation="softmax")], "each activation must be one of .*Got softmax in conv2d"),
        ([conv(2), LAYERS.LeakyReLU(negative_slope=0.3)], "default settings. Got leaky_relu"),
        ([conv(2), LAYERS.BatchNormalization(axis=1)], "the channels as axis. Got axis 1"),
        ([conv(2, 1) for _ in range(13)], "number of convolution .* at most 12. Got 13"),
    ],
)
def test_a_model_that_the_page_cannot_show_is_refused(layers, message):
    model, x = make(*layers)
    with pytest.raises(ValueError, match=message):
        explain_convolution(model, x)


def test_other_models_and_images_are_refused():
    model, x = CASES["valid"]()
    with pytest.raises(ValueError, match=r"x must be of shape \(12, 9, 2\).*Got \(12, 8, 2\)"):
        explain_convolution(model, x[:, :8])
    with pytest.raises(ValueError, match="layer must be one of"):
        explain_convolution(model, x, layer="dense")
    residual = models.residual(input_shape=(16, 16, 3), widths=(4, 4, 4, 4))
    with pytest.raises(ValueError, match=RESIDUAL):
        explain_convolution(residual, np.zeros((16, 16, 3)))
    for other in (None, 3, "model", keras.Sequential([conv(2)])):
        with pytest.raises(ValueError, match="model must be"):
            explain_convolution(other, x)


def test_a_scaling_before_the_first_layer_is_applied_and_named():
    model, x = CASES["normalization"]()
    made = explain_convolution(model, x)
    np.testing.assert_allclose(made.image, 0.5 * x + 1)
    assert made.settings["note"] == "rescaling"


@pytest.mark.parametrize("name", ["pooling", "max, same", "dilation"])
def test_the_still_image_has_the_window_and_its_place_in_the_map(name):
    model, x = CASES[name]()
    made = explain_convolution(model, x)
    figure = Figure()
    made._plot(figure)
    layer = made.layers[made.settings["layer"]]
    first, last = figure.axes[0], figure.axes[-1]
    assert len(figure.axes) == 2 + (layer.kernel is not None)
    row, column = made.settings["position"]
    np.testing.assert_array_equal(
        last.images[0].get_array(), made.feature_maps[..., made.settings["filter"]]
    )
    assert last.patches[0].get_xy() == (column - 0.5, row - 0.5)
    width = (layer.size[1] - 1) * layer.dilation[1] + 1
    assert first.patches[0].get_width() == width
    assert re.search(rf"row {row + 1}, column {column + 1}", made._description())
