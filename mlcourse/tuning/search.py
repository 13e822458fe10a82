"""`search`: a hyperparameter search by Keras Tuner that can be interrupted and resumed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import keras_tuner
import numpy as np

from mlcourse._core import checks, files
from mlcourse._core.files import lock_folder
from mlcourse._core.task_process import Killed
from mlcourse.callbacks.live_output import LiveTable
from mlcourse.tuning import pools, search_file
from mlcourse.tuning.plan import Plan
from mlcourse.tuning.search_file import SearchBusy
from mlcourse.tuning.trial import WEIGHTS, Outcome, Task, active_names

if TYPE_CHECKING:
    import distributed
    import keras

LOCK_TIMEOUT = 10  # seconds for a killed process to release its lock


class Search:
    """A completed search; a notebook shows its trials, the best first.

    Attributes:
        trials: a `mlcourse.tuning.trials.Trials`.
        directory: folder of the search.

    Example:
        >>> result = search(mlp_space, data, trials=20)  # doctest: +SKIP
        >>> result.trials.best.score  # doctest: +SKIP
        0.8912
    """

    def __init__(self, plan: Plan, folder: tempfile.TemporaryDirectory | None = None) -> None:
        self._plan = plan
        self._folder = folder  # a reference: the temporary folder lives as long as this object
        self.directory = plan.directory
        self.trials = search_file.read(plan.directory)

    def best_model(self) -> keras.Model:
        """Return the model of the best trial, with the weights after its best epoch.

        Raises:
            ValueError: if no trial has completed.
        """
        if self.trials.best is None:
            rule = "a search must have a trial that completed"
            raise ValueError(f"{rule}. Got {self.trials.status()} instead.")
        return self._plan.model(self.trials.best.number)

    def __str__(self):
        return str(self.trials)

    __repr__ = __str__

    def _repr_html_(self):
        return self.trials._repr_html_()


def search(
    build: Callable | keras_tuner.HyperModel,
    data: dict[str, object],
    method: str = "random",
    *,
    trials: int = 10,
    epochs: int = 5,
    batch_size: int = 32,
    objective: str | keras_tuner.Objective = "val_accuracy",
    directory: str | os.PathLike | None = None,
    seed: int = 0,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    class_weight: dict[int, float] | None = None,
    executions_per_trial: int = 1,
    client: distributed.Client | None = None,
) -> Search:
    """Search for the best hyperparameters, and return all trials and the best model.

    Each trial trains a model for some epochs. Its score is the objective after the best epoch. A
    progress bar, and in a notebook a table, show the trials. The state is always saved in
    `directory`: the same call resumes after an interruption, and a call with more `trials`
    continues; completed trials do not run again. A trial fails if it diverges, or if its model
    cannot be built or trained; the table shows the reason, and the search continues. The seed
    determines the settings and the initial weights; on one CPU also the scores.

    Hyperparameters named "batch_size" and "epochs" replace the arguments of that name in the
    trial's fit. Hyperband chooses the epochs itself, so `build` must not ask for them there.

    The search ends early, and says so, when all settings of a space were tried.

    Args:
        build: a function that takes a `keras_tuner.HyperParameters`, asks it for values, and
            returns a compiled Keras model, such as `mlp_space`; or a `keras_tuner.HyperModel`. If
            that overrides `fit(hp, model, *args, **kwargs)`, it trains the trials; `epochs` and
            `batch_size` are then defaults of `model.fit`, and in `kwargs` only if `fit` has
            arguments of these names.
        data: a dict {"train": (x, y), "validation": (x, y)}, as for `model.fit`. A part may
            be (x, y, sample_weight), or a dataset of batches: a `tf.data.Dataset`, a
            `keras.utils.PyDataset`, or an object whose `__iter__` returns a new iterator.
        method: "random" (Bergstra and Bengio, 2012), "hyperband" (Li et al., 2018: many settings
            for a few epochs, the best for more) or "bayesian" (Snoek et al., 2012: a Gaussian
            process).
        trials: number of trials, including failed ones.
        epochs: number of epochs of a trial; for Hyperband the maximum.
        batch_size: number of examples in a batch.
        objective: a name in the history, such as "val_accuracy" or "val_loss", or a
            `keras_tuner.Objective`, which has a direction.
        directory: folder of the search, with the weights of each trial; None for a
            temporary one, which is deleted with the result.
        seed: an integer of at least 0.
        callbacks: a list of Keras callbacks; each trial gets copies.
        class_weight: a dict {class: weight} for the training loss, or None.
        executions_per_trial: number of models that are trained for each trial. The score is their
            mean; the weights of the best model are saved.
        client: a `distributed.Client` of a Dask cluster, whose workers run the trials in parallel;
            None to run them one after the other in this process.

    Returns:
        A `Search`.

    Raises:
        ValueError: before training, for an invalid setting, an empty space, an objective
            that is not logged, or a directory of another search.
        SearchBusy: if another process uses the directory.

    Example:
        >>> result = search(mlp_space, data, "random", trials=20, directory="search")
        ... # doctest: +SKIP
        >>> result.best_model().evaluate(x_test, y_test)  # doctest: +SKIP
    """
    folder = None
    if directory is None:
        folder = tempfile.TemporaryDirectory(prefix="mlcourse-search-")
        directory = folder.name
    plan = Plan(
        build,
        data,
        method,
        trials,
        epochs,
        batch_size,
        objective,
        checks.path("directory", directory),
        seed,
        callbacks,
        class_weight,
        executions_per_trial,
    )
    run(plan, client)
    return Search(plan, folder)


def run(plan, client=None, workers=0):
    """Run a search with a progress bar and a table, in this process or on a Dask cluster.

    Only this process asks the oracle for trials, tells it their results, and writes files.

    Args:
        plan: a `Plan`.
        client: a `distributed.Client`, or None.
        workers: number of workers of a cluster of `pools.local`; 0 for other clusters.
    """
    with (
        pools.pool(client, plan.runner(), plan.directory, workers) as pool,
        lock(plan.directory),
        LiveTable(plan.trials, "trial") as live,
    ):
        progress = _Progress(plan, live)
        progress.show()
        pools.complete(pool, progress.ask, progress.tell, progress.show)
        progress.show()


class _Progress:
    """Ask the oracle for trials, tell it their outcomes, and update the table.

    Args:
        plan: a `Plan`.
        live: a `LiveTable`.
    """

    def __init__(self, plan, live):
        self._oracle = plan.oracle()
        self._folder = plan.directory
        self._live = live
        self._unfinished = self._oracle.unfinished()
        self._running = {}

    def ask(self):
        """Return the number and the `Task` of the next trial; None if there is none now."""
        trial = self._unfinished.pop(0) if self._unfinished else self._oracle.ask()
        if trial is None:
            return None
        number = int(trial.trial_id)
        values = trial.hyperparameters.values
        self._running[number] = trial
        start = None
        if "tuner/trial_id" in values:  # Hyperband continues another trial
            folder = search_file.trial_folder(self._folder, values["tuner/trial_id"])
            start = (folder / WEIGHTS).read_bytes()
        self.show(number)
        return number, Task(number, values, start)

    def tell(self, number, outcome):
        """Save the result of a trial: its files first, as the oracle's file marks it as ended."""
        if isinstance(outcome, Killed):
            outcome = Outcome({}, str(outcome))
        trial = self._running.pop(number)
        folder = search_file.trial_folder(self._folder, number)
        folder.mkdir(exist_ok=True)
        files.remove_partial_files(folder)
        if outcome.weights is not None:
            with files.atomic_write(folder / WEIGHTS) as part:
                part.write_bytes(outcome.weights)
        if outcome.space is not None:
            hp = keras_tuner.HyperParameters.from_config(outcome.space)
            trial.hyperparameters.merge(hp, overwrite=False)
            search_file.write_active(self._folder, number, active_names(hp))
        if outcome.note:
            files.write_text(folder / search_file.NOTE, outcome.note)
        values = outcome.values or {self._oracle.objective.name: np.nan}
        durations = {"epochs": outcome.epochs, "seconds": outcome.seconds}
        self._oracle.tell(trial, {**values, **durations})
        self.show()

    def show(self, number=None, epoch=0):
        """Show the trials, and the last completed epoch of a running one."""
        trials = search_file.read(self._folder)
        status = "" if number is None else f"trial {number}"
        if epoch:
            status += f", epoch {epoch} done"
        self._live.show(trials, trials.ended, status)


def lock(directory):
    """Lock a directory for one search, within a `with` block."""
    checks.folder("directory", directory)
    rule = "directory must not be in use by another search"
    busy = SearchBusy(f"{rule}. Got {str(directory)!r} instead.")
    return lock_folder(directory, busy, LOCK_TIMEOUT)
