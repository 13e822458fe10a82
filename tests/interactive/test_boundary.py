import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from mlcourse import datasets, plot_decision_boundary
from mlcourse.interactive import boundary_by_depth
from mlcourse.interactive.networks import SETTINGS
from tests.interactive.images import drawn, shown

X, Y = datasets.two_moons(40, noise=0.2)
NEW = datasets.two_moons(100, noise=0.2, seed=1)


@pytest.fixture
def fits(monkeypatch):
    """Return a list of the settings of each fit."""
    settings = []
    fit = MLPClassifier.fit

    def recorded(self, x, y):
        settings.append((self.activation, self.hidden_layer_sizes))
        return fit(self, x, y)

    monkeypatch.setattr(MLPClassifier, "fit", recorded)
    return settings


def test_both_boundaries_are_of_the_depth_that_is_asked_for():
    by_depth = boundary_by_depth(X, Y, validation_data=NEW, units=6, title="Moons")
    by_depth.set(layers=2)

    def draw(figure):
        columns = figure.subplots(1, 2, sharex=True, sharey=True)
        for axes, function, name in zip(columns, ("relu", "tanh"), ("ReLU", "tanh"), strict=True):
            network = MLPClassifier([6, 6], activation=function, **SETTINGS)
            with threadpool_limits(1):
                network.fit(X.astype(float), Y)
            plot_decision_boundary(network, X.astype(float), Y, colorbar=False, ax=axes)
            accuracy = np.mean(network.predict(NEW[0]) == NEW[1])
            axes.set_title(f"{name}, 2 x 6 units\naccuracy {accuracy:.3f}")
            axes.label_outer()
        figure.suptitle("Moons")

    np.testing.assert_array_equal(shown(by_depth), drawn(draw, (10, 5)))


def test_a_depth_is_fitted_when_it_is_asked_for_and_once(fits):
    by_depth = boundary_by_depth(X, Y, units=4)
    assert fits == [("relu", [4]), ("tanh", [4])]
    first = by_depth.image.value
    by_depth.set(layers=2)
    assert fits[2:] == [("relu", [4, 4]), ("tanh", [4, 4])]
    by_depth.set(layers=1)
    assert len(fits) == 4
    assert by_depth.image.value == first


def test_settings_are_those_of_the_classifier():
    by_depth = boundary_by_depth(X, Y, units=3, max_layers=2, max_iter=50, alpha=1.0)
    assert by_depth.controls["layers"].max == 2
    with pytest.raises(ValueError, match=r"each of settings must be one of .* Got 'depth' instead"):
        boundary_by_depth(X, Y, depth=3)


def test_points_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"X must be examples of shape \(n, 2\)"):
        boundary_by_depth(X[:, :1], Y)
    with pytest.raises(
        ValueError, match=r"X and y must have the same length. Got 40 and 39 instead"
    ):
        boundary_by_depth(X, Y[:-1])
    with pytest.raises(ValueError, match=r"y and the labels of validation_data must all hold num"):
        boundary_by_depth(X, Y, validation_data=(X, Y.astype(str)))
    with pytest.raises(ValueError, match=r"max_layers must be a whole number of at least 1. Got 0"):
        boundary_by_depth(X, Y, max_layers=0)
