import math

import keras
import numpy as np
import pytest

from mlcourse import CyclicLR, OneCycle
from mlcourse.callbacks import ScheduledRate
from mlcourse.optimizers import schedules

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype("float32")
Y = (X @ [[1.0], [-2.0], [0.5]] + RNG.normal(0, 0.1, (40, 1))).astype("float32")
BATCHES = 5  # of 8

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def model(optimizer=None, **settings):
    keras.utils.set_random_seed(0)
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False)])
    settings = {"jit_compile": False, **settings}  # without compilation
    network.compile(optimizer or keras.optimizers.SGD(0.01), "mse", **settings)
    return network


def fit(callback, network=None, **settings):
    network = network or model()
    settings = {"batch_size": 8, "epochs": 2, "verbose": 0, "shuffle": False, **settings}
    callbacks = callback if isinstance(callback, list) else [callback]
    network.fit(X, Y, callbacks=callbacks, **settings)
    return network


class Spy(keras.callbacks.Callback):
    """Callback that records the learning rate and the weights before each batch."""

    def __init__(self):
        super().__init__()
        self.rates, self.weights = [], []

    def on_train_batch_begin(self, batch, logs=None):
        self.rates.append(float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)))
        self.weights.append(self.model.get_weights()[0])


def halving(step):
    return 0.1 * 0.5**step


def triangle(step, low, high, half):
    """Return the learning rate of Smith's formula at a step, and the number of its cycle."""
    cycle = math.floor(1 + step / (2 * half))
    x = abs(step / half - 2 * cycle + 1)
    return low + (high - low) * max(0, 1 - x), cycle


def one_cycle(step, steps, max_lr, pct_start=0.3, div_factor=25.0, final_div_factor=1e4):
    """Return the learning rate of PyTorch's OneCycleLR at a step."""

    def anneal(first, last, fraction):
        return last + (first - last) / 2 * (1 + math.cos(math.pi * fraction))

    initial_lr = max_lr / div_factor
    min_lr = initial_lr / final_div_factor
    peak = pct_start * steps - 1
    if step <= peak:
        return anneal(initial_lr, max_lr, step / peak)
    return anneal(max_lr, min_lr, (step - peak) / (steps - 1 - peak))


def test_each_batch_has_the_learning_rate_of_its_step():
    rate, spy = ScheduledRate(halving), Spy()
    network = fit([rate, spy])
    expected = [halving(step) for step in range(10)]
    np.testing.assert_allclose(rate.history["learning_rate"], expected, rtol=1e-6)
    np.testing.assert_allclose(spy.rates, expected, rtol=1e-6)
    assert rate.history["iterations"] == list(range(10))
    assert set(rate.history) == {"iterations", "learning_rate", "loss"}
    assert [len(values) for values in rate.history.values()] == [10] * 3
    weights = [*spy.weights, network.get_weights()[0]]
    for step in range(10):  # gradient descent with this learning rate
        batch = slice(step % BATCHES * 8, step % BATCHES * 8 + 8)
        gradient = 2 / 8 * X[batch].T @ (X[batch] @ weights[step] - Y[batch])
        change = weights[step + 1] - weights[step]
        np.testing.assert_allclose(change, -expected[step] * gradient, rtol=1e-3, atol=1e-6)


def test_the_logs_are_those_of_keras():
    class Logs(keras.callbacks.Callback):
        seen = ()

        def on_train_batch_end(self, batch, logs=None):
            self.seen = [*self.seen, dict(logs)]

    rate, logs = ScheduledRate(schedules.constant(0.01)), Logs()
    fit([rate, logs], model(metrics=["mae"]))
    for name in ("loss", "mae"):
        np.testing.assert_allclose(rate.history[name], [seen[name] for seen in logs.seen])


@pytest.mark.parametrize("schedule", [schedules.cosine_restarts(0.1, 4), lambda step: 0.1])
def test_a_schedule_of_ours_or_any_function_will_do(schedule):
    rate = ScheduledRate(schedule)
    assert rate.history == {}
    fit(rate, epochs=1)
    np.testing.assert_allclose(
        rate.history["learning_rate"], [schedule(s) for s in range(5)], rtol=1e-6
    )


def test_a_second_fit_starts_at_the_first_step():
    rate, network = ScheduledRate(halving), model()
    fit(rate, network)
    first = rate.history
    fit(rate, network, epochs=1)
    np.testing.assert_allclose(
        rate.history["learning_rate"], [halving(s) for s in range(5)], rtol=1e-6
    )
    assert rate.history["iterations"] == list(range(5))
    assert len(first["learning_rate"]) == 10


def test_a_fit_with_an_initial_epoch_continues_the_schedule():
    rate = ScheduledRate(halving)
    fit(rate, initial_epoch=2, epochs=4)
    assert rate.history["iterations"] == list(range(10, 20))
    np.testing.assert_allclose(
        rate.history["learning_rate"], [halving(s) for s in range(10, 20)], rtol=1e-5
    )


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="PyTorch has no such executions")
def test_batches_of_one_execution_have_one_learning_rate():
    rate, spy = ScheduledRate(halving), Spy()
    network = model(steps_per_execution=2)
    fit([rate, spy], network, batch_size=10)  # 4 batches per epoch
    np.testing.assert_allclose(spy.rates, [halving(s) for s in (0, 2, 4, 6)], rtol=1e-6)
    np.testing.assert_allclose(rate.history["learning_rate"], spy.rates)
    assert rate.history["iterations"] == [1, 3, 5, 7]


@pytest.mark.parametrize("settings", [{"jit_compile": "auto"}, {"run_eagerly": True}])
def test_it_does_not_matter_how_the_model_is_compiled(settings):
    rate = ScheduledRate(halving)
    other = fit(rate, model(**settings)).get_weights()
    np.testing.assert_allclose(other[0], fit(ScheduledRate(halving)).get_weights()[0], rtol=1e-5)
    np.testing.assert_allclose(
        rate.history["learning_rate"], [halving(s) for s in range(10)], rtol=1e-6
    )


@pytest.mark.filterwarnings("ignore:.*shuffle=True", "ignore:Your input ran out of data")
def test_without_the_number_of_batches_they_are_counted():
    rate = ScheduledRate(halving)
    model().fit(((X[:8], Y[:8]) for _ in range(6)), verbose=0, callbacks=[rate])
    np.testing.assert_allclose(
        rate.history["learning_rate"], [halving(s) for s in range(6)], rtol=1e-6
    )


@pytest.mark.parametrize(
    ("mode", "height"),
    [
        ({}, lambda cycle, step: 1),
        ({"mode": "triangular2"}, lambda cycle, step: 1 / 2 ** (cycle - 1)),
        ({"mode": "exp_range", "gamma": 0.9}, lambda cycle, step: 0.9**step),
        ({"scale_fn": lambda cycle: 1 / cycle}, lambda cycle, step: 1 / cycle),
    ],
    ids=["triangular", "triangular2", "exp_range", "scale_fn"],
)
def test_the_cyclical_rate_is_smith_s(mode, height):
    rate, spy = CyclicLR(0.01, 0.05, 3, **mode), Spy()
    fit([rate, spy], epochs=3)
    expected = []
    for step in range(15):
        value, cycle = triangle(step, 0.01, 0.05, 3)
        expected.append(0.01 + (value - 0.01) * height(cycle, step))
    np.testing.assert_allclose(rate.history["learning_rate"], expected, rtol=1e-5)
    np.testing.assert_allclose(spy.rates, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("epochs", "settings"),
    [(4, {}), (2, {"pct_start": 0.5, "div_factor": 10.0, "final_div_factor": 100.0})],
)
def test_one_cycle_is_as_long_as_the_fit(settings, epochs):
    rate, spy = OneCycle(0.1, **settings), Spy()
    fit([rate, spy], epochs=epochs)
    steps = epochs * BATCHES
    expected = [one_cycle(step, steps, 0.1, **settings) for step in range(steps)]
    np.testing.assert_allclose(rate.history["learning_rate"], expected, rtol=1e-4)
    np.testing.assert_allclose(spy.rates, expected, rtol=1e-4)
    assert max(spy.rates) == pytest.approx(0.1, rel=0.1)
    initial_lr = 0.1 / settings.get("div_factor", 25)
    lowest = initial_lr / settings.get("final_div_factor", 1e4)
    assert spy.rates[0] == pytest.approx(expected[0], rel=1e-4)
    assert spy.rates[-1] == pytest.approx(lowest, rel=1e-4)


def test_another_fit_is_another_cycle_and_a_continued_fit_its_end():
    rate, network = OneCycle(0.1), model()
    fit(rate, network)
    fit(rate, network, epochs=4)
    expected = [one_cycle(step, 20, 0.1) for step in range(20)]
    np.testing.assert_allclose(rate.history["learning_rate"], expected, rtol=1e-4)
    fit(rate, network, epochs=4, initial_epoch=2)
    np.testing.assert_allclose(rate.history["learning_rate"], expected[10:], rtol=1e-4)


def test_one_batch_is_a_cycle_too():
    rate = OneCycle(0.1)
    fit(rate, epochs=1, batch_size=40)
    assert len(rate.history["learning_rate"]) == 1 and 0 < rate.history["learning_rate"][0] <= 0.1


MAKERS = {
    "ScheduledRate": lambda: ScheduledRate(halving),
    "CyclicLR": lambda: CyclicLR(0.01, 0.1, 3),
    "OneCycle": lambda: OneCycle(0.1),
}


@pytest.mark.parametrize("name", MAKERS)
def test_an_optimizer_with_a_schedule_is_refused_before_anything_is_trained(name):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    network = model(keras.optimizers.SGD(schedule))
    before = network.get_weights()[0]
    rule = rf"{name} sets the learning rate.*not with a schedule\. Got 'ExponentialDecay' instead"
    with pytest.raises(ValueError, match=rule):
        fit(MAKERS[name](), network)
    np.testing.assert_array_equal(network.get_weights()[0], before)
    assert int(keras.ops.convert_to_numpy(network.optimizer.iterations)) == 0


@pytest.mark.filterwarnings("ignore:.*shuffle=True")
def test_one_cycle_must_know_the_number_of_batches():
    network = model()
    before = network.get_weights()[0]
    batches = ((X[:8], Y[:8]) for _ in range(100))
    rule = r"OneCycle needs the number of batches.*steps_per_epoch\. Got None instead"
    with pytest.raises(ValueError, match=rule):
        network.fit(batches, verbose=0, callbacks=[OneCycle(0.1)])
    np.testing.assert_array_equal(network.get_weights()[0], before)
    rate = OneCycle(0.1)
    network.fit(batches, epochs=2, steps_per_epoch=4, verbose=0, callbacks=[rate])
    expected = [one_cycle(step, 8, 0.1) for step in range(8)]
    np.testing.assert_allclose(rate.history["learning_rate"], expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CyclicLR(0.1, 0.01, 3), r"base_lr must be below max_lr\. Got 0\.1 and 0\.01"),
        (lambda: CyclicLR(0.1, 0.1, 3), r"base_lr must be below max_lr\. Got 0\.1 and 0\.1"),
        (lambda: CyclicLR(-0.1, 0.1, 3), r"base_lr must be a number, at least 0\. Got -0\.1"),
        (lambda: CyclicLR(0.1, 1, 0), r"step_size must be a whole number of at least 1\. Got 0"),
        (
            lambda: CyclicLR(0.1, 1, 3, "square"),
            r"mode must be one of triangular, triangular2, exp_range\. Got 'square' instead",
        ),
        (lambda: CyclicLR(0.1, 1, 3, gamma=1.5), r"gamma must be at most 1\. Got 1\.5"),
        (lambda: OneCycle(0), r"max_lr must be positive\. Got 0"),
        (lambda: OneCycle(0.1, pct_start=1), r"pct_start must be a number, .*below 1\. Got 1"),
        (
            lambda: OneCycle(0.1, div_factor=0.5),
            r"div_factor must be a number, at least 1\. Got 0\.5",
        ),
        (
            lambda: OneCycle(0.1, final_div_factor=0.5),
            r"final_div_factor must be a number, at least 1\. Got 0\.5",
        ),
    ],
)
def test_invalid_settings_are_refused_at_once(make, message):
    with pytest.raises(ValueError, match=message):
        make()
