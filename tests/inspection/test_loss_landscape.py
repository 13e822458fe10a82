"""The loss on a plane of the weight space, against closed forms and `model.evaluate`."""

import importlib

import keras
import numpy as np
import pytest

from mlcourse.inspection import loss_landscape
from tests.inspection.tiny import compiled, layers, left_as_it_was, pictures, residual

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype("float32")
Y = (X @ [1.0, -2.0, 0.5]).astype("float32")


def linear(bias=False, **options):
    """Return a compiled linear model, whose mean squared error is quadratic in its weights."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, use_bias=bias, **options)])
    model.compile(keras.optimizers.SGD(0.05), "mse")
    return model


def path_of(model, epochs=4):
    weights = [model.get_weights()]
    save = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: weights.append(model.get_weights())
    )
    model.fit(X, Y, epochs=epochs, verbose=0, callbacks=[save])
    return weights


def quadratic(weights):
    return np.mean((X @ weights.ravel() - Y) ** 2)


def expected(landscape, center):
    first, second = (direction[0] for direction in landscape.directions)
    return [[quadratic(center + a * first + b * second) for a in landscape.a] for b in landscape.b]


def test_it_is_exact_on_a_quadratic():
    model = linear()
    landscape = loss_landscape(model, X, Y, radius=2, resolution=5, progress=False)
    assert landscape.a.tolist() == landscape.b.tolist() == [-2, -1, 0, 1, 2]
    np.testing.assert_allclose(
        landscape.loss, expected(landscape, model.get_weights()[0]), rtol=1e-5
    )


def test_the_plane_of_a_path_holds_it_where_it_is_two_dimensional():
    model = linear()
    weights = path_of(model, 2)  # with the center, three points: a plane
    landscape = loss_landscape(model, X, Y, paths=weights, resolution=4, progress=False)
    center = model.get_weights()[0]
    np.testing.assert_allclose(landscape.loss, expected(landscape, center), rtol=1e-5)
    (points,) = landscape.paths.values()
    first, second = (direction[0] for direction in landscape.directions)
    for (a, b), (epoch,) in zip(points, weights, strict=True):
        np.testing.assert_allclose(center + a * first + b * second, epoch, atol=1e-6)
    losses = [quadratic(epoch) for (epoch,) in weights]
    np.testing.assert_allclose(landscape.path_losses["SGD"], losses, rtol=1e-5)
    assert landscape.explained.sum() == pytest.approx(1)


def test_directions_of_a_path_are_the_principal_components():
    model = linear(bias=True)
    paths = {"one": path_of(model), "other": path_of(linear(bias=True), 3)}
    landscape = loss_landscape(model, X, Y, paths=paths, resolution=2, progress=False)
    flat = [
        np.concatenate([part.ravel() for part in epoch])
        for path in paths.values()
        for epoch in path
    ]
    distances = np.array(flat) - np.concatenate([part.ravel() for part in model.get_weights()])
    _, scales, components = np.linalg.svd(distances, full_matrices=False)
    for direction, component in zip(landscape.directions, components[:2], strict=True):
        vector = np.concatenate([part.ravel() for part in direction])
        assert abs(vector @ component) == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(
        landscape.explained, scales[:2] ** 2 / (scales**2).sum(), rtol=1e-3, atol=1e-6
    )
    points = np.concatenate(list(landscape.paths.values()))
    assert (points.min(axis=0) >= (landscape.a[0], landscape.b[0])).all()
    assert (points.max(axis=0) <= (landscape.a[-1], landscape.b[-1])).all()


def test_each_filter_of_a_random_direction_has_the_norm_of_the_model():
    model = residual()
    x, y = pictures(), np.array([0, 1, 2, 0])
    landscape = loss_landscape(model, x, y, resolution=2, progress=False)
    for direction in landscape.directions:
        for part, weight in zip(direction, model.trainable_weights, strict=True):
            axes = tuple(range(len(weight.shape) - 1))
            if axes:
                values = keras.ops.convert_to_numpy(weight)
                norms = [np.sqrt((array**2).sum(axis=axes)) for array in (part, values)]
                np.testing.assert_allclose(*norms, rtol=1e-5)
            else:
                assert not part.any()
    one, other = (direction[0].ravel() for direction in landscape.directions)
    assert abs(one @ other) < 0.5 * (one @ one)


def test_the_center_is_the_loss_of_evaluate_and_nothing_changes():
    model = residual()
    x, y = pictures(), np.array([0, 1, 2, 0])
    evaluated = model.evaluate(x, y, verbose=0)[0]
    with left_as_it_was(model):
        landscape = loss_landscape(model, x, y, resolution=3, progress=False)
    assert landscape.loss[1, 1] == pytest.approx(evaluated, rel=1e-5)


def test_regularization_is_part_of_the_loss():
    model = linear(kernel_regularizer=keras.regularizers.L2(0.1))
    landscape = loss_landscape(model, X, Y, resolution=3, progress=False)
    assert landscape.loss[1, 1] == pytest.approx(model.evaluate(X, Y, verbose=0), rel=1e-5)
    penalty = 0.1 * (model.get_weights()[0] ** 2).sum()
    assert landscape.loss[1, 1] == pytest.approx(quadratic(model.get_weights()[0]) + penalty)


def test_chunks_of_points_give_the_same_losses(monkeypatch):
    model = linear()
    whole = loss_landscape(model, X, Y, resolution=4, progress=False)
    module = importlib.import_module("mlcourse.inspection.loss_landscape")
    monkeypatch.setattr(module, "MAX_POINTS", 3)
    parts = loss_landscape(model, X, Y, resolution=4, progress=False)
    np.testing.assert_allclose(parts.loss, whole.loss, rtol=1e-6)


def test_a_seed_gives_the_same_directions():
    model = linear()
    one, same, other = (
        loss_landscape(model, X, Y, resolution=2, seed=seed, progress=False) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one.loss, same.loss)
    assert (one.loss != other.loss).any()


WRONG = {
    "other shapes": ([[np.zeros((2, 1))]] * 2, "shapes of model.get_weights"),
    "one epoch": ([[np.zeros((3, 1))]], "at least two epochs"),
    "nothing": ([], "at least two epochs"),
    "NaN": ([[np.full((3, 1), np.nan)]] * 2, "finite"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_path_is_refused(name):
    paths, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        loss_landscape(linear(), X, Y, paths=paths, progress=False)


def test_a_path_that_does_not_move_is_refused():
    model = linear()
    with pytest.raises(ValueError, match="must differ"):
        loss_landscape(model, X, Y, paths=[model.get_weights()] * 3, progress=False)


def test_a_straight_path_has_a_second_direction_at_a_right_angle():
    model = linear()
    (center,) = model.get_weights()
    step = np.array([[1.0], [0.0], [0.0]], "float32")
    weights = [[center + factor * step] for factor in (3, 2, 1, 0)]
    landscape = loss_landscape(model, X, Y, paths=weights, resolution=3, progress=False)
    one, other = (direction[0].ravel() for direction in landscape.directions)
    assert one @ other == pytest.approx(0, abs=1e-6)
    assert one @ one == pytest.approx(1) and other @ other == pytest.approx(1)
    assert landscape.explained.tolist() == pytest.approx([1, 0])


def test_a_model_without_a_loss_is_refused():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    with pytest.raises(ValueError, match="loss must be given"):
        loss_landscape(model, X, Y, progress=False)
    assert loss_landscape(model, X, Y, loss="mse", resolution=2, progress=False).loss.shape == (
        2,
        2,
    )


def test_several_outputs_are_refused():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, [layers.Dense(1)(inputs), layers.Dense(1)(inputs)])
    model.compile("sgd", ["mse", "mse"])
    with pytest.raises(ValueError, match="one output"):
        loss_landscape(model, X, [Y, Y], progress=False)


def test_progress_counts_all_points(capsys):
    loss_landscape(compiled(residual()), pictures(), np.array([0, 1, 2, 0]), resolution=2)
    assert "4/4" in capsys.readouterr().err
