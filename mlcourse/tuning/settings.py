"""Checks of the settings of a search, before it starts."""

import copy

import keras_tuner

from mlcourse._core import checks, files
from mlcourse.history import direction
from mlcourse.training import splits
from mlcourse.tuning import search_file
from mlcourse.tuning.trial import FIT_SETTINGS, has_own_fit

OWN_FILES = ("lock", search_file.FILE)  # which another process may create meanwhile


def fit_options(data, epochs, batch_size, callbacks, class_weight):
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


def with_direction(objective):
    """Return a `keras_tuner.Objective`, with the direction of a loss or a metric of Keras."""
    if isinstance(objective, keras_tuner.Objective):
        return objective
    sign = direction(objective) if isinstance(objective, str) else 0
    if not sign:
        rule = "objective must be a loss or a metric with a known direction, such as"
        rule += " 'val_accuracy', or a keras_tuner.Objective"
        raise ValueError(f"{rule}. Got {objective!r} instead.")
    return keras_tuner.Objective(objective, "max" if sign > 0 else "min")


def check_space(build, data, method, objective):
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


def check_directory(directory, settings):
    """Raise ValueError unless a directory is empty, or contains a search with these settings."""
    checks.folder("directory", directory)
    try:
        saved = search_file.read_state(directory)["settings"]
    except FileNotFoundError:
        for path in directory.glob("[!.]*"):
            if path.name not in OWN_FILES:
                rule = "directory must be empty, or that of a search"
                raise ValueError(f"{rule}. Got {str(path)!r} in it instead.") from None
        return
    where = f"the search in {str(directory)!r}"
    for name, value in files.json_roundtrip(settings).items():
        checks.unchanged(name, where, value, saved.get(name))
