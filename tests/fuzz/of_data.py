"""Property tests of data: pictures, points, and what predictions are worth."""

import functools
import os
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
from hypothesis import strategies as st

from mlcourse.datasets import CATALOG
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
    "datasets.TwoDigits": "a record; `make_two_digits` returns it",
    "evaluation.Calibration": "a record; `calibration` returns it",
    "evaluation.ClassReport": "a record; `class_report` returns it",
    "evaluation.Predictions": "a record; `checked` returns it",
    "preprocessing.ChannelStandardizer": "a record; `per_channel` returns it",
}


@functools.cache
def few_pictures():
    """Returns an entry of the catalogue with few pictures, and a folder that holds them."""
    entry = tiny(CATALOG["mnist"], image_shape=(28, 28))
    folder = tempfile.TemporaryDirectory(prefix="mlcourse-fuzz-")
    arrays = make_arrays(entry)
    np.savez(Path(folder.name) / "mnist.npz", **arrays)
    return entry, folder


class OfFewPictures(Case):
    """A case of a function that reads MNIST, of which the cache has little while it runs."""

    @property
    def function(self):
        """The function itself, for as long as it runs with another cache."""
        function = super().function

        def with_few(**arguments):
            entry, folder = few_pictures()
            known = mock.patch.dict(CATALOG, mnist=entry)
            with (
                known,
                mock.patch.dict(os.environ, MLCOURSE_DATA=folder.name, MLCOURSE_OFFLINE="1"),
            ):
                return function(**arguments)

        return with_few


@st.composite
def pictures(draw, least=1, channels=((), (1,), (3,)), side=5):
    """Pictures as uint8 or floats, with channels or without, as an array or in lists."""
    height, width = draw(st.integers(1, side)), draw(st.integers(1, side))
    shape = (draw(st.integers(least, 4)), height, width, *draw(st.sampled_from(channels)))
    grey = draw(st.booleans())
    found = np.random.default_rng(draw(SEEDS)).uniform(0, 255, shape) * (not grey)
    kind = draw(st.sampled_from([np.uint8, np.float32, np.float64]))
    found = (found if kind == np.uint8 else found / 255).astype(kind)
    return found if kind == np.uint8 else draw(st.sampled_from([found, found.tolist()]))


@st.composite
def answers(draw, forms=("shares", "column", "numbers")):
    """Predictions and true classes that fit each other, in each of their forms."""
    n, classes, form = (
        draw(st.integers(1, 6)),
        draw(st.integers(2, 4)),
        draw(st.sampled_from(forms)),
    )
    numbers = st.lists(st.integers(0, classes - 1), min_size=n, max_size=n)
    y, answer = np.array(draw(numbers)), np.array(draw(numbers))
    if form == "column":
        y, found = y % 2, draw(floats(draw(st.sampled_from([(n,), (n, 1)])), 0, 1))
    elif form == "numbers":
        found = draw(st.sampled_from([answer, answer.tolist()]))
    else:
        sure = draw(st.floats(0, 1))
        found = np.eye(classes)[answer] * sure + (1 - sure) / classes
        y = draw(st.sampled_from([y, y[:, np.newaxis], np.eye(classes)[y]]))
    return {"y_true": draw(st.sampled_from([y, y.tolist()])), "y_pred": found}


@st.composite
def drawn(draw):
    """A picture with a square of ink on it, and paper around that."""
    height, width = draw(st.integers(3, 40)), draw(st.integers(3, 40))
    paper = np.zeros((height, width, *draw(st.sampled_from([(), (1,), (3,), (4,)]))))
    paper[1:-1, 1:-1] = 1
    return draw(st.sampled_from([paper, (255 * paper).astype(np.uint8), paper.tolist()]))


def with_model(found):
    """Returns the arguments of `predict_with_flip`, for a model that says what it sees."""

    class Model:
        def predict(self, x, batch_size, verbose):
            return x

    return {"model": Model(), "x": np.asarray(found), "batch_size": 2}


POINTS = {
    "n": st.integers(1, 9),
    "noise": st.sampled_from([0, 0.1, 1e6]),
    "seed": SEEDS,
}
NO_POINTS = {"n": NO_COUNT, "noise": NO_NUMBER | st.just(-0.1), "seed": NO_SEED}
CHANGES = {"flip": st.booleans(), "pad": st.just(0), "cutout": st.integers(0, 1)}
NO_CHANGES = {
    "flip": NO_FLAG,
    "pad": st.sampled_from([-1, 5, 0.5, "0", None, True]),
    "cutout": st.sampled_from([-1, 6, 0.5, "0", None, True]),
}
NO_PICTURES = NO_ARRAY | st.sampled_from([3, np.ones((3, 3)), np.ones((0, 3, 3)), [], np.ones(3)])
NOT_FINITE = NO_PICTURES | st.sampled_from([np.full((2, 2, 2), NAN), np.full((2, 2, 2), np.inf)])
NO_CLASSES = NO_ARRAY | st.sampled_from([[], 3, [0.5], [-1], np.zeros((2, 2, 2)), [NAN]])
NO_ANSWERS = {
    "y_pred": NO_ARRAY | st.sampled_from([[], 3, [[NAN, 1.0]], [-0.5], [1.5]]),
    "y_true": NO_ARRAY | st.sampled_from([[], 3, [0] * 9, [0.5], [NAN]]),
}
NO_ROWS = {"y_pred": NO_ARRAY | st.sampled_from([[], 3, [-0.5]]), "y_true": NO_ANSWERS["y_true"]}
LABELS = st.permutations([0, 1, 2, 2, 1, 0])
CLASSES = (
    LABELS.map(np.array) | LABELS.map(lambda y: np.eye(3)[y]) | LABELS | LABELS.map(np.float64)
)


def is_picture_of(x, given):
    """Whether what was made of pictures is finite, and of their shape."""
    return x.shape == np.shape(given["x"]) and np.isfinite(x).all()


def are_points(found, given):
    """Whether points are finite, and as many of each class as were asked for."""
    x, y = found
    return np.isfinite(x).all() and set(np.bincount(y)) == {given["n"]} and x.shape[1:] == (2,)


CASES = [
    Case(
        "datasets.augment",
        pictures().flatmap(
            lambda x: given(
                x=st.just(x),
                y=st.just(range(len(x))),
                batch_size=st.integers(1, 5),
                seed=SEEDS,
                **CHANGES,
            )
        ),
        wrong={
            "x": NO_PICTURES,
            "y": st.sampled_from([None, 3, [0] * 9, [], [[1], [1, 2]]]),
            "batch_size": NO_COUNT,
            "seed": NO_SEED,
            **NO_CHANGES,
        },
        check=lambda batches, given: (
            sorted(np.concatenate([y for _, y in batches])) == list(given["y"])
        ),
    ),
    Case(
        "datasets.augmented",
        pictures().flatmap(
            lambda x: given(
                x=st.just(x),
                generator=st.builds(np.random.default_rng, SEEDS),
                chosen=st.none() | st.lists(st.integers(0, len(x) - 1)),
                **CHANGES,
            )
        ),
        wrong={
            "x": NO_PICTURES,
            "generator": st.sampled_from([None, -1, "0", np.random]),
            "chosen": st.sampled_from([3, [-1], [99], [0.5], ["0"], [[0]], [True]]),
            **NO_CHANGES,
        },
        check=lambda x, given: (
            len(x) == len(given["x"] if given["chosen"] is None else given["chosen"])
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
        given(classes=st.integers(2, 4), turns=st.sampled_from([0, -1.5, 9]), **POINTS),
        wrong={"classes": NO_COUNT | st.just(1), "turns": NO_NUMBER, **NO_POINTS},
        check=are_points,
    ),
    Case(
        "datasets.blobs",
        given(centres=floats(st.tuples(st.integers(1, 3), st.just(2))), **POINTS),
        wrong={
            "centres": NO_ARRAY
            | st.sampled_from([[], 3, [1, 2], [[1]], [[NAN, 0]], np.ones((0, 2))]),
            **NO_POINTS,
        },
        check=are_points,
    ),
    Case(
        "datasets.preprocess_digit",
        given(picture=drawn()),
        wrong={
            "picture": st.sampled_from([None, 3, [[1], [1, 2]], [], np.ones((9, 9)), __file__])
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
    OfFewPictures(
        "datasets.fetch",
        given(name=st.just("mnist")),
        wrong={"name": NO_NAME},
        check=lambda data, given: data.x_train.shape == (30, 28, 28),
    ),
    OfFewPictures(
        "datasets.load",
        given(name=st.just("mnist"), synthetic=st.booleans()),
        wrong={"name": NO_NAME, "synthetic": NO_FLAG},
        check=lambda data, given: data.x_train.shape == (30, 28, 28),
    ),
    OfFewPictures(
        "datasets.make_two_digits",
        given(n=st.integers(1, 9), seed=SEEDS, test=st.integers(1, 9), synthetic=st.booleans()),
        wrong={"n": NO_COUNT, "seed": NO_SEED, "test": NO_COUNT, "synthetic": NO_FLAG},
        check=lambda data, given: (
            data.x_train.shape == (given["n"], 42, 28) and data.y_test.shape == (given["test"], 2)
        ),
    ),
    Case(
        "evaluation.accuracy",
        answers(),
        wrong=NO_ROWS,
        check=lambda share, given: 0 <= share <= 1,
    ),
    Case(
        "evaluation.misclassified",
        answers(),
        wrong=NO_ROWS,
        check=lambda places, given: len(set(places)) == len(places) <= len(given["y_true"]),
    ),
    Case(
        "evaluation.calibration",
        answers(("shares", "column")).flatmap(
            lambda found: st.integers(1, 9).map(lambda bins: found | {"bins": bins})
        ),
        wrong={"bins": NO_COUNT, **NO_ANSWERS},
        check=lambda found, given: (
            found.count.sum() == len(given["y_true"]) and 0 <= found.error <= 1 + 1e-9
        ),
    ),
    Case(
        "evaluation.checked",
        answers(),
        wrong={"count": st.sampled_from([0, 1, 1.5, "3", True]), **NO_ANSWERS},
        check=lambda found, given: (
            found.true.shape == found.predicted.shape == (len(given["y_true"]),)
            and len(found.names) == len(found.classes)
        ),
    ),
    Case(
        "evaluation.class_report",
        answers(),
        wrong={"class_names": st.sampled_from([[], ["a"], "abc", 3]), **NO_ANSWERS},
        check=lambda report, given: (
            len(report.rows) == len(report.class_names) and str(report).startswith("accuracy")
        ),
    ),
    Case(
        "evaluation.classes",
        given(y=answers().map(lambda found: found["y_true"])),
        wrong={"y": st.sampled_from([None, 3, "12", [[1], [1, 2]], object(), [0.5], []])},
        check=lambda y, given: y.shape == (len(given["y"]),),
    ),
    Case(
        "evaluation.encode",
        given(y=answers().map(lambda found: found["y_true"])),
        wrong={
            "y": st.sampled_from([None, 3, "12", [[1], [1, 2]], object(), [0.5], []]),
            "class_names": st.sampled_from([3, "abc", []]),
        },
        check=lambda found, given: found[0].shape == (len(given["y"]),),
    ),
    Case(
        "evaluation.confusion_matrix",
        answers(),
        wrong={"classes": st.sampled_from([0, 1, 1.5, "3", True]), **NO_ANSWERS},
        check=lambda counts, given: counts.sum() == len(given["y_true"]),
    ),
    Case(
        "evaluation.predict_with_flip",
        pictures().map(with_model),
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
        "preprocessing.Whitening",
        pictures(least=2).flatmap(
            lambda x: given(
                x_train=st.just(x),
                method=st.sampled_from(["zca", "pca"]),
                epsilon=st.sampled_from([1e-9, 0.01, 1, 1e9]),
                components=st.none(),
                examples=st.integers(2, 9),
                seed=SEEDS,
            )
        ),
        wrong={
            "x_train": NOT_FINITE | st.just(np.ones((1, 2, 2))),
            "method": NO_NAME,
            "epsilon": NOT_POSITIVE,
            "components": st.sampled_from([0, -1, 1.5, "3", True, 99]),
            "examples": NO_COUNT | st.just(1),
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
        given(y=CLASSES, count=st.integers(1, 2), seed=SEEDS),
        wrong={"y": NO_CLASSES, "count": NO_COUNT | st.just(9), "seed": NO_SEED},
        check=lambda places, given: places.shape == (3, given["count"]),
    ),
    Case(
        "preprocessing.patch_filters",
        pictures(least=2, channels=((1,), (3,))).flatmap(
            lambda x: given(
                x_train=st.just(x),
                side=st.integers(1, min(np.shape(x)[1:3])),
                epsilon=st.sampled_from([1e-9, 0.01, 1, 1e9]),
                examples=st.integers(2, 9),
                seed=SEEDS,
            )
        ),
        wrong={
            "x_train": NOT_FINITE,
            "side": NO_COUNT | st.just(9),
            "epsilon": NOT_POSITIVE,
            "examples": NO_COUNT | st.just(1),
            "seed": NO_SEED,
        },
        check=lambda filters, given: np.isfinite(filters).all(),
    ),
    Case(
        "preprocessing.per_channel",
        given(x_train=pictures()),
        wrong={"x_train": NOT_FINITE},
        check=lambda scale, given: np.isfinite(scale(given["x_train"])).all(),
    ),
    Case(
        "preprocessing.standardize_per_image",
        given(x=pictures()),
        wrong={"x": NOT_FINITE},
        check=is_picture_of,
    ),
    Case(
        "preprocessing.to_displayable",
        given(x=pictures(), deviations=st.floats(1e-3, 9) | st.just(3)),
        wrong={"x": NO_PICTURES, "deviations": NOT_POSITIVE},
        check=lambda x, given: is_picture_of(x, given) and x.min() >= 0 and x.max() <= 1,
    ),
]
