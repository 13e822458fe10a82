import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection

from mlcourse import plot_best_so_far, plot_parallel_coordinates, plot_trial_scores
from mlcourse.trials import COMPLETED, FAILED, RUNNING, Trial, Trials


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
    assert "failed" in [text.get_text() for text in ax.texts]


def test_a_score_far_worse_than_most_is_at_the_end_and_says_so():
    ax = plot_parallel_coordinates(search([0.9, 0.91, 0.92, 0.93, 0.1]))
    ends = sorted(segment[-1][1] for segment in lines(ax).get_segments())
    np.testing.assert_allclose(ends, [0, 0, 1 / 3, 2 / 3, 1], atol=1e-9)
    assert "0.9000 or worse" in [text.get_text() for text in ax.texts]


def test_running_trials_are_left_away():
    found = search([0.5, 0.6, 0.7])
    found.trials.append(Trial(3, {"units": 1}, RUNNING))
    assert len(lines(plot_parallel_coordinates(found)).get_segments()) == 3


@pytest.mark.parametrize("plot", [plot_parallel_coordinates, plot_trial_scores, plot_best_so_far])
def test_a_search_in_which_nothing_has_ended_is_refused(plot):
    nothing = Trials("val_loss", -1, 3, [Trial(0, {"units": 1}, RUNNING)])
    with pytest.raises(ValueError, match=r"one that has ended\. Got 0 of 3 trials instead"):
        plot(nothing)


@pytest.mark.parametrize("plot", [plot_parallel_coordinates, plot_trial_scores, plot_best_so_far])
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
    drawn = plot(Trials("goal", data.draw(st.sampled_from([1, -1])), 9, ended))
    (getattr(drawn, "figure", None) or drawn).draw_without_rendering()
    plt.close("all")


def test_scores_are_drawn_against_each_hyperparameter_with_the_best_as_a_star():
    figure = plot_trial_scores(search([0.5, 0.9, 0.7]), title="digits")
    assert [ax.get_xlabel() for ax in figure.axes[:2]] == ["units", "rate"]
    for ax in figure.axes[:2]:
        points, star = ax.collections
        np.testing.assert_allclose(np.sort(points.get_offsets()[:, 1]), [0.5, 0.7, 0.9])
        np.testing.assert_allclose(star.get_offsets()[:, 1], [0.9])
    assert figure.get_suptitle() == "digits"


def test_trials_with_the_same_value_are_drawn_apart():
    same = [Trial(k, {"layers": 2 - k % 2}, COMPLETED, 0.5) for k in range(6)]
    ax = plot_trial_scores(Trials("val_accuracy", 1, 6, same)).axes[0]
    assert len(np.unique(ax.collections[0].get_offsets()[:, 0].round(6))) == 6


def test_failed_trials_and_hopeless_ones_are_at_the_edge():
    ax = plot_best_so_far(search([None, 0.9, 0.91, 0.92, 0.93, 0.1]))
    assert {"failed", "far worse"} <= set(legend(ax))
    assert ax.get_ylim()[0] > 0.5


def test_the_best_so_far_is_a_step_line():
    ax = plot_best_so_far(search([0.5, 0.7, 0.6, 0.9]))
    (line,) = ax.lines
    np.testing.assert_allclose(line.get_ydata(), [0.5, 0.7, 0.7, 0.9])
    assert line.get_drawstyle() == "steps-post"
    assert legend(ax) == ["best so far: 0.9000"]


def test_several_searches_differ_in_colour_line_and_marker():
    ax = plot_best_so_far({"random": search([0.5, 0.7]), "bayesian": search([0.6, 0.8])})
    assert legend(ax) == ["random: 0.7000", "bayesian: 0.8000"]
    assert len({line.get_color() for line in ax.lines}) == 2
    assert len({line.get_linestyle() for line in ax.lines}) == 2


def test_searches_for_different_things_are_not_drawn_together():
    other = search([0.5], -1, "val_loss")
    with pytest.raises(ValueError, match=r"one objective\. Got val_accuracy, val_loss instead"):
        plot_best_so_far({"one": search([0.5]), "other": other})
