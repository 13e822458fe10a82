"""The figure of a loss landscape, from arrays."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse.figures import plot_loss_landscape
from mlcourse.inspection import LossLandscape


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def bowl(paths=None, scale=1.0):
    """Return the landscape of a^2 + 4 b^2 + 1."""
    a, b = np.linspace(-2, 2, 9), np.linspace(-1, 1, 5)
    loss = scale * (a**2 + 4 * b[:, None] ** 2) + 1
    paths = paths or {}
    losses = {name: points[:, 0] ** 2 + 1 for name, points in paths.items()}
    explained = np.array([0.875, 0.1]) if paths else None
    return LossLandscape(a, b, loss, (), paths, losses, explained)


PATHS = {
    "sgd": np.array([[-1.5, 0.5], [-1.0, 0.2], [0.0, 0.0]]),
    "adam": np.array([[-1.5, 0.5], [0.5, 0.1]]),
}


def test_paths_are_in_both_axes_with_their_own_losses():
    contours, surface, _ = plot_loss_landscape(bowl(PATHS)).axes
    for ax in (contours, surface):
        assert len(ax.lines) == 3  # and the star
    for line, solid, (name, points) in zip(
        contours.lines, surface.lines, PATHS.items(), strict=False
    ):
        assert line.get_label() == name
        np.testing.assert_array_equal(line.get_xydata(), points)
        np.testing.assert_array_equal(solid.get_data_3d(), [*points.T, points[:, 0] ** 2 + 1])
        assert line.get_marker() == solid.get_marker()
    assert len({line.get_marker() for line in contours.lines}) == 3


def test_the_star_is_at_the_weights_of_the_model():
    contours, surface, _ = plot_loss_landscape(bowl()).axes
    assert contours.lines[-1].get_xydata().tolist() == [[0, 0]]
    assert [value[0] for value in surface.lines[-1].get_data_3d()] == [0, 0, 1]


def test_the_names_of_the_axes_say_what_the_plane_is():
    assert plot_loss_landscape(bowl()).axes[0].get_xlabel() == "direction 1 (random)"
    contours = plot_loss_landscape(bowl(PATHS)).axes[0]
    assert contours.get_xlabel() == "component 1 (88% of the variance)"
    assert contours.get_ylabel() == "component 2 (10% of the variance)"


def test_limits_are_those_of_the_grid():
    ax = plot_loss_landscape(bowl()).axes[0]
    assert ax.get_xlim() == (-2, 2) and ax.get_ylim() == (-1, 1)


@pytest.mark.parametrize(("scale", "label"), [(1, "loss"), (10, "loss, log scale")])
def test_a_wide_range_has_a_log_scale(scale, label):
    _, surface, bar = plot_loss_landscape(bowl(scale=scale)).axes
    assert bar.get_ylabel() == label
    assert ("log" in surface.get_zlabel()) == (scale == 10)


def test_infinite_losses_are_gaps():
    landscape = bowl()
    landscape.loss[0, 0] = np.inf
    landscape.loss[1, 1] = np.nan
    figure = plot_loss_landscape(landscape)
    figure.draw_without_rendering()
    landscape.loss[:] = np.nan
    with pytest.raises(ValueError, match="finite loss"):
        plot_loss_landscape(landscape)


def test_a_given_figure_is_filled():
    figure = plt.figure()
    assert plot_loss_landscape(bowl(), title="A bowl", fig=figure) is figure
    assert figure.get_suptitle() == "A bowl"
