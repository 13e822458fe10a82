"""The settings of a search: checked before it starts, and compared with saved ones."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras_tuner

from mlcourse._core import checks, files
from mlcourse.history import direction
from mlcourse.training import splits
from mlcourse.training.runs.state import fingerprint
from mlcourse.tuning import search_file
from mlcourse.tuning.oracles import METHODS, add_conditional_space, make_oracle
from mlcourse.tuning.trial import (
    FIT_SETTINGS,
    WEIGHTS,
    TrialRunner,
    build_model,
    has_own_fit,
    load_weights,
)

PARTS = ("train", "validation")
OWN_FILES = ("lock", "logs", search_file.FILE)  # which another process may create meanwhile


@dataclass
class Plan:
    """The settings of a search.

    Attributes:
        build, data, method, trials, epochs, batch_size, objective, directory, seed, callbacks,
            class_weight, executions_per_trial: as for `mlcourse.tuning.search`; `objective`
            becomes a `keras_tuner.Objective`.
        space: the configurations of the hyperparameters that `build` declares.

    Raises:
        ValueError: for an invalid setting, an empty space, an objective that the model does not
            log, a directory with other content, or a `build` that returns no compiled Keras model.
    """

    build: Callable
    data: dict
    method: str
    trials: int
    epochs: int
    batch_size: int
    objective: object
    directory: Path
    seed: int
    callbacks: Sequence
    class_weight: dict | None = None
    executions_per_trial: int = 1

    def __post_init__(self):
        if not isinstance(self.build, keras_tuner.HyperModel):
            checks.function("build", self.build)
        checks.choice("method", self.method, METHODS)
        for name in ("trials", "epochs", "batch_size", "executions_per_trial"):
            checks.integer(name, getattr(self, name), 1)
        checks.seed(self.seed)
        self.data = splits.check(self.data, PARTS, for_fit=True)
        self.class_weight = _check_class_weight(self.class_weight, self.data)
        self.callbacks = _check_callbacks(self.callbacks)
        self.directory = checks.path("directory", self.directory).absolute()
        self.objective = _with_direction(self.objective)
        self.space = self._check_space()
        self.check_directory()

    @property
    def settings(self):
        """The settings that must not change when a search is resumed, as plain values."""
        objective = {"name": self.objective.name, "direction": self.objective.direction}
        return {
            "method": self.method,
            "objective": objective,
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "seed": self.seed,
            "space": self.space,
            "data": fingerprint(self.data),
            "class_weight": fingerprint(self.class_weight),
            "executions_per_trial": self.executions_per_trial,
        }

    def oracle(self):
        """Return the oracle of the search, new or resumed, after saving its state.

        Raises:
            ValueError: if another process has started another search in the directory.
        """
        oracle = make_oracle(self.method, self.objective, self.trials, self.epochs, self.seed)
        self.check_directory()
        if not self._has_search():
            add_conditional_space(self.build, oracle)
        oracle.begin(self.directory, self.settings)
        return oracle

    def runner(self):
        """Return the `TrialRunner` of the search."""
        options = {"epochs": self.epochs, "callbacks": self.callbacks}
        if not splits.is_batches(self.data["train"]):
            options["batch_size"] = self.batch_size
        if self.class_weight is not None:
            options["class_weight"] = self.class_weight
        executions = self.executions_per_trial
        return TrialRunner(self.build, self.data, options, self.seed, self.objective, executions)

    def model(self, number):
        """Return a trial's model with the weights of its best epoch."""
        trials = search_file.read_state(self.directory)["oracle"]["trials"]
        (state,) = (trial for trial in trials if int(trial["trial_id"]) == number)
        hp = keras_tuner.HyperParameters.from_config(state["hyperparameters"])
        model = build_model(self.build, hp, self.data["train"])
        load_weights(model, search_file.trial_folder(self.directory, number) / WEIGHTS)
        return model

    def _has_search(self):
        return (self.directory / search_file.FILE).exists()

    def _check_space(self):
        """Build a model with the default hyperparameters, check both, and return the space."""
        hp = keras_tuner.HyperParameters()
        is_hypermodel = isinstance(self.build, keras_tuner.HyperModel)
        build = self.build.build if is_hypermodel else self.build
        model = splits.check_compiled(build(hp))
        if not hp.space and not has_own_fit(self.build):
            rule = "build must ask hp for at least one hyperparameter, as in hp.Int('units', 8, 64)"
            raise ValueError(f"{rule}. Got an empty space instead.")
        if self.method == "hyperband" and "epochs" in hp.values:
            rule = "build must not ask hp for epochs, which Hyperband chooses"
            raise ValueError(f"{rule}. Got {hp.values['epochs']!r} instead.")
        for name in FIT_SETTINGS:
            if name in hp.values:
                checks.integer(f"hyperparameter {name}", hp.values[name], 1)
        if "batch_size" in hp.values and splits.is_batches(self.data["train"]):
            rule = "build must not ask hp for batch_size where train in data is a dataset"
            raise ValueError(f"{rule} of batches. Got {hp.values['batch_size']!r} instead.")
        logged = splits.logged_names(model, self.data)
        if not has_own_fit(self.build):  # which may return metrics of other names
            names = [*logged, *(f"val_{name}" for name in logged)]
            checks.choice("objective", self.objective.name, names)
        return [[type(spec).__name__, spec.get_config()] for spec in hp.space]

    def check_directory(self):
        """Raise ValueError unless the directory is empty, or contains this search."""
        checks.folder("directory", self.directory)
        if not self._has_search():
            for path in self.directory.glob("[!.]*"):
                if path.name not in OWN_FILES:
                    rule = "directory must be empty, or that of a search"
                    raise ValueError(f"{rule}. Got {str(path)!r} in it instead.")
            return
        saved = search_file.read_state(self.directory)["settings"]
        where = f"the search in {str(self.directory)!r}"
        for name, value in files.json_roundtrip(self.settings).items():
            checks.unchanged(name, where, value, saved.get(name))


def _check_class_weight(weights, data):
    """Return the weights by class as floats, or None; they exclude sample weights."""
    if weights is None:
        return None
    weights = checks.mapping("class_weight", weights, "integer labels to weights")
    if not splits.is_batches(data["train"]) and len(data["train"]) == 3:
        rule = "class_weight must be None where train in data has sample weights"
        raise ValueError(f"{rule}. Got {weights!r} instead.")
    checked = {}
    for label, weight in weights.items():
        label = checks.integer("a class in class_weight", label, 0)
        checked[label] = checks.number(f"class_weight of class {label}", weight, 0)
    return checked


def _check_callbacks(callbacks):
    """Return a list of callbacks; raise ValueError unless all can be copied."""
    callbacks = splits.callback_list(callbacks)
    for callback in callbacks:
        try:
            copy.deepcopy(callback)
        except Exception as error:
            rule = "callbacks must support copy.deepcopy, as each trial gets copies"
            raise ValueError(f"{rule}. Got {callback!r} instead: {error}.") from error
    return callbacks


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
