"""Run one trial of a search: build a model, train it, return its metrics and its best weights."""

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

from mlcourse._core.private_names import replaced
from mlcourse.history import is_number
from mlcourse.training import splits
from mlcourse.training.fitting import fit
from mlcourse.training.splits import set_seed

WEIGHTS = "best.weights.h5"
FIT_SETTINGS = ("epochs", "batch_size")  # hyperparameters of these names are arguments of the fit


class CannotSave(OSError):
    """Weights could not be written: an error of the disk, which ends the search."""


@dataclass(frozen=True)
class Task:
    """A trial to run.

    Attributes:
        number: number of the trial.
        values: a dict of hyperparameters' names to values.
        start: a weights file as bytes, to continue from; None for new weights.
    """

    number: int
    values: dict
    start: bytes | None = None


@dataclass(frozen=True)
class Outcome:
    """The result of a trial.

    Attributes:
        values: a dict of the metrics after the best epoch; empty if the trial failed.
        note: the reason why it failed; "" if it did not.
        epochs: number of epochs, counted from the start of its model.
        seconds: duration.
        space: the hyperparameters of its model, as returned by `HyperParameters.get_config`.
        weights: the weights file of the best epoch as bytes, or None.
    """

    values: dict
    note: str = ""
    epochs: int = 0
    seconds: float = np.nan
    space: dict | None = None
    weights: bytes | None = None


@dataclass(frozen=True)
class TrialRunner:
    """Run trials: a function of a `Task` that other processes can call.

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

    def __call__(self, task, folder, on_epoch):
        """Run a trial, and return its `Outcome`; an error marks the trial as failed.

        Args:
            task: a `Task`.
            folder: folder for temporary files.
            on_epoch: a function of the number of epochs, called after each epoch.

        Raises:
            CannotSave: if the weights cannot be written.
        """
        start = time.perf_counter()
        hp = keras_tuner.HyperParameters()  # without a space, which `build` declares
        hp.values = dict(task.values)
        path = Path(folder) / f".part-{task.number}-{WEIGHTS}"
        best = _BestEpoch(self.objective, path, on_epoch)
        values = {}
        try:
            values = self._run_executions(task, hp, best)
            note = best.divergence_message
        except CannotSave:
            raise
        except Exception as error:
            note = f"{type(error).__name__}: {error}"
        weights = best.pop_weights()
        seconds = time.perf_counter() - start
        return Outcome(values, note, best.epoch, seconds, hp.get_config(), weights)

    def _run_executions(self, task, hp, best):
        """Train the models of a trial one after the other, and return their mean metrics."""
        results = []
        for execution in range(self.executions):
            best.begin()
            metrics = self._train(task, hp, best, execution)
            if metrics is not None and not best.divergence_message:
                best.end(metrics)
            if best.divergence_message:
                return {}
            results.append(best.values)
        return _mean(results)

    def _train(self, task, hp, best, execution):
        """Train one model; return the metrics if a `HyperModel.fit` trained it, else None."""
        set_seed(trial_seed(self.seed, task.number, execution))
        options = dict(self.options)
        model = build_model(self.build, hp, self.data["train"])
        active = active_names(hp)
        options |= {name: hp.values[name] for name in FIT_SETTINGS if name in active}
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
        return metrics_of(_call_own_fit(self.build, hp, model, options), self.objective)


def _call_own_fit(hypermodel, hp, model, options):
    """Call a `HyperModel.fit`, in which epochs and batch_size are defaults of `model.fit`.

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
        return hypermodel.fit(hp, model, *examples, **options)


def metrics_of(result, objective):
    """Return the metrics in the result of a `HyperModel.fit`: those of a history's best epoch.

    Raises:
        ValueError: if the objective is not among them.
    """
    name = objective.name
    if isinstance(result, list) and result:
        return _mean([metrics_of(item, objective) for item in result])
    if isinstance(result, keras.callbacks.History) and result.history.get(name):
        scores = np.array(result.history[name], float)
        costs = -scores if objective.direction == "max" else scores
        best = int(np.argmin(np.where(np.isfinite(costs), costs, np.inf)))
        history = result.history.items()
        result = {metric: values[best] for metric, values in history if best < len(values)}
    elif isinstance(result, int | float | np.floating):
        result = {name: result}
    if not isinstance(result, dict) or name not in result:
        rule = "HyperModel.fit() must return a History, a float, or a dict of metrics"
        raise ValueError(f"{rule}, with {name!r}. Got {result!r} instead.")
    return {metric: float(value) for metric, value in result.items()}


def _mean(results):
    """Return the mean of dicts of metrics."""
    return {name: float(np.mean([result[name] for result in results])) for name in results[0]}


def has_own_fit(build):
    """Return whether `build` is a `keras_tuner.HyperModel` that overrides `fit`."""
    is_hypermodel = isinstance(build, keras_tuner.HyperModel)
    return is_hypermodel and type(build).fit is not keras_tuner.HyperModel.fit


class _BestEpoch(keras.callbacks.Callback):
    """Save the weights and the metrics of the best epoch, and stop a fit that diverged.

    Attributes:
        values: a dict of the metrics after the best epoch of this execution.
        epoch: number of epochs, counted from the start of the model.
        divergence_message: the reason why the trial failed; "" if it did not.
    """

    def __init__(self, objective, path, on_epoch):
        super().__init__()
        self._objective = objective
        self._path = path
        self._on_epoch = on_epoch
        self.values = {}
        self.epoch = 0
        self.divergence_message = ""
        self._saved = {}  # the metrics of the saved weights, over all executions

    def begin(self):
        """Reset the metrics for a new execution."""
        self.values = {}
        self.epoch = 0

    def end(self, metrics):
        """Set the metrics that a `HyperModel.fit` returned."""
        no_epoch_had_objective = not self.values
        self.values = metrics
        name = self._objective.name
        if not np.isfinite(metrics[name]):
            self.divergence_message = f"{name} is not a number at the end of fit: it diverged"
        elif no_epoch_had_objective:
            self._save_if_best()

    def on_epoch_end(self, epoch, logs=None):
        metrics = {name: float(value) for name, value in (logs or {}).items() if is_number(value)}
        self.epoch = epoch + 1
        objective = self._objective.name
        for name in ("loss", objective):
            if name in metrics and not np.isfinite(metrics[name]):
                text = f"{name} is not a number in epoch {self.epoch}: it diverged"
                self.divergence_message = text
                self.model.stop_training = True
                return
        if objective in metrics and self._is_better(metrics, self.values):
            self.values = metrics
            self._save_if_best()
        self._on_epoch(self.epoch)

    def load(self, model, weights):
        """Restore a model and its optimizer from a weights file as bytes."""
        with _saving():
            self._path.write_bytes(weights)
        load_weights(model, self._path)

    def pop_weights(self):
        """Return the best weights file as bytes, or None, and remove the file."""
        try:
            return self._path.read_bytes() if self._saved else None
        finally:
            self._path.unlink(missing_ok=True)

    def _save_if_best(self):
        """Save the weights if their metrics are the best of all executions."""
        if self._is_better(self.values, self._saved):
            with _saving():
                self.model.save_weights(self._path)
            self._saved = self.values

    def _is_better(self, values, others):
        name = self._objective.name
        return not others or self._objective.better_than(values[name], others[name])


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
