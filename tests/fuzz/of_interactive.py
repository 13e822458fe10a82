"""Property tests of interactive figures."""

import itertools

import numpy as np
from hypothesis import strategies as st

from mlcourse import models
from mlcourse.interactive.controls import checkbox, slider
from mlcourse.networks import from_model
from mlcourse.optimizers import RULES
from tests.fuzz.cases import Case, given
from tests.fuzz.of_figures import DIGIT_MODELS, NO_CLASSES, NO_NAMES, NO_PICTURES, NO_POINTS
from tests.fuzz.pictures import (
    ANY,
    FLAGS,
    NO_COUNTS,
    NO_FLAGS,
    TITLES,
    classified,
    one_of,
    pictures,
)


def draw_curve(figure, **values):
    """Draw the values of any controls."""
    figure.subplots().set_title(str(values))


def shows(shown, _arguments):
    """Return whether the image is a PNG and there is no error message."""
    return bytes(shown.image.value).startswith(b"\x89PNG") and not shown.error_message


def predicts(playground, _arguments):
    """Return whether a playground has finite outputs for its own points, and HTML."""
    X, _ = playground.points[0]  # noqa: N806
    html = playground.to_html(script=False)
    return np.isfinite(playground.predict(X)).all() and "<mlcourse-playground" in html


def races(race, _arguments):
    """Return whether a race has a path of each optimizer from its start, and HTML."""
    starts = [path[0].tolist() for path in race.paths]
    html = race.to_html(script=False)
    return np.allclose(starts, race.settings["start"]) and "<mlcourse-descent" in html


def plots_activation(shown, arguments):
    """Return whether a component shows the function, and has HTML."""
    html = shown.to_html(script=False)
    is_shown = shown.settings["function"] == arguments.get("function", "sigmoid")
    return is_shown and "<mlcourse-activation-functions" in html


def plots_schedule(shown, arguments):
    """Return whether a component shows the schedule, and has HTML."""
    html = shown.to_html(script=False)
    is_shown = shown.schedule.name == arguments.get("schedule", "exponential_decay")
    return is_shown and "<mlcourse-schedules" in html


def propagates(shown, arguments):
    """Return whether a component has a finite signal of as many layers as asked for, and HTML."""
    signal = shown.signal
    html = shown.to_html(script=False)
    is_finite = np.isfinite([signal.std(), signal.std("gradients")]).all()
    depth = arguments.get("depth", 10)
    return is_finite and len(signal.std()) == depth and "<mlcourse-initialization" in html


def counts(shown, _arguments):
    """Return whether a component counts the edges of its diagram, and has HTML."""
    inputs, layers, units, outputs = shown.settings.values()
    sizes = [inputs, *[units] * layers, outputs]
    expected = sum((before + 1) * after for before, after in itertools.pairwise(sizes))
    html = shown.to_html(script=False)
    return shown.n_parameters == expected and "<mlcourse-network-size" in html


def explains(shown, arguments):
    """Return whether back-propagation has the loss of the example, and HTML."""
    settings = shown.settings
    loss = shown.network.run(settings["x"], settings["y"]).loss
    expected = from_model(arguments["network"]).run(arguments["x"], arguments["y"]).loss
    html = shown.to_html(script=False)
    return loss == expected and "<mlcourse-backpropagation" in html


@st.composite
def answered(draw):
    y, answers, names = draw(classified())
    return {
        "x": draw(pictures(len(y))),
        "y_true": y,
        "y_pred": answers,
        "class_names": names,
        "title": draw(TITLES),
    }


@st.composite
def embedded(draw):
    n = draw(st.integers(2, 4))
    return {
        "x": draw(pictures(n)),
        "y": draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)),
        "outputs": draw(one_of(np.eye(n)[:, :2], np.eye(n, 3).tolist(), np.zeros((n, 2), int))),
        "class_names": draw(one_of(None, ["a", "b"])),
        "title": draw(TITLES),
    }


THREE = np.zeros((9, 9), np.uint8)
THREE[2:7, 4] = 255
NETWORK = [np.array([[1.0, -2.0], [0.5, 0.0]]), np.array([0.1, 0.2]), np.ones((2, 1))]
POINTS = np.array([[0.0, 0.0], [1.0, 1.0], [0.5, 0.2]])
SETTINGS = (
    {"points": "blobs", "n_samples": 12, "activation": "relu", "l2": 0, "noise": 0},
    {"points": "sine", "n_samples": 12, "l1": 0.1, "dropout": 0.9, "noise": 1, "hidden": [32]},
    {"points": ([[0, 1], [1, 0]], [0, 1]), "features": ["product", "x1"], "hidden": []},
)
NO_SETTINGS = {
    "points": one_of(None, 3, "mars", ([[1, 2, 3]], [0])),
    "hidden": one_of(None, 3, [0], [33], [1] * 7, "ab"),
    "features": one_of(None, 3, [], ["x3"]),
    "l2": one_of(None, 1.5, -1, "a", np.nan),
    "dropout": one_of(None, -0.1, 1, "a", np.nan),
    "noise": one_of(None, -0.1, 1.1, "a", np.nan),
}


def small_cnn():
    """Return a model of two filters for images of 6 x 5 pixels, and an image."""
    return models.cnn((6, 5, 1), filters=(2,), hidden=(2,))


def convolves(shown, _arguments):
    """Return whether a convolution has finite maps of its layer, and HTML."""
    maps = shown.feature_maps
    filters = shown.settings["layers"][shown.settings["layer"]]["filters"]
    html = shown.to_html(script=False)
    return np.isfinite(maps).all() and maps.shape[2] == filters and "<mlcourse-convolution" in html


NO_IMAGES = one_of(3, "ab", [1, 2], np.zeros((65, 3)), [[np.nan] * 4] * 4, np.zeros((0, 4)))
ELSEWHERE = {
    "interactive.ActivationFunctions": "`interactive.activation_functions` returns it",
    "interactive.Initialization": "`interactive.initialization` returns it",
    "interactive.NetworkSize": "`interactive.network_size` returns it",
    "interactive.Schedules": "`interactive.schedules` returns it",
    "interactive.Convolution": "`interactive.convolution` returns it",
    "interactive.Backpropagation": "`interactive.backpropagation` returns it",
    "interactive.Descent": "`interactive.compare_optimizers` returns it",
}
CASES = [
    Case(
        "interactive.Interactive",
        given(
            draw=st.just(draw_curve),
            controls=st.builds(dict)
            | st.builds(lambda: {"a": slider("A", 0, 3), "b": checkbox("B")}),
            figsize=one_of((3, 2), [1, 1.5]),
            alt=TITLES,
            layout=one_of("constrained", "none", None),
        ),
        {
            "draw": one_of(None, 3, "draw"),
            "controls": one_of(None, 3, "ab", {"a": 3}, {3: slider("A", 0, 3)}),
            "figsize": one_of(None, 3, (0, 1), (1,), "ab", (np.nan, 1), (1, np.inf), (1, 2, 3)),
            "alt": one_of(None, 3),
            "layout": one_of("unknown", 3),
            "linked": one_of(3, {"unknown": dict}, {"a": 3}),
            "prerender": one_of(3, {"unknown": None}),
        },
        shows,
    ),
    Case(
        "interactive.activation_functions",
        given(function=one_of("sigmoid", "softmax", "relu"), derivative=FLAGS),
        {"function": ANY, "derivative": NO_FLAGS},
        plots_activation,
    ),
    Case(
        "interactive.initialization",
        given(
            activation=one_of("tanh", "softmax"),
            initializer=one_of("he_normal", "glorot_uniform"),
            depth=st.integers(2, 4),
        ),
        {
            "activation": ANY,
            "initializer": ANY,
            "depth": one_of(None, 1, 31, 2.5, "3"),
        },
        propagates,
    ),
    Case(
        "interactive.boundary_by_depth",
        given(
            X=one_of(POINTS, POINTS.tolist()),
            y=one_of([0, 1, 1], np.array([1, 0, 2])),
            validation_data=one_of(None, (POINTS, [0, 1, 1])),
            max_layers=st.integers(1, 3),
            units=st.integers(1, 2),
            title=TITLES,
        ),
        {
            "X": NO_POINTS,
            "y": one_of(None, "ab", [0], [[0, 1, 1]]),
            "validation_data": one_of(3, "ab", (POINTS,), (None, None), (POINTS, [0])),
            "max_layers": NO_COUNTS,
            "units": NO_COUNTS,
            "unknown": one_of(3),
        },
        shows,
    ),
    Case(
        "interactive.backpropagation",
        given(
            network=one_of([np.ones((2, 3)), np.ones(3), np.ones((3, 1))], [np.eye(2)[:, :1]]),
            x=one_of([1.0, 2], np.zeros(2)),
            y=one_of(1.0, [0.5], np.array([2])),
            weight=one_of((1, 1, 1), [1, 2, 1]),
            learning_rate=one_of(0.1, 3),
        ),
        {
            "network": one_of(None, 3, [], [np.ones((13, 1))], [np.ones((1, 1))] * 6),
            "x": one_of(None, "ab", [1], [1, np.nan]),
            "y": one_of(None, "ab", [1, 2], [np.inf]),
            "weight": one_of(None, 3, (1, 1), (1, 3, 1), (0, 1, 1)),
            "learning_rate": one_of(None, 0, -1, "fast"),
        },
        explains,
    ),
    Case(
        "interactive.convolution",
        given(
            image=one_of(None, np.eye(6), np.zeros((5, 7, 3)), [[1, 2, 3]] * 3),
            kernel=one_of("blur", "all_edges", [[1.0, -1]], np.ones((2, 1))),
            stride=st.integers(1, 3),
            padding=one_of("valid", "same"),
        ),
        {
            "image": NO_IMAGES,
            "kernel": ANY | one_of(np.zeros((3, 3, 2, 1)), [[np.inf]]),
            "stride": NO_COUNTS,
            "padding": ANY,
            "dilation": NO_COUNTS,
        },
        convolves,
    ),
    Case(
        "interactive.explain_convolution",
        given(
            model=st.builds(small_cnn),
            x=one_of(np.eye(6)[:, :5], np.zeros((6, 5, 1)), np.ones((1, 6, 5, 1))),
            layer=st.none(),
        ),
        {
            "model": one_of(None, 3, "ab", [np.ones((2, 1))]),
            "x": NO_IMAGES | one_of(None, np.eye(6)),
            "layer": one_of(3, "unknown"),
        },
        convolves,
    ),
    Case(
        "interactive.compare_optimizers",
        given(first=one_of(*RULES), second=one_of(*RULES), surface=one_of("beale", "ravine")),
        {"first": ANY, "second": ANY, "surface": ANY},
        races,
    ),
    Case(
        "interactive.draw_digit",
        given(
            models=st.just(DIGIT_MODELS),
            encoder=st.just(lambda x: x[:, :2]),
            head=st.just(lambda places: np.full((len(places), 1), 0.4)),
            points=one_of([[0, 0], [1, 1]], np.eye(2)),
            y=one_of([0, 1], [1, 0]),
            first=one_of(None, THREE),
            class_names=one_of(["0", "1"], ("cat", "dog")),
            title=TITLES,
        ),
        {
            "models": one_of(None, 3, {"a": None}, {"a": lambda x: x}, [1]),
            "encoder": one_of(None, lambda x: x, lambda x: None),
            "head": one_of(None, lambda places: [0.5]),
            "points": NO_POINTS,
            "y": one_of(None, [0], 3, [[0, 1]]),
            "first": one_of(3, np.zeros((9, 9)), object(), [[1], [1, 2]]),
            "class_names": one_of(None, 3, ["a"], "ab"),
        },
        shows,
    ),
    Case(
        "interactive.embedding",
        embedded(),
        {
            "x": NO_PICTURES,
            "y": NO_CLASSES,
            "outputs": one_of(
                None, "ab", [[1.0]], [[np.nan, 1.0]] * 2, 3, [[1], [1, 2]], np.eye(9)
            ),
            "class_names": NO_NAMES,
        },
        shows,
    ),
    Case(
        "interactive.confusion_cells",
        answered(),
        {
            "x": NO_PICTURES,
            "y_true": NO_CLASSES,
            "y_pred": one_of(None, "ab", [[1], [1, 2]], 3, object()),
            "class_names": NO_NAMES | one_of(None),
        },
        shows,
    ),
    Case(
        "interactive.misclassified_by_class",
        answered(),
        {
            "x": NO_PICTURES,
            "y_true": NO_CLASSES,
            "y_pred": one_of(None, "ab", [[1], [1, 2]], 3, object()),
            "class_names": NO_NAMES | one_of(None),
        },
        shows,
    ),
    Case(
        "interactive.network_size",
        given(
            inputs=st.integers(1, 9),
            outputs=st.integers(1, 9),
            layers=st.integers(0, 6),
            units=st.integers(1, 12),
        ),
        {
            "inputs": NO_COUNTS,
            "outputs": NO_COUNTS,
            "layers": one_of(None, -1, 7, 0.5, "1"),
            "units": NO_COUNTS | one_of(13),
        },
        counts,
    ),
    Case("interactive.Playground", one_of(*SETTINGS), NO_SETTINGS, predicts),
    Case(
        "interactive.playground",
        one_of(*SETTINGS, {"layers": 1, "noise": 0.5}, {"layers": 2, "units": 32}),
        {
            **NO_SETTINGS,
            "model": one_of(3, "ab", [[[1.0]], [0.0]]),
            "layers": one_of(-1, 7, 0.5, "1"),
            "units": one_of(0, 33, 0.5, "1"),
        },
        predicts,
    ),
    Case(
        "interactive.schedules",
        given(schedule=one_of("constant", "one_cycle", "cyclical")),
        {"schedule": ANY},
        plots_schedule,
    ),
    Case(
        "interactive.weight_updates",
        given(
            weights=one_of([NETWORK], (NETWORK, [np.zeros((2, 1))]), [[np.zeros((1, 1))]]),
            title=TITLES,
        ),
        {
            "weights": one_of(
                None, 3, [], [3], [[]], "ab", [NETWORK, None], [[np.full((1, 1), np.nan)]]
            )
        },
        shows,
    ),
]
