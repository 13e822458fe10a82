import numpy as np
import pytest
from matplotlib import pyplot as plt
from scipy import stats

from mlcourse.evaluation import calibration
from mlcourse.figures.evaluation.calibration import plot_calibration, wilson_interval


def found(seed=0, n=500, bins=10):
    rng = np.random.default_rng(seed)
    return calibration(rng.integers(0, 4, n), rng.dirichlet(np.full(4, 0.5), n), bins)


def bars(ax):
    (counts,) = [other for other in ax.figure.axes if other is not ax]
    return counts, counts.containers


def test_each_bin_with_answers_is_a_point():
    one = found()
    ax = plot_calibration(one, title="Test")
    diagonal, curve = ax.lines
    np.testing.assert_array_equal(diagonal.get_xydata(), [[0, 0], [1, 1]])
    some = one.n_examples > 0
    assert 0 < some.sum() < 10
    np.testing.assert_array_equal(curve.get_xdata(), one.confidence[some])
    np.testing.assert_array_equal(curve.get_ydata(), one.accuracy[some])
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words == ["perfectly calibrated", f"ECE {one.error:.3f}"]
    assert ax.get_title() == "Test"


def test_each_bin_has_a_bar_as_high_as_its_number_of_answers():
    ax = plot_calibration({"a": found(), "b": found(1, bins=5)})
    counts, (first, second) = bars(ax)
    assert [bar.get_height() for bar in first] == found().n_examples.tolist()
    assert [bar.get_height() for bar in second] == found(1, bins=5).n_examples.tolist()
    for k, bar in enumerate(first):
        assert k / 10 <= bar.get_x() <= bar.get_x() + bar.get_width() <= (k + 0.5) / 10 + 1e-9
    for k, bar in enumerate(second):
        assert (k + 0.5) / 5 - 1e-9 <= bar.get_x() + 0.05 / 5
        assert bar.get_x() + bar.get_width() <= (k + 1) / 5 + 1e-9
    assert counts.get_ylabel() == "predictions"
    assert max(bar.get_height() for bar in first) / counts.get_ylim()[1] <= 0.2 + 1e-9
    assert ax.get_zorder() > counts.get_zorder()


def test_several_models_differ_in_color_and_marker():
    ax = plot_calibration({name: found(seed) for seed, name in enumerate("abc")})
    curves = ax.lines[1:]
    assert [line.get_label().split(":")[0] for line in curves] == ["a", "b", "c"]
    assert len({line.get_marker() for line in curves}) == 3
    assert len({line.get_color() for line in curves}) == 3


@pytest.mark.parametrize("layout", ["constrained", None])
@pytest.mark.parametrize("names", ["a", ["plain network", "with mirror images", "x" * 130]])
def test_no_words_touch_each_other_or_the_edge(layout, names):
    figure, ax = plt.subplots(figsize=(6.5, 5.6), layout=layout)
    plot_calibration({name: found(seed) for seed, name in enumerate(names)}, title="Test", ax=ax)
    figure.draw_without_rendering()
    counts, _ = bars(ax)
    words = [*ax.get_legend().get_texts(), ax.title, counts.yaxis.label]
    words += [ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels(), *ax.get_yticklabels()]
    words += counts.get_yticklabels()
    assert min(word.get_fontsize() for word in words) >= 10
    boxes = [word.get_window_extent() for word in words]
    for number, box in enumerate(boxes):
        assert box.x0 >= 0 and box.y0 >= 0
        assert box.x1 <= figure.bbox.width and box.y1 <= figure.bbox.height
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])


def test_one_answer_is_enough():
    ax = plot_calibration(calibration([0], [[0.7, 0.3]]))
    ax.figure.draw_without_rendering()
    counts, _ = bars(ax)
    assert [text.get_text() for text in counts.get_yticklabels()] == ["0", "1"]


def test_it_draws_into_given_axes():
    _, ax = plt.subplots()
    assert plot_calibration(found(), ax=ax) is ax


@pytest.mark.parametrize("wrong", [{}, {"a": 1}, [found()], None])
def test_what_is_no_calibration_is_refused_and_leaves_no_figure(wrong):
    with pytest.raises(
        ValueError, match="calibrations must be a Calibration, or a dict from names"
    ):
        plot_calibration(wrong)
    assert plt.get_fignums() == []


def test_error_bars_are_the_wilson_intervals_of_scipy():
    one = found()
    ax = plot_calibration(one)
    (intervals,) = ax.collections
    some = np.flatnonzero(one.n_examples)
    for segment, number in zip(intervals.get_segments(), some, strict=True):
        n = int(one.n_examples[number])
        n_correct = round(one.accuracy[number] * n)
        expected = stats.binomtest(n_correct, n).proportion_ci(method="wilson")
        np.testing.assert_allclose(segment[:, 1], expected, atol=1e-4)
        np.testing.assert_array_equal(segment[:, 0], one.confidence[number])
    low, high = wilson_interval(np.array([0.0, 1.0]), np.array([3, 3]))
    assert pytest.approx(low[0]) == 0 and high[0] > 0.5 > low[1] and high[1] == pytest.approx(1)
