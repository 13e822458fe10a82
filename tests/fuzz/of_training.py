"""Property tests of training: callbacks, fits, runs, searches."""

import asyncio
import functools
import tempfile
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import strategies as st

from tests.fuzz import networks
from tests.fuzz.cases import Case, given
from tests.fuzz.networks import NO_MODEL
from tests.fuzz.strategies import NO_COUNT, NO_FLAG, NO_NUMBER, NO_SEED, NO_TEXT, NOT_POSITIVE

ELSEWHERE = {
    "callbacks.Stopped": "an exception",
    "diagnosis.Diagnosis": "a table; `diagnose` returns it",
    "diagnosis.DiagnosisCallback": "takes the arguments of `diagnose`",
    "diagnosis.Finding": "a record; `diagnose` returns them",
    "diagnosis.diagnose": "takes seconds; `tests/diagnosis` has its invalid arguments",
    "training.runs.Comparison": "`compare` returns it",
    "training.runs.RunUnreadable": "an exception",
    "tuning.Search": "`search` returns it",
    "tuning.SearchBusy": "an exception",
}

X, Y = networks.X, networks.Y
RATES = st.sampled_from([1e-6, 0.1, 1, np.float32(0.01)])
SEEDS = st.sampled_from([0, 1, 2**32 - 1])
NO_FIT_SEED = NO_SEED | st.just(2**32)
COUNTS = st.sampled_from([1, 2, np.int64(3)])


def _few(**strategies):
    """Return `given` with one order of the arguments, for fewer examples."""
    return st.builds(dict, **strategies)


def _callback():
    import keras

    return keras.callbacks.Callback()


def _plot():
    from mlcourse.callbacks import TrainingPlot

    return TrainingPlot()


PANELS = st.sampled_from([None, [["loss"]], ["accuracy"], (("a$b", "$\\frac{$"), ["auc"])])


def logs(plot, arguments):
    """Return whether a plot starts empty, accepts an epoch, and refuses non-numbers."""
    begins = plot.history == {} and ("panels" in arguments or len(plot.figure.axes) == 2)
    values = dict.fromkeys(("loss", "accuracy", "auc", "a$b", "$\\frac{$"), 0.5)
    plot.log(0, **values)
    for epoch, loss in ((1, None), (1, "0.5"), (1, [0.5, 0.4]), (-1, 0.5), (0.5, 0.5), (0, 0.4)):
        with pytest.raises(ValueError):
            plot.log(epoch, loss=loss)
    return begins and plot.history == {name: [0.5] for name in values}


HISTORIES = st.sampled_from([None, {"loss": [1.0, 0.5]}, [{"loss": [0.5]}], {"a": {"loss": [1]}}])
NO_HISTORIES = st.sampled_from([3, "loss", [3], {"loss": 3}, object()])
CALLBACKS = [
    Case(
        "callbacks.Controls",
        given(plot=st.none() | networks.later(_plot)),
        wrong={"plot": st.sampled_from(["plot", 3, object()])},
        check=lambda controls, _: not controls.paused,
    ),
    Case(
        "callbacks.CyclicLR",
        given(
            base_lr=st.sampled_from([0, 1e-4, 0.001]),
            max_lr=st.sampled_from([0.01, 1, 5]),
            step_size=COUNTS,
            mode=st.sampled_from(["triangular", "triangular2", "exp_range"]),
            gamma=st.sampled_from([0.5, 1, 0.999]),
            scale_fn=st.sampled_from([None, lambda cycle: 1 / cycle]),
        ),
        wrong={
            "base_lr": NO_NUMBER | st.just(-1),
            "max_lr": NO_NUMBER | st.just(-1),
            "step_size": NO_COUNT,
            "mode": st.sampled_from([None, 3, "square", ["triangular"]]),
            "gamma": NO_NUMBER | st.sampled_from([-1, 0, 1.1]),
            "scale_fn": st.sampled_from([3, "f"]),
        },
        check=lambda rate, arguments: rate.schedule([1]) <= arguments["max_lr"] * 1.001,
    ),
    Case(
        "callbacks.LearningRateFinder",
        given(
            low=st.sampled_from([1e-30, 1e-6, np.float32(0.01)]),
            high=st.sampled_from([1, 1e3]),
            steps=st.sampled_from([10, 100]),
            scale=st.sampled_from(["exponential", "linear"]),
        ),
        wrong={
            "low": NOT_POSITIVE | st.just(1e4),
            "high": NOT_POSITIVE | st.just(1e-31),
            "steps": NO_COUNT | st.just(9),
            "scale": st.sampled_from([None, 3, "log", ["linear"]]),
        },
        check=lambda finder, _: finder.sweep is None,
    ),
    Case(
        "callbacks.OneCycle",
        given(
            max_lr=RATES,
            pct_start=st.sampled_from([0.1, 0.5]),
            div_factor=st.sampled_from([1, 25.0]),
            final_div_factor=st.sampled_from([1, 1e4]),
            cycle_momentum=st.booleans(),
            base_momentum=st.sampled_from([1e-9, 0.85]),
            max_momentum=st.sampled_from([0.85, 0.95]),
        ),
        wrong={
            "max_lr": NOT_POSITIVE,
            "pct_start": NO_NUMBER | st.sampled_from([-0.1, 1.5]),
            "div_factor": NO_NUMBER | st.sampled_from([0, -1]),
            "final_div_factor": NO_NUMBER | st.sampled_from([0, -1]),
            "cycle_momentum": st.sampled_from([None, 1, "yes"]),
            "base_momentum": NO_NUMBER | st.sampled_from([0, -1, 0.99]),
            "max_momentum": NO_NUMBER | st.sampled_from([0, -1, 1]),
        },
    ),
    Case(
        "callbacks.ScheduledRate",
        given(schedule=st.sampled_from([lambda batch: 0.1, np.sqrt])),
        wrong={"schedule": st.sampled_from([None, 0.1, "cosine", [0.1]])},
        check=lambda rate, _: rate.history == {},
    ),
    Case(
        "callbacks.TrainingPlot",
        given(
            title=st.text(max_size=3),
            metrics=st.sampled_from([None, "accuracy", ["accuracy"], ("loss", "accuracy")]),
            log_scale=st.booleans(),
            batches=st.none() | COUNTS,
            last=st.none() | COUNTS,
            target=st.sampled_from([None, 0, 0.9, -1e300]),
            compare=HISTORIES,
            epochs=st.none() | COUNTS,
            max_overhead=st.sampled_from([1e-9, 0.05, 1]),
        )
        | given(
            title=st.sampled_from(["a$b", "$\\frac{$"]), panels=PANELS, epochs=st.none() | COUNTS
        ),
        wrong={
            "title": NO_TEXT,
            "panels": st.sampled_from([3, "loss", [], [3], [[]], [["loss"], ["val_loss"]]]),
            "epochs": st.sampled_from([0, -1, 1.5, "3", True]),
            "metrics": st.sampled_from([3, [], [3], [None]]),
            "log_scale": NO_FLAG,
            "batches": st.sampled_from([0, -1, 1.5, "3", True]),
            "last": st.sampled_from([0, -1, 1.5, "3", True]),
            "target": st.sampled_from(["high", np.nan, np.inf, True, [0.9]]),
            "compare": NO_HISTORIES,
            "path": st.sampled_from([3, "no such folder/plot.png", "plot.words", "", []]),
            "max_overhead": NOT_POSITIVE,
        },
        check=logs,
    ),
    Case(
        "callbacks.UpdateRatios",
        given(every=COUNTS),
        wrong={"every": NO_COUNT},
        check=lambda ratios, _: ratios.history == {},
    ),
    Case(
        "callbacks.find_learning_rate",
        _few(
            model=networks.later(networks.trained),
            x=st.just(X),
            y=st.just(Y),
            steps=st.just(10),
            batch_size=st.sampled_from([1, 32]),
            seeds=st.just(1),
        ),
        wrong={
            "model": NO_MODEL,
            "x": networks.no_batches,
            "y": networks.no_targets,
            "low": NOT_POSITIVE | st.just(2),
            "high": NOT_POSITIVE | st.just(1e-7),
            "steps": NO_COUNT | st.just(9),
            "batch_size": NO_COUNT,
            "seeds": NO_COUNT,
            "scale": st.sampled_from([None, 3, "log", ["linear"]]),
            "sample_weight": st.sampled_from([3, "x", [1.0]]),
        },
        check=lambda found, _: len(found.sweeps) == 1,
    ),
]


def _entered(context, _):
    with context:
        return True


def _awaited(coroutine, arguments):
    history = asyncio.run(coroutine)
    return len(history.history["loss"]) == arguments["epochs"]


FIT = {
    "model": networks.later(networks.trained),
    "x": st.just(X),
    "y": st.just(Y),
    "epochs": st.sampled_from([1, np.int64(2)]),
    "batch_size": st.sampled_from([None, 2]),
    "callbacks": networks.later(_callback),
    "verbose": st.just(0),
}
TRAINING = [
    Case(
        "training.distribute",
        given(devices=st.sampled_from([None, ["cpu:0"], ("CPU:0",)])),
        wrong={"devices": st.sampled_from(["cpu", 0, 1.5, [], ["tpu:9"], [None], 99, {}, True])},
        check=_entered,
    ),
    Case(
        "training.early_stopping",
        given(
            patience=COUNTS,
            monitor=st.sampled_from(["val_loss", "accuracy", "my_value"]),
            mode=st.sampled_from(["auto", "min", "max"]),
        ),
        wrong={"patience": NO_COUNT, "monitor": NO_TEXT, "mode": st.sampled_from(["", "mix", 3])},
    ),
    Case(
        "training.fit",
        _few(**FIT),
        wrong={
            "model": NO_MODEL | networks.later(networks.unbuilt),
            "x": networks.no_batches,
            "y": st.sampled_from([3, [], Y[:2], "y"]),
            "epochs": NO_COUNT,
            "batch_size": st.sampled_from([0, -1, 1.5, "3", True, [1]]),
            "callbacks": st.sampled_from([3, "plot", [3], [None], object()]),
            "run": st.sampled_from([3, "", "a/b", ".", ["a"], "a "]),
            "seed": NO_FIT_SEED,
        },
        check=lambda history, arguments: len(history.history["loss"]) == arguments["epochs"],
    ),
    Case("training.fit_live", _few(**FIT | {"epochs": st.just(1)}), check=_awaited),
    Case(
        "training.prepare_images",
        given(
            x=st.sampled_from([(2, 3, 4), (1, 2, 2, 3), (0, 2, 2)]).map(
                lambda shape: np.full(shape, 255, np.uint8)
            ),
            flatten=st.booleans(),
        ),
        wrong={
            "x": st.sampled_from(
                [None, "x", 3, [], [[1], [1, 2]], np.zeros((2, 3, 4)), np.zeros((2, 3), np.uint8)]
            ),
            "flatten": NO_FLAG,
        },
        check=lambda x, _: x.dtype == np.float32 and np.all((x >= 0) & (x <= 1)),
    ),
    Case("training.set_seed", given(seed=SEEDS), wrong={"seed": NO_FIT_SEED}),
    Case(
        "training.train_validation_split",
        given(
            x=st.sampled_from([list(range(12)), np.zeros((12, 2, 2)), np.arange(12) * 1e300]),
            y=st.sampled_from([[0, 1] * 6, ["a", "b"] * 6, np.zeros(12), [[0], [1]] * 6]),
            validation=st.sampled_from([3, 0.5, 0.25, np.int64(4)]),
            seed=SEEDS,
        ),
        wrong={
            "x": st.sampled_from([None, 3, "x", [1], [], [[1], [1, 2]] * 6]),
            "y": st.sampled_from([None, 3, "y", [1], [0, 1] * 5, list(range(12)), [0] * 11 + [1]])
            | st.sampled_from([[[0, 1]] * 12, [None] * 12, [np.nan] * 12]),
            "validation": NO_NUMBER | st.sampled_from([-1, 0, 11.5, 12, 13, 1e-9]),
            "seed": NO_FIT_SEED,
        },
        check=lambda parts, _: len(parts[0]) + len(parts[1]) == 12,
    ),
]


@functools.cache
def _kept():
    """Return the name of a run of one epoch."""
    from mlcourse import training

    training.fit(networks.trained(), X, Y, run="kept", verbose=0)
    return "kept"


@functools.cache
def _root():
    return tempfile.TemporaryDirectory(prefix="mlcourse-fuzz-")


def _folder(name):
    return f"{_root().name}/{name}"


def runs_folder():
    """Return the folder of runs that the cases use."""
    return _folder("runs")


NO_RUN = st.sampled_from([None, 3, "", "a/b", "no such run", ["kept"]])
RUNS = [
    Case(
        "training.runs.TrainingRun",
        given(name=networks.later(_kept)),
        wrong={"name": NO_RUN},
        check=lambda run, _: run.log.last == 1,
    ),
    Case(
        "training.runs.compare",
        given(
            names=st.none() | networks.later(_kept) | st.lists(networks.later(_kept), min_size=1)
        ),
        wrong={"names": st.sampled_from([3, [], "no such run", ["no such run"], [3], [None], {}])},
        check=lambda found, _: "kept" in str(found),
    ),
    Case("training.runs.list_runs", given(), check=lambda names, _: isinstance(names, list)),
    Case(
        "training.runs.load",
        given(name=networks.later(_kept)),
        wrong={"name": NO_RUN},
        check=lambda run, _: "loss" in run.history,
    ),
]


def build(hp=None, units=1):
    import keras

    layers = keras.layers
    units = hp.Choice("units", [1, 2]) if hp else units
    model = keras.Sequential([keras.Input((2,)), layers.Dense(units), layers.Dense(2, "softmax")])
    loss = "sparse_categorical_crossentropy"
    model.compile("sgd", loss, metrics=["accuracy"], run_eagerly=True)
    return model


def _hyperparameters():
    import keras_tuner

    return keras_tuner.HyperParameters()


DATA = {"train": (X, Y), "validation": (X, Y)}
NO_DATA = st.sampled_from([None, 3, [], {}, {"train": (X, Y)}, {**DATA, "more": (X, Y)}]) | (
    st.sampled_from([X, (X,), (X, Y[:2]), ("x", "y"), (X[:, :1], Y)]).map(
        lambda pair: {**DATA, "validation": pair}
    )
)
NO_BUILD = st.sampled_from([None, 3, "mlp", lambda *_: None, lambda *_: networks.unbuilt()])
NO_FOLDER = st.sampled_from([3, [], "setup.cfg"])
SPACE = {
    "hp": networks.later(_hyperparameters),
    "input_shape": st.sampled_from([(10, 10), [12, 10], (10, 10, 1)]),
}
NO_SPACE = {
    "hp": st.sampled_from([None, 3, {}, "hp"]),
    "input_shape": st.sampled_from([None, 0, "28", [], [0], (1.5, 2)]),
}
NO_CLIENT = st.sampled_from([3, "tls://127.0.0.1:8786", SimpleNamespace()])
TUNING = [
    *(
        Case(
            f"tuning.{name}",
            given(**SPACE),
            wrong=NO_SPACE,
            check=lambda model, arguments: model.compiled and arguments["hp"].space,
        )
        for name in ("cnn_space", "course_space", "mlp_space")
    ),
    Case(
        "tuning.classifier",
        given(build=st.just(build), units=COUNTS, epochs=COUNTS),
        wrong={"build": st.sampled_from([None, 3, "mlp"])},
        check=lambda found, arguments: found.get_params()["units"] == arguments["units"],
    ),
    Case(
        "tuning.ablation",
        _few(
            build=st.just(build),
            variants=st.sampled_from([{}, {"two": {"units": 2, "batch_size": 1}}]),
            data=st.just(DATA),
            epochs=st.just(1),
            repeats=st.just(1),
        ),
        wrong={
            "build": NO_BUILD,
            "variants": st.sampled_from(
                [None, 3, [], {"a": 3}, {"a": {"layers": 3}}, {"a": {"epochs": 0}}]
            ),
            "data": NO_DATA,
            "epochs": NO_COUNT,
            "batch_size": NO_COUNT,
            "repeats": NO_COUNT,
            "metrics": st.sampled_from([3, "accuracy", {}, ["no such metric"]]),
            "directory": NO_FOLDER,
            "seed": NO_FIT_SEED,
            "client": NO_CLIENT,
        },
        check=lambda table, arguments: len(table.fits) == len(arguments["variants"]) + 1,
    ),
    Case(
        "tuning.search",
        _few(
            build=st.just(build),
            data=st.just(DATA),
            trials=st.just(1),
            epochs=st.just(1),
            class_weight=st.sampled_from([None, {0: 1.0, 1: 2.0}]),
            executions_per_trial=st.sampled_from([1, 2]),
        ),
        wrong={
            "build": NO_BUILD,
            "data": NO_DATA,
            "class_weight": st.sampled_from([3, "balanced", {}, {"a": 1.0}, {0: -1.0}, {0: None}]),
            "executions_per_trial": NO_COUNT,
            "method": st.sampled_from([None, 3, "grid", ["random"]]),
            "trials": NO_COUNT,
            "epochs": NO_COUNT,
            "batch_size": NO_COUNT,
            "objective": st.sampled_from([None, 3, "no such value", "val_recall", ["val_loss"]]),
            "directory": NO_FOLDER | st.just("tests"),
            "seed": NO_FIT_SEED,
            "callbacks": st.sampled_from([3, "plot", [3], [None], SimpleNamespace()]),
            "client": NO_CLIENT,
        },
        check=lambda found, _: found.trials.ended == 1,
    ),
]
CASES = [*CALLBACKS, *TRAINING, *RUNS, *TUNING]
