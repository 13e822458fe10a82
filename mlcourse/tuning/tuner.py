"""Runs the trials that an oracle asks for: the tuner of a search."""

import contextlib
import copy
import errno
import inspect
import time
from functools import partial
from pathlib import Path

import keras
import keras_tuner
import numpy as np
from keras_tuner.engine.base_tuner import BaseTuner
from keras_tuner.errors import FatalError
from keras_tuner.src.engine.tuner_utils import (
    average_metrics_dicts,
    convert_to_metrics_dict,
    validate_trial_results,
)

from mlcourse import files, search_file
from mlcourse.histories import is_number
from mlcourse.training.fitting import fit
from mlcourse.training.preparation import set_seed
from mlcourse.tuning import parts

WEIGHTS = "best.weights.h5"
OF_FIT = ("epochs", "batch_size")  # hyperparameters of these names are arguments of the fit
PAUSE = 0.5  # seconds between two questions for a trial while there is none


class CannotKeep(FatalError, OSError):
    """A trial's weights cannot be written: no fault of the trial, so the search ends, to go on."""


class Tuner(BaseTuner):
    """Trains each trial with `training.fit`, and keeps the weights of its best epoch.

    A trial fails if its loss, or its objective, is no longer a number, or if an error ends it. It
    then reports a score that is no number, and leaves a note.

    Attributes:
        executions: how many models are trained for each trial.

    Args:
        oracle: of `oracles`; kept already.
        build: makes a compiled model of a `keras_tuner.HyperParameters`; or a `HyperModel`.
        folder: of the search.
        data: of the search, by part.
        fit: the other arguments of `training.fit`.
        seed: of the search; that of a trial's fit follows from it and the trial's number.
        on_news: called with a trial's number at its beginning, with that and how many epochs it has
            had after each of them, and without arguments at its end.
    """

    def __init__(self, oracle, build, folder, data, fit, seed, on_news):
        folder = Path(folder).absolute()
        self._data, self.executions = data, 1
        super().__init__(oracle, build, str(folder.parent), folder.name)
        self._folder, self._fit, self._seed, self._on_news = folder, fit, seed, on_news
        self._asked = False

    def save(self):
        """Lets the oracle write its state; a worker's is at its chief."""
        if not self._is_worker():
            self.oracle.save()

    def _get_tuner_fname(self):
        """Returns the name of no file: there is no state but the oracle's."""
        return str(Path(self.project_dir) / "no-tuner-state")

    def _populate_initial_space(self):
        """Looks for what is asked for under conditions, as far as a model can be built there.

        The plan has built one already; where another fails, its trials will say so.
        """
        with contextlib.suppress(Exception):
            super()._populate_initial_space()

    def pre_create_trial(self):
        """Waits a moment if there was no trial the last time."""
        if self._asked:
            time.sleep(PAUSE)
        self._asked = True

    def on_trial_begin(self, trial):
        """Says so."""
        self._asked = False
        self._on_news(int(trial.trial_id))

    def on_trial_end(self, trial):
        """Reports the end, and says so."""
        super().on_trial_end(trial)
        self._on_news()

    def run_trial(self, trial):
        """Trains a trial's model, and returns its numbers after the best epoch."""
        goal, started = self.oracle.objective, time.perf_counter()
        folder = search_file.trial_folder(self._folder, trial.trial_id)
        folder.mkdir(exist_ok=True)
        files.sweep(folder)
        best = _Best(goal, folder / WEIGHTS, partial(self._on_news, int(trial.trial_id)))
        with asked(trial.hyperparameters) as names:
            try:
                numbers = self._execute_all(trial, best, names)
                note = best.trouble
            except CannotKeep:
                raise
            except Exception as error:
                note = f"{type(error).__name__}: {error}"
        with _kept("names of hyperparameters"):
            search_file.write_asked(self._folder, trial.trial_id, names)
        if note:
            with contextlib.suppress(OSError):
                (folder / search_file.NOTE).write_text(note, encoding="utf-8")
        values = {goal.name: np.nan} if note else numbers
        return {**values, "epochs": best.epoch, "seconds": time.perf_counter() - started}

    def _execute_all(self, trial, best, names):
        """Trains a trial's models one after the other, and returns the mean of their numbers."""
        results = []
        for execution in range(self.executions):
            best.begin()
            result = self._train(trial, best, names, execution)
            if not best.trouble:
                best.end(result)
            if best.trouble:
                return {}
            results.append(best.values)
        return average_metrics_dicts(results)

    def _train(self, trial, best, names, execution):
        """Trains one model of a trial, and returns what a fit of the user's own returned."""
        set_seed(trial_seed(self._seed, trial.trial_id, execution))
        hp, options = trial.hyperparameters, dict(self._fit)
        model = built(self.hypermodel.build, hp, self._data["train"])
        options |= {name: hp.values[name] for name in OF_FIT if name in names}
        if "tuner/trial_id" in hp.values:  # Hyperband goes on with one of before
            load(model, self._folder, hp.values["tuner/trial_id"])
        if "tuner/epochs" in hp.values:
            options["epochs"] = hp.values["tuner/epochs"]
            options["initial_epoch"] = hp.values["tuner/initial_epoch"]
        options["callbacks"] = [*copy.deepcopy(options["callbacks"]), best]
        options |= parts.fit_arguments(self._data)
        best.set_model(model)
        if not has_own_fit(self.hypermodel):
            fit(model, verbose=0, **options)
            return None
        result = _own_fit(self.hypermodel, hp, model, options)
        goal = self.oracle.objective
        validate_trial_results(result, goal, "HyperModel.fit()")
        values = convert_to_metrics_dict(result, goal)
        return {name: float(value) for name, value in values.items()}


def _own_fit(hypermodel, hp, model, options):
    """Calls a hypermodel's own fit, with defaults of `model.fit` that it may choose to replace."""
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


@contextlib.contextmanager
def asked(hp):
    """Yields a list that gets the names of active hyperparameters, as they are asked for."""
    names, retrieve, get = [], hp._retrieve, hp.get

    def note(name, value):
        if value is not None and name not in names:
            names.append(name)
        return value

    hp._retrieve = lambda one: note(one.name, retrieve(one))
    hp.get = lambda name: note(hp._get_name(name), get(name))
    try:
        yield names
    finally:
        del hp._retrieve, hp.get


def has_own_fit(build):
    """Whether it is a `keras_tuner.HyperModel` with a `fit` of its own."""
    is_hypermodel = isinstance(build, keras_tuner.HyperModel)
    return is_hypermodel and type(build).fit is not keras_tuner.HyperModel.fit


class _Best(keras.callbacks.Callback):
    """Keeps the weights and the numbers of the best epoch, and stops a fit that is past saving.

    Attributes:
        values: what the best epoch of this execution said, by name.
        epoch: how many epochs the model has had, which `on_news` is told after each.
        trouble: what went wrong, in words; "" if nothing did.
    """

    def __init__(self, goal, path, on_news):
        super().__init__()
        self._goal, self._path, self._on_news = goal, path, on_news
        self.values, self.epoch, self.trouble = {}, 0, ""
        self._best = {}  # the numbers of the weights that are saved, of all executions

    def begin(self):
        """Forgets the numbers of the execution before."""
        self.values, self.epoch = {}, 0

    def end(self, result):
        """Takes the numbers that a fit of the user's own returned, if any."""
        if result is None:
            return
        score, had_score = result[self._goal.name], bool(self.values)
        self.values = result
        if not np.isfinite(score):
            self.trouble = f"{self._goal.name} is no number at the end of fit: it diverged"
        elif not had_score:  # no epoch told the objective: the weights are those of the end
            self._keep_best()

    def on_epoch_end(self, epoch, logs=None):
        said = {name: float(value) for name, value in (logs or {}).items() if is_number(value)}
        self.epoch = epoch + 1
        for name in ("loss", self._goal.name):
            if name in said and not np.isfinite(said[name]):
                self.trouble = f"{name} is no number in epoch {self.epoch}: it diverged"
                self.model.stop_training = True
                return
        if self._goal.name in said and (not self.values or self._is_better(said, self.values)):
            self.values = said
            self._keep_best()
        self._on_news(self.epoch)

    def _keep_best(self):
        """Saves the weights if they are the best of all executions."""
        if not self._best or self._is_better(self.values, self._best):
            self._save(self.values)

    def _is_better(self, values, others):
        return self._goal.better_than(values[self._goal.name], others[self._goal.name])

    def _save(self, said):
        with _kept("weights"), files.beside(self._path) as part:
            self.model.save_weights(part)
        self._best = said


@contextlib.contextmanager
def _kept(what):
    """Turns an error of a write into one that ends the search: it is the disk's fault."""
    try:
        yield
    except Exception as error:  # h5py has more than OSError
        raise CannotKeep(errno.EIO, f"{what} cannot be kept: {error}") from error


def built(build, hyperparameters, part):
    """Returns the model that is built of hyperparameters, with weights for a part of the data."""
    model = build(hyperparameters)
    if not model.built:
        x = parts.first(part)[0]
        model.build(keras.tree.map_structure(lambda array: (None, *array.shape[1:]), x))
    return model


def load(model, folder, number):
    """Gives a model the weights, and its optimizer the state, of a trial's best epoch."""
    model.optimizer.build(model.trainable_variables)
    model.load_weights(search_file.trial_folder(folder, number) / WEIGHTS)


def trial_seed(seed, trial_id, execution=0):
    """Returns the seed of a trial's fit, whichever process runs it, and however often."""
    entropy = (seed, int(trial_id), execution) if execution else (seed, int(trial_id))
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])
