import shutil
import sys
import threading
import time
from types import SimpleNamespace

import IPython.display  # noqa: F401
import keras
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

from mlcourse import CyclicLR, TrainingPlot
from mlcourse.callbacks import live_output, progress, training_plot
from mlcourse.callbacks.progress import BatchMeans

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(64, 4)).astype("float32"), RNG.integers(0, 2, 64)


def model(loss="sparse_categorical_crossentropy", metrics=("accuracy",)):
    keras.utils.set_random_seed(0)
    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
    network.compile("sgd", loss, metrics=list(metrics))
    return network


class Images:
    """Fake notebook display that stores all outputs."""

    def __init__(self):
        self.bundles = []

    def update(self, bundle, raw):
        assert raw
        self.bundles.append(bundle)


class Events:
    """Fake event registry of IPython."""

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


def test_rare_validation_has_its_own_epochs():
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


def test_a_long_title_stays_in_the_figure():
    plot = TrainingPlot("Fashion-MNIST stand-in, 256-64-32, batch norm, dropout")
    model().fit(X, Y, epochs=3, verbose=0, callbacks=[plot], validation_data=(X, Y))
    plot.figure.canvas.draw()
    box = plot.figure._suptitle.get_window_extent()
    assert plot.figure.bbox.x0 < box.x0 < box.x1 < plot.figure.bbox.x1


def test_outside_a_notebook_each_epoch_is_a_line(capsys):
    model().fit(X, Y, epochs=3, verbose=0, callbacks=[TrainingPlot()], validation_data=(X, Y))
    lines = capsys.readouterr().err.strip().splitlines()
    assert [line.split(" · ")[0] for line in lines] == [f"epoch {i} of 3" for i in (1, 2, 3)]
    assert all("val_accuracy" in line for line in lines)


def test_in_a_notebook_one_figure_of_constant_size_is_updated(notebook, monkeypatch):
    monkeypatch.setattr(live_output.PlotThrottle, "due", True)
    before = plt.get_fignums()
    model().fit(X, Y, epochs=4, verbose=0, callbacks=[TrainingPlot()])
    assert len(notebook.shown) == 1
    pngs = [bundle["image/png"] for bundle in notebook.shown[0].bundles]
    sizes = {png[16:24] for png in pngs}  # width and height in the header of a PNG
    assert len(pngs) >= 6
    assert len(sizes) == 1
    assert plt.get_fignums() == before


def test_frames_are_skipped_except_the_first_and_the_last(notebook):
    plot = TrainingPlot(max_overhead=1e-9)  # the next frame is due in years
    model().fit(X, Y, epochs=5, verbose=0, callbacks=[plot])
    texts = [bundle["text/plain"].split(" · ")[0] for bundle in notebook.shown[0].bundles]
    assert texts == ["epoch 1 of 5, 0%", "epoch 5 of 5"]
    assert not notebook.events.callbacks


@pytest.mark.parametrize("second", [{"epochs": 5, "initial_epoch": 2}, {"epochs": 3}])
def test_a_second_fit_continues_the_curves_in_a_new_figure(notebook, second):
    plot, network = TrainingPlot(), model()
    first = network.fit(X, Y, epochs=2, verbose=0, callbacks=[plot]).history["loss"]
    more = network.fit(X, Y, **second, verbose=0, callbacks=[plot]).history["loss"]
    assert len(notebook.shown) == 2
    assert plot.history["loss"] == first + more
    assert list(plot._display.lines["loss"].get_xdata()) == [1, 2, 3, 4, 5]
    assert plot.figure.get_suptitle().startswith("epoch 5 of 5")


def test_a_fit_of_another_model_starts_new_curves(notebook):
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
    monkeypatch.setattr(live_output.PlotThrottle, "due", False)

    class Interrupt(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    plot = TrainingPlot()
    with pytest.raises(KeyboardInterrupt):
        model().fit(X, Y, epochs=9, verbose=0, callbacks=[plot, Interrupt()])
    (after_cell,) = notebook.events.callbacks
    after_cell(None)  # as IPython does at the end of a cell
    assert len(plot.history["loss"]) == 3
    assert notebook.shown[0].bundles[-1]["text/plain"].startswith("epoch 3 of 9")
    assert not notebook.events.callbacks


@pytest.mark.filterwarnings("ignore:.*shuffle=True", "ignore:Your input ran out of data")
def test_the_fraction_of_the_epoch_is_shown_if_the_number_of_batches_is_known(
    notebook, monkeypatch
):
    monkeypatch.setattr(live_output.PlotThrottle, "due", True)

    def texts(**fit):
        model().fit(epochs=2, verbose=0, callbacks=[TrainingPlot()], **fit)
        bundles = notebook.shown[-1].bundles
        return [bundle["text/plain"].split(" · ")[0] for bundle in bundles]

    known = texts(x=X, y=Y, batch_size=16)
    assert "epoch 1 of 2, 75%" in known
    assert known[-1] == "epoch 2 of 2"

    unknown = texts(
        x=(pair for pair in [(X[:16], Y[:16])] * 8)
    )  # Keras does not know the number of batches
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
    monkeypatch.setattr(live_output.PlotThrottle, "due", True)
    plot, widths = TrainingPlot(), []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            widths.append(plot.figure.artists[1].get_width())

    model().fit(X, Y, initial_epoch=2, epochs=6, verbose=0, callbacks=[plot, Look()])
    assert widths == [0.25, 0.5, 0.75, 1.0]
    assert plot.figure.artists[1].get_width() == 0


def play(plot, epochs, network=None, begin=0, **params):
    """Call the hooks of a plot with the logs of epochs, without training."""
    plot.set_params({"epochs": begin + len(epochs), "steps": None, **params})
    plot.set_model(network or model())
    plot.on_train_begin()
    for epoch, logs in enumerate(epochs, begin):
        plot.on_epoch_begin(epoch)
        plot.on_epoch_end(epoch, logs)
    plot.on_train_end()
    return plot


def losses(*values):
    return [{"loss": value} for value in values]


def legend_words(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


MANY = [
    {"loss": 3.0, "accuracy": 0.1, "mae": 5.0, "val_loss": 2.0, "val_mae": 4.0},
    {"loss": 2.0, "accuracy": 0.9, "mae": 4.0, "val_loss": 1.0, "val_mae": 6.0},
]


@pytest.mark.parametrize("metrics", ["mae", ["mae"], ["val_mae"]])
def test_only_the_metrics_asked_for_have_curves_and_praise(metrics):
    plot = play(TrainingPlot(metrics=metrics), MANY)
    assert set(plot._display.lines) == {"loss", "val_loss", "mae", "val_mae"}
    assert plot.figure.axes[1].get_ylabel() == "mae"
    assert plot.figure.get_suptitle() == "epoch 2 of 2 · best validation mae 4.0000 in epoch 1"
    assert set(plot.history) == set(MANY[0])


def test_metrics_that_the_fit_does_not_have_are_warned_of_once_and_the_known_are_named():
    rule = r"^metrics must be among loss, accuracy\. Got auc, mse instead\.$"
    with pytest.warns(UserWarning, match=rule) as caught:
        play(TrainingPlot(metrics=["auc", "mse"]), [{"loss": 1.0, "accuracy": 0.5}] * 3)
    assert [one.category for one in caught].count(UserWarning) == 1


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"metrics": []}, r"metrics must be names of metrics\. Got \[\] instead"),
        ({"metrics": [3]}, r"metrics must be names of metrics\. Got \[3\] instead"),
        ({"log_scale": 1}, r"log_scale must be True or False\. Got 1 instead"),
        ({"batches": 0}, r"batches must be a whole number of at least 1\. Got 0 instead"),
        ({"last": 0}, r"last must be a whole number of at least 1\. Got 0 instead"),
        ({"target": "high"}, r"target must be a number, finite\. Got 'high' instead"),
        ({"compare": 3}, r"history must be a dict of names to lists .*\. Got 3 instead"),
        ({"path": "plot.txt"}, r"path must end in one of .*\.png.*\. Got 'plot\.txt' instead"),
        ({"path": "plot"}, r"path must end in one of .*\.svg.*\. Got 'plot' instead"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_before_anything_is_trained(setting, message):
    with pytest.raises(ValueError, match=message):
        TrainingPlot(**setting)


@pytest.mark.parametrize(
    "values", [(1.0, 0.0, 0.1), (-1.0, -2.0), (np.nan, 1.0), (0.0, 0.0), (np.nan,), (np.inf, 2.0)]
)
def test_a_logarithmic_scale_bears_losses_that_have_no_logarithm(values):
    plot = play(TrainingPlot(log_scale=True), [{"loss": v, "accuracy": 0.0} for v in values])
    plot.figure.canvas.draw()
    left, right = plot.figure.axes
    assert (left.get_yscale(), right.get_yscale()) == ("log", "linear")
    low, high = left.get_ylim()
    assert 0 < low < high < np.inf
    positive = [value for value in values if 0 < value < np.inf]
    assert all(low < value < high for value in positive)


def faint(axes):
    """Return the curves within the epochs."""
    return [line.get_xydata() for line in axes.lines if line.get_alpha()]


def still_fit(plot, size, epochs=1, metrics=("accuracy",)):
    """Fit with a learning rate of 0; return the expected loss and accuracy of each batch."""
    network = model(metrics=metrics)
    network.compile(keras.optimizers.SGD(0.0), network.loss, metrics=list(metrics))
    options = {"batch_size": size, "shuffle": False, "verbose": 0, "callbacks": [plot]}
    network.fit(X, Y, epochs=epochs, **options)
    weights, bias = network.get_weights()
    outputs = np.exp(X @ weights + bias)
    probability = (outputs / outputs.sum(axis=1, keepdims=True))[np.arange(len(Y)), Y]
    starts = range(0, len(Y), size)
    loss = [-np.log(probability[start : start + size]).mean() for start in starts]
    return np.array(loss), np.array(
        [(probability[start : start + size] > 0.5).mean() for start in starts]
    )


def test_within_the_epochs_each_point_is_the_mean_of_its_batches():
    plot = TrainingPlot(batches=3)
    loss, accuracy = still_fit(plot, size=8, epochs=2)  # 8 batches per epoch: 3, 3 and 2
    parts = [slice(0, 3), slice(3, 6), slice(6, 8)]
    when = np.array([1.5, 4.5, 7.0]) / 8
    for axes, values in zip(plot.figure.axes, (loss, accuracy), strict=True):
        (points,) = faint(axes)
        np.testing.assert_allclose(points[:, 0], [*when, *(1 + when)])
        np.testing.assert_allclose(points[:, 1], [values[p].mean() for p in parts] * 2, rtol=1e-4)


def test_a_last_batch_that_is_smaller_counts_with_those_before_it():
    plot = TrainingPlot(batches=1)
    loss, _ = still_fit(plot, size=24)  # 24, 24 and 16 examples
    (points,) = faint(plot.figure.axes[0])
    np.testing.assert_allclose(points[:, 0], [1 / 6, 3 / 6, 5 / 6])
    np.testing.assert_allclose(points[:2, 1], loss[:2], rtol=1e-4)
    whole = np.average(loss, weights=[24, 24, 16])
    np.testing.assert_allclose(points[2, 1], 3 * whole - 2 * loss[:2].mean(), rtol=1e-4)


def test_metrics_that_are_not_means_have_no_curve_within_the_epochs():
    plot = TrainingPlot(batches=2)
    y = np.eye(2, dtype="float32")[Y]
    network = model("mse", ["mae", keras.metrics.AUC(), keras.metrics.RootMeanSquaredError()])
    network.fit(X, y, batch_size=8, epochs=1, verbose=0, callbacks=[plot])
    left, right = plot.figure.axes
    assert len(faint(left)) == 1
    colors = [line.get_color() for line in right.lines if line.get_alpha()]
    assert colors == [plot._display.lines["mae"].get_color()]


@pytest.mark.parametrize("steps", [64, 61])
def test_within_the_epochs_points_beyond_the_limit_are_merged_to_means_of_more_batches(
    monkeypatch, steps
):
    monkeypatch.setattr(progress, "MAX_POINTS", 8)
    means, values, network = BatchMeans(1), RNG.normal(size=steps), model()
    means.begin_epoch(0, steps)
    for batch in range(steps):
        means.add(batch, {"loss": values[: batch + 1].mean()}, network)
        assert 1 <= means.curves["loss"].shape[1] <= 8
    begin = 0  # of the interval of a point
    for when, what in means.curves["loss"].T:
        end = round(2 * when * steps) - begin
        np.testing.assert_allclose(what, values[begin:end].mean())
        begin = end
    assert begin == steps


def test_without_curves_within_the_epochs_keras_does_not_wait_for_each_batch():
    callers = []
    always_waits = keras.backend.backend() == "tensorflow"

    class Watched(TrainingPlot):
        def on_train_batch_end(self, batch, logs=None):
            callers.append(threading.current_thread())
            super().on_train_batch_end(batch, logs)

    for batches, waits in ((None, False), (5, True)):
        callers.clear()
        model().fit(X, Y, verbose=0, callbacks=[Watched(batches=batches)])
        assert callers
        assert Watched(batches=batches).async_safe is not waits
        assert all(
            (caller is threading.main_thread()) is (waits or always_waits) for caller in callers
        )


def test_only_the_last_epochs_are_shown_if_asked_for():
    plot = play(TrainingPlot(last=3), losses(*range(100, 90, -1)))
    assert list(plot._display.lines["loss"].get_xdata()) == [8, 9, 10]
    low, high = plot.figure.axes[0].get_ylim()
    assert 90 < low < 91 < 93 < high < 94
    assert len(plot.history["loss"]) == 10


@pytest.mark.parametrize(("logs", "place"), [(losses(2.0, 1.0), 0), (MANY, 2)])
def test_the_target_is_a_line_across_the_metrics_or_the_loss_if_there_are_none(logs, place):
    plot = play(TrainingPlot(target=7.5), logs)
    lines = [[line for line in a.lines if line.get_linestyle() == "--"] for a in plot.figure.axes]
    levels = [[float(y) for line in there for y in line.get_ydata()] for there in lines]
    assert levels.pop(place) == [7.5, 7.5]
    assert not any(levels)
    low, high = plot.figure.axes[place].get_ylim()
    assert low < 7.5 < high


EARLIER = {"loss": [9.0, 8.0, 7.0], "val_loss": [9.5, 8.5, 7.5], "val_mae": [3.0, 2.0, 1.0]}


def earlier_fits():
    rows = zip(*EARLIER.values(), strict=True)
    plot = play(TrainingPlot("earlier"), [dict(zip(EARLIER, row, strict=True)) for row in rows])
    return [
        (EARLIER, ["run 1"]),
        (SimpleNamespace(history=EARLIER), ["run 1"]),
        (plot, ["earlier"]),
        ({"a": EARLIER, "b": plot}, ["a", "b"]),
        ([plot, EARLIER], ["earlier", "run 2"]),
    ]


@pytest.mark.parametrize("number", range(5))
def test_earlier_fits_are_gray_and_named_in_the_legend(number):
    compare, names = earlier_fits()[number]
    plot = play(TrainingPlot(compare=compare, metrics="mae"), MANY)
    left, right = plot.figure.axes
    assert [word for word in legend_words(left) if word in names] == names
    assert right.get_legend() is None or not set(names) & set(legend_words(right))
    for axes, what in ((left, "val_loss"), (right, "val_mae")):
        for name in names:
            line = plot._display.lines[name, what]
            assert line.axes is axes
            assert len(set(to_rgb(line.get_color()))) == 1
            np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
            np.testing.assert_array_equal(line.get_ydata(), EARLIER[what])
    grays = {plot._display.lines[name, "val_loss"].get_color() for name in names}
    assert len(grays) == len(names)


def test_an_earlier_fit_by_keras_is_taken(two_heads):
    _, history = two_heads
    plot = play(TrainingPlot(compare={"before": history}), losses(1.0))
    line = plot._display.lines["before", "val_loss"]
    np.testing.assert_array_equal(line.get_ydata(), history.history["val_loss"])


def test_the_saved_figure_is_complete_at_any_time(tmp_path, monkeypatch):
    monkeypatch.setattr(live_output.PlotThrottle, "due", True)
    path, found, before = tmp_path / "plot.png", set(), plt.get_fignums()

    class Look(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            found.add(path.read_bytes())

    model().fit(X, Y, epochs=3, verbose=0, callbacks=[TrainingPlot(path=path), Look()])
    assert len(found) >= 3
    for data in (*found, path.read_bytes()):
        assert data.startswith(b"\x89PNG")
        assert data[-8:-4] == b"IEND"
    assert [file.name for file in tmp_path.iterdir()] == ["plot.png"]
    assert plt.get_fignums() == before


class Raise(keras.callbacks.Callback):
    """Raise an error at the end of an epoch."""

    def __init__(self, epoch, error=RuntimeError):
        super().__init__()
        self.epoch, self.error = epoch, error

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.epoch:
            raise self.error


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_fit_has_its_last_epoch_in_the_file_when_python_ends(
    tmp_path, monkeypatch, error
):
    hooks, path = [], tmp_path / "plot.svg"
    fake_atexit = SimpleNamespace(register=hooks.append, unregister=hooks.remove)
    monkeypatch.setattr(training_plot, "atexit", fake_atexit)
    monkeypatch.setattr(live_output.PlotThrottle, "due", False)
    plot = TrainingPlot(path=path)
    with pytest.raises(error):
        model().fit(X, Y, epochs=9, verbose=0, callbacks=[plot, Raise(2, error)])
    assert "epoch 3 of 9" not in path.read_text(encoding="utf-8")
    (at_exit,) = hooks
    at_exit()
    assert "epoch 3 of 9" in path.read_text(encoding="utf-8")
    assert not hooks
    assert len(plot.history["loss"]) == 3


def test_a_fit_in_a_notebook_that_is_interrupted_has_its_last_epoch_in_the_file(
    notebook, tmp_path, monkeypatch
):
    monkeypatch.setattr(live_output.PlotThrottle, "due", False)
    path = tmp_path / "plot.svg"
    with pytest.raises(RuntimeError):
        model().fit(X, Y, epochs=9, verbose=0, callbacks=[TrainingPlot(path=path), Raise(1)])
    (after_cell,) = notebook.events.callbacks
    after_cell(None)
    assert "epoch 2 of 9" in path.read_text(encoding="utf-8")


def test_a_fit_after_a_failed_one_continues_the_curves(notebook):
    plot, network = TrainingPlot(), model()
    with pytest.raises(RuntimeError):
        network.fit(X, Y, epochs=9, verbose=0, callbacks=[plot, Raise(1)])
    network.fit(X, Y, epochs=1, verbose=0, callbacks=[plot])  # in the same cell
    for after_cell in list(notebook.events.callbacks):
        after_cell(None)
    assert not notebook.events.callbacks
    assert len(plot.history["loss"]) == 3
    assert plot.figure.get_suptitle().startswith("epoch 3 of 3")


def test_the_history_is_a_table(tmp_path):
    plot = play(TrainingPlot(), [{"loss": 0.1 + 0.2}, {"loss": 0.25, "val_loss": 0.5}])
    path = plot.to_csv(tmp_path / "fit.csv")
    assert path.read_text(encoding="utf-8").split() == [
        "epoch,loss,val_loss",
        "1,0.30000000000000004,",
        "2,0.25,0.5",
    ]


def test_fits_are_compared_with_a_color_each():
    one, other = play(TrainingPlot("one"), MANY), play(TrainingPlot("other"), MANY)
    figure = one.compare(other, {"loss": [1.0, 2.0]}, metrics="mae")
    left, right = figure.axes
    (legend,) = figure.legends
    words = [text.get_text() for text in legend.get_texts()]
    assert words == ["training", "validation"]
    names = [text.get_text().strip() for text in left.texts if text.get_text()]
    assert sorted(names) == ["one", "other", "run 3"]
    assert right.get_ylabel() == "mae"
    assert len({line.get_color() for line in left.lines if line.get_label() in names}) == 3
    plt.close(figure)


@pytest.fixture(scope="module")
def two_heads():
    """A plot and the Keras History of a model with two outputs, validated every third epoch."""
    keras.utils.set_random_seed(0)
    x = keras.Input((4,))
    heads = {
        "kind": keras.layers.Dense(2, activation="softmax", name="kind")(x),
        "size": keras.layers.Dense(1, name="size")(x),
    }
    network = keras.Model(x, heads)
    loss = {"kind": "sparse_categorical_crossentropy", "size": "mse"}
    network.compile("sgd", loss, metrics={"kind": ["accuracy"], "size": ["mae"]})
    data = X, {"kind": Y, "size": X[:, :1]}
    plot = TrainingPlot("two", batches=2)
    options = {"epochs": 7, "batch_size": 16, "verbose": 0, "callbacks": [plot]}
    history = network.fit(*data, validation_data=data, validation_freq=3, **options)
    return plot, history


def test_with_two_outputs_the_history_is_keras_s_own_to_the_last_bit(two_heads):
    plot, history = two_heads
    assert plot.history == history.history
    assert len(plot.history) == 10


def test_with_two_outputs_losses_have_one_axes_and_metrics_of_two_scales_two(two_heads):
    plot, history = two_heads
    left, *others = plot.figure.axes
    for name, line in plot._display.lines.items():
        assert line.axes in ([left] if name.endswith("loss") else others)
    assert max(plot.history["size_mae"]) > 1
    lines = plot._display.lines
    assert lines["kind_accuracy"].axes is not lines["size_mae"].axes is lines["val_size_mae"].axes
    assert set(plot._display.lines) == set(history.history)
    assert len(faint(left)) == 3


def test_validation_each_third_epoch_is_where_it_was(two_heads):
    plot, _ = two_heads
    for name, line in plot._display.lines.items():
        epochs = [3, 6] if name.startswith("val_") else [1, 2, 3, 4, 5, 6, 7]
        np.testing.assert_array_equal(line.get_xdata(), epochs)
        np.testing.assert_array_equal(line.get_ydata(), plot.history[name])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_title_has_the_first_epoch_of_a_diverged_loss(bad):
    plot = play(TrainingPlot(), losses(2.0, bad, 1.0, bad, bad))
    assert plot.figure.get_suptitle().endswith("the loss is not finite since epoch 4")
    np.testing.assert_array_equal(
        plot._display.lines["loss"].get_ydata(), [2, np.nan, 1, np.nan, np.nan]
    )
    plot.figure.canvas.draw()
    again = play(TrainingPlot(), losses(2.0, bad, 1.0))
    assert "not finite" not in again.figure.get_suptitle()


def test_a_fit_that_begins_later_has_its_curves_there():
    plot = play(TrainingPlot(), losses(2.0, 1.0), begin=4)
    np.testing.assert_array_equal(plot._display.lines["loss"].get_xdata(), [5, 6])
    assert plot.figure.get_suptitle() == "epoch 6 of 6 · best loss 1.0000 in epoch 6"


RATES = {
    "ReduceLROnPlateau": lambda: keras.callbacks.ReduceLROnPlateau(
        "loss", patience=1, min_delta=10, factor=0.5
    ),
    "LearningRateScheduler": lambda: keras.callbacks.LearningRateScheduler(
        lambda epoch: 0.1 / (epoch + 1)
    ),
    "CyclicLR": lambda: CyclicLR(0.01, 0.09, step_size=5),
    "schedule": None,
    "constant": None,
}


@pytest.mark.parametrize("kind", RATES)
def test_the_title_has_the_learning_rate_if_it_changes(kind):
    network, plot, rates = model(), TrainingPlot(), []
    decay = keras.optimizers.schedules.ExponentialDecay(0.1, 4, 0.5)
    network.compile(keras.optimizers.SGD(decay if kind == "schedule" else 0.1), network.loss)

    class Note(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            rate = self.model.optimizer.learning_rate
            rates.append(float(keras.ops.convert_to_numpy(rate)))

    others = [RATES[kind]()] if RATES[kind] else []
    network.fit(X, Y, epochs=4, batch_size=16, verbose=0, callbacks=[Note(), plot, *others])
    title = plot.figure.get_suptitle()
    if kind == "constant":
        assert "learning rate" not in title
    else:
        assert rates[-1] != rates[0]
        assert f" · learning rate {rates[-1]:.2g}" in title


def test_a_model_without_a_learning_rate_has_none_in_the_title():
    plot = play(TrainingPlot(), losses(2.0, 1.0), network=SimpleNamespace(optimizer=None))
    assert plot.figure.get_suptitle() == "epoch 2 of 2 · best loss 1.0000 in epoch 2"


def test_an_error_in_another_callback_leaves_the_history_and_a_last_frame(notebook, monkeypatch):
    monkeypatch.setattr(live_output.PlotThrottle, "due", False)
    plot, network = TrainingPlot(), model()
    with pytest.raises(RuntimeError):
        network.fit(X, Y, epochs=9, verbose=0, callbacks=[Raise(2), plot])
    for after_cell in list(notebook.events.callbacks):
        after_cell(None)
    assert len(plot.history["loss"]) == 2  # the third epoch has no values yet
    assert plot.history["loss"] == network.history.history["loss"][:2]
    assert notebook.shown[0].bundles[-1]["text/plain"].startswith("epoch 2 of 9")


def test_no_widgets_are_needed(notebook, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    play(TrainingPlot(), losses(2.0, 1.0))
    assert notebook.shown[0].bundles[-1]["text/plain"].startswith("epoch 2 of 2 · loss 1.0000")


def test_a_plot_of_a_thousand_epochs_has_no_more_artists_than_one_of_ten(monkeypatch):
    monkeypatch.setattr(live_output.PlotThrottle, "due", True)

    def artists(count):
        logs = [{"loss": 1 / i, "accuracy": 0.5, "val_loss": 2 / i} for i in range(1, count + 1)]
        plot = play(TrainingPlot("title", target=0.9, compare=EARLIER), logs)
        return [len(axes.get_children()) for axes in plot.figure.axes] + [
            len(plot.figure.get_children())
        ]

    assert artists(1000) == artists(10)


class Clock:
    """Clock whose time the test sets."""

    def __init__(self):
        self.now = 100.0

    def perf_counter(self):
        return self.now


def test_a_pause_is_shown_and_its_time_not_counted(notebook, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time, "perf_counter", clock.perf_counter)
    plot = TrainingPlot()
    plot.set_params({"epochs": 4, "steps": None})
    plot.set_model(model())
    plot.on_train_begin()
    plot.on_epoch_begin(0)
    clock.now += 10
    plot.on_epoch_end(0, {"loss": 1.0})
    assert plot.status().endswith(" · 30 s left")
    with plot.paused():
        clock.now += 1000
        assert " · paused" in plot.figure.get_suptitle()
    assert plot.status().endswith(" · 30 s left")
    plot.on_train_end()
    assert "paused" not in plot.figure.get_suptitle()


def test_a_pause_that_is_interrupted_is_over(notebook):
    plot = TrainingPlot()
    plot.set_params({"epochs": 4, "steps": None})
    plot.set_model(model())
    plot.on_train_begin()
    plot.on_epoch_begin(0)
    with pytest.raises(KeyboardInterrupt), plot.paused():
        raise KeyboardInterrupt
    plot.on_train_end()
    assert "paused" not in plot.figure.get_suptitle()


def test_values_that_later_callbacks_add_to_the_logs_are_in_the_history(tmp_path):
    slower = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    plot = TrainingPlot()
    history = model().fit(X, Y, epochs=3, verbose=0, callbacks=[plot, slower]).history
    assert plot.history == history
    assert len(plot.history["learning_rate"]) == 3
    assert "learning_rate" in plot.to_csv(tmp_path / "fit.csv").read_text()


def test_a_figure_that_cannot_be_saved_does_not_end_the_fit(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()

    class Remove(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            shutil.rmtree(folder, ignore_errors=True)

    plot = TrainingPlot(path=folder / "fit.png")
    with pytest.warns(UserWarning, match="no longer saved"):
        model().fit(X, Y, epochs=3, verbose=0, callbacks=[plot, Remove()])
    assert len(plot.history["loss"]) == 3


def test_a_missing_folder_is_refused_before_the_fit(tmp_path):
    with pytest.raises(ValueError, match=r"path must be in a folder that exists\. Got '.*a\.png'"):
        TrainingPlot(path=tmp_path / "no" / "a.png")


def test_text_in_the_logs_is_in_the_history_and_not_plotted(capsys):
    class Says(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["phase"] = "warm"

    plot = TrainingPlot()
    model().fit(X, Y, epochs=2, verbose=0, callbacks=[Says(), plot])
    assert plot.history["phase"] == ["warm", "warm"]
    assert "warm" not in capsys.readouterr().err


def test_metrics_that_come_later_get_their_axes():
    plot, network = TrainingPlot(), model(metrics=())
    network.fit(X, Y, epochs=2, verbose=0, callbacks=[plot])
    left, right = plot.figure.axes
    assert not right.get_visible()
    network.compile("sgd", network.loss, metrics=["accuracy"])
    network.fit(X, Y, epochs=2, verbose=0, callbacks=[plot])
    assert right.get_visible()
    assert left.get_position().x1 < right.get_position().x0


def test_the_figure_is_the_same_before_and_after_the_first_fit():
    plot = TrainingPlot()
    figure = plot.figure
    model().fit(X, Y, verbose=0, callbacks=[plot])
    assert plot.figure is figure


@pytest.mark.filterwarnings("ignore:.shuffle=True. was passed:UserWarning")
@pytest.mark.filterwarnings("ignore:Your input ran out of data:UserWarning")
def test_within_the_epochs_of_a_dataset_of_unknown_length_there_is_a_curve_from_the_second_on():
    plot, network = TrainingPlot(batches=1), model()
    for _ in range(2):
        batches = (pair for pair in [(X[:16], Y[:16])] * 4)
        network.fit(batches, verbose=0, callbacks=[plot])
    assert len(plot._batch_means.curves["loss"][0]) == 4


UNIT = ["binary_accuracy", "precision", "recall", "auc"]
COUNTS = ["tp", "fp", "tn", "fn"]


def eight_metrics(epoch):
    """Return logs with four metrics in [0, 1] and four counts, with validation."""
    values = (
        {"loss": 1 / (epoch + 1)} | dict.fromkeys(UNIT, 0.5) | dict.fromkeys(COUNTS, 200 + epoch)
    )
    return values | {f"val_{name}": value for name, value in values.items()}


def test_a_live_figure_of_many_metrics_has_one_size_and_high_axes(notebook, monkeypatch):
    monkeypatch.setattr(live_output.PlotThrottle, "due", True)
    plot = play(TrainingPlot("data"), [eight_metrics(epoch) for epoch in range(4)])
    sizes = {bundle["image/png"][16:24] for bundle in notebook.shown[0].bundles}
    assert len(sizes) == 1
    homes = {name: plot._display.lines[name].axes for name in (*UNIT, *COUNTS)}
    assert len({homes[name] for name in UNIT}) == len({homes[name] for name in COUNTS}) == 1
    assert homes["tp"] is not homes["auc"]
    assert all(axes.get_position().height > 0.5 for axes in plot.figure.axes)


def test_a_live_figure_grows_once_for_rows_of_panels(notebook, monkeypatch):
    monkeypatch.setattr(live_output.PlotThrottle, "due", True)
    first = {"loss": 9.0, "mae": 3.0, "mape": 80.0, "r2_score": -0.5, "accuracy": 0.5, "auc": 0.5}
    later = first | {"auc": 1.5}  # another scale
    plot = play(TrainingPlot("data"), [first, first, later, later])
    bundles = notebook.shown[0].bundles
    sizes = [bundle["image/png"][16:24] for bundle in bundles]
    texts = [bundle["text/plain"] for bundle in bundles]
    begun = texts.index(next(text for text in texts if "loss" in text))
    assert len(set(sizes[begun:])) == 1
    assert plot._display.lines["auc"].axes is not plot._display.lines["accuracy"].axes
    np.testing.assert_array_equal(plot._display.lines["auc"].get_ydata(), [0.5, 0.5, 1.5, 1.5])


def test_given_panels_determine_the_size_before_the_first_epoch(notebook, monkeypatch):
    monkeypatch.setattr(live_output.PlotThrottle, "due", True)
    panels = [["accuracy"], ["mae"], ["learning_rate"]]
    play(TrainingPlot(panels=panels), [{"loss": 9.0, "mae": 30.0, "accuracy": 0.5}] * 3)
    assert len({bundle["image/png"][16:24] for bundle in notebook.shown[0].bundles}) == 1


def test_a_learning_rate_asked_for_has_a_panel_though_keras_does_not_log_it():
    plot = TrainingPlot(panels=["accuracy", "learning_rate"])
    model().fit(X, Y, epochs=3, verbose=0, callbacks=[plot])
    np.testing.assert_allclose(plot._display.lines["learning_rate"].get_ydata(), [0.01] * 3)
    assert plot._display.lines["learning_rate"].axes.get_ylabel() == "learning rate"


def test_the_title_names_a_metric_of_many_numbers_that_is_left_out():
    plot = play(TrainingPlot(), [{"loss": 1.0, "f1_score": np.ones(3)}] * 2)
    assert "f1_score" in plot.figure.get_suptitle()
    assert set(plot._display.lines) == {"loss"}


def test_small_values_have_their_digits(capsys):
    plot = play(TrainingPlot(), [{"loss": 2e-5, "learning_rate": 1e-5}])
    assert plot.status() == "epoch 1 of 1 · loss 2e-05 · learning_rate 1e-05"
    assert "best loss 2e-05 in epoch 1" in plot.figure.get_suptitle()
    assert "0.0000" not in capsys.readouterr().err


def test_a_title_with_dollars_breaks_no_fit(tmp_path):
    plot = TrainingPlot("rent in $_per_$ night", path=tmp_path / "fit.png")
    model().fit(X, Y, epochs=1, verbose=0, callbacks=[plot])
    assert plot.figure.get_suptitle().startswith("rent in $_per_$ night\n")


def test_a_loop_of_one_s_own_has_a_history_and_a_last_frame(tmp_path, capsys):
    path = tmp_path / "loop.svg"
    tensor = keras.ops.convert_to_tensor(0.5)
    with TrainingPlot("own loop", path=path, epochs=3) as plot:
        for epoch in range(3):
            plot.log(epoch, loss=np.float32(1 / 2**epoch), val_loss=2.0, accuracy=tensor)
            assert plot.status().startswith(f"epoch {epoch + 1} of 3 ·")
    assert plot.history == {"loss": [1.0, 0.5, 0.25], "val_loss": [2.0] * 3, "accuracy": [0.5] * 3}
    assert plot.epoch_history.epochs["loss"] == [1, 2, 3]
    assert "epoch 3 of 3" in path.read_text(encoding="utf-8")
    assert len(capsys.readouterr().err.splitlines()) == 3


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failed_custom_loop_has_its_last_epoch_in_the_figure(notebook, monkeypatch, error):
    monkeypatch.setattr(live_output.PlotThrottle, "due", False)
    with pytest.raises(error), TrainingPlot() as plot:
        plot.log(0, loss=2.0)
        plot.log(1, loss=1.0)
        raise error
    texts = [bundle["text/plain"] for bundle in notebook.shown[0].bundles]
    assert texts == ["epoch 1, 0%", "epoch 2 of 2 · loss 1.0000"]
    assert not notebook.events.callbacks


def test_a_loop_of_one_s_own_needs_no_block_and_may_log_an_epoch_in_parts(notebook):
    plot = TrainingPlot()
    for epoch in (4, 5):
        plot.log(epoch, loss=1.0)
        plot.log(epoch, val_loss=2.0)
    for after_cell in list(notebook.events.callbacks):
        after_cell(None)
    assert plot.epoch_history.epochs == {"loss": [5, 6], "val_loss": [5, 6]}
    assert plot.figure.get_suptitle().startswith("epoch 6 of 6")


def test_a_second_loop_continues_the_curves():
    plot = TrainingPlot(epochs=2)
    for _ in range(2):
        with plot:
            for epoch in range(2):
                plot.log(epoch, loss=1.0)
    assert plot.epoch_history.epochs["loss"] == [1, 2, 3, 4]
    assert plot.status().startswith("epoch 4 of 4")


@pytest.mark.parametrize(
    ("epoch", "values", "message"),
    [
        (-1, {"loss": 1.0}, r"epoch must be a whole number of at least 0\. Got -1 instead"),
        (1, {"loss": "low"}, r"loss must be a single number\. Got 'low' instead"),
        (1, {"f1": [0.1, 0.2]}, r"f1 must be a single number\. Got \[0\.1, 0\.2\] instead"),
        (0, {"loss": 1.0}, r"epoch must be later than the last one with loss\. Got epoch 0 again"),
    ],
)
def test_invalid_values_in_log_are_refused(epoch, values, message):
    with TrainingPlot() as plot:
        plot.log(0, loss=1.0)
        with pytest.raises(ValueError, match=message):
            plot.log(epoch, **values)
    assert plot.history == {"loss": [1.0]}


@pytest.mark.parametrize("epochs", [0, 1.5, "3"])
def test_an_invalid_number_of_epochs_is_refused(epochs):
    with pytest.raises(ValueError, match=r"epochs must be a whole number of at least 1\. Got"):
        TrainingPlot(epochs=epochs)


@pytest.mark.parametrize(("max_overhead", "n_frames"), [(0.05, 40), (0.2, 160)])
def test_drawing_takes_at_most_a_fraction_of_the_time(monkeypatch, max_overhead, n_frames):
    clock = Clock()
    monkeypatch.setattr(time, "perf_counter", clock.perf_counter)
    throttle = live_output.PlotThrottle(max_overhead)
    drawn = 0
    start = clock.now
    while clock.now < start + 100:
        if drawn == 0 or throttle.due:
            with throttle.frame():
                clock.now += 0.1
            drawn += 1
            drawing_time = (drawn + 1) * 0.1  # with a last frame
            assert drawn == 1 or drawing_time <= max_overhead * (clock.now - start) + 1e-9
        clock.now += 0.05
    assert drawn > n_frames


def test_the_default_overhead_is_a_twentieth():
    assert live_output.PlotThrottle().max_overhead == TrainingPlot()._throttle.max_overhead == 0.05


@pytest.mark.parametrize("max_overhead", [0, -0.05, float("nan"), "0.05", None])
def test_an_overhead_that_is_not_positive_is_refused(max_overhead):
    with pytest.raises(ValueError, match=r"max_overhead must be .*\. Got"):
        TrainingPlot(max_overhead=max_overhead)
