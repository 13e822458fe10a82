import json
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from itertools import count

import keras
import numpy as np
import pandas as pd
import pytest
from filelock import FileLock

from mlcourse import CyclicLR, OneCycle, TrainingPlot, training
from mlcourse._core import files
from mlcourse.callbacks import ScheduledRate
from mlcourse.training import runs
from mlcourse.training.runs import run
from mlcourse.training.runs.state import fingerprint

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(48, 4)).astype("float32"), RNG.integers(0, 2, 48)
X_VAL, Y_VAL = RNG.normal(size=(32, 4)).astype("float32"), RNG.integers(0, 2, 32)
BATCHES = 3  # of 16 examples
EPOCHS = 4

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    path = tmp_path / "runs"
    monkeypatch.setenv("MLCOURSE_RUNS", str(path))
    return path


def network(seed=0, units=8, optimizer=None, metrics=("accuracy",), dropout=0.3, **settings):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    optimizer = optimizer or keras.optimizers.Adam(0.05)
    settings = {"loss": "sparse_categorical_crossentropy", "run_eagerly": True, **settings}
    model.compile(optimizer, metrics=list(metrics), **settings)  # eager fits start faster
    return model


def linear(seed=0, **settings):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
    settings = {"metrics": ["accuracy"], "run_eagerly": True, **settings}
    model.compile("sgd", **{"loss": "sparse_categorical_crossentropy", **settings})
    return model


def fit(model, run="one", callbacks=(), **options):
    data = {"x": X, "y": Y, "validation_data": (X_VAL, Y_VAL), "batch_size": 16, "verbose": 0}
    options = {**data, "epochs": EPOCHS, **options}
    return training.fit(model, run=run, callbacks=list(callbacks), **options)


class Breaks(keras.callbacks.Callback):
    """Interrupt a fit in one of its hooks."""

    def __init__(self, hook, epoch, error=KeyboardInterrupt):
        super().__init__()
        self._where, self._error, self._epoch = (hook, epoch), error, None

    def _here(self, hook):
        if (hook, self._epoch) == self._where:
            raise self._error

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        self._here("on_epoch_begin")

    def on_train_batch_begin(self, batch, logs=None):
        if batch == 1:
            self._here("on_train_batch_begin")

    def on_epoch_end(self, epoch, logs=None):
        self._here("on_epoch_end")


class Counts(keras.callbacks.Callback):
    """Count the training batches."""

    def __init__(self):
        super().__init__()
        self.batches = 0

    def on_train_batch_begin(self, batch, logs=None):
        self.batches += 1


def watchers():
    """Return callbacks with a state that a resumed fit needs."""
    stop = keras.callbacks.EarlyStopping("val_loss", patience=4, restore_best_weights=True)
    slower = keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=2)
    return [stop, slower]


def state(model):
    """Return the weights of a model and of its optimizer."""
    optimizer = [keras.ops.convert_to_numpy(one) for one in model.optimizer.variables]
    return [*model.get_weights(), *optimizer]


def assert_same_history(found, expected):
    found, expected = (getattr(one, "history", one) for one in (found, expected))
    assert list(found) == list(expected)
    for name, values in expected.items():
        np.testing.assert_array_equal(np.array(found[name]), np.array(values), err_msg=name)


def assert_same_state(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def contents(path):
    """Return the bytes of all files except the lock, which is empty."""
    return {one.name: one.read_bytes() for one in path.iterdir() if one.name != "lock"}


def break_and_go_on(make, callbacks, breaks, run="broken", **options):
    """Fit until the interruption, resume with a new model; return it and its history."""
    with pytest.raises(KeyboardInterrupt):
        fit(make(0), run, [*callbacks(), breaks], **options)
    known = runs.load(run).log.last
    model = make(9)  # other initial weights, to be replaced
    counts = Counts()
    history = fit(model, run, [*callbacks(), counts], **options)
    assert counts.batches == BATCHES * (len(history.history["loss"]) - known)
    return model, history


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """Return the history and the model of an uninterrupted fit with stateful callbacks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLCOURSE_RUNS", str(tmp_path_factory.mktemp("unbroken")))
        model = network()
        history = fit(model, callbacks=watchers(), epochs=20)
    assert 5 < len(history.history["loss"]) < 20  # it was stopped early
    assert len(set(history.history["learning_rate"])) > 1
    return history, state(model)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Return a completed fit of a linear model, and the folder of its run."""
    path = tmp_path_factory.mktemp("plain")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLCOURSE_RUNS", str(path))
        model = linear()
        history = fit(model, epochs=4)
    return history, state(model), path / "one"


@pytest.fixture
def finished(plain, folder):
    """Copy the completed run to the folder of this test."""
    shutil.copytree(plain[2], folder / "one")
    return folder / "one"


@pytest.mark.parametrize(
    ("hook", "epoch"),
    [
        ("on_epoch_end", 0),
        ("on_train_batch_begin", 3),
        ("on_epoch_begin", 5),
    ],
)
def test_a_fit_that_was_broken_ends_as_one_in_one_go(unbroken, hook, epoch):
    model, history = break_and_go_on(network, watchers, Breaks(hook, epoch), epochs=20)
    assert_same_history(history, unbroken[0])
    assert history.epoch == unbroken[0].epoch
    assert_same_state(state(model), unbroken[1])
    assert_same_history(runs.load("broken"), unbroken[0])


def test_a_compiled_model_resumes_after_an_error():
    def make(seed=0):
        return network(seed, run_eagerly=False)

    whole = make()
    expected = fit(whole, "whole", epochs=3)
    model, history = break_and_go_on(make, list, Breaks("on_train_batch_begin", 1), epochs=3)
    assert_same_history(history, expected)
    assert_same_state(state(model), state(whole))


@pytest.mark.slow
def test_a_fit_may_be_broken_again_and_again(unbroken):
    for hook, epoch in [("on_epoch_end", 1), ("on_train_batch_begin", 1), ("on_epoch_begin", 3)]:
        with pytest.raises(KeyboardInterrupt):
            fit(network(), callbacks=[*watchers(), Breaks(hook, epoch)], epochs=20)
    model = network(9)
    assert_same_history(fit(model, callbacks=watchers(), epochs=20), unbroken[0])
    assert_same_state(state(model), unbroken[1])


@pytest.mark.slow
def test_the_same_model_and_callbacks_may_resume(unbroken):
    model, callbacks = network(), watchers()
    with pytest.raises(KeyboardInterrupt):
        fit(model, callbacks=[*callbacks, Breaks("on_train_batch_begin", 3)], epochs=20)
    assert_same_history(fit(model, callbacks=callbacks, epochs=20), unbroken[0])
    assert_same_state(state(model), unbroken[1])


@pytest.mark.parametrize(
    "rate",
    [
        lambda: CyclicLR(0.01, 0.1, step_size=4, mode="triangular2"),
        lambda: ScheduledRate(lambda step: 0.1 * 0.9**step),
        lambda: OneCycle(0.1),
    ],
    ids=["CyclicLR", "ScheduledRate", "OneCycle"],
)
def test_a_schedule_resumes_at_its_epoch(rate):
    callbacks = [rate() for _ in range(3)]
    whole, again = network(), iter(callbacks[1:])
    expected = fit(whole, "whole", [callbacks[0]])
    breaks = Breaks("on_train_batch_begin", 2)
    model, history = break_and_go_on(network, lambda: [next(again)], breaks)
    assert_same_history(history, expected)
    assert_same_state(state(model), state(whole))
    assert_same_history(callbacks[2].history, callbacks[0].history)


def test_an_improvement_that_is_too_small_stays_too_small():
    def stop():
        return [keras.callbacks.EarlyStopping("loss", patience=2, min_delta=0.05)]

    expected = fit(linear(), "whole", stop(), epochs=6)
    assert len(expected.history["loss"]) < 6
    breaks = Breaks("on_epoch_begin", 1)
    history = break_and_go_on(linear, stop, breaks, epochs=6)[1]
    assert_same_history(history, expected)


@pytest.mark.parametrize("epoch", [1, 2])
def test_validation_in_some_epochs_has_the_right_epochs(epoch):
    expected = fit(linear(), "whole", validation_freq=2, epochs=4)
    plots = []

    def plot():
        plots.append(TrainingPlot())
        return plots[-1:]

    breaks = Breaks("on_epoch_begin", epoch)
    history = break_and_go_on(linear, plot, breaks, validation_freq=2, epochs=4)[1]
    assert_same_history(history, expected)
    assert plots[-1].epoch_history.epochs["val_loss"] == [2, 4]
    assert runs.load("broken").log.epochs["val_loss"] == [2, 4]


def test_a_plot_shows_the_whole_history_of_a_resumed_fit(capsys):
    plots = []

    def plot():
        plots.append(TrainingPlot("broken"))
        return plots[-1:]

    history = break_and_go_on(linear, plot, Breaks("on_train_batch_begin", 3), epochs=6)[1]
    first, second = plots
    assert first.epoch_history.last == 3
    assert_same_history(second.history, history)
    line = second._display.lines["val_loss"]
    assert list(line.get_xdata()) == [1, 2, 3, 4, 5, 6]
    assert list(line.get_ydata()) == history.history["val_loss"]
    assert second.figure.get_suptitle().startswith("broken\nepoch 6 of 6")
    lines = capsys.readouterr().err.strip().splitlines()
    assert [one.split(" · ")[0] for one in lines] == [f"epoch {i} of 6" for i in range(1, 7)]


def test_a_plot_of_a_finished_run_shows_it(finished, plain):
    plot = TrainingPlot()
    fit(linear(9), callbacks=[plot], epochs=4)
    assert_same_history(plot.history, plain[0])
    assert plot.figure.get_suptitle().startswith("epoch 4 of 4")


def test_a_finished_run_is_not_trained_again(finished, plain):
    before, model, counts = contents(finished), linear(9), Counts()
    history = fit(model, callbacks=[counts], epochs=4)
    assert counts.batches == 0
    assert_same_history(history, plain[0])
    assert history.epoch == [0, 1, 2, 3]
    assert_same_state(state(model), plain[1])
    assert contents(finished) == before


def test_a_run_that_was_stopped_early_stays_ended(unbroken):
    model = network()
    fit(model, callbacks=watchers(), epochs=20)
    again, counts = network(9), Counts()
    history = fit(again, callbacks=[*watchers(), counts], epochs=20)
    assert counts.batches == 0
    assert_same_history(history, unbroken[0])
    assert_same_state(state(again), unbroken[1])


def test_more_epochs_resume(finished, plain):
    counts, model, longer = Counts(), linear(9), linear()
    history = fit(model, callbacks=[counts], epochs=6)
    assert counts.batches == 2 * BATCHES
    assert_same_history(history, fit(longer, "longer", epochs=6))
    assert_same_state(state(model), state(longer))
    assert runs.load("one").config["epochs"] == 6


def stopped_early():
    """Train two of four epochs: no loss improves by `min_delta`."""
    stop = keras.callbacks.EarlyStopping("loss", patience=1, min_delta=99)
    assert len(fit(linear(), callbacks=[stop]).epoch) == 2


def test_more_epochs_resume_though_the_first_of_them_is_killed():
    stopped_early()
    with pytest.raises(KeyboardInterrupt):
        fit(linear(), callbacks=[Breaks("on_epoch_begin", 2)], epochs=6)
    counts = Counts()
    assert len(fit(linear(), callbacks=[counts], epochs=6).epoch) == 6
    assert counts.batches == 4 * BATCHES


def test_a_run_that_does_not_say_what_it_was_asked_for_stays_ended(monkeypatch):
    save = run.save_model

    def of_before(model, path, state, arrays):
        save(model, path, {name: state[name] for name in state if name != "epochs"}, arrays)

    monkeypatch.setattr(run, "save_model", of_before)
    stopped_early()
    assert len(fit(linear()).epoch) == 2
    assert len(fit(linear(), epochs=5).epoch) == 5


class Watches(keras.callbacks.Callback):
    """A callback with an array as argument, and an array attribute: the mean of the weights."""

    def __init__(self, data):
        super().__init__()
        self.data, self.means = data, []

    def on_train_begin(self, logs=None):
        self.mean = np.zeros(2)

    def on_epoch_end(self, epoch, logs=None):
        self.mean = 0.5 * self.mean + self.model.get_weights()[1]
        self.means.append(self.mean)


def test_arrays_of_a_callback_are_restored_but_not_its_arguments(folder):
    def watches():
        made.append(Watches([X_VAL, Y_VAL]))
        return made[-1:]

    made = []
    fit(linear(), "whole", watches())
    break_and_go_on(linear, watches, Breaks("on_epoch_begin", 2))
    assert_same_state(made[-1].means, made[0].means)
    _, arrays = run.read_state(folder / "broken" / "last.keras")
    kept = {name for name in arrays if name.startswith("Watches")}
    assert kept == {"Watches/1/mean", *(f"Watches/1/means/{i}" for i in range(EPOCHS))}


def nested(join=lambda x, z: [x, z]):
    """Return a model with an inner model, whose layers get new names each time."""
    keras.utils.set_random_seed(0)
    x = keras.Input((4,))
    inner = keras.Model(x, keras.layers.Add()(join(x, keras.layers.Dense(4)(x))))
    outer = keras.Input((4,))
    model = keras.Model(outer, keras.layers.Dense(2, "softmax")(inner(outer)))
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    return model


def test_a_model_with_an_inner_model_resumes_when_its_cell_is_run_again():
    fit(nested(), epochs=1)
    assert len(fit(nested(), epochs=2).epoch) == 2
    with pytest.raises(ValueError, match="network must be the same as in run"):
        fit(nested(lambda x, z: [z, z]), epochs=3)


def test_tables_of_pandas_have_a_check_sum(folder):
    def table(shift=0):
        return pd.DataFrame(X + shift)

    fit(linear(), x=table(), epochs=1)
    with pytest.raises(ValueError, match=r"Got x 'DataFrame: float32 .* instead of 'DataFrame: "):
        fit(linear(), x=table(1), epochs=2)
    path = folder / "one" / "run.json"
    config = files.from_json(path.read_text())
    config["settings"]["x"] = "DataFrame"  # as in an earlier version
    path.write_text(files.as_json(config))
    assert len(fit(linear(), x=table(), epochs=2).epoch) == 2


def test_numbers_of_numpy_have_a_check_sum():
    one, same, other = (fingerprint(np.float32(value)) for value in (1.2, 1.2, 1.3))
    assert one == same != other
    assert fingerprint(np.array([X, None], object)) == "ndarray"


def test_each_epoch_has_an_order_of_its_own_that_follows_from_the_seed():
    first, same, other = (
        fit(linear(), f"seed {i}", seed=seed, epochs=2) for i, seed in enumerate([3, 3, 4])
    )
    assert_same_history(first, same)
    assert first.history["loss"] != other.history["loss"]


def narrower(seed=0):
    return network(seed, units=4)


def with_sgd(seed=0):
    return network(seed, optimizer=keras.optimizers.SGD(0.05))


def slower(seed=0):
    return network(seed, optimizer=keras.optimizers.Adam(0.01))


def with_less_dropout(seed=0):
    return network(seed, dropout=0.2)


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (network, {"seed": 1}, r"seed must be the same as in run 'one'; .* Got 1 instead of 0\."),
        (
            network,
            {"batch_size": 8},
            r"settings must be the same .* Got batch_size 8 instead of 16\.",
        ),
        (network, {"x": X[::-1]}, r"Got x 'float32 \(48, 4\) \w{8}' instead of 'float32 \(48, 4"),
        (network, {"class_weight": {0: 2.0}}, r"class_weight {'0': 2.0} instead of None"),
        (narrower, {}, r"network must be the same .* Got parameters 46 instead of 90\."),
        (with_sgd, {}, r"(?i)sgd' instead of '[.\w]*Adam'"),
        (slower, {}, r"learning_rate 0\.0099\d* instead of 0\.05"),
        (with_less_dropout, {}, r"rate 0\.2 instead of 0\.3"),
    ],
)
def test_another_fit_of_the_same_name_is_refused(folder, make, options, message):
    fit(network(), epochs=1)
    before, model = contents(folder / "one"), make()
    weights = state(model)
    with pytest.raises(ValueError, match=message):
        fit(model, epochs=2, **options)
    assert contents(folder / "one") == before
    assert_same_state(state(model), weights)
    fit(network(), epochs=1)  # the lock is free


def with_ema():
    model = linear()
    optimizer = keras.optimizers.SGD(0.1, use_ema=True)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def without_weights():
    model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def without_optimizer():
    model = linear()
    model.compile(None, "sparse_categorical_crossentropy")
    return model


def not_compiled():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (with_ema, {}, r"use_ema of the optimizer must be False .*\. Got True"),
        (without_weights, {}, r"model must be built for a fit with a run: .* Got <"),
        (not_compiled, {}, r"model must be compiled\. Got <"),
        (without_optimizer, {}, r"model must have an optimizer\. Got <"),
        (linear, {"steps_per_epoch": 2}, r"steps_per_epoch must be None.* Got 2 instead"),
        (
            linear,
            {"initial_epoch": 2},
            r"initial_epoch must not be given with a run, .* Got 2 instead",
        ),
        (linear, {"seed": -1}, r"seed must be .* Got -1"),
        (linear, {"epochs": 0}, r"epochs must be a whole number of at least 1\. Got 0"),
        (linear, {"run": "../one"}, r"run must be a name of letters.* Got '\.\./one' instead"),
        (linear, {"run": ""}, r"run must be a name of letters.* Got '' instead"),
    ],
)
def test_what_cannot_be_saved_is_refused_before_anything_is_written(folder, make, options, message):
    with pytest.raises(ValueError, match=message):
        fit(make(), **options)
    assert not folder.exists()


def test_a_generator_is_refused(folder):
    batches = ((X, Y) for _ in count())
    message = r"x must be re-iterable with a run.* Got generator"
    with pytest.raises(ValueError, match=message):
        training.fit(linear(), batches, epochs=2, steps_per_epoch=2, run="one")
    assert not folder.exists()


def test_re_iterable_data_are_accepted():
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return X[index::3], Y[index::3]

    options = {"x": Batches(), "y": None, "batch_size": None, "epochs": 3}
    expected = fit(linear(), "whole", **options)
    history = break_and_go_on(linear, list, Breaks("on_epoch_end", 1), **options)[1]
    assert_same_history(history, expected)


def test_a_run_that_another_process_trains_is_refused(finished):
    before = contents(finished)
    message = r"run must not be in training in another process\. Got 'one' instead"
    with FileLock(finished / "lock"), pytest.raises(RuntimeError, match=message):
        fit(linear(), epochs=6)
    assert contents(finished) == before
    assert len(fit(linear(), epochs=6).history["loss"]) == 6


def test_the_saved_models_are_those_of_the_best_and_of_the_last_epoch():
    model = network(metrics=())
    astray = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate if epoch < 5 else 5.0)
    losses = fit(model, callbacks=[astray], epochs=6).history["val_loss"]
    run = runs.load("one")
    assert run.log.best()[1] == int(np.argmin(losses)) + 1 < 6
    for which, value in (("best", min(losses)), ("last", losses[-1])):
        found = run.model(which).evaluate(X_VAL, Y_VAL, batch_size=16, verbose=0)
        assert found == pytest.approx(value, rel=1e-6)
    assert_same_state(run.model("last").get_weights(), model.get_weights())


def test_metrics_with_many_values_are_saved():
    def make(seed=0):
        f1 = keras.metrics.F1Score(average=None)
        return linear(seed, loss="categorical_crossentropy", metrics=[f1])

    options = {"y": np.eye(2)[Y], "validation_data": (X_VAL, np.eye(2)[Y_VAL]), "epochs": 3}
    expected = fit(make(), "whole", **options)
    assert np.shape(expected.history["f1_score"]) == (3, 2)
    history = break_and_go_on(make, list, Breaks("on_epoch_begin", 2), **options)[1]
    assert_same_history(history, expected)
    assert_same_history(runs.load("broken"), expected)


def test_losses_of_nan_are_saved():
    def no_number(y_true, y_pred):
        return keras.ops.mean(y_pred) * np.nan

    def model(seed=0):
        return linear(seed, loss=no_number)

    expected = fit(model(), "whole", epochs=3)
    assert np.isnan(expected.history["loss"]).all()
    history = break_and_go_on(model, list, Breaks("on_epoch_begin", 2), epochs=3)[1]
    assert_same_history(history, expected)
    assert_same_history(runs.load("broken"), expected)


def test_a_fit_without_validation_and_metrics_is_saved():
    model = linear(metrics=[])
    history = fit(model, validation_data=None, epochs=2)
    assert_same_history(runs.load("one"), history)
    assert runs.load("one").log.best()[0] == "loss"


def test_nothing_is_pickled(folder):
    fit(network(), callbacks=watchers(), epochs=2)
    names = {one.name for one in (folder / "one").iterdir()}
    assert names - {"lock"} == {"run.json", "history.jsonl", "last.keras", "best.keras"}
    with zipfile.ZipFile(folder / "one" / "last.keras") as archive:
        assert not [name for name in archive.namelist() if name.endswith((".pkl", ".pickle"))]
        with archive.open(run.ARRAYS) as file, np.load(file, allow_pickle=False) as arrays:
            found = dict(arrays)
    assert {name.rpartition("/")[0] for name in found} == {"random", "EarlyStopping/1/best_weights"}
    assert all(array.dtype.kind in "fiu" for array in found.values())


class Killed(BaseException):
    """Simulates the end of a process."""


def before_the_best_copy(monkeypatch, calls):
    copy = run.copy

    def killed(source, target):
        if next(calls):
            raise Killed
        copy(source, target)

    monkeypatch.setattr(run, "copy", killed)


def within_the_best_copy(monkeypatch, calls):
    copy = run.copy

    def killed(source, target):
        if next(calls):
            target.with_name(f".part-1-{target.name}").write_bytes(source.read_bytes()[:100])
            raise Killed
        copy(source, target)

    monkeypatch.setattr(run, "copy", killed)


def before_the_line(monkeypatch, calls):
    append = files.append_line

    def killed(path, record):
        if next(calls):
            raise Killed
        append(path, record)

    monkeypatch.setattr(files, "append_line", killed)


def within_the_line(monkeypatch, calls):
    append = files.append_line

    def killed(path, record):
        if next(calls):
            with path.open("a", encoding="utf-8") as file:
                line = files.as_json(record)
                file.write(line[: len(line) // 2])
            raise Killed
        append(path, record)

    monkeypatch.setattr(files, "append_line", killed)


def within_the_model(monkeypatch, calls):
    save = run.save_model

    def killed(model, path, *others):
        if next(calls):
            part = path.with_name(f".part-1-{path.name}")
            model.save(part)
            part.write_bytes(part.read_bytes()[:-100])
            raise Killed
        save(model, path, *others)

    monkeypatch.setattr(run, "save_model", killed)


@pytest.mark.slow
@pytest.mark.parametrize("first", [0, 2])
@pytest.mark.parametrize(
    ("moment", "kept"),
    [
        (before_the_best_copy, 1),
        (within_the_best_copy, 1),
        (before_the_line, 1),
        (within_the_line, 1),
        (within_the_model, 0),
    ],
)
def test_a_process_that_is_killed_while_it_saves_an_epoch_loses_nothing(
    folder, monkeypatch, moment, kept, first
):
    def make(seed=0):
        return linear(seed, metrics=[])

    easy = {"y": (X[:, 0] > 0).astype(int), "epochs": 4, "validation_data": None}
    whole = make()
    expected = fit(whole, "whole", **easy)
    assert np.all(np.diff(expected.history["loss"]) < 0)  # each epoch is the best so far
    with monkeypatch.context() as patch:
        begun = moment is within_the_model  # which is saved once before the first epoch
        moment(patch, (i == first + begun for i in count()))
        with pytest.raises(Killed):
            fit(make(), "broken", **easy)
    run = runs.load("broken")
    assert run.log.last == first + kept
    assert run.history.get("loss", []) == expected.history["loss"][: first + kept]
    model, counts = make(9), Counts()
    assert_same_history(fit(model, "broken", [counts], **easy), expected)
    assert counts.batches == BATCHES * (4 - first - kept)
    assert_same_state(state(model), state(whole))
    assert_same_history(runs.load("broken"), expected)
    lines = (folder / "broken" / "history.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2, 3, 4]


@pytest.mark.parametrize("moment", [before_the_best_copy, before_the_line, within_the_line])
def test_what_was_missing_after_the_last_epoch_is_made_good(folder, monkeypatch, moment):
    easy = {"y": (X[:, 0] > 0).astype(int), "epochs": 2}
    with monkeypatch.context() as patch:
        moment(patch, (i == 1 for i in count()))
        with pytest.raises(Killed):
            fit(linear(metrics=[]), **easy)
    counts = Counts()
    fit(linear(metrics=[]), callbacks=[counts], **easy)
    assert counts.batches == 0
    found = contents(folder / "one")
    assert found["best.keras"] == found["last.keras"]
    assert len(found["history.jsonl"].splitlines()) == 2


SCRIPT = """
import sys

import keras
import numpy as np

from mlcourse import training

rng = np.random.default_rng(0)
x, y = rng.normal(size=(64, 4)).astype("float32"), rng.integers(0, 2, 64)
keras.utils.set_random_seed(0)
layers = [keras.layers.Dense(4, activation="relu"), keras.layers.Dropout(0.2)]
model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(2, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
print("begins", flush=True)
options = {"epochs": 40, "batch_size": 32, "verbose": 0}
training.fit(model, x, y, run=sys.argv[1], **options)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_process_that_is_killed_loses_nothing(folder, monkeypatch):
    command = [sys.executable, "-c", SCRIPT, "broken"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        lines = folder / "broken" / "history.jsonl"
        assert process.stdout.readline().strip() == b"begins"
        while process.poll() is None and not (lines.exists() and lines.read_text().count("\n") > 2):
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    known = runs.load("broken").log.last
    assert known >= 2
    for name in ("broken", "whole"):
        monkeypatch.setattr(sys, "argv", ["", name])
        exec(SCRIPT, {})
    first, second = runs.load("whole"), runs.load("broken")
    assert first.log.last == 40 > known
    assert_same_history(second, first)
    weights = [one.model("last").get_weights() for one in (first, second)]
    assert_same_state(*weights)
