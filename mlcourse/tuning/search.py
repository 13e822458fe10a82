"""`search`: many settings of the hyperparameters, tried by Keras Tuner, kept as they end."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import keras_tuner
import numpy as np

from mlcourse._core import checks, files
from mlcourse._core.files import lock_folder
from mlcourse.callbacks.live_output import LiveTable
from mlcourse.tuning import pools, search_file
from mlcourse.tuning.plan import Plan
from mlcourse.tuning.search_file import SearchBusy
from mlcourse.tuning.trial import WEIGHTS, Outcome, Task
from mlcourse.tuning.worker import Killed

if TYPE_CHECKING:
    import distributed
    import keras

PATIENCE = 10  # seconds to wait for a process that was killed to let go of the directory


class Search:
    """A search that has ended; a notebook shows its trials, the best first.

    Attributes:
        trials: a `mlcourse.tuning.trials.Trials`.
        directory: the folder that it is kept in.

    Example:
        >>> found = search(mlp_space, data, trials=20)  # doctest: +SKIP
        >>> found.trials.best.score  # doctest: +SKIP
        0.8912
    """

    def __init__(self, plan: Plan, folder: tempfile.TemporaryDirectory | None = None) -> None:
        self._plan, self._folder = plan, folder  # a temporary folder lives as long as this does
        self.directory = plan.directory
        self.trials = search_file.read(plan.directory)

    def best_model(self) -> keras.Model:
        """Returns the best trial's model, with the weights that it had after its best epoch.

        Raises:
            ValueError: if no trial has completed.
        """
        if self.trials.best is None:
            words = self.trials.status()
            raise ValueError(f"a search must have a trial that completed. Got {words} instead.")
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
    """Tries settings of hyperparameters and returns what came of it, with the best model.

    Each trial is a model that is trained for some epochs; its score is the objective after the best
    of them. A bar, and in a notebook a table, show how far the search is. All that is known is in
    `directory` at each moment: the same call goes on where the process was killed, and runs no
    trial again that has ended. To ask for more trials, call it with more. A trial that diverges,
    or whose model cannot be built or trained, counts as failed: the table says why, and the search
    goes on. One seed gives one series of settings and of initial weights; one call on one CPU gives
    the same scores again.

    Hyperparameters named "batch_size" and "epochs" are those of the trial's fit, in place of the
    arguments here. Hyperband chooses the epochs itself, so `build` must not ask for them there.

    Where all settings of a space have been tried, the search ends early, and says so.

    Args:
        build: a function that takes a `keras_tuner.HyperParameters`, asks it for values, and
            returns a compiled Keras model, such as `mlp_space`; or a `keras_tuner.HyperModel`. Its
            `fit(hp, model, *args, **kwargs)` trains a trial if it has one of its own; `epochs` and
            `batch_size` are then defaults of `model.fit`, and in `kwargs` only if `fit` names them.
        data: a dict {"train": (x, y), "validation": (x, y)}, as `model.fit` takes them. A part may
            be (x, y, sample_weight), or a dataset of batches: a `tf.data.Dataset`, a
            `keras.utils.PyDataset`, or an object whose `__iter__` returns a new iterator.
        method: "random" (Bergstra and Bengio, 2012), "hyperband" (Li et al., 2018: many settings
            for a few epochs, the best for more) or "bayesian" (Snoek et al., 2012: where a Gaussian
            process expects most).
        trials: how many there are to be, those that fail included.
        epochs: of a trial; for Hyperband the most of a trial.
        batch_size: examples a batch.
        objective: a name from the history, such as "val_accuracy" or "val_loss", or a
            `keras_tuner.Objective`, which says the direction too.
        directory: a folder to keep the search in, with the weights of each trial; None for a
            temporary one, which goes with the result.
        seed: a whole number from 0 on.
        callbacks: a list of Keras callbacks; each trial gets copies.
        class_weight: a dict {class: weight} for the loss in training, or None.
        executions_per_trial: number of models that are trained for each trial. The score is their
            mean; the weights of the best model are saved.
        client: a `distributed.Client` of a Dask cluster, on whose workers the trials run at the
            same time; None to run one after the other in this process.

    Returns:
        A `Search`.

    Raises:
        ValueError: before work starts, for a setting that cannot be, an empty space, an objective
            that is not logged, or a directory of another search.
        SearchBusy: if another process is at that search.

    Example:
        >>> found = search(mlp_space, data, "random", trials=20, directory="search")
        ... # doctest: +SKIP
        >>> found.best_model().evaluate(x_test, y_test)  # doctest: +SKIP
    """
    folder = tempfile.TemporaryDirectory(prefix="mlcourse-search-") if directory is None else None
    where = Path(folder.name) if folder else checks.path("directory", directory)
    plan = Plan(
        build,
        data,
        method,
        trials,
        epochs,
        batch_size,
        objective,
        where,
        seed,
        callbacks,
        class_weight,
        executions_per_trial,
    )
    run(plan, client)
    return Search(plan, folder)


def run(plan, client=None, workers=0):
    """Run a search with its bar and its table, in this process or on a Dask cluster.

    This process alone asks the oracle for trials, tells it their results, and writes files.

    Args:
        plan: a `Plan`.
        client: a `distributed.Client`, or None.
        workers: number of workers, if the cluster is one of `cluster.local`.
    """
    with (
        pools.pool(client, plan.training(), plan.directory, workers) as pool,
        lock(plan.directory),
        LiveTable(plan.trials, "trial") as live,
    ):
        asking = _Asking(plan, live)
        asking.show()
        pools.complete(pool, asking.ask, asking.tell, asking.show)
        asking.show()


class _Asking:
    """Ask an oracle for trials, tell it their outcomes, and show how far the search is.

    Args:
        plan: a `Plan`.
        live: a `LiveTable`.
    """

    def __init__(self, plan, live):
        self._oracle, self._folder, self._live = plan.oracle(), plan.directory, live
        self._unfinished, self._running = self._oracle.unfinished(), {}

    def ask(self):
        """Return the number and the `Task` of the next trial; None if there is none now."""
        trial = self._unfinished.pop(0) if self._unfinished else self._oracle.ask()
        if trial is None:
            return None
        number, values = int(trial.trial_id), trial.hyperparameters.values
        self._running[number] = trial
        start = None
        if "tuner/trial_id" in values:  # Hyperband continues another trial
            folder = search_file.trial_folder(self._folder, values["tuner/trial_id"])
            start = (folder / WEIGHTS).read_bytes()
        self.show(number)
        return number, Task(number, values, start)

    def tell(self, number, outcome):
        """Save the end of a trial: its files first, as it has ended once the oracle says so."""
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
            asked = keras_tuner.HyperParameters.from_config(outcome.space)
            trial.hyperparameters.merge(asked, overwrite=False)
            names = [one.name for one in asked.space if asked.is_active(one)]
            search_file.write_asked(self._folder, number, list(dict.fromkeys(names)))
        if outcome.note:
            files.write_text(folder / search_file.NOTE, outcome.note)
        values = outcome.values or {self._oracle.objective.name: np.nan}
        numbers = {"epochs": outcome.epochs, "seconds": outcome.seconds}
        self._oracle.tell(trial, {**values, **numbers})
        self.show()

    def show(self, number=None, epoch=0):
        """Show the trials, and which epoch of which one has ended."""
        seen = search_file.read(self._folder)
        now = "" if number is None else f"trial {number}"
        self._live.show(seen, seen.ended, f"{now}, epoch {epoch} done" if epoch else now)


def lock(directory):
    """Hold a directory for one search, during a `with` block."""
    checks.folder("directory", directory)
    rule = "directory must be one in which no search runs"
    busy = SearchBusy(f"{rule}. Got {str(directory)!r} instead.")
    return lock_folder(directory, busy, PATIENCE)
