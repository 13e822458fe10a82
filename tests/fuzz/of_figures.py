"""Property tests of figures of data, classifiers and layers."""

import functools
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from matplotlib.figure import Figure

from mlcourse import evaluation
from mlcourse.figures import animate_descent
from tests.fuzz.cases import Case, given
from tests.fuzz.pictures import (
    ANY,
    AXES,
    FIGURES,
    FLAGS,
    NO_AXES,
    NO_COUNTS,
    NO_FIGURES,
    NO_FLAGS,
    TITLES,
    classified,
    drawn,
    numbers,
    one_of,
    pictures,
)

NO_CLASSES = one_of(None, "ab", [[1], [1, 2]], [np.nan], [-1, 0.5], object(), 3)
NO_PICTURES = one_of(None, "ab", [[1], [1, 2]], np.full((1, 2, 2), np.nan), np.zeros(3), [[["a"]]])
NO_NAMES = one_of(3, "ab", object(), {"a": 1})
NO_POINTS = one_of(None, "ab", [[1], [1, 2]], [[np.nan, 1.0]], [[np.inf, 1.0]], [[1.0]], [1.0, 2.0])
SIDES = st.integers(1, 3)
SHEET = {"rows": SIDES, "cols": SIDES, "title": TITLES, "fig": FIGURES}
NO_SHEET = {"rows": NO_COUNTS, "cols": NO_COUNTS, "fig": NO_FIGURES}
NO_PREDICTIONS = {
    "x": NO_PICTURES,
    "y_true": NO_CLASSES,
    "y_pred": one_of(None, "ab", [[1], [1, 2]], [[np.nan, 1.0]], object(), 3),
    "class_names": NO_NAMES,
}


@st.composite
def predicted_images(draw, extra):
    """Draw arguments of a grid of images: images, labels and predictions."""
    y, predictions, names = draw(classified())
    return {
        "x": draw(pictures(len(y))),
        "y_true": y,
        "y_pred": predictions,
        "class_names": draw(st.none() | st.just(names)),
        **draw(given(**extra)),
    }


@st.composite
def pairs(draw):
    """Draw arguments of `plot_misclassified_pairs`."""
    n = draw(st.integers(1, 3))
    labels = draw(st.tuples(*[st.lists(st.integers(0, 2), min_size=n, max_size=n)] * 4))
    outputs = [np.eye(3)[predicted] * 0.8 + 0.2 / 3 for predicted in labels[2:]]
    rest = draw(given(**SHEET, class_names=st.none() | st.just(["a", "b", "c"])))
    return {
        "x": draw(pictures(n)),
        "y_true": np.transpose(labels[:2]),
        "y_pred": draw(st.sampled_from([outputs, tuple(outputs), [*labels[2:]]])),
        **rest,
    }


@st.composite
def sampled(draw):
    """Draw arguments of `plot_samples`, with enough images for the grid."""
    sheet = draw(given(**SHEET))
    n = sheet["rows"] * sheet["cols"] + draw(st.integers(0, 1))
    y = draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    y = draw(st.sampled_from([y, np.array(y), np.eye(3)[y]]))
    names = draw(st.none() | st.just(("a", "b", "c")))
    return {"x": draw(pictures(n)), "y": y, "class_names": names, **sheet}


@st.composite
def dashboards(draw):
    y, predictions, names = draw(classified())
    history = {"loss": [0.5, 0.4], "val_loss": [0.6, 0.5]}
    images = {"y_pred": predictions, "test_data": (draw(pictures(len(y))), y)}
    return {
        "history": draw(one_of(history, {"loss": [1.0]}, {"accuracy": [0.5], **history})),
        "cm": evaluation.confusion_matrix(y, predictions, len(names)),
        "labels": names,
        **draw(one_of(images, {"y_pred": None, "test_data": None})),
        "title": draw(TITLES),
        "fig": draw(st.none() | st.builds(Figure, figsize=st.just((12, 9)))),
    }


@st.composite
def matrices(draw):
    n = draw(st.integers(2, 4))
    counts = st.integers(0, 10**9) | st.just(0)
    cm = draw(st.lists(st.lists(counts, min_size=n, max_size=n), min_size=n, max_size=n))
    names = ["a", "a long name of a class, which is wrapped", "c_d", 4][:n]
    options = {"normalize": FLAGS, "sort_by_similarity": FLAGS, "cmap": one_of(None, "Blues")}
    rest = draw(given(**options, ax=AXES, title=TITLES))
    return {"cm": draw(st.sampled_from([cm, np.array(cm, float)])), "classes": names, **rest}


@st.composite
def neighborhoods(draw):
    n = draw(st.integers(2, 4))
    y = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    embeddings = draw(st.lists(st.tuples(numbers(), numbers()), min_size=n, max_size=n))
    rest = given(
        index=st.integers(0, n - 1),
        outputs=one_of(None, np.zeros((n, 1)), np.eye(n).tolist()),
        n_neighbors=st.integers(1, 5),
        class_names=one_of(None, ["a", "b"]),
        title=TITLES,
        fig=FIGURES,
    )
    return {"x": draw(pictures(n)), "y": y, "embeddings": embeddings, **draw(rest)}


@st.composite
def probable(draw):
    n = draw(st.integers(1, 4))
    probabilities = draw(st.lists(st.floats(0, 1), min_size=n, max_size=n))
    rest = given(label=st.none() | st.integers(0, n - 1), title=TITLES, fig=FIGURES)
    image = draw(pictures(1))
    return {
        "image": image[0],
        "probabilities": probabilities,
        "class_names": [f"class {k}" for k in range(n)],
        **draw(rest),
    }


@st.composite
def heated(draw, lowest=0):
    """Draw arguments of `plot_grad_cam`, or of `plot_occlusion` with a lowest value below 0."""
    x = np.asarray(draw(pictures(draw(st.integers(1, 5)))))
    axes = 3
    if draw(st.booleans()):  # signals with or without channels
        x, axes = (
            draw(st.sampled_from([x[:, 0], -1e100 * x[:, 0].astype(float), x.reshape(len(x), -1)])),
            2,
        )
    top = draw(st.sampled_from([0.0, 1.0, 1e300, 1e-300]))
    size = x.shape[:axes]
    maps = np.linspace(lowest * top, top, np.prod(size)).reshape(size)
    captions = draw(one_of(None, [f"image {k}" for k in range(len(x))]))
    rest = given(common_scale=FLAGS, title=TITLES, fig=FIGURES)
    return {"x": x, "maps": maps, "captions": captions, **draw(rest)}


NO_HEAT = {
    "x": NO_PICTURES,
    "maps": one_of(None, "ab", np.zeros((9, 1, 1)), np.zeros((9, 1)), [[[np.nan]]]),
    "captions": one_of(3, [], ["a"] * 9, "captions"),
    "common_scale": NO_FLAGS,
    "fig": NO_FIGURES,
}


@functools.cache
def small_animation():
    return animate_descent("sgd", steps=1, frames=2, fps=20)


def path_in_new_folder(name):
    return st.builds(lambda: Path(tempfile.mkdtemp()) / name)


POINTS = {
    "X": one_of(np.array([[0.0, 0.0], [1.0, 1.0], [0.5, 0.0]]), [[0, 0], [0, 0], [0, 0]]),
    "y": one_of([0, 1, 1], np.array([1, 0, 0])),
    "model": one_of(
        lambda points: 1 / (1 + np.exp(-points[:, :1].clip(-30, 30))),
        lambda points: (points[:, 0] > 0.3).astype(int),
        lambda points: np.eye(2)[(points[:, 1] > 0.3).astype(int)],
    ),
    "frame": one_of(None, (-1, 2, -1, 2), [-1e6, 1e6, -1e-6, 1e-6]),
    "class_names": one_of(None, ["red", "green"]),
}
NO_MODELS = one_of(
    None, "ab", lambda points: points.T, lambda points: [0.5], lambda points: np.nan * points[:, 0]
)
NO_PLANE = {
    "model": NO_MODELS,
    "X": NO_POINTS,
    "y": one_of(None, "ab", [0, 1], [[0, 1, 1]], object()),
    "frame": one_of(3, "abcd", (1, 0, 0, 1), (0, np.nan, 0, 1), (0, 1, 0)),
    "class_names": one_of(3, ["a"], "ab"),
    "ax": NO_AXES,
}
DIGIT_MODELS = {"a": lambda x: np.full((len(x), 1), 0.3), "b": lambda x: np.full((len(x), 2), 0.5)}
LAYER_VALUES = st.dictionaries(
    st.sampled_from(["conv2d", "a_long_name_of_a_layer_that_is_broken", "c"]),
    one_of(0, 0.0, 0.5, 1, float("nan"), 1e-300),
    min_size=1,
)
CALIBRATION = evaluation.calibration([0, 1], [[0.9, 0.1], [0.2, 0.8]])

ELSEWHERE = {}
CASES = [
    Case(
        "figures.plot_samples",
        sampled(),
        NO_SHEET
        | {"x": NO_PICTURES, "y": one_of(None, "", 3, [], [1] * 99), "class_names": NO_NAMES},
        drawn,
    ),
    Case("figures.plot_predictions", predicted_images(SHEET), NO_SHEET | NO_PREDICTIONS, drawn),
    Case(
        "figures.plot_misclassified",
        predicted_images(
            SHEET | {"true_class": one_of(None, 0), "predicted_class": one_of(None, 1)}
        ),
        NO_SHEET
        | NO_PREDICTIONS
        | {
            "true_class": one_of("a", -1, 7, 0.5, np.nan),
            "predicted_class": one_of("a", -1, 7, 0.5),
        },
        drawn,
    ),
    Case(
        "figures.plot_misclassified_pairs",
        pairs(),
        NO_SHEET
        | {
            "x": NO_PICTURES,
            "y_true": one_of(None, "ab", [0], [[0, 1, 2]] * 3, [[1], [1, 2]]),
            "y_pred": one_of(None, "ab", [[0]], 3, (None, None)),
            "class_names": NO_NAMES,
        },
        drawn,
    ),
    Case(
        "figures.plot_augmented",
        given(
            image=st.builds(lambda x: x[0], pictures(1)),
            rows=st.integers(1, 2),
            cols=st.integers(2, 3),
            flip=FLAGS,
            pad=st.integers(0, 1),
            cutout=st.integers(0, 2),
            seed=st.integers(0, 2**40),
            title=TITLES,
            fig=FIGURES,
        ),
        {
            "image": NO_PICTURES,
            "rows": NO_COUNTS,
            "cols": NO_COUNTS,
            "flip": NO_FLAGS,
            "pad": one_of(-1, 99, 0.5, None),
            "cutout": one_of(-1, 99, 0.5, None),
            "seed": one_of(-1, 0.5, None, "a"),
            "fig": NO_FIGURES,
        },
        drawn,
    ),
    Case(
        "figures.plot_class_balance",
        given(
            parts=st.dictionaries(
                st.sampled_from(["training", "test", "a part with a long name"]),
                st.lists(st.integers(0, 2), min_size=1, max_size=4),
                min_size=1,
            ),
            class_names=one_of(None, ["a", "b", "c"]),
            ax=AXES,
            title=TITLES,
        ),
        {
            "parts": one_of(None, {}, [0, 1], 3, {"a": []}, {"a": [0.5]}, {"a": None}),
            "class_names": NO_NAMES,
            "ax": NO_AXES,
        },
        drawn,
    ),
    Case(
        "figures.plot_confusion_matrix",
        matrices(),
        {
            "cm": one_of(None, "ab", [[1, 2]], [[1]], [[-1, 0], [0, 1]], [[np.nan, 0], [0, 1]]),
            "classes": one_of(None, 3, ["a"], "ab"),
            "normalize": NO_FLAGS,
            "sort_by_similarity": NO_FLAGS,
            "cmap": one_of(3, "blue", [], object()),
            "ax": NO_AXES,
        },
        drawn,
    ),
    Case(
        "figures.plot_calibration",
        given(
            calibrations=one_of(CALIBRATION, {"a": CALIBRATION, "b": CALIBRATION}),
            ax=AXES,
            title=TITLES,
        ),
        {"calibrations": one_of(None, {}, 3, {"a": 3}, [CALIBRATION]), "ax": NO_AXES},
        drawn,
    ),
    Case(
        "figures.dashboard",
        dashboards(),
        {
            "history": one_of(None, {}, 3, {"loss": 3}, {"loss": []}),
            "cm": one_of(None, [[1, 2]], "ab"),
            "labels": one_of(None, 3, ["a"], "ab"),
            "y_pred": one_of("ab", 3, [[1], [1, 2]]),
            "test_data": one_of(3, (1,), (None, None), "ab", (np.zeros((2, 3, 3)), [0])),
            "fig": NO_FIGURES,
        },
        drawn,
    ),
    Case(
        "figures.plot_neighbors",
        neighborhoods(),
        {
            "x": NO_PICTURES,
            "y": one_of(None, "a", [0], 3, [0] * 9),
            "embeddings": NO_POINTS,
            "index": one_of(-1, 9, 0.5, None, "a"),
            "outputs": one_of("ab", [[1.0]], [[np.nan]] * 4, 3, [[1], [1, 2]]),
            "n_neighbors": NO_COUNTS,
            "class_names": one_of(3, "ab", []),
            "fig": NO_FIGURES,
        },
        drawn,
    ),
    Case(
        "figures.plot_probabilities",
        probable(),
        {
            "image": NO_PICTURES,
            "probabilities": one_of(None, "ab", [], [np.nan], [[0.5]], [[1], [1, 2]], [2.0] * 4),
            "class_names": one_of(3, [], "ab"),
            "label": one_of(-1, 9, 0.5, "a"),
            "fig": NO_FIGURES,
        },
        drawn,
    ),
    Case(
        "figures.plot_digit_prediction",
        given(
            image=one_of(np.zeros((28, 28)), np.full((28, 28), 255, np.uint8)),
            models=one_of(DIGIT_MODELS, {"a": DIGIT_MODELS["a"]}),
            encoder=st.just(lambda x: x[:, :2]),
            head=st.just(lambda places: np.full((len(places), 1), 0.4)),
            embeddings=one_of([[0, 0], [1, 1]], np.eye(2)),
            y=one_of([0, 1], [1, 0]),
            class_names=one_of(["0", "1"], ("cat", "dog")),
            title=TITLES,
            fig=FIGURES,
        ),
        {
            "image": NO_PICTURES,
            "models": one_of(None, 3, {}, {"a": None}, {"a": lambda x: x}, [1]),
            "encoder": one_of(None, lambda x: x, lambda x: None),
            "head": one_of(None, lambda places: [0.5]),
            "embeddings": NO_POINTS,
            "y": one_of(None, [0], 3, [[0, 1]]),
            "class_names": one_of(None, 3, ["a"], "ab"),
            "fig": NO_FIGURES,
        },
        drawn,
    ),
    Case(
        "figures.plot_decision_boundary",
        given(
            **POINTS,
            ax=AXES,
            fill=one_of("probability", "class"),
            response_method=one_of(None, "auto", "predict_proba", "predict"),
            levels=one_of((), [0.25, 0.5], [1e-9]),
            resolution=st.integers(2, 9),
            colorbar=FLAGS,
            hidden_lines=st.just(False),
            title=TITLES,
        ),
        NO_PLANE
        | {
            "fill": ANY,
            "response_method": one_of("proba", 3, "decision_function", ["predict"]),
            "levels": one_of(None, [0.0], [1.0], [np.nan], ["a"], 0.5),
            "resolution": NO_COUNTS,
            "colorbar": NO_FLAGS,
            "hidden_lines": one_of(None, 1, True),
        },
        drawn,
    ),
    Case(
        "figures.plot_probability_surface",
        given(**POINTS, max_examples=st.integers(1, 5), title=TITLES),
        NO_PLANE | {"max_examples": NO_COUNTS},
        drawn,
    ),
    Case(
        "figures.plot_convolution",
        given(
            image=one_of(np.zeros((3, 4)), np.linspace(-9, 9, 20).reshape(4, 5), np.eye(14)),
            kernel=one_of([[1]], np.zeros((2, 3)), [[-1, 0.5], [1e-9, 1e9]]),
            position=one_of(None, (0, 0), [1, 1]),
            title=TITLES,
            fig=FIGURES,
        ),
        {
            "image": one_of(None, "ab", [], np.zeros(3), [[np.nan]], np.zeros((1, 1, 3))),
            "kernel": one_of(None, "ab", [], np.zeros(3), [[np.inf]], np.zeros((99, 1))),
            "position": one_of(3, "ab", (0, 99), (-1, 0), (0.5, 0), (0,)),
            "fig": NO_FIGURES,
        },
        drawn,
    ),
    Case(
        "figures.plot_filter_maps",
        given(
            image=one_of(np.zeros((3, 4, 2)), np.linspace(-9, 9, 40).reshape(4, 5, 2)),
            kernels=one_of(np.zeros((1, 1, 1, 2)), np.linspace(-1, 1, 36).reshape(2, 3, 3, 2)),
            max_filters=st.integers(1, 3),
            title=TITLES,
            fig=FIGURES,
        ),
        {
            "image": one_of(None, "ab", [], np.zeros(3), np.full((4, 4, 2), np.nan)),
            "kernels": one_of(None, "ab", [], np.zeros((1, 9, 9, 2)), np.zeros((1, 1, 1, 3))),
            "max_filters": NO_COUNTS,
            "fig": NO_FIGURES,
        },
        drawn,
    ),
    Case(
        "figures.plot_filters",
        given(
            kernels=one_of(
                np.zeros((1, 1, 1, 1)),
                np.linspace(-1e300, 1e300, 54).reshape(2, 3, 3, 3),
                np.ones((5, 2, 3, 4), int).tolist(),
            ),
            rows=one_of(None, 1),
            title=TITLES,
            fig=FIGURES,
        ),
        {
            "kernels": one_of(None, "ab", [], np.zeros(3), np.full((1, 1, 1, 1), np.nan)),
            "rows": one_of(0, -1, 99, 0.5, "a"),
            "fig": NO_FIGURES,
        },
        drawn,
    ),
    Case(
        "figures.plot_feature_maps",
        given(
            image=st.builds(lambda x: x[0], pictures(1)),
            maps=one_of(
                {"conv": np.zeros((2, 3, 1))},
                {"conv": np.zeros((1, 2, 3, 1))},
                {
                    "a": np.ones((1, 1, 9)).tolist(),
                    "b": np.linspace(-1e300, 1e300, 8).reshape(2, 2, 2),
                },
            ),
            max_channels=st.integers(1, 9),
            title=TITLES,
            fig=FIGURES,
        ),
        {
            "image": NO_PICTURES,
            "maps": one_of(
                None,
                {},
                3,
                {"a": np.zeros(3)},
                {"a": np.zeros((2, 1, 1, 1))},
                {"a": None},
                {"a": [[[np.nan]]]},
            ),
            "max_channels": NO_COUNTS,
            "fig": NO_FIGURES,
        },
        drawn,
    ),
    Case(
        "figures.plot_grad_cam",
        heated(),
        {**NO_HEAT, "maps": NO_HEAT["maps"] | st.just(np.full((1, 1, 1), -1.0))},
        drawn,
    ),
    Case(
        "figures.plot_saliency",
        heated(),
        {**NO_HEAT, "maps": NO_HEAT["maps"] | st.just(np.full((1, 1, 1), -1.0))},
        drawn,
    ),
    Case("figures.plot_occlusion", heated(lowest=-1), NO_HEAT, drawn),
    Case(
        "figures.plot_layer_bars",
        given(values=LAYER_VALUES, ax=AXES, log_scale=FLAGS, percent=FLAGS, title=TITLES),
        {
            "values": one_of(None, {}, [1, 2], {"a": -1}, {"a": np.inf}, {"a": "b"}, {"a": None}),
            "log_scale": NO_FLAGS,
            "percent": NO_FLAGS,
            "ax": NO_AXES,
        },
        drawn,
    ),
    Case(
        "figures.plot_update_ratios",
        given(
            ratios=one_of(
                {"iterations": [0], "a": [0.0]},
                {"iterations": [0, 100], "a": [0.1, np.nan], "b": [1e-300, 1e300]},
                {"iterations": np.arange(3), "a": np.ones(3, int)},
            ),
            ax=AXES,
            title=TITLES,
        ),
        {
            "ratios": one_of(
                None,
                3,
                {},
                {"a": [1.0]},
                {"iterations": [0]},
                {"iterations": [0], "a": [0, 1]},
                {"iterations": [0], "a": ["b"]},
                {"iterations": [0], "a": 3},
            ),
            "ax": NO_AXES,
        },
        drawn,
    ),
    Case(
        "figures.save_figure",
        given(
            figure=one_of(Figure(), Figure().subplots()),
            path=st.sampled_from(["a.png", "b.svg", "c.PDF"]).flatmap(path_in_new_folder),
        ),
        {
            "figure": one_of(None, 3, "figure"),
            "path": one_of(None, 3, "a", "a.txt", ""),
        },
        lambda path, arguments: path == arguments["path"] and path.stat().st_size > 100,
    ),
    Case(
        "figures.save_animation",
        given(animation=st.builds(small_animation), path=path_in_new_folder("a.gif")),
        {"animation": one_of(None, 3, "animation"), "path": one_of(None, 3, "a", "a.txt", "")},
        lambda path, arguments: path == arguments["path"] and path.stat().st_size > 100,
    ),
]
