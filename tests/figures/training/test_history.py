import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from mlcourse.figures import HistoryDisplay, plot_history
from mlcourse.history import History
from tests.conftest import slow
from tests.figures.conftest import log_of

HISTORY = {
    "loss": [1.0, 0.5, 0.3],
    "accuracy": [0.5, 0.7, 0.9],
    "val_loss": [1.1, 0.6, 0.7],
    "val_accuracy": [0.4, 0.8, 0.6],
}


def test_each_value_is_where_its_epoch_is():
    display = HistoryDisplay()
    log = History()
    for epoch, values in zip((5, 6, 7), zip(*HISTORY.values(), strict=True), strict=True):
        log.add(epoch, dict(zip(HISTORY, values, strict=True)))
    display.update(log)
    assert set(display.lines) == set(HISTORY)
    for key, line in display.lines.items():
        np.testing.assert_array_equal(line.get_xdata(), [5, 6, 7])
        np.testing.assert_array_equal(line.get_ydata(), HISTORY[key])


def test_losses_and_metrics_have_an_axes_each():
    display = HistoryDisplay()
    left, right = display.update({**HISTORY, "head_loss": [1, 1, 1]}).axes
    assert [display.lines[key].axes for key in ("loss", "val_loss", "head_loss")] == [left] * 3
    assert [display.lines[key].axes for key in ("accuracy", "val_accuracy")] == [right] * 2
    assert (left.get_ylabel(), right.get_ylabel()) == ("loss", "accuracy")


@pytest.mark.parametrize(
    ("name", "label", "word"),
    [
        ("sparse_categorical_accuracy", "accuracy", "sparse_categorical_accuracy"),
        ("top_5_accuracy", "top 5 accuracy", "training"),
    ],
)
def test_a_metric_is_an_axis_s_label_that_has_room_beside_it(name, label, word):
    display = HistoryDisplay()
    _, right = display.update({"loss": [1], name: [0.5], f"val_{name}": [0.4]}).axes
    assert right.get_ylabel() == label
    assert legend_words(right) == [word, "validation"]


def test_training_and_validation_share_a_color_and_differ_in_line():
    display = HistoryDisplay()
    display.update({**HISTORY, "mae": [1, 1, 1], "val_mae": [2, 2, 2]})
    lines = display.lines
    for key in ("loss", "accuracy", "mae"):
        assert lines[key].get_color() == lines[f"val_{key}"].get_color()
        assert (lines[key].get_linestyle(), lines[f"val_{key}"].get_linestyle()) == ("-", ":")
    assert lines["accuracy"].get_color() != lines["mae"].get_color()


def test_artists_are_moved_not_made_again():
    display = HistoryDisplay()
    display.update({key: values[:1] for key, values in HISTORY.items()})
    lines, counts = dict(display.lines), [len(axes.lines) for axes in display.figure.axes]
    display.update(HISTORY, "later")
    display.figure.canvas.draw()
    assert display.lines == lines
    assert [len(axes.lines) for axes in display.figure.axes] == counts


def test_the_limits_follow_the_curves():
    display = HistoryDisplay()
    display.update({"loss": [1.0]})
    display.update({"loss": [1.0, 40.0]})
    assert display.figure.axes[0].get_ylim()[1] > 40


def test_pyplot_knows_nothing_of_it():
    before = plt.get_fignums()
    HistoryDisplay().update(HISTORY, "title")
    assert plt.get_fignums() == before


def test_values_that_are_no_numbers_are_gaps():
    display = HistoryDisplay()
    history = {"loss": [1.0, np.nan, 3.0], "val_loss": [np.inf] * 3, "f1": [np.ones(2)] * 3}
    history["none"] = []
    display.update(history)
    display.figure.canvas.draw()
    np.testing.assert_array_equal(display.lines["loss"].get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(display.lines["loss"].get_ydata(), [1, np.nan, 3])
    assert np.isnan(display.lines["val_loss"].get_ydata()).all()
    assert set(display.lines) == {"loss", "val_loss"}


def test_a_bar_shows_how_much_is_done():
    display = HistoryDisplay()
    track, bar = display.figure.artists
    for progress in (0.25, 0.75, 0.0):
        display.update(HISTORY, progress=progress)
        assert bar.get_width() == progress
        assert track.get_width() == (progress > 0)


class Fit:
    """Stands in for Keras's History, a TrainingPlot, a Run: it has a history, and maybe a name."""

    def __init__(self, history, **names):
        self.history = history
        vars(self).update(names)


def curves(axes):
    """The lines with a legend's color: those through values."""
    return [line for line in axes.lines if len(line.get_xdata()) and line.get_linewidth() > 1.5]


def legend_words(axes):
    legend = axes.get_legend()
    return [text.get_text() for text in legend.get_texts()] if legend else []


@pytest.mark.parametrize(
    "history", [HISTORY, Fit(HISTORY), log_of(HISTORY), Fit({}, log=log_of(HISTORY)), [HISTORY]]
)
def test_one_fit_has_a_curve_a_value_and_its_best_in_the_title(history):
    figure = plot_history(history, title="data")
    left, right = figure.axes
    assert legend_words(left) == ["training", "validation"]
    assert legend_words(right) == []  # the same lines, and the y label names them
    for axes, name in ((left, "loss"), (right, "accuracy")):
        lines = [line for line in axes.lines if line.get_label().startswith(name)]
        assert [line.get_linestyle() for line in lines] == ["-", ":"]
        for line, key in zip(lines, (name, f"val_{name}"), strict=True):
            np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
            np.testing.assert_array_equal(line.get_ydata(), HISTORY[key])
    best = "best validation accuracy 0.8000 in epoch 2"
    assert figure.get_suptitle() == f"data\n3 epochs · {best}"


def rings(axes):
    lines = [line for line in axes.lines if line.get_markerfacecolor() == "none"]
    return [list(point) for line in lines for point in line.get_xydata()]


def test_the_best_epoch_has_a_ring_and_a_line():
    left, right = plot_history(HISTORY).figure.axes
    assert rings(left) == []
    assert rings(right) == [[2, 0.8]]
    for axes in (left, right):
        assert [2, 2] in [list(line.get_xdata()) for line in axes.lines]


def test_there_is_one_ring_even_if_another_value_becomes_the_one_to_judge_by():
    display = HistoryDisplay()
    display.update({"loss": [1.0], "auc": [np.nan]})
    display.update({"loss": [1.0, 0.9, 0.8], "auc": [np.nan, 0.5, 0.6]})
    left, right = display.figure.axes
    assert rings(left) == []
    assert rings(right) == [[3, 0.6]]


RUNS = {"wide": HISTORY, "deep": {key: values[:2] for key, values in HISTORY.items()}}


@pytest.mark.parametrize(
    "runs",
    [
        RUNS,
        {name: Fit(history) for name, history in RUNS.items()},
        [Fit(history, name=name) for name, history in RUNS.items()],
        [Fit(history, title=name) for name, history in RUNS.items()],
    ],
)
def test_several_fits_have_a_color_and_one_legend_entry_each(runs):
    figure = plot_history(runs, title="two nets")
    assert figure.get_suptitle() == "two nets"
    assert words_of_all_legends(figure) == ["wide", "deep", "training", "validation"]
    colors = []
    for axes, name in zip(figure.axes, ("loss", "accuracy"), strict=True):
        lines = curves(axes)
        assert [line.get_linestyle() for line in lines] == ["-", ":"] * 2
        keys = [(run, key) for run in RUNS for key in (name, f"val_{name}")]
        for line, (run, key) in zip(lines, keys, strict=True):
            np.testing.assert_array_equal(line.get_ydata(), RUNS[run][key])
        colors.append([line.get_color() for line in lines])
    assert colors[0] == colors[1]
    first, first_too, second, second_too = colors[0]
    assert first == first_too != second == second_too
    (legend,) = figure.legends
    assert [line.get_color() for line in legend.get_lines()][:2] == [first, second]


def words_of_all_legends(figure):
    legends = [*figure.legends, *(axes.get_legend() for axes in figure.axes)]
    shown = [legend for legend in legends if legend is not None and legend.get_visible()]
    return [text.get_text() for legend in shown for text in legend.get_texts()]


def test_of_several_fits_one_metric_is_shown_be_it_asked_for_or_that_of_the_first():
    more = {**HISTORY, "mae": [3.0, 2.0, 1.0], "val_mae": [4.0, 3.0, 2.0]}
    shown = plot_history({"a": more, "b": HISTORY}, metrics="mae").axes[1]
    assert shown.get_ylabel() == "mae"
    assert [line.get_ydata()[0] for line in curves(shown)] == [3.0, 4.0]
    assert plot_history({"a": more, "b": HISTORY}).axes[1].get_ylabel() == "accuracy"


def test_several_fits_without_a_metric_have_their_losses():
    figure = plot_history({"a": {"loss": [2.0, 1.0]}, "b": {"val_loss": [3.0, 2.0]}})
    left, right = figure.axes
    assert names_at_ends(left) == {"a": 1.0, "b": 2.0}
    assert [line.get_linestyle() for line in curves(left)] == ["-", ":"]
    assert not curves(right)


def test_many_fits_differ_in_color():
    figure = plot_history({f"run {i}": {"loss": [i, i + 1, i + 2.0]} for i in range(12)})
    assert len({line.get_color() for line in curves(figure.axes[0])}) == 12


def test_only_the_metrics_asked_for_are_shown():
    figure = plot_history({**HISTORY, "mae": [3.0, 2.0, 1.0]}, metrics=["mae"])
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "mae"]
    assert figure.get_suptitle() == "3 epochs · best validation loss 0.6000 in epoch 2"


@pytest.mark.parametrize("history", [HISTORY, {"a": HISTORY, "b": HISTORY}])
def test_a_target_is_a_line_across_the_metrics(history):
    left, right = plot_history(history, target=0.95).axes
    levels = [
        [list(line.get_ydata()) for line in axes.lines if line.get_linestyle() == "--"]
        for axes in (left, right)
    ]
    assert [0.95, 0.95] in levels[1]
    assert [0.95, 0.95] not in levels[0]
    assert right.get_ylim()[1] > 0.95
    assert plot_history({"loss": [3.0, 2.0]}, target=0.1).axes[0].get_ylim()[0] < 0.1


def test_only_the_last_epochs_are_shown_if_asked_for():
    figure = plot_history(
        {"loss": [50.0, 3.0, 2.0, 1.0], "val_loss": [60.0, 3.5, 3.4, 3.3]}, last=2
    )
    for line in curves(figure.axes[0]):
        np.testing.assert_array_equal(line.get_xdata(), [3, 4])
    assert figure.axes[0].get_ylim()[1] < 4
    assert figure.axes[0].get_xlim()[0] > 2


def test_of_several_fits_too_only_the_last_epochs_are_shown_if_asked_for():
    runs = {"a": {"loss": [50.0, 3.0, 2.0, 1.0]}, "b": {"loss": [60.0, 5.0, 4.0, 3.0]}}
    for line in curves(plot_history(runs, last=2).axes[0]):
        np.testing.assert_array_equal(line.get_xdata(), [3, 4])


@pytest.mark.parametrize("values", [[1.0, 0.1, 0.01], [0.0, -1.0, 2.0], [0.0, 0.0, 0.0]])
def test_a_logarithmic_scale_is_of_the_losses_alone(values):
    figure = plot_history({"loss": values, "accuracy": [0.0, 0.5, 1.0]}, log_scale=True)
    figure.canvas.draw()
    left, right = figure.axes
    assert (left.get_yscale(), right.get_yscale()) == ("log", "linear")
    assert 0 < left.get_ylim()[0] < left.get_ylim()[1]


@pytest.mark.parametrize(
    ("history", "options", "message"),
    [
        (3, {}, r"history must be a dict of names to lists of values.*\. Got 3 instead"),
        ([], {}, r"history must hold at least one fit\. Got \[\] instead"),
        ({}, {}, r"history must hold at least one fit\. Got \{\} instead"),
        ({"a": HISTORY, "b": 3}, {}, r"history must be a dict of names to lists .* Got 3 inst"),
        (HISTORY, {"metrics": "acuracy"}, r"metrics must be one of loss, accuracy\. Got 'acur"),
        (HISTORY, {"metrics": []}, r"metrics must be names of metrics\. Got \[\] instead"),
    ],
)
def test_what_is_no_history_is_refused(history, options, message):
    with pytest.raises(ValueError, match=message):
        plot_history(history, **options)
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"last": 0}, r"last must be a whole number of at least 1\. Got 0 instead"),
        ({"last": 2.5}, r"last must be a whole number of at least 1\. Got 2\.5 instead"),
        ({"target": np.nan}, r"target must be a number, finite\. Got nan instead"),
        ({"log_scale": "yes"}, r"log_scale must be True or False\. Got 'yes' instead"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        plot_history(HISTORY, **setting)


def test_a_figure_of_one_s_own_is_filled():
    figure = Figure((6, 3))
    assert plot_history(HISTORY, fig=figure) is figure
    assert len(figure.axes) == 2
    assert not plt.get_fignums()


@pytest.mark.parametrize("history", [HISTORY, {"a": HISTORY, "b": HISTORY}])
def test_a_part_of_a_figure_is_filled_and_nothing_beside_it(history):
    whole = figure_of((12, 4))
    left, right = whole.subfigures(1, 2)
    assert plot_history(history, title="data", fig=right) is right
    assert whole.get_size_inches().tolist() == [12, 4]
    assert len(right.axes) == 2 and not left.axes
    whole.canvas.draw()
    title = right._suptitle.get_window_extent()
    for legend in [*right.legends, *(axes.get_legend() for axes in right.axes)]:
        if legend:
            box = legend.get_window_extent()
            assert within(box, right.bbox) and box.y1 <= title.y0 + 1
            assert all(axes.bbox.y1 <= box.y0 + 1 for axes in right.axes)
    for axes in right.axes:
        for text in (axes.xaxis.label, axes.yaxis.label, *ticks_shown(axes)):
            assert within(text.get_window_extent(), right.bbox), text


LONG = "Fashion-MNIST stand-in, 256-64-32, batch norm, dropout, weight decay, seed 3"


@pytest.mark.parametrize("size", [None, (7, 3), (9, 5), (14, 4)])
@pytest.mark.parametrize("several", [False, True])
def test_texts_stay_within_the_figure_and_legends_within_their_axes(size, several):
    history = {**HISTORY, "mae": [3e5, 2e5, 1e5], "val_mae": [3e5, 2e5, 1e5]}
    runs = {f"network {i}": history for i in range(4)} if several else history
    figure = plot_history(runs, title="Fashion-MNIST, 256-64-32", fig=figure_of(size))
    figure.canvas.draw()
    title, outer = figure._suptitle.get_window_extent(), figure.bbox
    for text in figure.texts:
        assert within(text.get_window_extent(), outer), text
    for legend in figure.legends:
        box = legend.get_window_extent()
        assert within(box, outer)
        assert box.y1 <= title.y0 + 1
        assert all(axes.bbox.y1 <= box.y0 for axes in figure.axes)
    for axes in figure.axes:
        assert title.y0 >= axes.bbox.y1
        assert axes.bbox.height > 80
        for text in (axes.xaxis.label, axes.yaxis.label, *ticks_shown(axes)):
            assert within(text.get_window_extent(), outer), text
        if axes.get_legend():
            box = axes.get_legend().get_window_extent()
            assert within(box, outer)
            assert axes.bbox.y1 <= box.y0 < box.y1 <= title.y0 + 1
    boxes = [axes.bbox for axes in figure.axes]
    for axes in figure.axes:
        label = axes.yaxis.label.get_window_extent()
        assert not label.count_overlaps(boxes)


def test_an_earlier_fit_that_is_longer_does_not_squeeze_the_last_epochs():
    longer = {name: values * 20 for name, values in HISTORY.items()}
    display = HistoryDisplay(last=2, compare={"longer": longer})
    left, _ = display.update(HISTORY).axes
    assert left.get_xlim() == pytest.approx((1.6, 3.4))


def figure_of(size):
    """A figure of that size that can be drawn, outside pyplot; None for None."""
    figure = size and Figure(size)
    if figure:
        FigureCanvasAgg(figure)
    return figure


def within(box, outer):
    return outer.x0 <= box.x0 and box.x1 <= outer.x1 and outer.y0 <= box.y0 and box.y1 <= outer.y1


def ticks_shown(axes):
    """The labels of the ticks that are within the limits: Matplotlib draws no others."""
    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        for tick in axis.get_major_ticks():
            if low <= tick.get_loc() <= high and tick.label1.get_text():
                yield tick.label1


def test_a_long_title_shrinks_and_a_short_one_grows_again():
    display = HistoryDisplay()

    def size(title):
        display.update(HISTORY, title)
        return display.figure._suptitle.get_fontsize()

    assert size("short") == 13
    assert 10 <= size("x" * 95) < 13
    assert size("x" * 400) == 10  # no smaller: one can read it still
    assert size("short") == 13


def test_in_a_narrow_figure_the_same_title_is_smaller():
    sizes = []
    for width in (12, 7):
        figure = plot_history(HISTORY, title=LONG, fig=figure_of((width, 3.6)))
        sizes.append(figure._suptitle.get_fontsize())
    assert sizes[0] == 13
    assert sizes[1] < 13


@pytest.mark.parametrize("log_scale", [False, True])
@pytest.mark.parametrize("loss", [5e-324, 9e-46, 1e38, 1.7e308])
def test_losses_at_the_ends_of_what_floats_hold_have_an_axis(loss, log_scale):
    figure = plot_history({"loss": [loss, 1.0]}, log_scale=log_scale)
    figure.draw_without_rendering()
    low, high = figure.axes[0].get_ylim()
    assert np.isfinite([low, high]).all() and low < high


def home(figure, name):
    """The Axes that have the curve of that name, by its y label or its legend."""
    shown = name.replace("_", " ")
    return next(
        axes for axes in figure.axes if axes.get_ylabel() == shown or name in legend_words(axes)
    )


def many(names, values=(0.1, 0.2, 0.3)):
    history = {"loss": [3, 2, 1], "val_loss": [3, 2, 1.5]}
    return history | {key: list(values) for name in names for key in (name, f"val_{name}")}


@pytest.mark.parametrize("width", [6, *slow(9)])
@pytest.mark.parametrize("count", [1, 3, 12, *slow(2, 6, 8, 24)])
@pytest.mark.parametrize("name", ["m{}", "sparse_categorical_accuracy_{}"])
def test_any_number_of_metrics_leaves_the_curves_their_room(name, count, width):
    names = [name.format(number) for number in range(count)]
    figure = plot_history(many(names), fig=figure_of((width, 3.6)))
    figure.canvas.draw()
    assert all(home(figure, each) for each in names)
    for axes in figure.axes:
        assert axes.bbox.height >= 1.49 * figure.dpi
        if legend := axes.get_legend():
            box = legend.get_window_extent()
            assert within(box, figure.bbox)
            assert box.height <= figure.bbox.height / 4
        assert len({line.get_color() for line in curves(axes)}) == len(curves(axes)) / 2


def test_of_several_outputs_the_total_loss_has_the_first_color_and_the_parts_others():
    parts = {f"a{i}_loss": [1.0, 0.5] for i in range(5)}
    display = HistoryDisplay()
    display.update({**parts, "loss": [5.0, 2.5]})
    colors = [display.lines[name].get_color() for name in ("loss", *parts)]
    assert colors[0] == "#0072B2"
    assert len(set(colors)) == 6


def test_each_scale_has_its_axes():
    history = {
        "loss": [9.0], "accuracy": [0.5], "auc": [0.6], "tp": [700], "fp": [1],
        "mae": [3.0], "mape": [8.0], "r2_score": [-0.5],
    }  # fmt: skip
    figure = plot_history(history)
    groups = [("loss",), ("accuracy", "auc"), ("tp", "fp"), ("mae",), ("mape",), ("r2_score",)]
    homes = [{id(home(figure, name)) for name in group} for group in groups]
    assert [len(found) for found in homes] == [1] * len(groups)
    assert len(set.union(*homes)) == len(groups) == len(figure.axes)


def test_panels_are_chosen_and_the_learning_rate_has_one_only_there():
    history = {**HISTORY, "tp": [1, 2, 3], "learning_rate": [0.1, 0.01, 0.001]}
    figure = plot_history(history, panels=[["accuracy", "tp"], ["learning_rate"]])
    assert home(figure, "accuracy") is home(figure, "tp")
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "metric", "learning rate"]
    with pytest.raises(StopIteration):
        home(plot_history(history), "learning_rate")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"panels": []}, r"panels must be lists of names, .*\. Got \[\] instead"),
        ({"panels": [3]}, r"panels must be lists of names, .*\. Got \[3\] instead"),
        ({"panels": ["acuracy"]}, r"panels must be one of loss, accuracy\. Got 'acuracy' instead"),
        ({"panels": [["loss"], ["val_loss"]]}, r"panels must have each name once\. Got 'loss'"),
        ({"panels": ["loss"], "metrics": "loss"}, r"metrics must be None if panels are given"),
    ],
)
def test_panels_that_cannot_be_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        plot_history(HISTORY, **options)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_no_number_has_a_cross_at_its_epoch_and_one_between_two_a_dot(bad):
    figure = plot_history({"loss": [4.0, 3.5, bad, 3.0, bad, 2.0, 1.0]})
    axes = figure.axes[0]
    (cross,) = [line for line in axes.lines if line.get_marker() == "x"]
    np.testing.assert_array_equal(cross.get_xdata(), [3, 5])
    (line,) = [line for line in axes.lines if line.get_label() == "loss"]
    assert (line.get_marker(), list(line.get_markevery())) == ("o", [3])
    assert "NaN or infinity" in legend_words(axes)


def test_on_a_dark_background_the_ring_is_light():
    with plt.style.context("dark_background"):
        figure = plot_history(HISTORY)
    (ring,) = [line for line in figure.axes[1].lines if len(line.get_xdata()) == 1]
    assert ring.get_markeredgecolor() == "white"


def test_names_with_dollars_and_underscores_are_written_as_they_are():
    fits = {"b_$_x_$": {"loss": [2, 1]}, "_c": {"loss": [3, 2]}}
    figure = plot_history(fits, title="$_a_$")
    figure.canvas.draw()
    assert names_at_ends(figure.axes[0]) == {"b_$_x_$": 1, "_c": 2}
    assert words_of_all_legends(plot_history(fits, fig=figure_of((4, 3)))) == ["b_$_x_$", "_c"]
    assert plot_history({"loss": [1.0], "_$_$": [0.5]}).axes[1].get_legend() is not None


def test_a_title_that_is_too_long_wraps_within_the_figure():
    figure = plot_history(HISTORY, title="a title of many words " * 20)
    box = figure._suptitle.get_window_extent()
    assert within(box, figure.bbox)
    assert figure.axes[0].get_legend().get_window_extent().y1 <= box.y0 + 1


def test_fits_of_several_seeds_are_their_mean_with_a_band_of_one_standard_deviation():
    losses = np.random.default_rng(0).random((3, 5)) + np.linspace(2, 1, 5)
    one = {"loss": [3.0] * 5}
    figure = plot_history({"seeds": [{"loss": list(loss)} for loss in losses], "one": one})
    ax = figure.axes[0]
    lines = {line.get_label(): line for line in ax.lines if len(line.get_xdata()) == 5}
    np.testing.assert_allclose(lines["seeds"].get_ydata(), losses.mean(axis=0))
    np.testing.assert_array_equal(lines["one"].get_ydata(), one["loss"])
    (band,) = ax.collections
    vertices = band.get_paths()[0].vertices
    for epoch in range(1, 6):
        y = vertices[vertices[:, 0] == epoch][:, 1]
        mean, deviation = losses[:, epoch - 1].mean(), losses[:, epoch - 1].std(ddof=1)
        np.testing.assert_allclose([y.min(), y.max()], [mean - deviation, mean + deviation])
    low, high = ax.get_ylim()
    assert low <= vertices[:, 1].min() and vertices[:, 1].max() <= high


def test_seeds_of_one_fit_have_a_band_and_common_epochs():
    figure = plot_history({"a": [{"loss": [3, 2, 1]}, {"loss": [4, 3]}]})
    (band,) = figure.axes[0].collections
    assert set(band.get_paths()[0].vertices[:, 0]) == {1, 2}


def test_several_fits_without_validation_have_no_legend_entry_for_it():
    figure = plot_history({"wide": {"loss": [0.5, 0.3]}, "deep": {"loss": [0.6, 0.4]}})
    assert names_at_ends(figure.axes[0]) == {"wide": 0.3, "deep": 0.4}
    assert words_of_all_legends(figure) == []


LONGER = {"loss": [4, 3, 2, 1], "val_loss": [5, 4, 3, 2], "acc": [0] * 4, "val_acc": [0, 0, 0, 1]}


def names_at_ends(axes):
    """The names right of Axes, with the value at the other end of the line from each of them."""
    names = [text for text in axes.texts if text.get_text().strip()]
    leaders = [text for text in axes.texts if not text.get_text()]
    assert all(text.get_window_extent().x0 > axes.bbox.x1 for text in names)
    colors = {tuple(line.get_xydata()[-1]): to_rgba(line.get_color()) for line in curves(axes)}
    for leader in leaders:
        assert leader.arrow_patch.get_edgecolor() == colors[tuple(leader.xy)]
    return {
        name.get_text().strip(): leader.xy[1] for name, leader in zip(names, leaders, strict=True)
    }


def test_names_of_several_fits_are_at_the_ends_of_their_validation_curves():
    other = {name: [value / 2 for value in values] for name, values in LONGER.items()}
    figure = plot_history({"wide": LONGER, "deep": other})
    figure.canvas.draw()
    assert words_of_all_legends(figure) == ["training", "validation"]
    assert [names_at_ends(axes) for axes in figure.axes] == [
        {"wide": 2, "deep": 1},
        {"wide": 1, "deep": 0.5},
    ]
    boxes = [text.get_window_extent() for axes in figure.axes for text in axes.texts]
    assert all(within(box, figure.bbox) for box in boxes)


@pytest.mark.parametrize(
    ("fits", "size"),
    [
        ({"wide": LONGER, "deep": LONGER}, (4, 3)),
        ({"wide": LONGER, "a network with a very long name": LONGER}, None),
        ({"wide": LONGER, "deep": {name: v[:2] for name, v in LONGER.items()}}, None),
        ({str(number): LONGER for number in range(20)}, None),
    ],
    ids=["narrow", "long name", "early end", "many"],
)
def test_without_room_at_the_ends_of_curves_there_is_a_legend(fits, size):
    figure = plot_history(fits, fig=figure_of(size))
    assert words_of_all_legends(figure) == [*fits, "training", "validation"]
    assert not any(axes.texts for axes in figure.axes)
