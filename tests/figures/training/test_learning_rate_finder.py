import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse import plot_learning_rate_finder
from mlcourse.callbacks.learning_rate_finder import LearningRateFinderResult, LearningRateSweep

RATES = np.geomspace(1e-5, 1, 60)


def sweep(middle, metrics=("accuracy",), **changes):
    fall = 1 / (1 + (RATES / middle) ** 2)
    wave = 0.05 * np.sin(np.arange(60) * 2.0)
    losses = fall + wave + np.where(100 * middle < RATES, RATES / middle / 100, 0)
    values = {name: 1 - fall + 0.1 * number for number, name in enumerate(metrics)}
    return LearningRateSweep(
        **{"learning_rates": RATES, "losses": losses, "metrics": values, **changes}
    )


FINDING = LearningRateFinderResult((sweep(1e-3), sweep(3e-3), sweep(1e-2)))


def vertical(ax):
    """The lines of the suggestions by name."""
    return {
        line.get_label().split(":")[0]: line
        for line in ax.lines
        if len(set(line.get_xdata())) == 1 and list(line.get_ydata()) == [0, 1]
    }


def curves(ax):
    return [line for line in ax.lines if len(line.get_xdata()) > 2]


def test_each_sweep_is_drawn_as_it_was_and_smoothed():
    figure = plot_learning_rate_finder(FINDING)
    assert [axes.get_ylabel() for axes in figure.axes] == [
        "loss of the batch",
        "accuracy of the batch",
    ]
    for axes, values in zip(
        figure.axes,
        ([s.losses for s in FINDING.sweeps], [s.metrics["accuracy"] for s in FINDING.sweeps]),
        strict=True,
    ):
        assert axes.get_xscale() == "log" and axes.get_xlabel() == "learning rate"
        lines = curves(axes)
        thin = [line for line in lines if line.get_linewidth() < 1]
        thick = [line for line in lines if line.get_linewidth() > 1]
        assert len(thin) == len(thick) == 3
        for one, other, each, own in zip(thin, thick, values, FINDING.sweeps, strict=True):
            np.testing.assert_array_equal(one.get_xdata(), RATES)
            np.testing.assert_array_equal(one.get_ydata(), each)
            np.testing.assert_array_equal(other.get_xdata(), RATES)
            np.testing.assert_array_equal(other.get_ydata(), own.smooth(each))


def test_a_suggestion_is_a_line_at_the_median_in_a_shade_over_all_sweeps():
    figure = plot_learning_rate_finder(FINDING)
    for axes in figure.axes:
        lines = vertical(axes)
        assert set(lines) == {"steepest", "minimum / 10"}
        spans = {tuple(p.get_facecolor()[:3]): p.get_bbox().intervalx for p in axes.patches}
        assert len(spans) == 2
        for name, line in lines.items():
            own = [
                s.steepest() if name == "steepest" else s.tenth_of_minimum() for s in FINDING.sweeps
            ]
            assert line.get_xdata()[0] == pytest.approx(np.median(own))
            assert line.get_label() == f"{name}: {np.median(own):.2g}"
            shade = spans[mpl.colors.to_rgb(line.get_color())]
            np.testing.assert_allclose(shade, (min(own), max(own)))
    (legend,) = [axes.get_legend() for axes in figure.axes if axes.get_legend()]
    texts = [text.get_text().split(":")[0] for text in legend.get_texts()]
    curves_and_band = ["smoothed", "each batch", "range over 3 sweeps"]
    assert texts == [*vertical(axes), *curves_and_band]


def test_the_fall_of_the_loss_fills_the_picture_though_it_runs_away():
    loss = plot_learning_rate_finder(FINDING).axes[0]
    low, high = loss.get_ylim()
    smooth = np.concatenate([s.smooth(s.losses) for s in FINDING.sweeps])
    assert low <= smooth.min() < 0.2 * (high - low) + low
    assert all(s.smooth(s.losses)[0] < high for s in FINDING.sweeps)
    assert high < max(s.losses.max() for s in FINDING.sweeps)


@pytest.mark.parametrize("metrics", [(), ("accuracy",), ("accuracy", "mean_squared_error")])
def test_each_metric_has_axes(metrics):
    figure = plot_learning_rate_finder(LearningRateFinderResult((sweep(1e-3, metrics),)))
    labels = [axes.get_ylabel() for axes in figure.axes]
    assert labels == [f"{name} of the batch".replace("_", " ") for name in ("loss", *metrics)]
    figure.canvas.draw()
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1


@pytest.mark.parametrize("lost", [np.nan, np.inf])
def test_a_loss_that_is_lost_at_the_end_is_drawn(lost):
    losses = sweep(1e-3).losses.copy()
    losses[50:] = lost
    short = LearningRateSweep(RATES[:51], losses[:51], {"accuracy": losses[:51]}, diverged=True)
    figure = plot_learning_rate_finder(
        LearningRateFinderResult((sweep(1e-3, losses=losses), short))
    )
    figure.canvas.draw()
    assert np.isfinite(figure.axes[0].get_ylim()).all()
    assert set(vertical(figure.axes[0])) == {"steepest", "minimum / 10"}


@pytest.mark.parametrize("losses", [np.linspace(1, 2, 60), np.full(60, 0.7)])
def test_the_title_says_when_the_loss_does_not_fall(losses):
    figure = plot_learning_rate_finder(LearningRateFinderResult((sweep(1e-3, losses=losses),)))
    figure.canvas.draw()
    assert figure.axes[0].get_title() == "the loss does not fall"
    assert not any(vertical(axes) or axes.get_legend() for axes in figure.axes)
    assert plot_learning_rate_finder(FINDING).axes[0].get_title() == ""


def test_a_given_figure_is_drawn_in_and_settings_left_alone():
    before = dict(mpl.rcParams)
    figure = plt.figure(figsize=(9, 3))
    assert plot_learning_rate_finder(FINDING, fig=figure) is figure
    assert plt.get_fignums() == [figure.number]
    assert dict(mpl.rcParams) == before
