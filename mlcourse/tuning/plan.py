"""What a search is to do: checked before it begins, and compared with what it began as."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras_tuner

from mlcourse._core import checks, files
from mlcourse.history import direction
from mlcourse.training import splits
from mlcourse.training.runs.state import fingerprint
from mlcourse.training.splits import callback_list
from mlcourse.tuning import search_file
from mlcourse.tuning.oracles import METHODS, explore, oracle
from mlcourse.tuning.trial import OF_FIT, WEIGHTS, Training, built, has_own_fit, load

PARTS = ("train", "validation")
OURS = ("lock", "logs", search_file.FILE)  # a search may have begun between two looks


@dataclass
class Plan:
    """A search's settings, as `search` takes them.

    Attributes:
        build, data, method, trials, epochs, batch_size, objective, directory, seed, callbacks,
            class_weight, executions_per_trial: see
            `mlcourse.tuning.search`.
        goal: the `keras_tuner.Objective`.
        space: the configurations of the hyperparameters that `build` asks for.

    Raises:
        ValueError: for a setting that cannot be, a space that is empty, an objective that the model
            does not log, a directory that has something else in it, or a `build` that returns no
            compiled Keras model.
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
        self.class_weight = _class_weight(self.class_weight, self.data)
        self.callbacks = _callbacks(self.callbacks)
        self.directory = checks.path("directory", self.directory).absolute()
        self.goal = _goal(self.objective)
        self.space = self._space()
        self.check_directory()

    @property
    def settings(self):
        """Returns what makes it this search and no other, in plain values."""
        return {
            "method": self.method,
            "objective": {"name": self.goal.name, "direction": self.goal.direction},
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "seed": self.seed,
            "space": self.space,
            "data": fingerprint(self.data),
            "class_weight": fingerprint(self.class_weight),
            "executions_per_trial": self.executions_per_trial,
        }

    def oracle(self):
        """Return the oracle of the search, new or resumed; its state is saved.

        Raises:
            ValueError: if another process has begun another search in the directory.
        """
        found = oracle(self.method, self.goal, self.trials, self.epochs, self.seed)
        self.check_directory()
        if not self.begun:
            explore(self.build, found)
        found.begin(self.directory, self.settings)
        return found

    def training(self):
        """Return the function that runs a trial."""
        options = {"epochs": self.epochs, "callbacks": self.callbacks}
        if not splits.is_batches(self.data["train"]):
            options["batch_size"] = self.batch_size
        if self.class_weight is not None:
            options["class_weight"] = self.class_weight
        executions = self.executions_per_trial
        return Training(self.build, self.data, options, self.seed, self.goal, executions)

    def model(self, number):
        """Return a trial's model with the weights of its best epoch."""
        trials = search_file.read_state(self.directory)["oracle"]["trials"]
        (state,) = (one for one in trials if int(one["trial_id"]) == number)
        hp = keras_tuner.HyperParameters.from_config(state["hyperparameters"])
        model = built(self.build, hp, self.data["train"])
        load(model, search_file.trial_folder(self.directory, number) / WEIGHTS)
        return model

    @property
    def begun(self):
        """Whether the directory has a search in it."""
        return (self.directory / search_file.FILE).exists()

    def _space(self):
        """Builds a model once, and returns what it asks for, if it can be trained for the goal."""
        hp = keras_tuner.HyperParameters()
        is_hypermodel = isinstance(self.build, keras_tuner.HyperModel)
        model = splits.compiled((self.build.build if is_hypermodel else self.build)(hp))
        if not hp.space and not has_own_fit(self.build):
            rule = "build must ask hp for at least one hyperparameter, as in hp.Int('units', 8, 64)"
            raise ValueError(f"{rule}. Got an empty space instead.")
        if self.method == "hyperband" and "epochs" in hp.values:
            rule = "build must not ask hp for epochs, which Hyperband chooses"
            raise ValueError(f"{rule}. Got {hp.values['epochs']!r} instead.")
        for name in OF_FIT:
            if name in hp.values:
                checks.integer(f"hyperparameter {name}", hp.values[name], 1)
        if "batch_size" in hp.values and splits.is_batches(self.data["train"]):
            rule = "build must not ask hp for batch_size where train in data is a dataset"
            raise ValueError(f"{rule} of batches. Got {hp.values['batch_size']!r} instead.")
        logged = splits.logged(model, self.data)
        known = [*logged, *(f"val_{name}" for name in logged)]
        if not has_own_fit(self.build):  # which may return values of other names
            checks.choice("objective", self.goal.name, known)
        return [[type(one).__name__, one.get_config()] for one in hp.space]

    def check_directory(self):
        """Raises unless the directory is empty, or has this search in it."""
        checks.folder("directory", self.directory)
        if not self.begun:
            others = [one for one in self.directory.glob("[!.]*") if one.name not in OURS]
            if others:
                rule = "directory must be empty, or that of a search"
                raise ValueError(f"{rule}. Got {str(others[0])!r} in it instead.")
            return
        found = search_file.read_state(self.directory)["settings"]
        mine = files.json_roundtrip(self.settings)
        for name, value in mine.items():
            where = f"the search in {str(self.directory)!r}"
            checks.unchanged(name, where, value, found.get(name))


def _class_weight(weights, data):
    """Returns weights by class as floats, if they are such and nothing else weighs examples."""
    if weights is None:
        return None
    weights = checks.mapping("class_weight", weights, "integer labels to weights")
    if not splits.is_batches(data["train"]) and len(data["train"]) == 3:
        rule = "class_weight must be None where train in data has sample weights"
        raise ValueError(f"{rule}. Got {weights!r} instead.")
    return {
        checks.integer("a class in class_weight", label, 0): checks.number(
            f"class_weight of class {label}", weight, 0
        )
        for label, weight in weights.items()
    }


def _callbacks(callbacks):
    """Returns a list of callbacks, if all are Keras's, and can be copied."""
    callbacks = callback_list(callbacks)
    for one in callbacks:
        try:
            copy.deepcopy(one)
        except Exception as error:
            rule = "callbacks must be such as copy.deepcopy can copy, as each trial gets copies"
            raise ValueError(f"{rule}. Got {one!r} instead: {error}.") from error
    return callbacks


def _goal(objective):
    """Returns a `keras_tuner.Objective` whose direction is known."""
    if isinstance(objective, keras_tuner.Objective):
        return objective
    way = direction(objective) if isinstance(objective, str) else 0
    if not way:
        rule = "objective must be a name of which it is known whether large or small is good"
        rule += ", such as 'val_accuracy', or a keras_tuner.Objective"
        raise ValueError(f"{rule}. Got {objective!r} instead.")
    return keras_tuner.Objective(objective, "max" if way > 0 else "min")
