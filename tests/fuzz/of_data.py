"""Property tests of datasets, preprocessing and evaluation."""

import functools
import os
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
from hypothesis import strategies as st

from mlcourse.datasets import CATALOG
from mlcourse.datasets.injection import FAULTS
from tests.conftest import make_arrays, tiny
from tests.fuzz.cases import Case, given
from tests.fuzz.strategies import (
    NAN,
    NO_ARRAY,
    NO_COUNT,
    NO_FLAG,
    NO_NAME,
    NO_NUMBER,
    NO_SEED,
    NOT_POSITIVE,
    SEEDS,
    floats,
)

ELSEWHERE = {
    "datasets.Dataset": "a record; `load` returns it",
    "datasets.DatasetCorrupt": "an exception",
    "datasets.DatasetUnavailable": "an exception",
    "datasets.Injected": "a record; `inject` returns it",
    "datasets.TwoDigits": "a record; `make_two_digits` returns it",
    "evaluation.Calibration": "a record; `calibration` returns it",
    "evaluation.ClassReport": "a record; `class_report` returns it",
    "evaluation.Predictions": "a record; `checked` returns it",
}


@functools.cache
def tiny_mnist():
    """Return a catalog entry with few images, and a folder that holds them."""
    entry = tiny(CATALOG["mnist"], image_shape=(28, 28))
    folder = tempfile.TemporaryDirectory(prefix="mlcourse-fuzz-")
    arrays = make_arrays(entry)
    np.savez(Path(folder.name) / "mnist.npz", **arrays)
    return entry, folder


class TinyMnistCase(Case):
    """A case of a function that loads MNIST; the cache holds a tiny version."""

    @property
    def function(self):
        """The function, which runs with another cache."""
        function = super().function

        def with_tiny_mnist(**arguments):
            entry, folder = tiny_mnist()
            with (
                mock.patch.dict(CATALOG, mnist=entry),
                mock.patch.dict(os.environ, MLCOURSE_DATA=folder.name, MLCOURSE_OFFLINE="1"),
            ):
                return function(**arguments)

        return with_tiny_mnist


@st.composite
def images(draw, least=1, channels=((), (1,), (3,)), side=5):
    """Generate images as uint8 or floats, with or without channels, as an array or lists."""
    height, width = draw(st.integers(1, side)), draw(st.integers(1, side))
    shape = (draw(st.integers(least, 4)), height, width, *draw(st.sampled_from(channels)))
    is_constant = draw(st.booleans())
    x = np.random.default_rng(draw(SEEDS)).uniform(0, 255, shape) * (not is_constant)
    dtype = draw(st.sampled_from([np.uint8, np.float32, np.float64]))
    if dtype == np.uint8:
        return x.astype(dtype)
    x = (x / 255).astype(dtype)
    return draw(st.sampled_from([x, x.tolist()]))


@st.composite
def labels_and_predictions(draw, forms=("probabilities", "column", "labels")):
    """Generate y_true and y_pred in each of their forms."""
    n, classes, form = (
        draw(st.integers(1, 6)),
        draw(st.integers(2, 4)),
        draw(st.sampled_from(forms)),
    )
    labels = st.lists(st.integers(0, classes - 1), min_size=n, max_size=n)
    y_true, predicted = np.array(draw(labels)), np.array(draw(labels))
    if form == "column":
        y_true, y_pred = y_true % 2, draw(floats(draw(st.sampled_from([(n,), (n, 1)])), 0, 1))
    elif form == "labels":
        y_pred = draw(st.sampled_from([predicted, predicted.tolist()]))
    else:
        confidence = draw(st.floats(0, 1))
        y_pred = np.eye(classes)[predicted] * confidence + (1 - confidence) / classes
        y_true = draw(st.sampled_from([y_true, y_true[:, np.newaxis], np.eye(classes)[y_true]]))
    return {"y_true": draw(st.sampled_from([y_true, y_true.tolist()])), "y_pred": y_pred}


@st.composite
def drawn(draw):
    """Generate an image of a rectangle."""
    height, width = draw(st.integers(3, 40)), draw(st.integers(3, 40))
    image = np.zeros((height, width, *draw(st.sampled_from([(), (1,), (3,), (4,)]))))
    image[1:-1, 1:-1] = 1
    return draw(st.sampled_from([image, (255 * image).astype(np.uint8), image.tolist()]))


def with_model(x):
    """Return the arguments of `predict_with_flip`, with a model that returns its inputs."""

    class Model:
        def predict(self, x, batch_size, verbose):
            return x

    return {"model": Model(), "x": np.asarray(x), "batch_size": 2}


POINTS = {
    "n_samples": st.integers(4, 9),
    "noise": st.sampled_from([0, 0.1, 1e6]),
    "seed": SEEDS,
}
NO_POINTS = {"n_samples": NO_COUNT, "noise": NO_NUMBER | st.just(-0.1), "seed": NO_SEED}
OPTIONS = {"flip": st.booleans(), "pad": st.just(0), "cutout": st.integers(0, 1)}
NO_OPTIONS = {
    "flip": NO_FLAG,
    "pad": st.sampled_from([-1, 5, 0.5, "0", None, True]),
    "cutout": st.sampled_from([-1, 6, 0.5, "0", None, True]),
}
NO_PICTURES = NO_ARRAY | st.sampled_from([3, np.ones((3, 3)), np.ones((0, 3, 3)), [], np.ones(3)])
NOT_FINITE = NO_PICTURES | st.sampled_from([np.full((2, 2, 2), NAN), np.full((2, 2, 2), np.inf)])
NO_CLASSES = NO_ARRAY | st.sampled_from([[], 3, [0.5], [-1], np.zeros((2, 2, 2)), [NAN]])
NO_PREDICTIONS = {
    "y_pred": NO_ARRAY | st.sampled_from([[], 3, [[NAN, 1.0]], [-0.5], [1.5]]),
    "y_true": NO_ARRAY.filter(lambda y: y != ["a", "b"])  # labels may be names
    | st.sampled_from([[], 3, [0] * 9, [0.5], [NAN]]),
}
NO_ROWS = {
    "y_pred": NO_ARRAY | st.sampled_from([[], 3, [-0.5]]),
    "y_true": NO_PREDICTIONS["y_true"],
}
LABELS = st.permutations([0, 1, 2, 2, 1, 0])
CLASSES = (
    LABELS.map(np.array) | LABELS.map(lambda y: np.eye(3)[y]) | LABELS | LABELS.map(np.float64)
)


def is_image_of(x, given):
    """Return whether transformed images are finite and of the same shape."""
    return x.shape == np.shape(given["x"]) and np.isfinite(x).all()


def are_points(found, given):
    """Return whether points are finite, and classes balanced."""
    x, y = found
    is_balanced = np.ptp(np.bincount(y)) <= 1
    return np.isfinite(x).all() and is_balanced and x.shape == (given["n_samples"], 2)


HEALTHY_X = np.random.default_rng(0).random((6, 3, 4))
HEALTHY_Y = np.array([0, 1, 2, 0, 1, 2])
NO_PART = st.sampled_from([3, "x", (HEALTHY_X,), (HEALTHY_X, HEALTHY_Y[:2]), (HEALTHY_Y,) * 2])
CASES = [
    Case(
        "datasets.inject",
        given(
            x=st.sampled_from([HEALTHY_X, HEALTHY_X.astype(np.float32), HEALTHY_X.tolist()]),
            y=st.sampled_from([HEALTHY_Y, HEALTHY_Y.astype(np.uint8), HEALTHY_Y.tolist()]),
            validation_data=st.sampled_from([(HEALTHY_X, HEALTHY_Y), [HEALTHY_X[:1], [1]]]),
            test_data=st.sampled_from([None, (HEALTHY_X, HEALTHY_Y)]),
            fault=st.none() | st.sampled_from(sorted({*FAULTS} - {"test data used for stopping"})),
            seed=SEEDS,
        ),
        wrong={
            "x": NO_ARRAY | st.sampled_from([HEALTHY_X * NAN, HEALTHY_Y, HEALTHY_X[:2]]),
            "y": NO_ARRAY | st.sampled_from([HEALTHY_Y - 1, HEALTHY_Y * 0, HEALTHY_Y / 2]),
            "validation_data": NO_PART | st.none(),
            "test_data": NO_PART,
            "fault": st.sampled_from([3, "", "dead units", []]),
            "seed": NO_SEED,
        },
        check=lambda case, _: len(list(case)) == 3 and sum(map(case.has, case.choices)) == 1,
    ),
    Case(
        "datasets.AugmentedDataset",
        images().flatmap(
            lambda x: given(
                x=st.just(x),
                y=st.just(range(len(x))),
                batch_size=st.integers(1, 5),
                seed=SEEDS,
                **OPTIONS,
            )
        ),
        wrong={
            "x": NO_PICTURES,
            "y": st.sampled_from([None, 3, [0] * 9, [], [[1], [1, 2]]]),
            "batch_size": NO_COUNT,
            "seed": NO_SEED,
            **NO_OPTIONS,
        },
        check=lambda batches, given: (
            sorted(np.concatenate([y for _, y in batches])) == list(given["y"])
        ),
    ),
    Case(
        "datasets.random_augment",
        images().flatmap(
            lambda x: given(
                x=st.just(x),
                generator=st.builds(np.random.default_rng, SEEDS),
                indices=st.none() | st.lists(st.integers(0, len(x) - 1)),
                **OPTIONS,
            )
        ),
        wrong={
            "x": NO_PICTURES,
            "generator": st.sampled_from([None, -1, "0", np.random]),
            "indices": st.sampled_from([3, [-1], [99], [0.5], ["0"], [[0]], [True]]),
            **NO_OPTIONS,
        },
        check=lambda x, given: (
            len(x) == len(given["x"] if given["indices"] is None else given["indices"])
            and x.shape[1:] == np.shape(given["x"])[1:]
        ),
    ),
    Case(
        "datasets.two_moons",
        given(**POINTS),
        wrong=NO_POINTS,
        check=are_points,
    ),
    Case(
        "datasets.circles",
        given(radii=st.lists(st.sampled_from([0, 1.5, 1e6]), min_size=1, max_size=3), **POINTS),
        wrong={
            "radii": st.sampled_from([[], 3, None, "12", [-1], [NAN], ["a"], [[1]]]),
            **NO_POINTS,
        },
        check=are_points,
    ),
    Case(
        "datasets.spirals",
        given(n_classes=st.integers(2, 4), turns=st.sampled_from([0, -1.5, 9]), **POINTS),
        wrong={"n_classes": NO_COUNT | st.just(1), "turns": NO_NUMBER, **NO_POINTS},
        check=are_points,
    ),
    Case(
        "datasets.blobs",
        given(centers=floats(st.tuples(st.integers(1, 3), st.just(2))), **POINTS),
        wrong={
            "centers": NO_ARRAY
            | st.sampled_from([[], 3, [1, 2], [[1]], [[NAN, 0]], np.ones((0, 2))]),
            **NO_POINTS,
        },
        check=are_points,
    ),
    Case(
        "datasets.preprocess_digit",
        given(image=drawn()),
        wrong={
            "image": st.sampled_from([None, 3, [[1], [1, 2]], [], np.ones((9, 9)), __file__])
            | st.sampled_from([np.full((9, 9), NAN), np.ones((3, 3, 2)), object()])
        },
        check=lambda digit, given: digit.shape == (28, 28) and digit.max() == 255,
    ),
    Case(
        "datasets.find",
        given(name=st.sampled_from(list(CATALOG))),
        wrong={"name": NO_NAME},
        check=lambda entry, given: entry.name == given["name"],
    ),
    Case("datasets.in_cache", given(), check=lambda names, given: set(names) <= set(CATALOG)),
    TinyMnistCase(
        "datasets.fetch",
        given(name=st.just("mnist")),
        wrong={"name": NO_NAME},
        check=lambda data, given: data.x_train.shape == (30, 28, 28),
    ),
    TinyMnistCase(
        "datasets.load",
        given(name=st.just("mnist"), synthetic=st.booleans()),
        wrong={"name": NO_NAME, "synthetic": NO_FLAG},
        check=lambda data, given: data.x_train.shape == (30, 28, 28),
    ),
    TinyMnistCase(
        "datasets.make_two_digits",
        given(
            n_train=st.integers(1, 9), n_test=st.integers(1, 9), seed=SEEDS, synthetic=st.booleans()
        ),
        wrong={"n_train": NO_COUNT, "seed": NO_SEED, "n_test": NO_COUNT, "synthetic": NO_FLAG},
        check=lambda data, given: (
            data.x_train.shape == (given["n_train"], 42, 28)
            and data.y_test.shape == (given["n_test"], 2)
        ),
    ),
    Case(
        "evaluation.accuracy",
        labels_and_predictions(),
        wrong=NO_ROWS,
        check=lambda accuracy, given: 0 <= accuracy <= 1,
    ),
    Case(
        "evaluation.misclassified",
        labels_and_predictions(),
        wrong=NO_ROWS,
        check=lambda places, given: len(set(places)) == len(places) <= len(given["y_true"]),
    ),
    Case(
        "evaluation.calibration",
        labels_and_predictions(("probabilities", "column")).flatmap(
            lambda found: st.integers(1, 9).map(lambda n_bins: found | {"n_bins": n_bins})
        ),
        wrong={"n_bins": NO_COUNT, **NO_PREDICTIONS},
        check=lambda found, given: (
            found.n_examples.sum() == len(given["y_true"]) and 0 <= found.error <= 1 + 1e-9
        ),
    ),
    Case(
        "evaluation.checked",
        labels_and_predictions(),
        wrong={"n_classes": st.sampled_from([0, 1, 1.5, "3", True]), **NO_PREDICTIONS},
        check=lambda found, given: (
            found.true.shape == found.predicted.shape == (len(given["y_true"]),)
            and len(found.names) == len(found.classes)
        ),
    ),
    Case(
        "evaluation.class_report",
        labels_and_predictions(),
        wrong={"class_names": st.sampled_from([[], ["a"], "abc", 3]), **NO_PREDICTIONS},
        check=lambda report, given: (
            len(report.rows) == len(report.class_names) and str(report).startswith("accuracy")
        ),
    ),
    Case(
        "evaluation.classes",
        given(y=labels_and_predictions().map(lambda found: found["y_true"])),
        wrong={"y": st.sampled_from([None, 3, "12", [[1], [1, 2]], object(), [0.5], []])},
        check=lambda y, given: y.shape == (len(given["y"]),),
    ),
    Case(
        "evaluation.encode",
        given(y=labels_and_predictions().map(lambda found: found["y_true"])),
        wrong={
            "y": st.sampled_from([None, 3, "12", [[1], [1, 2]], object(), [0.5], []]),
            "class_names": st.sampled_from([3, "abc", []]),
        },
        check=lambda found, given: found[0].shape == (len(given["y"]),),
    ),
    Case(
        "evaluation.confusion_matrix",
        labels_and_predictions(),
        wrong={"n_classes": st.sampled_from([0, 1, 1.5, "3", True]), **NO_PREDICTIONS},
        check=lambda counts, given: counts.sum() == len(given["y_true"]),
    ),
    Case(
        "evaluation.predict_with_flip",
        images().map(with_model),
        wrong={
            "model": st.sampled_from([None, 3, "model", object()]),
            "x": NO_PICTURES,
            "batch_size": NO_COUNT,
        },
        check=lambda mean, given: np.allclose(mean, mean[:, :, ::-1]),
    ),
    Case(
        "evaluation.misclassified_pairs",
        st.just(
            {"y_true": np.array([[0, 1], [1, 1]]), "y_pred": ([[0.9, 0.1], [0.4, 0.6]], [0, 1])}
        ),
        wrong={
            "y_pred": st.sampled_from([None, 3, [[0.5, 0.5]], [[0], [1]], "ab", [None, None]]),
            "y_true": NO_ARRAY | st.sampled_from([[], 3, [0, 1], [[0, 1]], [[0.5, 1]] * 2]),
        },
        check=lambda places, given: places.tolist() == [0],
    ),
    Case(
        "evaluation.most_confused",
        st.fixed_dictionaries(
            {
                "cm": st.sampled_from([[[1, 2], [3, 0]], np.eye(3), np.arange(9).reshape(3, 3)]),
                "max_pairs": st.integers(1, 9),
            }
        ),
        wrong={
            "cm": st.sampled_from([None, "ab", [[1, 2]], [1, 2], [[np.nan]], [[1], [1, 2]]]),
            "max_pairs": st.sampled_from([0, -1, 1.5, None, "3"]),
        },
        check=lambda pairs, given: all(true != predicted for true, predicted, _ in pairs),
    ),
    Case(
        "preprocessing.Whitening",
        images(least=2).flatmap(
            lambda x: given(
                x_train=st.just(x),
                method=st.sampled_from(["zca", "pca"]),
                epsilon=st.sampled_from([1e-9, 0.01, 1, 1e9]),
                n_components=st.none(),
                max_examples=st.integers(2, 9),
                seed=SEEDS,
            )
        ),
        wrong={
            "x_train": NOT_FINITE | st.just(np.ones((1, 2, 2))),
            "method": NO_NAME,
            "epsilon": NOT_POSITIVE,
            "n_components": st.sampled_from([0, -1, 1.5, "3", True, 99]),
            "max_examples": NO_COUNT | st.just(1),
            "seed": NO_SEED,
        },
        check=lambda whiten, given: (
            whiten.inverse(whiten(given["x_train"])).shape == np.shape(given["x_train"])
        ),
    ),
    Case(
        "preprocessing.class_counts",
        given(y=CLASSES),
        wrong={"y": NO_CLASSES},
        check=lambda counts, given: counts.tolist() == [2, 2, 2],
    ),
    Case(
        "preprocessing.class_means",
        given(x=st.just(np.arange(24.0).reshape(6, 2, 2)), y=CLASSES),
        wrong={"x": NO_PICTURES, "y": NO_CLASSES},
        check=lambda means, given: np.isclose(means.mean(), given["x"].mean()),
    ),
    Case(
        "preprocessing.sample_per_class",
        given(y=CLASSES, n_per_class=st.integers(1, 2), seed=SEEDS),
        wrong={"y": NO_CLASSES, "n_per_class": NO_COUNT | st.just(9), "seed": NO_SEED},
        check=lambda places, given: places.shape == (3, given["n_per_class"]),
    ),
    Case(
        "preprocessing.patch_filters",
        images(least=2, channels=((1,), (3,))).flatmap(
            lambda x: given(
                x_train=st.just(x),
                patch_size=st.integers(1, min(np.shape(x)[1:3])),
                epsilon=st.sampled_from([1e-9, 0.01, 1, 1e9]),
                max_examples=st.integers(2, 9),
                seed=SEEDS,
            )
        ),
        wrong={
            "x_train": NOT_FINITE,
            "patch_size": NO_COUNT | st.just(9),
            "epsilon": NOT_POSITIVE,
            "max_examples": NO_COUNT | st.just(1),
            "seed": NO_SEED,
        },
        check=lambda filters, given: np.isfinite(filters).all(),
    ),
    Case(
        "preprocessing.ChannelStandardizer",
        given(x_train=images()),
        wrong={"x_train": NOT_FINITE},
        check=lambda scale, given: np.isfinite(scale(given["x_train"])).all(),
    ),
    Case(
        "preprocessing.standardize_per_image",
        given(x=images()),
        wrong={"x": NOT_FINITE},
        check=is_image_of,
    ),
    Case(
        "preprocessing.to_displayable",
        given(x=images(), n_std=st.floats(1e-3, 9) | st.just(3)),
        wrong={"x": NO_PICTURES, "n_std": NOT_POSITIVE},
        check=lambda x, given: is_image_of(x, given) and x.min() >= 0 and x.max() <= 1,
    ),
]
