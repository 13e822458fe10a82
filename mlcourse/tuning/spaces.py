"""Search spaces: functions that build a compiled model from hyperparameters."""

from __future__ import annotations

import runpy
import sys
import traceback
from collections.abc import Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import keras
import keras_tuner

from mlcourse import datasets, models
from mlcourse._core import checks
from mlcourse.training.splits import prepare_images, train_validation_split


def course_space(
    hp: keras_tuner.HyperParameters, input_shape: Sequence[int] = (28, 28)
) -> keras.Model:
    """The course's search on Fashion-MNIST: a layer's units, 32 to 512, and three learning rates.

    48 settings of a network with one hidden layer, trained by Adam.

    Args:
        hp: a `keras_tuner.HyperParameters`.
        input_shape: of one example.

    Returns:
        A compiled model.

    Example:
        >>> hp = keras_tuner.HyperParameters()
        >>> model = course_space(hp)
        >>> list(hp.values)
        ['units', 'learning_rate']
    """
    units = _checked(hp).Int("units", 32, 512, step=32)
    return _compiled(
        models.mlp(input_shape, [units]), hp.Choice("learning_rate", [1e-2, 1e-3, 1e-4])
    )


def mlp_space(
    hp: keras_tuner.HyperParameters, input_shape: Sequence[int] = (28, 28)
) -> keras.Model:
    """Multi-layer perceptrons of one to three layers, with or without dropout and normalization.

    Args:
        hp: a `keras_tuner.HyperParameters`.
        input_shape: of one example.

    Returns:
        A compiled model.

    Example:
        >>> hp = keras_tuner.HyperParameters()
        >>> model = mlp_space(hp)
        >>> list(hp.values)
        ['layers', 'units', 'dropout', 'batch_norm', 'learning_rate']
    """
    layers = _checked(hp).Int("layers", 1, 3)
    units = hp.Int("units", 32, 512, step=32)
    dropout = hp.Choice("dropout", [0.0, 0.2, 0.4])
    batch_norm = hp.Boolean("batch_norm")
    model = models.mlp(input_shape, [units] * layers, dropout=dropout, batch_norm=batch_norm)
    return _compiled(model, hp.Float("learning_rate", 1e-4, 1e-2, sampling="log"))


def cnn_space(
    hp: keras_tuner.HyperParameters, input_shape: Sequence[int] = (28, 28)
) -> keras.Model:
    """Convolutional networks of two layers: their filters, the dense layer, dropout.

    Args:
        hp: a `keras_tuner.HyperParameters`.
        input_shape: of one picture.

    Returns:
        A compiled model.

    Example:
        >>> hp = keras_tuner.HyperParameters()
        >>> model = cnn_space(hp)
        >>> list(hp.values)
        ['filters', 'units', 'dropout', 'learning_rate']
    """
    filters = _checked(hp).Choice("filters", [8, 16, 32, 64])
    units = hp.Choice("units", [32, 64, 128, 256])
    dropout = hp.Choice("dropout", [0.0, 0.25, 0.5])
    model = models.cnn(input_shape, (filters, 2 * filters), hidden=[units], dropout=dropout)
    return _compiled(model, hp.Float("learning_rate", 1e-4, 1e-2, sampling="log"))


def _checked(hp):
    """Returns what a space asks for its values, if it is such."""
    return checks.instance("hp", hp, keras_tuner.HyperParameters, "keras_tuner.HyperParameters()")


def _compiled(model, learning_rate):
    optimizer = keras.optimizers.Adam(learning_rate)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


SPACES = {"course": course_space, "mlp": mlp_space, "cnn": cnn_space}
SHARE = 6  # one picture in so many is held out


def find(name, dataset, examples=None):
    """Returns what a search is made of: a function that builds a model, and its data.

    Args:
        name: a key of `SPACES`; or the path of a Python file that has `build` and `data`, as
            `search` takes them. `data` may be a function without arguments.
        dataset: the pictures to train on, as `mlcourse data list` names them; not for a file.
        examples: how many of them; None for all.

    Raises:
        ValueError: if there is no such search, or a file fails, or lacks one of the two.
        DatasetUnavailable: if the dataset is not in reach.
    """
    if Path(name).suffix == ".py":
        return _of_file(Path(name))
    space = SPACES[checks.choice("NAME", name, [*SPACES, "FILE.py"])]
    pictures = datasets.load(dataset)
    count = len(pictures.x_train)
    examples = count if examples is None else checks.integer("examples", examples, SHARE, count)
    x, y = prepare_images(pictures.x_train[:examples]), pictures.y_train[:examples]
    x, x_validation, y, y_validation = train_validation_split(x, y, examples // SHARE)
    data = {"train": (x, y), "validation": (x_validation, y_validation)}
    return partial(space, input_shape=x.shape[1:]), data


def _of_file(path):
    if not path.is_file():
        raise ValueError(
            f"NAME must be a search, or a file that is there. Got {str(path)!r} instead."
        )
    sys.path.insert(0, str(path.parent.absolute()))  # it may import its neighbours, as a script may
    with _errors_of(path):
        found = runpy.run_path(str(path))
    for needed in ("build", "data"):
        if needed not in found:
            rule = f"{path} must have `build` and `data`"
            raise ValueError(f"{rule}, as tuning.search takes them. It has no {needed}.")
    build, data = found["build"], found["data"]
    if not callable(build):
        raise ValueError(f"`build` in {path} must be a function. Got {build!r} instead.")
    with _errors_of(path):
        return build, data() if callable(data) else data


@contextmanager
def _errors_of(path):
    """Says in one line which error a file of someone else's ended in, and where."""
    try:
        yield
    except datasets.DatasetUnavailable:  # which says what to do
        raise
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(path)]
        where = f"{path}, line {lines[-1]}" if lines else path
        what = f"{type(error).__name__}: {error}"
        raise ValueError(f"{where} must run without an error. Got {what}.") from error
