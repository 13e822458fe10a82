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

EXAMPLES_PER_VALIDATION_EXAMPLE = 6


def course_space(
    hp: keras_tuner.HyperParameters, input_shape: Sequence[int] = (28, 28)
) -> keras.Model:
    """Build a network with one hidden layer of 32 to 512 units, and one of three learning rates.

    These are the 48 settings that the course searches on Fashion-MNIST, with Adam.

    Args:
        hp: a `keras_tuner.HyperParameters`.
        input_shape: shape of one example.

    Returns:
        A compiled model.

    Example:
        >>> hp = keras_tuner.HyperParameters()
        >>> model = course_space(hp)
        >>> list(hp.values)
        ['units', 'learning_rate']
    """
    units = _check_hp(hp).Int("units", 32, 512, step=32)
    learning_rate = hp.Choice("learning_rate", [1e-2, 1e-3, 1e-4])
    return _compile(models.mlp(input_shape, [units]), learning_rate)


def mlp_space(
    hp: keras_tuner.HyperParameters, input_shape: Sequence[int] = (28, 28)
) -> keras.Model:
    """Build a multi-layer perceptron with 1 to 3 hidden layers, dropout and batch normalization.

    Args:
        hp: a `keras_tuner.HyperParameters`.
        input_shape: shape of one example.

    Returns:
        A compiled model.

    Example:
        >>> hp = keras_tuner.HyperParameters()
        >>> model = mlp_space(hp)
        >>> list(hp.values)
        ['layers', 'units', 'dropout', 'batch_norm', 'learning_rate']
    """
    layers = _check_hp(hp).Int("layers", 1, 3)
    units = hp.Int("units", 32, 512, step=32)
    dropout = hp.Choice("dropout", [0.0, 0.2, 0.4])
    batch_norm = hp.Boolean("batch_norm")
    model = models.mlp(input_shape, [units] * layers, dropout=dropout, batch_norm=batch_norm)
    return _compile(model, hp.Float("learning_rate", 1e-4, 1e-2, sampling="log"))


def cnn_space(
    hp: keras_tuner.HyperParameters, input_shape: Sequence[int] = (28, 28)
) -> keras.Model:
    """Build a convolutional network with two convolutional layers, a dense layer and dropout.

    Args:
        hp: a `keras_tuner.HyperParameters`.
        input_shape: shape of one image.

    Returns:
        A compiled model.

    Example:
        >>> hp = keras_tuner.HyperParameters()
        >>> model = cnn_space(hp)
        >>> list(hp.values)
        ['filters', 'units', 'dropout', 'learning_rate']
    """
    filters = _check_hp(hp).Choice("filters", [8, 16, 32, 64])
    units = hp.Choice("units", [32, 64, 128, 256])
    dropout = hp.Choice("dropout", [0.0, 0.25, 0.5])
    model = models.cnn(input_shape, (filters, 2 * filters), hidden=[units], dropout=dropout)
    return _compile(model, hp.Float("learning_rate", 1e-4, 1e-2, sampling="log"))


SPACES = {"course": course_space, "mlp": mlp_space, "cnn": cnn_space}


def _check_hp(hp):
    example = "keras_tuner.HyperParameters()"
    return checks.instance("hp", hp, keras_tuner.HyperParameters, example)


def _compile(model, learning_rate):
    optimizer = keras.optimizers.Adam(learning_rate)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def find(name, dataset, examples=None, synthetic=False):
    """Return the `build` function and the data of a named search.

    Args:
        name: a key of `SPACES`; or the path of a Python file that defines `build` and `data`, as
            for `search`. `data` may be a function without arguments.
        dataset: name of the dataset, as in `mlcourse data list`; not used for a file.
        examples: number of training examples; None for all.
        synthetic: whether to use generated images if no source has the dataset.

    Raises:
        ValueError: if there is no such search, or a file raises an error, or lacks a definition.
        DatasetUnavailable: if the dataset cannot be loaded.
    """
    if Path(name).suffix == ".py":
        return _from_file(Path(name))
    space = SPACES[checks.choice("NAME", name, [*SPACES, "FILE.py"])]
    if examples is not None:
        checks.integer("examples", examples, EXAMPLES_PER_VALIDATION_EXAMPLE)
    data = datasets.load(dataset, synthetic)
    n_examples = len(data.x_train)
    if examples is not None:
        minimum = EXAMPLES_PER_VALIDATION_EXAMPLE
        n_examples = checks.integer("examples", examples, minimum, n_examples)
    x = prepare_images(data.x_train[:n_examples])
    y = data.y_train[:n_examples]
    n_validation = n_examples // EXAMPLES_PER_VALIDATION_EXAMPLE
    x_train, x_validation, y_train, y_validation = train_validation_split(x, y, n_validation)
    parts = {"train": (x_train, y_train), "validation": (x_validation, y_validation)}
    return partial(space, input_shape=x.shape[1:]), parts


def _from_file(path):
    if not path.is_file():
        rule = "NAME must be a search, or a file that exists"
        raise ValueError(f"{rule}. Got {str(path)!r} instead.")
    sys.path.insert(0, str(path.parent.absolute()))  # as for a script, which may import neighbors
    with _location_of_errors(path):
        namespace = runpy.run_path(str(path))
    for name in ("build", "data"):
        if name not in namespace:
            rule = f"{path} must have `build` and `data`"
            raise ValueError(f"{rule}, as tuning.search takes them. It has no {name}.")
    build = namespace["build"]
    data = namespace["data"]
    if not callable(build):
        raise ValueError(f"`build` in {path} must be a function. Got {build!r} instead.")
    with _location_of_errors(path):
        return build, data() if callable(data) else data


@contextmanager
def _location_of_errors(path):
    """Raise ValueError with the file and the line for an error of the user's code."""
    try:
        yield
    except datasets.DatasetUnavailable:  # its message is complete
        raise
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(path)]
        location = f"{path}, line {lines[-1]}" if lines else path
        description = f"{type(error).__name__}: {error}"
        rule = f"{location} must run without an error"
        raise ValueError(f"{rule}. Got {description}.") from error
