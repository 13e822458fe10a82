"""`search`: a hyperparameter search by Keras Tuner that can be interrupted and resumed."""

from __future__ import annotations

import copy
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import keras_tuner
import numpy as np

from mlcourse._core import checks, files
from mlcourse._core.task_process import Killed
from mlcourse.callbacks.live_output import LiveTable
from mlcourse.history import direction
from mlcourse.training import splits
from mlcourse.training.runs.state import fingerprint
from mlcourse.tuning import pools, search_file
from mlcourse.tuning.oracles import METHODS, make_oracle
from mlcourse.tuning.trial import (
    FIT_SETTINGS,
    WEIGHTS,
    Outcome,
    TrialRunner,
    active_names,
    build_model,
    has_own_fit,
    load_weights,
)

if TYPE_CHECKING:
    import distributed
    import keras
PARTS = ("train", "validation")


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

    def __init__(
        self,
        build: Callable | keras_tuner.HyperModel,
        data: dict[str, object],
        directory: Path,
        folder: tempfile.TemporaryDirectory | None = None,
    ) -> None:
        self._build = build
        self._data = data
        self._folder = folder  # a reference: the temporary folder lives as long as this object
        self.directory = directory
        self.trials = search_file.read(directory)

    def best_model(self) -> keras.Model:
        """Return the model of the best trial, with the weights after its best epoch.

        Raises:
            ValueError: if no trial has completed.
        """
        if self.trials.best is None:
            rule = "a search must have a trial that completed"
            raise ValueError(f"{rule}. Got {self.trials.status()} instead.")
        return self._model(self.trials.best.number)

    def _model(self, number):
        trials = search_file.read_state(self.directory)["trials"]
        hp = keras_tuner.HyperParameters.from_config(trials[number]["hyperparameters"])
        model = build_model(self._build, hp, self._data["train"])
        load_weights(model, search_file.trial_folder(self.directory, number) / WEIGHTS)
        return model

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
    goal, settings = check_settings(method, trials, epochs, batch_size, objective, seed, directory)
    checks.integer("executions_per_trial", executions_per_trial, 1)
    data = splits.check(data, PARTS, for_fit=True)
    options = _fit_options(data, epochs, batch_size, callbacks, class_weight)
    pools.check_client(client)
    fixed = {
        **settings,
        "space": _check_space(build, data, method, goal),
        "data": fingerprint(data),
        "class_weight": fingerprint(class_weight),
        "executions_per_trial": executions_per_trial,
    }
    folder = None
    if directory is None:
        folder = tempfile.TemporaryDirectory(prefix="mlcourse-search-")
        directory = folder.name
    directory = checks.path("directory", directory).absolute()
    runner = TrialRunner(build, data, options, seed, goal, executions_per_trial)
    oracle = make_oracle(method, goal, trials, epochs, seed)
    with search_file.lock(directory), LiveTable(trials, "trial") as live:
        search_file.check_folder(directory, fixed)
        oracle.begin(build, directory, fixed)
        progress = _Progress(oracle, directory, live)
        progress.show()
        pools.run(client, runner, progress.ask, progress.tell, progress.show)
        progress.show()
    return Search(build, data, directory, folder)


def check_settings(method, trials, epochs, batch_size, objective, seed, directory):
    """Check the settings of a search that need no data.

    Returns:
        The `keras_tuner.Objective`, and a dict of the settings that a resumed search must have.

    Raises:
        ValueError: for an invalid setting, or a directory of a search with other settings.
    """
    checks.choice("method", method, METHODS)
    for name, value in {"trials": trials, "epochs": epochs, "batch_size": batch_size}.items():
        checks.integer(name, value, 1)
    checks.seed(seed)
    goal = _with_direction(objective)
    settings = {
        "method": method,
        "objective": {"name": goal.name, "direction": goal.direction},
        "epochs": epochs,
        "batch_size": batch_size,
        "seed": seed,
    }
    if directory is not None:
        search_file.check_folder(checks.path("directory", directory).absolute(), settings)
    return goal, settings


def _fit_options(data, epochs, batch_size, callbacks, class_weight):
    """Return the arguments of the fits of all trials, a dict, after checking them."""
    callbacks = splits.callback_list(callbacks)
    for callback in callbacks:
        try:
            copy.deepcopy(callback)
        except Exception as error:
            rule = "callbacks must support copy.deepcopy, as each trial gets copies"
            raise ValueError(f"{rule}. Got {callback!r} instead: {error}.") from error
    options = {"epochs": epochs, "callbacks": callbacks}
    if not splits.is_batches(data["train"]):
        options["batch_size"] = batch_size
    if class_weight is None:
        return options
    class_weight = checks.mapping("class_weight", class_weight, "integer labels to weights")
    for label, weight in class_weight.items():
        checks.integer("a class in class_weight", label, 0)
        checks.number(f"class_weight of class {label}", weight, 0)
    if not splits.is_batches(data["train"]) and len(data["train"]) == 3:
        rule = "class_weight must be None where train in data has sample weights"
        raise ValueError(f"{rule}. Got {class_weight!r} instead.")
    return {**options, "class_weight": class_weight}


def _with_direction(objective):
    """Return a `keras_tuner.Objective`, with the direction of a loss or a metric of Keras."""
    if isinstance(objective, keras_tuner.Objective):
        return objective
    sign = direction(objective) if isinstance(objective, str) else 0
    if not sign:
        rule = "objective must be a loss or a metric with a known direction, such as"
        rule += " 'val_accuracy', or a keras_tuner.Objective"
        raise ValueError(f"{rule}. Got {objective!r} instead.")
    return keras_tuner.Objective(objective, "max" if sign > 0 else "min")


def _check_space(build, data, method, objective):
    """Build a model with the default hyperparameters, check both, and return the space."""
    if not isinstance(build, keras_tuner.HyperModel):
        checks.function("build", build)
    hp = keras_tuner.HyperParameters()
    build_function = build.build if isinstance(build, keras_tuner.HyperModel) else build
    model = splits.check_compiled(build_function(hp))
    if not hp.space and not has_own_fit(build):
        rule = "build must ask hp for at least one hyperparameter, as in hp.Int('units', 8, 64)"
        raise ValueError(f"{rule}. Got an empty space instead.")
    if method == "hyperband" and "epochs" in hp.values:
        rule = "build must not ask hp for epochs, which Hyperband chooses"
        raise ValueError(f"{rule}. Got {hp.values['epochs']!r} instead.")
    for name in FIT_SETTINGS:
        if name in hp.values:
            checks.integer(f"hyperparameter {name}", hp.values[name], 1)
    if "batch_size" in hp.values and splits.is_batches(data["train"]):
        rule = "build must not ask hp for batch_size where train in data is a dataset"
        raise ValueError(f"{rule} of batches. Got {hp.values['batch_size']!r} instead.")
    logged = splits.logged_names(model, data)
    if not has_own_fit(build):  # which may return metrics of other names
        checks.choice("objective", objective.name, [*logged, *(f"val_{name}" for name in logged)])
    return [[type(spec).__name__, spec.get_config()] for spec in hp.space]


class _Progress:
    """Ask the oracle for trials, tell it their outcomes, and update the table.

    Args:
        oracle: an oracle of `oracles.make_oracle`, which has begun.
        folder: folder of the search.
        live: a `LiveTable`.
    """

    def __init__(self, oracle, folder, live):
        self._oracle = oracle
        self._folder = folder
        self._live = live
        self._unfinished = oracle.unfinished()
        self._running = {}

    def ask(self):
        """Return the number and the task of the next trial; None if there is none now."""
        trial = self._unfinished.pop(0) if self._unfinished else self._oracle.ask()
        if trial is None:
            return None
        number = int(trial.trial_id)
        values = trial.hyperparameters.values
        self._running[number] = trial
        weights = None
        if "tuner/trial_id" in values:  # Hyperband continues another trial
            folder = search_file.trial_folder(self._folder, values["tuner/trial_id"])
            weights = (folder / WEIGHTS).read_bytes()
        self.show(number)
        return number, (number, values, weights)

    def tell(self, number, outcome):
        """Save the result of a trial: its weights first, as the oracle's file marks it as ended."""
        if isinstance(outcome, Killed):
            outcome = Outcome(np.nan, str(outcome))
        trial = self._running.pop(number)
        if outcome.weights is not None:
            folder = search_file.trial_folder(self._folder, number)
            folder.mkdir(exist_ok=True)
            files.remove_partial_files(folder)
            with files.atomic_write(folder / WEIGHTS) as part:
                part.write_bytes(outcome.weights)
        result = {
            "status": "failed" if outcome.note else "completed",
            "epochs": outcome.epochs,
            "note": outcome.note,
        }
        for name in ("score", "seconds"):
            if not np.isnan(value := getattr(outcome, name)):  # JSON has no NaN
                result[name] = value
        if outcome.hp is not None:
            trial.hyperparameters.merge(outcome.hp, overwrite=False)
            result["active"] = active_names(outcome.hp)
        self._oracle.tell(trial, result)
        self.show()

    def show(self, number=None, epoch=0):
        """Show the trials, and the last completed epoch of a running one."""
        trials = search_file.read(self._folder)
        status = "" if number is None else f"trial {number}"
        if epoch:
            status += f", epoch {epoch} done"
        self._live.show(trials, trials.ended, status)
