import itertools

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.text import Text

from mlcourse import plot_optimization_history, plot_parallel_coordinates
from mlcourse.figures import plot_slice
from mlcourse.tuning.trials import COMPLETED, FAILED, RUNNING, Trial, Trials


def search(scores, direction=1, objective="val_accuracy"):
    ended = [
        Trial(
            k,
            {"units": 8 * (k + 1), "rate": 10.0**-k},
            FAILED if score is None else COMPLETED,
            np.nan if score is None else score,
        )
        for k, score in enumerate(scores)
    ]
    return Trials(objective, direction, len(ended), ended)


def lines(ax):
    (found,) = [
        one
        for one in ax.collections
        if isinstance(one, LineCollection) and len(one.get_segments()) > 1
    ]
    return found


def texts(ax):
    return [text.get_text() for text in ax.texts]


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_each_trial_is_a_line_from_its_settings_to_its_score():
    ax = plot_parallel_coordinates(search([0.1, 0.5, 0.9]))
    found = lines(ax).get_segments()
    np.testing.assert_allclose(found[0], [[0, 0], [1, 1], [2, 0]])
    np.testing.assert_allclose(found[2], [[0, 1], [1, 0], [2, 1]])


def test_the_best_line_is_the_thickest_and_the_last():
    for direction, best in ((1, 1), (-1, 0)):
        ax = plot_parallel_coordinates(search([0.1, 0.9, 0.5], direction))
        widths = lines(ax).get_linewidths()
        assert widths[-1] == max(widths) > sorted(widths)[-2]
        assert f"best: trial {best}" in ax.get_title()


def test_a_failed_trial_is_dashed_and_ends_below_the_scores():
    ax = plot_parallel_coordinates(search([None, 0.5, 0.9]))
    found = lines(ax)
    assert found.get_segments()[0][-1][1] < 0
    assert found.get_linestyle()[0][1] is not None
    assert found.get_linestyle()[1][1] is None
    assert "failed" in texts(ax)


def test_a_score_far_worse_than_most_is_at_the_end_and_says_so():
    ax = plot_parallel_coordinates(search([0.9, 0.91, 0.92, 0.93, 0.1]))
    ends = sorted(segment[-1][1] for segment in lines(ax).get_segments())
    np.testing.assert_allclose(ends, [0, 0, 1 / 3, 2 / 3, 1], atol=1e-9)
    assert "0.9000\nor worse" in texts(ax)


@pytest.mark.parametrize("direction", [1, -1])
def test_hopeless_scores_are_apart_from_others_that_are_all_the_same(direction):
    ax = plot_parallel_coordinates(search([0.9, 0.9, 0.9, 0.9, 0.9 - 0.5 * direction], direction))
    ends = [segment[-1][1] for segment in lines(ax).get_segments()]
    assert ends == [0.0 if direction > 0 else 1.0, 0.5, 0.5, 0.5, 0.5]
    assert {"0.9000  best", "worse"} <= set(texts(ax))


def test_the_better_a_trial_the_darker_its_line():
    for direction in (1, -1):
        found = lines(plot_parallel_coordinates(search([0.1, 0.9, 0.5, 0.3], direction)))
        brightness = found.get_colors()[:, :3].sum(axis=1)
        assert (np.diff(brightness) < 0).all()


def test_a_completed_trial_without_a_number_is_drawn_as_failed():
    odd = search([0.5, 0.9, 0.7])
    odd.trials[0] = Trial(0, {"units": 8, "rate": 1.0}, COMPLETED, np.inf)
    assert lines(plot_parallel_coordinates(odd)).get_segments()[0][-1][1] < 0
    assert "failed" in legend(plot_optimization_history(odd))
    plot_slice(odd)


def test_a_trial_without_a_hyperparameter_goes_by_none():
    found = search([0.5, 0.9, 0.7])
    del found.trials[1].values["rate"]
    ax = plot_parallel_coordinates(found)
    assert lines(ax).get_segments()[-1][1][1] == 0
    assert "none" in texts(ax)


@pytest.mark.parametrize("count", [1, 3, 8])
def test_words_of_parallel_axes_keep_clear_of_each_other_and_of_the_edge(count):
    names = [
        "number_of_hidden_layers",
        "units_in_the_first_layer",
        "learning_rate_of_the_optimizer",
        "weight_initializer",
        "use_batch_normalization",
        "dropout rate",
        "data_augmentation",
        "activation",
    ][:count]
    ended = [
        Trial(
            k,
            dict(zip(names, np.roll([k, 50 * k, 10.0**-k, "glorot"], k), strict=False)),
            COMPLETED,
            k,
        )
        for k in range(1, 9)
    ]
    ax = plot_parallel_coordinates(Trials("val_accuracy", 1, 8, ended), title="a title")
    figure = ax.figure
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    marks = [text.get_window_extent() for text in ax.texts]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(marks, 2))
    for box in [*boxes, *marks, ax.title.get_window_extent()]:
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1
    assert all(text.get_fontsize() >= 10 for text in figure.findobj(Text) if text.get_text())


@pytest.mark.parametrize("plot", [plot_parallel_coordinates, plot_slice])
def test_a_search_without_hyperparameters_is_refused(plot):
    with pytest.raises(ValueError, match=r"the number of hyperparameters must be .* Got 0 instead"):
        plot(Trials("val_loss", -1, 1, [Trial(0, {}, COMPLETED, 0.5)]))


def test_what_is_given_is_drawn_in_and_settings_are_left_alone():
    before, found = dict(mpl.rcParams), search([0.5, 0.9, None])
    figure, (left, right) = plt.subplots(1, 2)
    assert plot_parallel_coordinates(found, ax=left) is left
    assert plot_optimization_history(found, ax=right) is right
    other = plt.figure()
    assert plot_slice(found, fig=other) is other
    assert plt.get_fignums() == [figure.number, other.number]
    assert dict(mpl.rcParams) == before


def test_running_trials_are_left_away():
    found = search([0.5, 0.6, 0.7])
    found.trials.append(Trial(3, {"units": 1}, RUNNING))
    assert len(lines(plot_parallel_coordinates(found)).get_segments()) == 3


@pytest.mark.parametrize("plot", [plot_parallel_coordinates, plot_slice, plot_optimization_history])
def test_a_search_in_which_nothing_has_ended_is_refused(plot):
    nothing = Trials("val_loss", -1, 3, [Trial(0, {"units": 1}, RUNNING)])
    with pytest.raises(ValueError, match=r"one that has ended\. Got 0 of 3 trials instead"):
        plot(nothing)


@pytest.mark.parametrize("plot", [plot_slice, plot_optimization_history])
@pytest.mark.parametrize("score", [0.0, -5e-324, 1e-300, 0.5, -1e3])
def test_scores_that_are_all_the_same_are_in_the_middle(plot, score):
    drawn = plot(search([score] * 3))
    low, high = (drawn if isinstance(drawn, plt.Axes) else drawn.axes[0]).get_ylim()
    assert low < high
    np.testing.assert_allclose((low + high) / 2, score, atol=1e-9)


@pytest.mark.parametrize("plot", [plot_parallel_coordinates, plot_slice, plot_optimization_history])
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_all_kinds_of_searches_can_be_drawn(plot, data):
    scores = st.none() | st.floats(-1e3, 1e3)
    values = st.booleans() | st.integers(-5, 5) | st.floats(1e-6, 1e3) | st.text("ab_ ", max_size=9)
    names = data.draw(
        st.lists(st.text("abc_ ", min_size=1, max_size=20), min_size=1, max_size=4, unique=True)
    )
    ended = []
    for number in range(data.draw(st.integers(1, 9))):
        chosen = [name for name in names if number == 0 or data.draw(st.booleans())]
        score = data.draw(scores)
        status = FAILED if score is None else COMPLETED
        setting = {name: data.draw(values) for name in chosen}
        ended.append(Trial(number, setting, status, np.nan if score is None else score))
    found = Trials("goal", data.draw(st.sampled_from([1, -1])), 9, ended)
    plt.close("all")  # of the example before this one, which may have failed
    drawn = plot(found)
    (getattr(drawn, "figure", None) or drawn).draw_without_rendering()


def test_scores_are_drawn_against_each_hyperparameter_with_the_best_as_a_star():
    figure = plot_slice(search([0.5, 0.9, 0.7]), title="digits")
    assert [ax.get_xlabel() for ax in figure.axes[:2]] == ["units", "rate"]
    for ax in figure.axes[:2]:
        points, star = ax.collections
        np.testing.assert_allclose(np.sort(points.get_offsets()[:, 1]), [0.5, 0.7, 0.9])
        np.testing.assert_allclose(star.get_offsets()[:, 1], [0.9])
    assert figure.get_suptitle() == "digits"


def test_trials_with_the_same_value_are_drawn_apart():
    same = [Trial(k, {"layers": 2 - k % 2}, COMPLETED, 0.5) for k in range(6)]
    ax = plot_slice(Trials("val_accuracy", 1, 6, same)).axes[0]
    assert len(np.unique(ax.collections[0].get_offsets()[:, 0].round(6))) == 6
    star = ax.collections[1].get_offsets()[0]
    assert star[0] == ax.get_xticks()[1]  # the best trial, with two layers, is at its value


def test_failed_trials_and_hopeless_ones_are_at_the_edge():
    ax = plot_optimization_history(search([None, 0.9, 0.91, 0.92, 0.93, 0.1]))
    assert {"failed", "far worse, off the scale"} <= set(legend(ax))
    assert ax.get_ylim()[0] > 0.5
    far, failed = ax.collections[2:]
    np.testing.assert_allclose(far.get_offsets(), [[5, 0.08]])
    np.testing.assert_allclose(failed.get_offsets(), [[0, 0.03]])


def test_a_search_for_small_values_has_its_marks_at_the_top():
    ax = plot_optimization_history(search([None, 0.3, 0.2, 0.25, 0.22, 1e4], -1))
    far, failed = ax.collections[2:]
    assert ax.get_ylim()[1] < 1
    np.testing.assert_allclose([far.get_offsets()[0, 1], failed.get_offsets()[0, 1]], [0.92, 0.97])


def test_marks_at_the_edge_and_the_best_are_in_the_legend_of_the_figure():
    (found,) = plot_slice(search([None, 0.9, 0.91, 0.92, 0.93, 0.1])).legends
    assert [text.get_text() for text in found.get_texts()] == [
        "best: trial 4, val_accuracy 0.9300",
        "far worse, off the scale",
        "failed",
    ]


def test_no_text_of_a_figure_of_scores_runs_into_another():
    ended = [
        Trial(
            k,
            {"kind": f"a kind that is long {k % 5}", "rate": 10.0 ** -(k / 3), "units": 32 * k},
            COMPLETED,
            k / 12,
        )
        for k in range(1, 12)
    ]
    for fig in (None, plt.figure(figsize=(10, 4))):
        figure = plot_slice(Trials("val_accuracy", 1, 12, ended), fig=fig, title="a title")
        figure.draw_without_rendering()
        boxes = [label.get_window_extent() for label in (ax.xaxis.label for ax in figure.axes)]
        boxes += [figure.legends[0].get_window_extent()]
        boxes += [
            label.get_window_extent()
            for ax in figure.axes
            for label in ax.get_xticklabels()
            if not label.get_rotation()
        ]
        assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))


def test_without_a_score_there_is_no_scale_of_scores():
    nothing = search([None, None])
    assert list(plot_optimization_history(nothing).get_yticks()) == []
    assert legend(plot_optimization_history(nothing)) == ["best so far: none yet", "failed"]
    assert list(plot_slice(nothing).axes[0].get_yticks()) == []


def test_the_best_so_far_is_a_step_line():
    ax = plot_optimization_history(search([0.5, 0.7, 0.6, 0.9]))
    (line,) = ax.lines
    np.testing.assert_allclose(line.get_ydata(), [0.5, 0.7, 0.7, 0.9])
    assert line.get_drawstyle() == "steps-post"
    np.testing.assert_allclose(line.get_xdata(), [0, 1, 2, 3])
    assert legend(ax) == ["best so far: 0.9000 (trial 3)", "best"]


def test_several_searches_differ_in_color_line_and_marker():
    ax = plot_optimization_history({"random": search([0.5, 0.7]), "bayesian": search([0.6, 0.8])})
    assert legend(ax) == ["random: 0.7000 (trial 1)", "bayesian: 0.8000 (trial 1)", "best"]
    markers = [line.get_marker() for line in ax.get_legend().get_lines()]
    assert len(set(markers)) == 3
    assert len({line.get_color() for line in ax.lines}) == 2
    assert len({line.get_linestyle() for line in ax.lines}) == 2


def test_searches_for_different_things_are_not_drawn_together():
    other = search([0.5], -1, "val_loss")
    with pytest.raises(ValueError, match=r"one objective\. Got val_accuracy, val_loss instead"):
        plot_optimization_history({"one": search([0.5]), "other": other})
