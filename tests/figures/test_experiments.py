import numpy as np
import pytest

from mlcourse import plot_experiments
from mlcourse.experiments import Experiments, Fit

CHANGES = {"baseline": {}, "batch 64": {}, "a change with a name that is long indeed": {}}


def table(repeats=3, changes=CHANGES):
    fits = [
        Fit(name, k, {"validation_accuracy": 0.8 + 0.01 * k, "test_accuracy": 0.7 + 0.1 * i}, 1.0)
        for i, name in enumerate(changes)
        for k in range(repeats)
    ]
    return Experiments(dict(changes), repeats, ["validation_accuracy", "test_accuracy"], fits)


def bars(ax):
    """Returns (x, y, half the error) of each mean, by metric."""
    found = {}
    for container in ax.containers:
        line, _, (errors,) = container.lines
        halves = [np.ptp(segment[:, 0]) / 2 for segment in errors.get_segments()]
        found[container.get_label()] = line.get_xdata(), line.get_ydata(), halves
    return found


def test_a_row_has_the_mean_and_an_error_bar_of_one_deviation():
    (ax,) = plot_experiments(table()).axes
    means, rows, errors = bars(ax)["validation accuracy"]
    np.testing.assert_allclose(means, 0.81)
    np.testing.assert_allclose(errors, 0.01)
    np.testing.assert_allclose(np.diff(rows), 1)
    np.testing.assert_allclose(bars(ax)["test accuracy"][0], [0.7, 0.8, 0.9])


def test_the_baseline_is_at_the_top_and_has_a_line():
    (ax,) = plot_experiments(table()).axes
    low, high = ax.get_ylim()
    assert low > high
    labels = [label.get_text().replace("\n", " ") for label in ax.get_yticklabels()]
    assert labels == list(CHANGES)
    dashed = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"]
    np.testing.assert_allclose(dashed, [0.81, 0.7])


def test_each_repetition_is_a_point():
    (ax,) = plot_experiments(table(), ["validation_accuracy"]).axes
    (points,) = [
        one for one in ax.collections if hasattr(one, "get_sizes") and len(one.get_sizes())
    ]
    assert len(points.get_offsets()) == 9


def test_one_repetition_has_no_error_and_unfinished_tables_can_be_drawn():
    (ax,) = plot_experiments(table(repeats=1), ["test_accuracy"]).axes
    np.testing.assert_allclose(bars(ax)["test accuracy"][2], 0)
    unfinished = table()
    del unfinished.fits[2:]
    figure = plot_experiments(unfinished)
    figure.draw_without_rendering()
    nothing = table(repeats=0)
    plot_experiments(nothing).draw_without_rendering()


def test_several_tables_get_axes_each():
    figure = plot_experiments({"10 units": table(), "128 units": table()}, title="MNIST")
    assert [ax.get_title() for ax in figure.axes] == ["10 units", "128 units"]
    assert figure.get_suptitle() == "MNIST"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "validation accuracy",
        "test accuracy",
    ]


def test_a_metric_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="metrics must be one of validation_accuracy, test_acc"):
        plot_experiments(table(), ["accuracy"])


def test_tables_of_other_changes_are_not_drawn_together():
    other = table(changes={"baseline": {}})
    with pytest.raises(ValueError, match="must all have the changes baseline, batch 64"):
        plot_experiments({"one": table(), "other": other})
