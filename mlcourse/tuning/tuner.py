"""Runs the trials that an oracle asks for: the tuner of a search."""

import contextlib
import copy
import errno
import time
from functools import partial
from pathlib import Path

import keras
import numpy as np
from keras_tuner.engine.base_tuner import BaseTuner
from keras_tuner.errors import FatalError

from mlcourse import files, search_file
from mlcourse.histories import is_number
from mlcourse.training.fitting import fit
from mlcourse.training.preparation import set_seed

WEIGHTS = "best.weights.h5"
OF_FIT = ("epochs", "batch_size")  # hyperparameters of these names are arguments of the fit
PAUSE = 0.5  # seconds between two questions for a trial while there is none


class CannotKeep(FatalError, OSError):
    """A trial's weights cannot be written: no fault of the trial, so the search ends, to go on."""


class Tuner(BaseTuner):
    """Trains each trial with `training.fit`, and keeps the weights of its best epoch.

    A trial fails if its loss, or its objective, is no longer a number, or if an error ends it. It
    then reports a score that is no number, and leaves a note.

    Args:
        oracle: of `oracles`; kept already.
        build: makes a compiled model of a `keras_tuner.HyperParameters`.
        folder: of the search.
        fit: the arguments of `training.fit`.
        seed: of the search; that of a trial's fit follows from it and the trial's number.
        on_news: called with a trial's number at its beginning, with that and how many epochs it has
            had after each of them, and without arguments at its end.
    """

    def __init__(self, oracle, build, folder, fit, seed, on_news):
        folder = Path(folder).absolute()
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
        try:
            self._train(trial, best)
            note = best.trouble
        except CannotKeep:
            raise
        except Exception as error:
            note = f"{type(error).__name__}: {error}"
        if note:
            with contextlib.suppress(OSError):
                (folder / search_file.NOTE).write_text(note, encoding="utf-8")
        said = {goal.name: np.nan} if note else best.values
        return {**said, "epochs": best.epoch, "seconds": time.perf_counter() - started}

    def _train(self, trial, best):
        set_seed(trial_seed(self._seed, trial.trial_id))
        values, options = trial.hyperparameters.values, dict(self._fit)
        model = built(self.hypermodel.build, trial.hyperparameters, options["x"])
        options |= {name: values[name] for name in OF_FIT if name in values}
        if "tuner/trial_id" in values:  # Hyperband goes on with one of before
            load(model, self._folder, values["tuner/trial_id"])
        if "tuner/epochs" in values:
            options["epochs"] = values["tuner/epochs"]
            options["initial_epoch"] = values["tuner/initial_epoch"]
        options["callbacks"] = [*copy.deepcopy(options["callbacks"]), best]
        fit(model, verbose=0, **options)


class _Best(keras.callbacks.Callback):
    """Keeps the weights and the numbers of the best epoch, and stops a fit that is past saving.

    Attributes:
        values: what the best epoch said, by name.
        epoch: how many epochs the model has had, which `on_news` is told after each.
        trouble: what went wrong, in words; "" if nothing did.
    """

    def __init__(self, goal, path, on_news):
        super().__init__()
        self._goal, self._path, self._on_news = goal, path, on_news
        self.values, self.epoch, self.trouble = {}, 0, ""

    def on_epoch_end(self, epoch, logs=None):
        said = {name: float(value) for name, value in logs.items() if is_number(value)}
        self.epoch = epoch + 1
        for name in ("loss", self._goal.name):
            if not np.isfinite(said[name]):
                self.trouble = f"{name} is no number in epoch {self.epoch}: it diverged"
                self.model.stop_training = True
                return
        if not self.values or self._goal.better_than(said[self._goal.name], self._score()):
            self._save(said)
        self._on_news(self.epoch)

    def _score(self):
        return self.values[self._goal.name]

    def _save(self, said):
        try:
            with files.beside(self._path) as part:
                self.model.save_weights(part)
        except Exception as error:  # the disk's fault, not the trial's; h5py has more than OSError
            raise CannotKeep(errno.EIO, f"weights cannot be kept: {error}") from error
        self.values = said


def built(build, hyperparameters, x):
    """Returns the model that is built of hyperparameters, with weights for examples x."""
    model = build(hyperparameters)
    if not model.built:
        model.build(keras.tree.map_structure(lambda array: (None, *array.shape[1:]), x))
    return model


def load(model, folder, number):
    """Gives a model the weights, and its optimizer the state, of a trial's best epoch."""
    model.optimizer.build(model.trainable_variables)
    model.load_weights(search_file.trial_folder(folder, number) / WEIGHTS)


def trial_seed(seed, trial_id):
    """Returns the seed of a trial's fit, whichever process runs it, and however often."""
    return int(np.random.SeedSequence((seed, int(trial_id))).generate_state(1)[0])
