"""Update rules in training, compared with explicit steps and Keras."""

import keras
import numpy as np
import pytest

from mlcourse.optimizers import RULES, schedules
from mlcourse.scratch import (
    GD,
    MSE,
    Adam,
    AdamW,
    Affine,
    BatchNorm,
    Data,
    Dataloader,
    Learner,
    Model,
    Momentum,
    Nesterov,
    RMSprop,
    Sampler,
    Tanh,
    to_keras,
)

NAMES = {
    "sgd": GD,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
}
BATCH, EPOCHS = 4, 5  # of 14 examples: four batches per epoch, the last of 2


def points():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(14, 3))
    return x, np.sin(x @ rng.normal(size=(3, 2)))


def train(model, optimizer, epochs=EPOCHS):
    data = Data(*points())
    learner = Learner(MSE(), model, optimizer, epochs)
    learner.train_loop(Dataloader(data, Sampler(data, BATCH)))
    return model


def by_hand(optimizer, w, b, rates):
    """Return the weights of linear regression after one step per learning rate."""
    (x, y), states = points(), [optimizer.init(w), optimizer.init(b)]
    for t, rate in enumerate(rates, 1):
        start = (t - 1) % 4 * BATCH
        part = slice(start, start + BATCH)
        error = 2 * (x[part] @ w + b - y[part]) / y[part].size
        w, states[0] = optimizer.update(w, x[part].T @ error, states[0], rate, t)
        b, states[1] = optimizer.update(b, error.sum(axis=0), states[1], rate, t)
    return w, b


def test_the_rules_have_their_names_here():
    assert {name: RULES[name] for name in NAMES} == NAMES


@pytest.mark.parametrize("name", RULES)
def test_a_training_is_the_steps_of_the_rule(name):
    layer, optimizer = Affine("sums", 3, 2, dtype="float64"), RULES[name](0.05)
    expected = by_hand(optimizer, *layer.params.values(), [0.05] * 20)
    train(Model([layer]), optimizer)
    for array, hand in zip(layer.params.values(), expected, strict=True):
        np.testing.assert_allclose(array, hand, rtol=1e-10)


@pytest.mark.parametrize("rule", [GD, Momentum, Adam])
def test_a_schedule_is_followed_batch_by_batch(rule):
    schedule = schedules.one_cycle(0.2, total_steps=20)
    layer, optimizer = Affine("sums", 3, 2, dtype="float64"), rule(schedule)
    rates = [float(schedule(step)) for step in range(20)]
    assert len({round(rate, 9) for rate in rates}) > 15
    expected = by_hand(optimizer, *layer.params.values(), rates)
    train(Model([layer]), optimizer)
    for array, hand in zip(layer.params.values(), expected, strict=True):
        np.testing.assert_allclose(array, hand, rtol=1e-10)


def test_a_second_training_resets_the_optimizer():
    optimizer, layer = Adam(0.05), Affine("sums", 3, 2, dtype="float64")
    w, b = by_hand(optimizer, *layer.params.values(), [0.05] * 4)
    w, b = by_hand(optimizer, w, b, [0.05] * 4)  # with a new state and step
    for _ in range(2):
        train(Model([layer]), optimizer, epochs=1)
    np.testing.assert_allclose(layer.params["w"], w, rtol=1e-10)
    np.testing.assert_allclose(layer.params["b"], b, rtol=1e-10)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (GD(0.1), keras.optimizers.SGD(0.1)),
        (Momentum(0.05, momentum=0.8), keras.optimizers.SGD(0.05, momentum=0.8)),
        (Nesterov(0.05), keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True)),
        (Adam(0.01), keras.optimizers.Adam(0.01)),
    ],
    ids=["sgd", "momentum", "nesterov", "adam"],
)
def test_20_steps_are_those_of_keras(ours, theirs):
    model = Model([Affine("first", 3, 8), Tanh("tanh"), Affine("last", 8, 2)])
    twin = to_keras(model)
    before = [array.copy() for layer in model.layers for array in layer.params.values()]
    twin.compile(theirs, "mse")
    twin.fit(*points(), batch_size=BATCH, epochs=EPOCHS, shuffle=False, verbose=0)
    train(model, ours)
    arrays = [array for layer in model.layers for array in layer.params.values()]
    for array, old, other in zip(arrays, before, twin.get_weights(), strict=True):
        np.testing.assert_allclose(array, other, atol=1e-5)
        assert np.abs(array - old).max() > 0.01


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("rate", [0.01, schedules.one_cycle(0.01, 20)], ids=["number", "schedule"])
def test_every_rule_preserves_the_dtype(name, dtype, rate):
    layers = [Affine("first", 3, 4, dtype=dtype), Tanh("tanh"), BatchNorm("norm", 4, dtype=dtype)]
    model = Model([*layers, Affine("last", 4, 2, dtype=dtype)])
    before = model(points()[0])
    train(model, RULES[name](rate))
    after = model(points()[0])
    assert before.dtype == after.dtype == dtype
    assert (before != after).all()
    for layer in model.layers:
        arrays = [*layer.params.values(), *layer.grads.values(), *layer.state.values()]
        assert {array.dtype for array in arrays} <= {np.dtype(dtype)}
