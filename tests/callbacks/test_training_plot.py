from types import SimpleNamespace

import IPython.display  # noqa: F401
import keras
import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse import TrainingPlot
from mlcourse.callbacks import training_plot

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(64, 4)).astype("float32"), RNG.integers(0, 2, 64)


def model(loss="sparse_categorical_crossentropy", metrics=("accuracy",)):
    keras.utils.set_random_seed(0)
    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
    network.compile("sgd", loss, metrics=list(metrics))
    return network


class Images:
    """Stands in for the notebook: keeps every picture and text that is shown."""

    def __init__(self):
        self.bundles = []

    def update(self, bundle, raw):
        assert raw
        self.bundles.append(bundle)


class Events:
    """Stands in for the events of IPython."""

    def __init__(self):
        self.callbacks = []

    def register(self, event, callback):
        assert event == "post_run_cell"
        self.callbacks.append(callback)

    def unregister(self, event, callback):
        self.callbacks.remove(callback)


@pytest.fixture
def notebook(monkeypatch):
    shown = []

    def display(bundle, raw, display_id):
        assert raw
        assert display_id
        shown.append(Images())
        return shown[-1]

    shell = SimpleNamespace(events=Events(), shown=shown, kernel="a kernel")
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr("IPython.display.display", display)
    return shell


def test_history_is_keras_s_own():
    plot = TrainingPlot()
    history = model().fit(X, Y, epochs=4, verbose=0, validation_split=0.5, callbacks=[plot]).history
    assert plot.history == history


@pytest.mark.parametrize(
    ("metrics", "fit"),
    [
        ((), {}),
        ((), {"validation_split": 0.5}),
        (("accuracy",), {}),
        (("mae", "accuracy", "mse"), {"validation_split": 0.5}),
    ],
)
def test_any_metric_with_and_without_validation(metrics, fit):
    plot = TrainingPlot("data")
    loss = "mse" if "mae" in metrics else "sparse_categorical_crossentropy"
    y = np.eye(2)[Y] if loss == "mse" else Y
    network = model(loss, metrics)
    network.fit(X, y, epochs=3, verbose=0, callbacks=[plot], **fit)
    assert {key: len(values) for key, values in plot.history.items()} == dict.fromkeys(
        network.history.history, 3
    )
    assert set(plot._display.lines) == set(plot.history)
    plot.figure.canvas.draw()


def test_validation_now_and_then_keeps_its_epochs():
    plot, network = TrainingPlot(), model()
    network.fit(
        X, Y, epochs=4, verbose=0, callbacks=[plot], validation_data=(X, Y), validation_freq=2
    )
    line = plot._display.lines["val_loss"]
    assert list(line.get_xdata()) == [2, 4]
    assert list(line.get_ydata()) == network.history.history["val_loss"] == plot.history["val_loss"]


def test_the_title_names_the_data_the_epoch_and_the_best_validation_value():
    plot = TrainingPlot("Fashion-MNIST")
    history = (
        model().fit(X, Y, epochs=3, verbose=0, callbacks=[plot], validation_data=(X, Y)).history
    )
    best = int(np.argmax(history["val_accuracy"]))
    expected = f"best validation accuracy {history['val_accuracy'][best]:.4f} in epoch {best + 1}"
    assert plot.figure.get_suptitle() == f"Fashion-MNIST\nepoch 3 of 3 · {expected}"


def test_the_title_of_a_long_name_stays_in_the_picture():
    plot = TrainingPlot("Fashion-MNIST stand-in, 265-64-32, batch norm, dropout")
    model().fit(X, Y, epochs=3, verbose=0, callbacks=[plot], validation_data=(X, Y))
    plot.figure.canvas.draw()
    box = plot.figure._suptitle.get_window_extent()
    assert plot.figure.bbox.x0 < box.x0 < box.x1 < plot.figure.bbox.x1


def test_outside_a_notebook_each_epoch_is_a_line(capsys):
    model().fit(X, Y, epochs=3, verbose=0, callbacks=[TrainingPlot()], validation_data=(X, Y))
    lines = capsys.readouterr().err.strip().splitlines()
    assert [line.split(" · ")[0] for line in lines] == [f"epoch {i} of 3" for i in (1, 2, 3)]
    assert all("val_accuracy" in line for line in lines)


def test_in_a_notebook_one_picture_of_one_size_is_updated(notebook, monkeypatch):
    monkeypatch.setattr(training_plot, "PLOTTING_SHARE", 1e9)  # every frame
    before = plt.get_fignums()
    model().fit(X, Y, epochs=4, verbose=0, callbacks=[TrainingPlot()])
    assert len(notebook.shown) == 1
    pngs = [bundle["image/png"] for bundle in notebook.shown[0].bundles]
    sizes = {png[16:24] for png in pngs}  # width and height in a PNG's head
    assert len(pngs) >= 6
    assert len(sizes) == 1
    assert plt.get_fignums() == before


def test_frames_are_left_out_but_never_the_last(notebook, monkeypatch):
    monkeypatch.setattr(training_plot, "PLOTTING_SHARE", 1e-9)  # the next one is due in years
    model().fit(X, Y, epochs=5, verbose=0, callbacks=[TrainingPlot()])
    texts = [bundle["text/plain"].split(" · ")[0] for bundle in notebook.shown[0].bundles]
    assert texts == ["epoch 1 of 5, 0%", "epoch 5 of 5"]
    assert not notebook.events.callbacks


@pytest.mark.parametrize("second", [{"epochs": 5, "initial_epoch": 2}, {"epochs": 3}])
def test_a_second_fit_goes_on_with_the_curves_in_a_picture_of_its_own(notebook, second):
    plot, network = TrainingPlot(), model()
    first = network.fit(X, Y, epochs=2, verbose=0, callbacks=[plot]).history["loss"]
    more = network.fit(X, Y, **second, verbose=0, callbacks=[plot]).history["loss"]
    assert len(notebook.shown) == 2
    assert plot.history["loss"] == first + more
    assert list(plot._display.lines["loss"].get_xdata()) == [1, 2, 3, 4, 5]
    assert plot.figure.get_suptitle().startswith("epoch 5 of 5")


def test_a_fit_of_another_model_begins_anew(notebook):
    plot = TrainingPlot()
    model().fit(X, Y, epochs=2, verbose=0, callbacks=[plot])
    first = plot.figure
    history = model().fit(X, Y, epochs=3, verbose=0, callbacks=[plot]).history
    assert plot.history == history
    assert plot.figure is not first


def test_early_stopping_draws_the_last_epoch(notebook):
    plot = TrainingPlot()
    stop = keras.callbacks.EarlyStopping("loss", patience=1, min_delta=10)
    model().fit(X, Y, epochs=50, verbose=0, callbacks=[plot, stop])
    assert len(plot.history["loss"]) == 2
    last = notebook.shown[0].bundles[-1]["text/plain"]
    assert last.startswith("epoch 2 of 50")
    assert "left" not in last


def test_an_interrupted_fit_shows_its_last_epoch(notebook, monkeypatch):
    monkeypatch.setattr(training_plot, "PLOTTING_SHARE", 1e-9)

    class Interrupt(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    plot = TrainingPlot()
    with pytest.raises(KeyboardInterrupt):
        model().fit(X, Y, epochs=9, verbose=0, callbacks=[plot, Interrupt()])
    (after_cell,) = notebook.events.callbacks
    after_cell(None)  # as IPython does when the cell has ended
    assert len(plot.history["loss"]) == 3
    assert notebook.shown[0].bundles[-1]["text/plain"].startswith("epoch 3 of 9")
    assert not notebook.events.callbacks


@pytest.mark.filterwarnings("ignore:.*shuffle=True", "ignore:Your input ran out of data")
def test_within_an_epoch_the_share_is_shown_where_the_number_of_batches_is_known(
    notebook, monkeypatch
):
    monkeypatch.setattr(training_plot, "PLOTTING_SHARE", 1e9)

    def texts(**fit):
        model().fit(epochs=2, verbose=0, callbacks=[TrainingPlot()], **fit)
        bundles = notebook.shown[-1].bundles
        return [bundle["text/plain"].split(" · ")[0] for bundle in bundles]

    known = texts(x=X, y=Y, batch_size=16)
    assert "epoch 1 of 2, 75%" in known
    assert known[-1] == "epoch 2 of 2"

    unknown = texts(x=(pair for pair in [(X[:16], Y[:16])] * 8))  # Keras cannot tell how many
    assert "epoch 1 of 2, batch 3" in unknown


def test_a_fit_that_never_begins_leaves_nothing_behind(notebook):
    class Fail(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            raise RuntimeError

    plot = TrainingPlot()
    with pytest.raises(RuntimeError):
        model().fit(X, Y, verbose=0, callbacks=[plot, Fail()])
    (after_cell,) = notebook.events.callbacks
    after_cell(None)
    assert not notebook.events.callbacks


def test_a_fit_of_no_epochs_is_a_fit(notebook):
    plot = TrainingPlot()
    assert plot.status() == "epoch 0 of 0"
    model().fit(X, Y, epochs=3, initial_epoch=3, verbose=0, callbacks=[plot])
    assert plot.history == {}
    assert len(notebook.shown[0].bundles) == 1


def test_a_metric_of_many_numbers_does_not_stop_the_fit(notebook):
    plot = TrainingPlot()
    network = model("categorical_crossentropy", [keras.metrics.F1Score(average=None)])
    network.fit(X, np.eye(2, dtype="float32")[Y], epochs=2, verbose=0, callbacks=[plot])
    assert np.shape(plot.history["f1_score"]) == (2, 2)
    assert "loss" in notebook.shown[0].bundles[-1]["text/plain"]


def test_the_bar_grows_with_the_fit_and_goes_with_its_end(notebook, monkeypatch):
    monkeypatch.setattr(training_plot, "PLOTTING_SHARE", 1e9)  # every frame is due
    plot, widths = TrainingPlot(), []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            widths.append(plot.figure.artists[1].get_width())

    model().fit(X, Y, initial_epoch=2, epochs=6, verbose=0, callbacks=[plot, Look()])
    assert widths == [0.25, 0.5, 0.75, 1.0]
    assert plot.figure.artists[1].get_width() == 0
