import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse import plot_schedules
from mlcourse.optimizers import schedules

KINDS = [
    schedules.constant(0.1),
    schedules.exponential_decay(0.1, 30, 0.5),
    schedules.inverse_time_decay(0.1, 30, 1.0),
    schedules.cosine_restarts(0.1, 15),
    schedules.cyclical(0.01, 0.1, 15),
    schedules.one_cycle(0.1, 100),
]
SEVEN = dict(
    zip("abcdefg", [*KINDS, schedules.cyclical(0.01, 0.1, 15, "triangular2")], strict=True)
)


def drawn(figure):
    return [axes for axes in figure.axes if axes.lines]


def assert_inside(figure):
    figure.canvas.draw()
    for axes in drawn(figure):
        box = axes.get_tightbbox()
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1


def test_each_kind_is_shown_by_default():
    titles = [axes.get_title().split("\n")[0] for axes in plot_schedules().axes]
    names = {"constant", "exponential_decay", "inverse_time_decay", "cosine_restarts"}
    assert len(titles) == 6 and set(titles) == names | {"cyclical", "one_cycle"}


@pytest.mark.parametrize("count", range(1, 7))
def test_each_schedule_has_axes_with_its_rate_at_each_step(count):
    figure = plot_schedules(KINDS[:count], steps=60)
    assert len(drawn(figure)) == count
    for kind, axes in zip(KINDS, drawn(figure), strict=False):
        (line,) = axes.lines
        np.testing.assert_array_equal(line.get_xdata(), np.arange(60))
        np.testing.assert_allclose(line.get_ydata(), [float(kind(step)) for step in range(60)])
        assert axes.get_title() == f"{kind.name}\n${kind.formula}$"
        assert axes.get_ylim()[0] == 0 and axes.get_ylim()[1] > 0.1
    assert not any(axes.axison for axes in figure.axes if not axes.lines)
    assert_inside(figure)
    for axes in drawn(figure):
        assert axes.title.get_window_extent().width < figure.bbox.width / min(3, count)


@pytest.mark.parametrize("count", [1, 3, 4, 7])
def test_the_lowest_of_each_column_tells_the_steps(count):
    figure = plot_schedules(dict(list(SEVEN.items())[:count]))
    figure.canvas.draw()
    columns = {}
    for axes in drawn(figure):
        columns.setdefault(round(axes.get_position().x0, 3), []).append(axes)
    for column in columns.values():
        lowest = min(column, key=lambda axes: axes.get_position().y0)
        assert lowest.get_xlabel() == "step"
        assert any(text.get_visible() and text.get_text() for text in lowest.get_xticklabels())
    left = columns[min(columns)]
    assert all(axes.get_ylabel() == "learning rate" for axes in left)


def test_the_highest_rate_is_inside_whichever_schedule_has_it():
    for rates in ([0.01, 0.1], [0.1, 0.01]):
        figure = plot_schedules([schedules.constant(rate) for rate in rates])
        for axes in figure.axes:
            low, high = axes.get_ylim()
            assert low == 0 and high > 0.1


def test_one_number_is_the_rate_of_all_steps():
    (axes,) = plot_schedules(lambda step: 0.1, steps=5).axes
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [0.1] * 5)


def test_a_schedule_that_has_not_a_rate_for_each_step_leaves_no_figure():
    with pytest.raises(ValueError, match="shape"):
        plot_schedules(lambda step: [0.1, 0.2], steps=5)
    assert plt.get_fignums() == []


def test_a_mapping_has_its_own_titles():
    figure = plot_schedules(SEVEN, steps=40)
    assert [axes.get_title() for axes in drawn(figure)] == list(SEVEN)
    for axes, kind in zip(drawn(figure), SEVEN.values(), strict=True):
        np.testing.assert_allclose(axes.lines[0].get_ydata(), kind(np.arange(40)))
    assert_inside(figure)


def test_a_given_figure_is_drawn_in_and_settings_left_alone():
    before = dict(mpl.rcParams)
    figure = plt.figure(figsize=(9, 6))
    assert plot_schedules(KINDS, fig=figure) is figure
    assert plt.get_fignums() == [figure.number]
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("none", [[], {}, ()])
def test_there_is_at_least_one_schedule(none):
    rule = r"number of schedules must be a whole number of at least 1\. Got 0 instead"
    with pytest.raises(ValueError, match=rule):
        plot_schedules(none)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("steps", [0, 1.5])
def test_steps_are_counted(steps):
    rule = rf"steps must be a whole number of at least 1\. Got {steps} instead"
    with pytest.raises(ValueError, match=rule):
        plot_schedules(KINDS, steps=steps)
    assert plt.get_fignums() == []
