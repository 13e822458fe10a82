"""Run one trial of a search: build a model, train it, return its score and its best weights."""

import contextlib
import copy
import errno
import inspect
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import keras_tuner
import numpy as np

from mlcourse._core.private_names import replaced
from mlcourse.history import is_number
from mlcourse.training import splits
from mlcourse.training.fitting import fit
from mlcourse.training.splits import set_seed

WEIGHTS = "best.weights.h5"
FIT_SETTINGS = ("epochs", "batch_size")  # hyperparameters of these names are arguments of the fit


class CannotSave(OSError):
    """Weights could not be written: an error of the disk, which ends the search."""


class Diverged(Exception):
    """The loss or the objective became infinite or NaN."""


@dataclass(frozen=True)
class Outcome:
    """The result of a trial.

    Attributes:
        score: the objective after the best epoch; NaN if the trial failed.
        note: the reason why it failed; "" if it did not.
        epochs: number of epochs, counted from the start of its model.
        seconds: duration.
        hp: the `keras_tuner.HyperParameters` that its model asked for, or None.
        weights: the weights file of the best epoch as bytes, or None.
    """

    score: float
    note: str = ""
    epochs: int = 0
    seconds: float = np.nan
    hp: keras_tuner.HyperParameters | None = None
    weights: bytes | None = None


@dataclass(frozen=True)
class TrialRunner:
    """Run trials: a function that other processes can call.

    Attributes:
        build: a function of `keras_tuner.HyperParameters`, or a `keras_tuner.HyperModel`.
        data: a dict of the parts of the data.
        options: the other arguments of `training.fit`.
        seed: seed of the search; each trial's seed follows from it and the trial's number.
        objective: a `keras_tuner.Objective`.
        executions: number of models that are trained for each trial.
    """

    build: object
    data: dict
    options: dict
    seed: int
    objective: keras_tuner.Objective
    executions: int

    def __call__(self, task, on_epoch):
        """Run a trial, and return its `Outcome`; an error marks the trial as failed.

        Args:
            task: the number of the trial, a dict of its hyperparameters' values, and a weights
                file as bytes to continue from, or None for new weights.
            on_epoch: a function of the number of epochs, called after each epoch.

        Raises:
            CannotSave: if the weights cannot be written.
        """
        number, values, weights = task
        start = time.perf_counter()
        hp = keras_tuner.HyperParameters()  # without a space, which `build` declares
        hp.values = dict(values)
        score = np.nan
        note = ""
        with tempfile.TemporaryDirectory(prefix="mlcourse-") as folder:
            best = _BestEpoch(self.objective, Path(folder) / WEIGHTS, on_epoch)
            try:
                seeds = [trial_seed(self.seed, number, each) for each in range(self.executions)]
                score = float(np.mean([self._train(hp, seed, weights, best) for seed in seeds]))
            except CannotSave:
                raise
            except Diverged as error:
                note = str(error)
            except Exception as error:
                note = f"{type(error).__name__}: {error}"
            seconds = time.perf_counter() - start
            return Outcome(score, note, best.epochs, seconds, hp, best.saved_weights())

    def _train(self, hp, seed, weights, best):
        """Train one model, and return its score."""
        set_seed(seed)
        model = build_model(self.build, hp, self.data["train"])
        active = active_names(hp)
        options = {**self.options, **splits.fit_arguments(self.data)}
        options |= {name: hp.values[name] for name in FIT_SETTINGS if name in active}
        if "tuner/epochs" in hp.values:  # Hyperband's
            options["epochs"] = hp.values["tuner/epochs"]
            options["initial_epoch"] = hp.values["tuner/initial_epoch"]
        options["callbacks"] = [*copy.deepcopy(options["callbacks"]), best]
        best.begin(model, weights)
        if not has_own_fit(self.build):
            fit(model, verbose=0, **options)
            return best.end(best.score)
        return best.end(_own_score(self.build, hp, model, options, self.objective))


def _own_score(hypermodel, hp, model, options, objective):
    """Return the score of a `HyperModel.fit`, in which epochs and batch_size are defaults.

    They are not among its `**kwargs` unless it has arguments of these names, so it may pass
    values of its own to `model.fit` together with `**kwargs`.
    """
    arguments = inspect.signature(hypermodel.fit).parameters
    defaults = {"verbose": 0}
    for name in FIT_SETTINGS:
        if name in options and name not in arguments and "initial_epoch" not in options:
            defaults[name] = options.pop(name)
    examples = [options.pop(name) for name in ("x", "y") if name in options]
    with replaced(model, "fit", partial(model.fit, **defaults)):
        return score_of(hypermodel.fit(hp, model, *examples, **options), objective)


def score_of(result, objective):
    """Return the objective in the result of a `HyperModel.fit`: of a history, its best value.

    Raises:
        ValueError: if it is not there.
    """
    if isinstance(result, list) and result:
        return float(np.mean([score_of(item, objective) for item in result]))
    values = result.history if isinstance(result, keras.callbacks.History) else result
    if isinstance(values, dict):
        values = values.get(objective.name)
    if not values and not is_number(values):
        rule = "HyperModel.fit() must return a History, a float, or a dict of metrics"
        raise ValueError(f"{rule}, with {objective.name!r}. Got {result!r} instead.")
    values = [value for value in np.ravel(values) if np.isfinite(value)]
    return float(max(values) if objective.direction == "max" else min(values)) if values else np.nan


def has_own_fit(build):
    """Return whether `build` is a `keras_tuner.HyperModel` that overrides `fit`."""
    is_hypermodel = isinstance(build, keras_tuner.HyperModel)
    return is_hypermodel and type(build).fit is not keras_tuner.HyperModel.fit


class _BestEpoch(keras.callbacks.Callback):
    """Save the weights of the best epoch of a trial, and stop a fit that diverged.

    Attributes:
        score: the objective after the best epoch of this execution; None before.
        epochs: number of epochs, counted from the start of the model.
    """

    def __init__(self, objective, path, on_epoch):
        super().__init__()
        self._objective = objective
        self._path = path
        self._on_epoch = on_epoch
        self._saved_score = None  # over all executions
        self._diverged = ""
        self.score = None
        self.epochs = 0

    def begin(self, model, weights):
        """Start an execution with a model, and restore it from a weights file as bytes."""
        self.set_model(model)
        self.score = None
        self.epochs = 0
        if weights is not None:
            with _saving():
                self._path.write_bytes(weights)
            load_weights(model, self._path)

    def end(self, score):
        """Return the score of an execution; raise Diverged if it is not a number."""
        if not self._diverged and not (score is not None and np.isfinite(score)):
            self._diverged = (
                f"{self._objective.name} is not a number at the end of fit: it diverged"
            )
        if self._diverged:
            raise Diverged(self._diverged)
        if self.score is None:  # no epoch had the objective
            self._save_if_best(score)
        return score

    def on_epoch_end(self, epoch, logs=None):
        metrics = {name: float(value) for name, value in (logs or {}).items() if is_number(value)}
        self.epochs = epoch + 1
        name = self._objective.name
        for each in ("loss", name):
            if not np.isfinite(metrics.get(each, 0)):
                self._diverged = f"{each} is not a number in epoch {self.epochs}: it diverged"
                self.model.stop_training = True
                return
        if name in metrics and self._is_better(metrics[name], self.score):
            self.score = metrics[name]
            self._save_if_best(self.score)
        self._on_epoch(self.epochs)

    def saved_weights(self):
        """Return the best weights file as bytes, or None."""
        return None if self._saved_score is None else self._path.read_bytes()

    def _save_if_best(self, score):
        if self._is_better(score, self._saved_score):
            with _saving():
                self.model.save_weights(self._path)
            self._saved_score = score

    def _is_better(self, score, other):
        return other is None or self._objective.better_than(score, other)


@contextlib.contextmanager
def _saving():
    """Raise `CannotSave` for an error in a `with` block."""
    try:
        yield
    except Exception as error:  # h5py raises more than OSError
        raise CannotSave(errno.EIO, f"{WEIGHTS} could not be written: {error}") from error


def build_model(build, hp, part):
    """Return the model of hyperparameters, with weights for the inputs of a part of the data."""
    if isinstance(build, keras_tuner.HyperModel):
        build.declare_hyperparameters(hp)
        build = build.build
    model = build(hp)
    if not model.built:
        x = splits.first_examples(part)[0]
        model.build(keras.tree.map_structure(lambda array: (None, *array.shape[1:]), x))
    return model


def active_names(hp):
    """Return the names of the active hyperparameters, in the order of their first use."""
    return list(dict.fromkeys(spec.name for spec in hp.space if hp.is_active(spec)))


def load_weights(model, path):
    """Restore a model and its optimizer from a weights file."""
    model.optimizer.build(model.trainable_variables)
    model.load_weights(path)


def trial_seed(seed, number, execution=0):
    """Return the seed of a trial's fit, the same in each process and at each attempt."""
    entropy = (seed, number, execution) if execution else (seed, number)
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])
