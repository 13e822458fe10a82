"""One trial of a search: build a model, train it, return its metrics and its best weights."""

import contextlib
import copy
import errno
import inspect
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import keras_tuner
import numpy as np

from mlcourse.history import is_number
from mlcourse.training import splits
from mlcourse.training.fitting import fit
from mlcourse.training.splits import set_seed

WEIGHTS = "best.weights.h5"
OF_FIT = ("epochs", "batch_size")  # hyperparameters of these names are arguments of the fit


class CannotSave(OSError):
    """Weights could not be written: the disk's fault, not the trial's, so the search ends."""


@dataclass(frozen=True)
class Task:
    """The trial to run.

    Attributes:
        number: of the trial.
        values: a dict of hyperparameters' names to values.
        start: weights to continue from, the bytes of a file; None to start from new ones.
    """

    number: int
    values: dict
    start: bytes | None = None


@dataclass(frozen=True)
class Outcome:
    """The result of a trial.

    Attributes:
        values: a dict of metrics after the best epoch; empty if the trial failed.
        note: why it failed; "" if it did not.
        epochs: number of epochs, counted from the start of its model.
        seconds: duration.
        space: the hyperparameters that it asked for, as `HyperParameters.get_config` gives them.
        weights: of the best epoch, the bytes of a file; None if there are none.
    """

    values: dict
    note: str = ""
    epochs: int = 0
    seconds: float = np.nan
    space: dict | None = None
    weights: bytes | None = None


@dataclass(frozen=True)
class Training:
    """Run trials of a search: a function of a `Task`, which other processes can call.

    Attributes:
        build: a function of `keras_tuner.HyperParameters`, or a `keras_tuner.HyperModel`.
        data: of the search, by part.
        options: the other arguments of `training.fit`.
        seed: of the search; that of a trial follows from it and the trial's number.
        goal: the `keras_tuner.Objective`.
        executions: number of models that are trained for each trial.
    """

    build: object
    data: dict
    options: dict
    seed: int
    goal: keras_tuner.Objective
    executions: int

    def __call__(self, task, folder, on_epoch):
        """Run a trial, and return its `Outcome`; an error in it makes the trial a failed one.

        Args:
            task: a `Task`.
            folder: for temporary files.
            on_epoch: called with the number of epochs after each of them.

        Raises:
            CannotSave: if the weights cannot be written.
        """
        started = time.perf_counter()
        hp = keras_tuner.HyperParameters()  # without a space: it gets what the trial asks for
        hp.values = dict(task.values)
        best = _Best(self.goal, Path(folder) / f".part-{task.number}-{WEIGHTS}", on_epoch)
        values = {}
        try:
            values = self._execute_all(task, hp, best)
            note = best.divergence_message
        except CannotSave:
            raise
        except Exception as error:
            note = f"{type(error).__name__}: {error}"
        weights, seconds = best.take(), time.perf_counter() - started
        return Outcome(values, note, best.epoch, seconds, hp.get_config(), weights)

    def _execute_all(self, task, hp, best):
        """Train the models of a trial one after the other, and return their mean metrics."""
        results = []
        for execution in range(self.executions):
            best.begin()
            result = self._train(task, hp, best, execution)
            if not best.divergence_message:
                best.end(result)
            if best.divergence_message:
                return {}
            results.append(best.values)
        return _mean(results)

    def _train(self, task, hp, best, execution):
        """Train one model of a trial, and return the metrics of a `HyperModel.fit`, or None."""
        set_seed(trial_seed(self.seed, task.number, execution))
        options = dict(self.options)
        model = built(self.build, hp, self.data["train"])
        asked = {one.name for one in hp.space if hp.is_active(one)}
        options |= {name: hp.values[name] for name in OF_FIT if name in asked}
        if task.start is not None:
            best.load(model, task.start)
        if "tuner/epochs" in hp.values:  # Hyperband's
            options["epochs"] = hp.values["tuner/epochs"]
            options["initial_epoch"] = hp.values["tuner/initial_epoch"]
        options["callbacks"] = [*copy.deepcopy(options["callbacks"]), best]
        options |= splits.fit_arguments(self.data)
        best.set_model(model)
        if not has_own_fit(self.build):
            fit(model, verbose=0, **options)
            return None
        return metrics(_own_fit(self.build, hp, model, options), self.goal)


def _own_fit(hypermodel, hp, model, options):
    """Call a `HyperModel.fit`.

    Its `model.fit` has epochs and batch_size of the search as defaults. `fit` may pass others
    beside its `**kwargs`, so they cannot be in these.
    """
    taken = inspect.signature(hypermodel.fit).parameters
    defaults = {"verbose": 0}
    for name in (*OF_FIT, "initial_epoch"):
        if name in options and name not in taken and "initial_epoch" not in options:
            defaults[name] = options.pop(name)
    examples = [options.pop(name) for name in ("x", "y") if name in options]
    model.fit = partial(model.fit, **defaults)
    try:
        return hypermodel.fit(hp, model, *examples, **options)
    finally:
        del model.fit


def metrics(result, goal):
    """Return the metrics in the result of a `HyperModel.fit`: those of a history's best epoch.

    Raises:
        ValueError: if the objective is not among them.
    """
    if isinstance(result, list) and result:
        return _mean([metrics(one, goal) for one in result])
    if isinstance(result, keras.callbacks.History) and result.history.get(goal.name):
        scores = [_order(score, goal) for score in result.history[goal.name]]
        best = scores.index(min(scores))
        result = {name: all_[best] for name, all_ in result.history.items() if best < len(all_)}
    elif isinstance(result, int | float | np.floating):
        result = {goal.name: result}
    if not isinstance(result, dict) or goal.name not in result:
        rule = "HyperModel.fit() must return a History, a float, or a dict of metrics"
        raise ValueError(f"{rule}, with {goal.name!r}. Got {result!r} instead.")
    return {name: float(value) for name, value in result.items()}


def _order(score, goal):
    """Return a number that is small for a good score, and infinite for none."""
    if not np.isfinite(score):
        return np.inf
    return -score if goal.direction == "max" else score


def _mean(results):
    """Return the mean of dicts of metrics."""
    return {name: float(np.mean([one[name] for one in results])) for name in results[0]}


def has_own_fit(build):
    """Return whether `build` is a `keras_tuner.HyperModel` with a `fit` of its own."""
    is_hypermodel = isinstance(build, keras_tuner.HyperModel)
    return is_hypermodel and type(build).fit is not keras_tuner.HyperModel.fit


class _Best(keras.callbacks.Callback):
    """Save the weights and the metrics of the best epoch, and stop a fit that diverged.

    Attributes:
        values: the metrics of the best epoch of this execution.
        epoch: number of epochs that the model was trained for.
        trouble: why the trial failed; "" if it did not.
    """

    def __init__(self, goal, path, on_epoch):
        super().__init__()
        self._goal, self._path, self._on_epoch = goal, path, on_epoch
        self.values, self.epoch, self.divergence_message = {}, 0, ""
        self._best = {}  # the metrics of the weights that are saved, of all executions

    def begin(self):
        """Forget the metrics of the execution before."""
        self.values, self.epoch = {}, 0

    def end(self, result):
        """Take the metrics that a `HyperModel.fit` returned, if any."""
        if result is None:
            return
        had_score = bool(self.values)
        self.values = result
        if not np.isfinite(result[self._goal.name]):
            self.divergence_message = (
                f"{self._goal.name} is not a number at the end of fit: it diverged"
            )
        elif not had_score:  # no epoch had the objective: the weights are those of the end
            self._save_best()

    def on_epoch_end(self, epoch, logs=None):
        said = {name: float(value) for name, value in (logs or {}).items() if is_number(value)}
        self.epoch = epoch + 1
        for name in ("loss", self._goal.name):
            if name in said and not np.isfinite(said[name]):
                self.divergence_message = (
                    f"{name} is not a number in epoch {self.epoch}: it diverged"
                )
                self.model.stop_training = True
                return
        if self._goal.name in said and (not self.values or self._is_better(said, self.values)):
            self.values = said
            self._save_best()
        self._on_epoch(self.epoch)

    def load(self, model, weights):
        """Give a model the weights, and its optimizer the state, of a file's bytes."""
        with _saving():
            self._path.write_bytes(weights)
        load(model, self._path)

    def take(self):
        """Return the bytes of the best weights, None without any, and remove their file."""
        try:
            return self._path.read_bytes() if self._best else None
        finally:
            self._path.unlink(missing_ok=True)

    def _save_best(self):
        """Save the weights if they are the best of all executions."""
        if not self._best or self._is_better(self.values, self._best):
            with _saving():
                self.model.save_weights(self._path)
            self._best = self.values

    def _is_better(self, values, others):
        return self._goal.better_than(values[self._goal.name], others[self._goal.name])


@contextlib.contextmanager
def _saving():
    """Turn an error of a write into one that ends the search."""
    try:
        yield
    except Exception as error:  # h5py has more than OSError
        raise CannotSave(errno.EIO, f"{WEIGHTS} could not be written: {error}") from error


def built(build, hp, part):
    """Return the model of hyperparameters, with weights for the inputs of a part of the data."""
    if isinstance(build, keras_tuner.HyperModel):
        build.declare_hyperparameters(hp)
        build = build.build
    model = build(hp)
    if not model.built:
        x = splits.first(part)[0]
        model.build(keras.tree.map_structure(lambda array: (None, *array.shape[1:]), x))
    return model


def load(model, path):
    """Give a model the weights, and its optimizer the state, of a file."""
    model.optimizer.build(model.trainable_variables)
    model.load_weights(path)


def trial_seed(seed, number, execution=0):
    """Return the seed of a trial's fit, the same in each process and at each attempt."""
    entropy = (seed, number, execution) if execution else (seed, number)
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])
