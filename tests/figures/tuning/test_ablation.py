import itertools

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.collections import PathCollection
from matplotlib.text import Text

from mlcourse.figures import plot_ablation
from mlcourse.tuning.ablation import Ablation, Fit

CHANGES = {"baseline": {}, "batch 64": {}, "a change with a name that is long indeed": {}}


def table(repeats=3, changes=CHANGES):
    fits = [
        Fit(name, k, {"validation_accuracy": 0.8 + 0.01 * k, "test_accuracy": 0.7 + 0.1 * i}, 1.0)
        for i, name in enumerate(changes)
        for k in range(repeats)
    ]
    return Ablation(dict(changes), repeats, ["validation_accuracy", "test_accuracy"], fits)


def bars(ax):
    """Returns (x, y, half the error) of each mean, by metric."""
    found = {}
    for container in ax.containers:
        line, _, (errors,) = container.lines
        halves = [np.ptp(segment[:, 0]) / 2 for segment in errors.get_segments()]
        found[container.get_label()] = line.get_xdata(), line.get_ydata(), halves
    return found


def test_a_row_has_the_mean_and_an_error_bar_of_one_deviation():
    (ax,) = plot_ablation(table()).axes
    means, rows, errors = bars(ax)["validation accuracy"]
    np.testing.assert_allclose(means, 0.81)
    np.testing.assert_allclose(errors, 0.01)
    np.testing.assert_allclose(np.diff(rows), 1)
    np.testing.assert_allclose(bars(ax)["test accuracy"][0], [0.7, 0.8, 0.9])


def test_the_baseline_is_at_the_top_and_has_a_line():
    (ax,) = plot_ablation(table()).axes
    low, high = ax.get_ylim()
    assert low > high
    labels = [label.get_text().replace("\n", " ") for label in ax.get_yticklabels()]
    assert labels == list(CHANGES)
    dashed = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"]
    np.testing.assert_allclose(dashed, [0.81, 0.7])


def test_each_repetition_is_a_point():
    (ax,) = plot_ablation(table(), metrics=["validation_accuracy"]).axes
    (points,) = [one for one in ax.collections if isinstance(one, PathCollection)]
    assert len(points.get_offsets()) == 9


def test_one_repetition_has_no_error_and_unfinished_tables_can_be_drawn():
    (ax,) = plot_ablation(table(repeats=1), metrics=["test_accuracy"]).axes
    np.testing.assert_allclose(bars(ax)["test accuracy"][2], 0)
    unfinished = table()
    del unfinished.fits[2:]
    figure = plot_ablation(unfinished)
    figure.draw_without_rendering()
    nothing = table(repeats=0)
    plot_ablation(nothing).draw_without_rendering()


def test_several_tables_get_axes_each():
    figure = plot_ablation({"10 units": table(), "128 units": table()}, title="MNIST")
    assert [ax.get_title() for ax in figure.axes] == ["10 units", "128 units"]
    assert figure.get_suptitle() == "MNIST"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "validation accuracy",
        "test accuracy",
        "mean of baseline",
    ]


def test_metrics_of_different_kinds_get_axes_each():
    both = table()
    both.metrics.append("test_loss")
    for number, fit in enumerate(both.fits):
        fit.values["test_loss"] = 10.0 + number
    figure = plot_ablation({"one": both, "other": both})
    kinds = [ax.get_xlabel().partition(",")[0] for ax in figure.axes]
    assert kinds == ["accuracy", "loss"] * 2
    assert [list(bars(ax)) for ax in figure.axes[:2]] == [
        ["validation accuracy", "test accuracy"],
        ["test loss"],
    ]
    assert figure.axes[0].get_xlim()[1] < 1 < figure.axes[1].get_xlim()[0]


def test_a_change_that_has_nothing_to_draw_says_why():
    unfinished = table(repeats=2)
    del unfinished.fits[4:]
    for fit in unfinished.fits[2:]:
        fit.values.update(validation_accuracy=np.nan, test_accuracy=np.nan)
    (ax,) = plot_ablation(unfinished).axes
    assert [(text.get_text(), text.get_position()[1]) for text in ax.texts] == [
        ("no number", 1),
        ("no fit yet", 2),
    ]


def test_points_of_repetitions_are_beside_the_mean_that_would_hide_them():
    (ax,) = plot_ablation(table(), metrics="validation_accuracy").axes
    (points,) = [one for one in ax.collections if isinstance(one, PathCollection)]
    _, rows, _ = bars(ax)["validation accuracy"]
    heights = points.get_offsets()[:, 1]
    np.testing.assert_allclose(heights - np.repeat(rows, 3), heights[0] - rows[0])
    assert heights[0] > rows[0]


@pytest.mark.parametrize("name", ["a" * 60, "a_name_with_many_words_of_one_length" * 2, "", "a  b"])
def test_names_of_any_length_have_room(name):
    changes = {"baseline": {}, name: {}, "another": {}}
    figure = plot_ablation(table(changes=changes), title="a title")
    figure.draw_without_rendering()
    (ax,) = figure.axes
    boxes = [label.get_window_extent() for label in ax.get_yticklabels() if label.get_text()]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    legend = figure.legends[0].get_window_extent()
    for box in [*boxes, legend, ax.xaxis.label.get_window_extent()]:
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1
    assert not legend.overlaps(ax.xaxis.label.get_window_extent())
    assert all(text.get_fontsize() >= 10 for text in figure.findobj(Text) if text.get_text())


def test_a_given_figure_is_drawn_in_and_settings_are_left_alone():
    before, figure = dict(mpl.rcParams), plt.figure()
    assert plot_ablation(table(), fig=figure) is figure
    assert plt.get_fignums() == [figure.number]
    assert dict(mpl.rcParams) == before


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(-1e6, 1e6) | st.just(np.nan)), max_size=12),
    st.integers(1, 4),
)
@settings(max_examples=15, deadline=None)
def test_every_unfinished_table_can_be_drawn(done, repeats):
    changes = {f"change {k}": {} for k in range(4)}
    fits = [Fit(f"change {k}", n, {"test_loss": value}, 1.0) for n, (k, value) in enumerate(done)]
    plot_ablation(Ablation(changes, repeats, ["test_loss"], fits)).draw_without_rendering()
    plt.close("all")


def test_tables_without_changes_are_refused():
    with pytest.raises(
        ValueError, match=r"must be a dict of .*, with at least one item\. Got {} instead"
    ):
        plot_ablation({})
    with pytest.raises(ValueError, match=r"must be a whole number of at least 1\. Got 0 instead"):
        plot_ablation(Ablation({}, 1, ["test_accuracy"]))


def test_a_metric_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="metrics must be one of validation_accuracy, test_acc"):
        plot_ablation(table(), metrics=["accuracy"])


def test_tables_of_other_changes_are_not_drawn_together():
    other = table(changes={"baseline": {}})
    with pytest.raises(ValueError, match="must all have the variants baseline, batch 64"):
        plot_ablation({"one": table(), "other": other})
