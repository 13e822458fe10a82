import asyncio
import contextlib
import sys
import threading
import time
from types import SimpleNamespace

import IPython.display  # noqa: F401
import keras
import numpy as np
import pytest

from mlcourse import CyclicLR, TrainingPlot, training
from mlcourse.callbacks import Controls, Stopped, live_output
from mlcourse.training import live, speed
from tests.conftest import PATIENCE

TENSORFLOW = keras.backend.backend() == "tensorflow"
RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("int32")


def network(*layers, rate=0.5, **compiled):
    training.set_seed(0)
    layers = layers or (keras.layers.Dense(3, activation="tanh"),)
    model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(2, "softmax")])
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.SGD(rate), loss, metrics=["accuracy"], **compiled)
    return model


class Count(keras.callbacks.Callback):
    """Count the begins and ends of fits, and record the weights after each epoch."""

    def __init__(self):
        super().__init__()
        self.begins = self.ends = 0
        self.weights = []

    def on_train_begin(self, logs=None):
        self.begins += 1

    def on_epoch_end(self, epoch, logs=None):
        self.weights.append(self.model.get_weights())

    def on_train_end(self, logs=None):
        self.ends += 1


class Break(keras.callbacks.Callback):
    """Raise an error in a hook, from an epoch on, after a number of calls."""

    def __init__(self, hook, error, epoch=0, after=0):
        super().__init__()
        self.error, self.epoch, self.now, self.calls, self.after = error, epoch, -1, 0, after
        setattr(self, hook, self._raise)

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch

    def _raise(self, *args, logs=None):
        if self.now >= self.epoch:
            self.calls += 1
            if self.calls > self.after:
                raise self.error


def fit_args(**options):
    return {"epochs": 3, "batch_size": 8, "verbose": 0, **options}


def test_without_a_run_the_history_is_that_of_keras():
    own = network().fit(X, Y, validation_split=0.25, **fit_args())
    history = training.fit(network(), X, Y, validation_split=0.25, **fit_args())
    assert isinstance(history, keras.callbacks.History)
    assert history.history == own.history
    assert history.epoch == own.epoch == [0, 1, 2]


@pytest.mark.skipif(not TENSORFLOW, reason="only TensorFlow traces the step")
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_step_is_traced_once_and_learns_what_keras_learns(optimizer, monkeypatch):
    traces = []
    compute_loss = keras.Model.compute_loss

    def count(self, *args, training=True, **options):
        if training:
            traces.append(self)
        return compute_loss(self, *args, training=training, **options)

    monkeypatch.setattr(keras.Model, "compute_loss", count)
    results = []
    for fit in (keras.Model.fit, training.fit):
        model = network()
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = fit(model, X, Y, validation_data=(X, Y), **fit_args())
        results.append([*history.history.values(), *model.get_weights()])
    assert traces.count(model) == 1
    for own, keras_value in zip(*results, strict=True):
        np.testing.assert_array_equal(own, keras_value)


def test_batch_size_and_epochs_may_be_given_by_position_as_in_keras():
    expected = network().fit(X, Y, 8, 3, verbose=0)
    assert training.fit(network(), X, Y, 8, 3, verbose=0).history == expected.history


def test_a_fit_that_is_too_short_for_xla_takes_many_steps_a_call_without_it():
    model = network()
    for epochs, steps in ((19, 1), (20, MANY)):  # 5 steps per epoch
        with speed.multi_step_execution(model, {"x": X, "batch_size": 8}, epochs, []):
            assert (model.steps_per_execution, bool(model.jit_compile)) == (steps, False)
    assert model.steps_per_execution == 1


def test_data_that_cannot_be_checked_are_not_compiled_by_xla(enough):
    assert steps_within(network(), epochs=9, validation_data=Batches()) == 1
    assert steps_within(network(), epochs=9, validation_data=(X, Y)) == MANY


@pytest.mark.parametrize("epochs", [0, 2.5, "many"])
def test_epochs_that_cannot_be_are_refused(epochs):
    with pytest.raises(ValueError, match=r"epochs must be a whole number of at least 1\. Got"):
        training.fit(network(), X, Y, epochs=epochs)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError("broken")])
@pytest.mark.parametrize("hook", ["on_epoch_end", "on_train_batch_begin"])
def test_an_interrupted_fit_ends_like_any_other_then_the_error_is_raised(hook, error, monkeypatch):
    monkeypatch.setattr(live_output.PlotThrottle, "due", False)
    plot, count, model = TrainingPlot(), Count(), network()
    stop = training.early_stopping(patience=9)  # of a fit that gets worse in each epoch
    callbacks = [plot, count, stop, Break(hook, error, epoch=3)]
    with pytest.raises(error if isinstance(error, type) else RuntimeError):
        training.fit(
            model, X, Y, validation_data=(X, 1 - Y), **fit_args(epochs=6, callbacks=callbacks)
        )
    assert (count.begins, count.ends) == (1, 1)
    epochs = 4 if hook == "on_epoch_end" else 3
    assert plot.figure.get_suptitle().startswith(f"epoch {epochs} of 6")
    best = count.weights[int(np.argmin(plot.history["val_loss"]))]
    assert any(np.any(last != kept) for last, kept in zip(count.weights[-1], best, strict=True))
    for now, kept in zip(model.get_weights(), best, strict=True):
        np.testing.assert_array_equal(now, kept)


@pytest.mark.parametrize("error", [Stopped, KeyboardInterrupt])
def test_a_model_whose_fit_is_broken_off_can_be_used_and_trained_on(error):
    model, count = network(), Count()
    broken = Break("on_train_batch_begin", error, epoch=1, after=2)
    with contextlib.suppress(KeyboardInterrupt):
        training.fit(model, X, Y, **fit_args(callbacks=[broken]))
    assert all(np.isfinite(weights).all() for weights in model.get_weights())
    assert np.isfinite(model.predict(X, verbose=0)).all()
    assert len(training.fit(model, X, Y, **fit_args(callbacks=[count])).epoch) == 3
    assert count.ends == 1


def test_a_fit_that_is_stopped_ends_quietly_with_the_history_so_far():
    count, plot = Count(), TrainingPlot()
    callbacks = [count, plot, Break("on_train_batch_begin", Stopped, epoch=2)]
    history = training.fit(network(), X, Y, **fit_args(epochs=9, callbacks=callbacks))
    assert isinstance(history, keras.callbacks.History)
    assert history.epoch == [0, 1]
    assert history.history == plot.history
    assert count.ends == 1
    assert plot.figure.get_suptitle().startswith("epoch 2 of 9")


def test_a_fit_that_is_stopped_before_its_first_batch_has_no_history():
    model = network()
    model.fit(X, Y, **fit_args())
    callbacks = [Break("on_train_batch_begin", Stopped)]
    assert training.fit(model, X, Y, **fit_args(callbacks=callbacks)).history == {}


@pytest.mark.parametrize("order", [1, -1])
def test_a_fit_that_never_begins_does_not_end(order):
    count = Count()
    callbacks = [count, Break("on_train_begin", RuntimeError("broken"), epoch=-1)][::order]
    with pytest.raises(RuntimeError, match="broken"):
        training.fit(network(), X, Y, **fit_args(callbacks=callbacks))
    assert count.ends == 0


def test_data_that_cannot_be_does_not_end_what_has_not_begun():
    count = Count()
    with pytest.raises(ValueError):
        training.fit(network(), X, Y[:-1], **fit_args(callbacks=[count]))
    assert (count.begins, count.ends) == (0, 0)


def test_a_callback_that_breaks_at_the_end_is_heard_of_and_none_ends_twice():
    count, broken = Count(), Break("on_train_end", RuntimeError("at the end"))
    with pytest.raises(RuntimeError, match="at the end"):
        training.fit(network(), X, Y, **fit_args(epochs=1, callbacks=[count, broken]))
    assert (count.ends, broken.calls) == (1, 1)


@pytest.mark.parametrize("run", [None, "one"])
def test_of_a_broken_fit_every_callback_ends_and_the_first_error_is_not_lost(
    run, tmp_path, monkeypatch
):
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path))
    count, broken = Count(), Break("on_train_end", RuntimeError("at the end"))
    callbacks = [broken, Break("on_epoch_end", ValueError("first")), count]
    with pytest.raises(ValueError, match="first"):
        training.fit(network(), X, Y, run=run, **fit_args(callbacks=callbacks))
    assert (count.ends, broken.calls) == (1, 1)


def steps_within(model, callbacks=(), epochs=1, **data):
    """Return the steps per call during a fit; after it they must be 1 again."""
    was = model.steps_per_execution, model.jit_compile
    with speed.multi_step_execution(
        model, {"x": X, "y": Y, "batch_size": 8, **data}, epochs, list(callbacks)
    ):
        steps, jit = model.steps_per_execution, model.jit_compile
        assert (steps, jit) in (was, (speed.STEPS_PER_EXECUTION, True))
    assert (model.steps_per_execution, model.jit_compile) == was
    return steps


@pytest.fixture
def enough(monkeypatch):
    monkeypatch.setattr(speed, "MIN_STEPS", 10)
    monkeypatch.setattr(speed, "MIN_XLA_STEPS", 10)


MANY = speed.STEPS_PER_EXECUTION if TENSORFLOW else 1


def test_a_long_fit_of_a_small_dense_network_takes_many_steps_a_call_on_tensorflow(enough):
    assert steps_within(network(), epochs=2) == MANY
    deep = network(keras.layers.Dense(3), keras.layers.BatchNormalization(), keras.layers.ReLU())
    assert steps_within(deep, epochs=2) == MANY


def test_a_short_fit_is_left_alone(enough):
    assert steps_within(network(), epochs=1) == 1  # 5 steps per epoch
    assert steps_within(network(), epochs=9, x=(pair for pair in [])) == 1  # of unknown length


@pytest.mark.parametrize(("size", "steps"), [(64, MANY), (65, 1)])
def test_large_batches_are_left_alone(enough, size, steps):
    assert steps_within(network(), epochs=20, batch_size=size) == steps


def test_networks_that_are_not_dense_are_left_alone(enough):
    layers = keras.layers.Reshape((4, 1)), keras.layers.Conv1D(2, 2), keras.layers.Flatten()
    assert steps_within(network(*layers), epochs=9) == 1


@pytest.mark.parametrize(
    "compiled", [{"steps_per_execution": 2}, {"jit_compile": True}, {"run_eagerly": True}]
)
def test_a_model_compiled_with_other_settings_is_unchanged(enough, compiled):
    model = network(**compiled)
    was = model.steps_per_execution, model.jit_compile, model.run_eagerly
    with speed.multi_step_execution(model, {"x": X, "batch_size": 8}, 9, []):
        assert (model.steps_per_execution, model.jit_compile, model.run_eagerly) == was


@pytest.mark.parametrize(
    "make",
    [
        lambda: keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None),
        lambda: keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: None),
        lambda: CyclicLR(0.01, 0.1, step_size=4),
        lambda: TrainingPlot(batches=5),
        lambda: Break("on_batch_end", RuntimeError),
    ],
)
def test_a_callback_that_looks_at_each_batch_sees_each(enough, make):
    assert steps_within(network(), [make()], epochs=9) == 1


def test_callbacks_that_bear_many_steps_do_not_prevent_them(enough):
    callbacks = [TrainingPlot(), training.early_stopping(), live.Controls(), Count()]
    assert steps_within(network(), callbacks, epochs=9) == MANY


def test_the_setting_comes_back_after_an_error_too(enough):
    model = network()
    was = model.steps_per_execution, model.jit_compile
    with (
        pytest.raises(RuntimeError),
        speed.multi_step_execution(model, {"x": X, "batch_size": 8}, 9, []),
    ):
        raise RuntimeError
    assert (model.steps_per_execution, model.jit_compile) == was


class Predict(keras.callbacks.Callback):
    """Predict after each epoch, and record the steps per call."""

    def __init__(self):
        super().__init__()
        self.lengths, self.steps = [], set()

    def on_epoch_end(self, epoch, logs=None):
        self.lengths.append(len(self.model.predict(X, batch_size=2, verbose=0)))
        self.steps.add(self.model.steps_per_execution)


def test_a_multi_step_fit_learns_what_a_plain_one_does_and_predicts_as_many(enough):
    options = fit_args(epochs=2, shuffle=False, validation_data=(X, Y))
    plain = network().fit(X, Y, **options).history
    model, predict = network(), Predict()
    before = model.predict(X, batch_size=2, verbose=0)
    quick = training.fit(model, X, Y, callbacks=[predict], **options).history
    assert predict.steps == {MANY}
    assert quick.keys() == plain.keys()
    for name, values in plain.items():
        np.testing.assert_allclose(quick[name], values, rtol=1e-4)
    assert model.steps_per_execution == 1
    assert predict.lengths == [len(before)] * 2
    assert len(model.predict(X, batch_size=2, verbose=0)) == len(before)


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 7

    def __getitem__(self, index):
        return X[:4], Y[:4]


class Endless(keras.utils.PyDataset):
    @property
    def num_batches(self):
        return None

    def __getitem__(self, index):
        return X[:4], Y[:4]


def generator():
    while True:
        yield X[:4], Y[:4]


DATA = {
    "arrays": {"x": X, "y": Y, "batch_size": 7},
    "Keras's own size of a batch": {"x": X, "y": Y},
    "no more than a batch": {"x": X, "y": Y, "batch_size": 40},
    "steps_per_epoch": {"x": X, "y": Y, "steps_per_epoch": 3},
    "a dict of arrays": {"x": {"a": X, "b": X}, "y": Y, "batch_size": 7},
    "a list of arrays": {"x": [X, X], "y": Y, "batch_size": 7},
    "a tensor": {"x": keras.ops.convert_to_tensor(X), "y": Y, "batch_size": 7},
    "a PyDataset": {"x": Batches()},
    "an endless PyDataset": {"x": Endless(), "steps_per_epoch": 5},
    "a generator": {"x": generator()},
    "a generator, cut": {"x": generator(), "steps_per_epoch": 5},
    **{
        f"split {share}": {"x": X[:n], "y": Y[:n], "batch_size": 1, "validation_split": share}
        for n, share in ((10, 0.25), (10, 0.33), (11, 0.1), (13, 0.2), (40, 0.3), (5, 0.5))
    },
    "a split that is passed over": {
        "x": X,
        "y": Y,
        "batch_size": 1,
        "validation_split": 0.5,
        "validation_data": (X, Y),
    },
    "no split": {"x": X, "y": Y, "validation_split": None},
}


class Begun(Exception):
    pass


class Steps(keras.callbacks.Callback):
    """Record Keras's number of steps in an epoch, then stop the fit."""

    def on_train_begin(self, logs=None):
        self.steps = self.params["steps"]
        raise Begun


def steps_by_keras(data):
    inputs, callback = {"a": keras.Input((4,)), "b": keras.Input((4,))}, Steps()
    inputs = inputs if isinstance(data["x"], dict) else list(inputs.values())
    several = isinstance(data["x"], dict | list)
    one = keras.Input((4,))
    joined = keras.layers.Add()(keras.tree.flatten(inputs)) if several else one
    model = keras.Model(inputs if several else one, keras.layers.Dense(1)(joined))
    model.compile("sgd", "mse")
    with pytest.raises(Begun):
        model.fit(**data, verbose=0, callbacks=[callback])
    return callback.steps


@pytest.mark.filterwarnings("ignore:.shuffle=True. was passed:UserWarning")
@pytest.mark.filterwarnings("ignore:When providing .inputs. as a dict:UserWarning")
@pytest.mark.parametrize("kind", DATA)
def test_the_steps_of_an_epoch_are_as_many_as_keras_says(kind):
    assert speed.steps_per_epoch(DATA[kind]) == steps_by_keras(DATA[kind])


@pytest.mark.filterwarnings("ignore:.shuffle=True. was passed:UserWarning")
@pytest.mark.skipif(not TENSORFLOW, reason="needs TensorFlow's datasets")
def test_the_steps_of_a_tensorflow_dataset_are_as_many_as_keras_says():
    import tensorflow as tf

    batches = tf.data.Dataset.from_tensor_slices((X, Y)).batch(7)
    assert speed.steps_per_epoch({"x": batches}) == steps_by_keras({"x": batches}) == 6
    unknown = batches.filter(lambda x, y: True)
    assert speed.steps_per_epoch({"x": unknown}) is steps_by_keras({"x": unknown}) is None
    assert speed.steps_per_epoch({"x": batches.repeat()}) is None
    assert speed.steps_per_epoch({"x": batches.repeat(), "steps_per_epoch": 4}) == 4


class Shown:
    """A fake display handle of the buttons."""

    def __init__(self):
        self.bundles = []

    def __call__(self):
        self.bundles.append("hidden")


@pytest.fixture
def buttons(monkeypatch):
    """Return the controls of displayed fits, and the handles of their buttons."""
    found = SimpleNamespace(controls=[], handles=[])

    def show(controls):
        found.controls.append(controls)
        found.handles.append(Shown())
        return found.handles[-1]

    monkeypatch.setattr(live, "_show_buttons", show)
    return found


def test_a_live_fit_returns_its_history_and_takes_its_buttons_away(buttons):
    plain = network().fit(X, Y, **fit_args())
    history = asyncio.run(training.fit_live(network(), X, Y, title="live", **fit_args()))
    assert isinstance(history, keras.callbacks.History)
    assert history.history == plain.history
    (handle,) = buttons.handles
    assert handle.bundles == ["hidden"]


def test_a_live_fit_without_await_says_how_to_start_it():
    fit = training.fit_live(network(), X, Y)
    assert repr(fit).endswith("Write: history = await training.fit_live(...)")
    fit.close()


def test_the_plot_among_the_callbacks_is_the_one_with_the_buttons(buttons):
    plot = TrainingPlot("mine")
    asyncio.run(training.fit_live(network(), X, Y, **fit_args(epochs=1, callbacks=[plot])))
    assert len(plot.history["loss"]) == 1
    assert plot.figure.get_suptitle().startswith("mine\nepoch 1 of 1")
    assert [controls._plot for controls in buttons.controls] == [plot]


class Live:
    """A live fit of many epochs, observed from the event loop."""

    def __init__(self, *callbacks):
        self.epoch, self.model = asyncio.Event(), network()
        self.plot, loop = TrainingPlot(), asyncio.get_running_loop()
        self.threads = set()

        def note(epoch, logs):
            time.sleep(0.01)  # simulates a larger network
            self.threads.add(threading.current_thread())
            loop.call_soon_threadsafe(self.epoch.set)

        note = keras.callbacks.LambdaCallback(on_epoch_end=note)
        options = fit_args(epochs=10**6, callbacks=[self.plot, note, *callbacks])
        self.task = asyncio.create_task(training.fit_live(self.model, X, Y, **options))

    async def another_epoch(self):
        self.epoch.clear()
        await asyncio.wait_for(self.epoch.wait(), PATIENCE)


def test_stop_ends_a_live_fit_with_the_history_so_far(buttons):
    async def main():
        fit = Live()
        await fit.another_epoch()
        buttons.controls[0].stop()
        return fit, await asyncio.wait_for(fit.task, PATIENCE)

    fit, history = asyncio.run(main())
    assert 0 < len(history.epoch) < 10**6
    assert history.history == fit.plot.history
    assert " · stopped" in fit.plot.figure.get_suptitle()
    assert np.isfinite(fit.model.predict(X, verbose=0)).all()
    assert fit.threads.isdisjoint({threading.main_thread()})


def test_a_live_fit_is_paused_and_resumed(buttons):
    async def main():
        fit = Live()
        await fit.another_epoch()
        (controls,) = buttons.controls
        controls.pause()
        before = -1
        while before != len(fit.plot.epoch_history.epochs["loss"]):  # the current epoch ends
            before = len(fit.plot.epoch_history.epochs["loss"])
            await asyncio.sleep(0.2)
        controls.resume()
        await fit.another_epoch()
        await fit.another_epoch()
        controls.stop()
        return before, await asyncio.wait_for(fit.task, PATIENCE)

    before, history = asyncio.run(main())
    assert len(history.epoch) > before


def test_a_live_fit_that_is_cancelled_stops_and_its_thread_is_waited_for(buttons):
    async def main():
        fit = Live()
        await fit.another_epoch()
        fit.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(fit.task, PATIENCE)
        epochs = len(fit.plot.history["loss"])
        title = fit.plot.figure.get_suptitle()
        assert title.startswith(f"epoch {epochs} of 1000000 · stopped · best")  # its last frame
        await asyncio.sleep(0.1)
        assert len(fit.plot.history["loss"]) == epochs

    asyncio.run(main())
    assert buttons.handles[0].bundles == ["hidden"]


def test_an_error_in_a_live_fit_comes_out_and_the_buttons_go(buttons):
    callbacks = [Break("on_epoch_end", RuntimeError("broken"))]
    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(training.fit_live(network(), X, Y, **fit_args(callbacks=callbacks)))
    assert buttons.handles[0].bundles == ["hidden"]


def test_a_live_fit_without_widgets_says_what_to_install_and_trains_nothing(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    count = Count()
    with pytest.raises(ModuleNotFoundError, match=r"fit_live needs .* pip install ipywidgets"):
        asyncio.run(training.fit_live(network(), X, Y, **fit_args(callbacks=[count])))
    assert count.begins == 0


def test_a_live_fit_outside_a_notebook_is_a_fit():
    pytest.importorskip("ipywidgets")
    history = asyncio.run(training.fit_live(network(), X, Y, **fit_args()))
    assert history.epoch == [0, 1, 2]


def test_the_buttons_tell_the_controls(monkeypatch):
    pytest.importorskip("ipywidgets")
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda box, display_id: shown.append(box))
    controls = Controls()
    live._show_buttons(controls)
    stop, pause = shown[0].children
    pause.click()
    assert (controls.paused, pause.description) == (True, "Resume")
    pause.click()
    assert (controls.paused, pause.description) == (False, "Pause")
    stop.click()
    with pytest.raises(Stopped):
        controls.on_train_batch_begin(0)
    assert stop.disabled
    assert pause.disabled


def test_a_model_with_parts_of_the_user_s_own_is_left_alone(monkeypatch):
    monkeypatch.setattr(speed, "MIN_XLA_STEPS", 1)

    class Own(keras.metrics.Mean):
        pass

    def own(z):
        return keras.ops.relu(z)

    network_of = {"metrics": [Own()]}, {"metrics": ["accuracy"]}
    for settings, activation in zip(network_of, ("relu", own), strict=True):
        layers = [keras.Input((4,)), keras.layers.Dense(2, activation)]
        mine = keras.Sequential(layers)
        mine.compile("sgd", "mse", **settings)
        assert not speed._is_supported(mine)


def test_a_single_callback_is_accepted_as_in_keras():
    plot = TrainingPlot()
    training.fit(network(), X, Y, callbacks=plot, **fit_args())
    assert len(plot.history["loss"]) == 3
