"""Momentum of OneCycle, compared with update rules in NumPy and the formula of PyTorch."""

import copy
import math
import pickle

import keras
import numpy as np
import pytest

from mlcourse import OneCycle, training
from mlcourse.callbacks.schedules import momentum_name
from mlcourse.optimizers import schedules
from tests.conftest import slow

RNG = np.random.default_rng(0)
X = RNG.normal(size=(44, 3)).astype("float32")
Y = (X @ [[1.0], [-2.0], [0.5]]).astype("float32")
BATCH = 8
BATCHES = 6  # the last one has four examples
IS_TORCH = keras.backend.backend() == "torch"

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def model(optimizer, **settings):
    keras.utils.set_random_seed(0)
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False)])
    network.compile(optimizer, "mse", **{"jit_compile": False, **settings})
    return network


def fit(network, callbacks, **settings):
    settings = {"batch_size": BATCH, "epochs": 2, "verbose": 0, "shuffle": False, **settings}
    return network.fit(X, Y, callbacks=callbacks, **settings)


def torch_one_cycle(step, steps, start, top, end, pct_start=0.3):
    """Return the value of PyTorch's OneCycleLR with anneal_strategy="cos" at a step.

    In torch/optim/lr_scheduler.py the first phase ends at pct_start * total_steps - 1, the second
    one at total_steps - 1, and _annealing_cos(start, end, pct) is
    end + (start - end) / 2 * (1 + cos(pi * pct)).
    """

    def annealing_cos(first, last, pct):
        return last + (first - last) / 2.0 * (1 + math.cos(math.pi * pct))

    end_of_first = float(pct_start * steps) - 1
    if step <= end_of_first:
        return annealing_cos(start, top, step / end_of_first)
    return annealing_cos(top, end, (step - end_of_first) / (steps - 1 - end_of_first))


def gradient(w, step):
    batch = slice(step % BATCHES * BATCH, step % BATCHES * BATCH + BATCH)
    x, y = X[batch].astype(float), Y[batch].astype(float)
    return 2 / len(x) * x.T @ (x @ w - y)


def sgd(w, rates, momenta, nesterov=False):
    """Return the weights after steps of the update rule of keras.optimizers.SGD."""
    velocity = 0 * w
    for step, (rate, momentum) in enumerate(zip(rates, momenta, strict=True)):
        g = gradient(w, step)
        velocity = momentum * velocity - rate * g
        w = w + (momentum * velocity - rate * g if nesterov else velocity)
    return w


def nesterov(w, rates, momenta):
    return sgd(w, rates, momenta, nesterov=True)


def adam(w, rates, momenta):
    """Return the weights after steps of Adam, with the epsilon of section 2 of the paper."""
    m, v = 0 * w, 0 * w
    for step, (rate, beta_1) in enumerate(zip(rates, momenta, strict=True)):
        g = gradient(w, step)
        m, v = beta_1 * m + (1 - beta_1) * g, 0.999 * v + 0.001 * g**2
        size = rate * math.sqrt(1 - 0.999 ** (step + 1)) / (1 - beta_1 ** (step + 1))
        w = w - size * m / (np.sqrt(v) + 1e-7)
    return w


def rmsprop(w, rates, momenta):
    """Return the weights after steps of keras.optimizers.RMSprop with momentum."""
    v, velocity = 0 * w, 0 * w
    for step, (rate, momentum) in enumerate(zip(rates, momenta, strict=True)):
        g = gradient(w, step)
        v = 0.9 * v + 0.1 * g**2
        velocity = momentum * velocity + rate * g / np.sqrt(v + 1e-7)
        w = w - velocity
    return w


RULES = {
    "momentum": (lambda: keras.optimizers.SGD(0.05, momentum=0.9), sgd),
    "nesterov": (lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True), nesterov),
    "adam": (lambda: keras.optimizers.Adam(0.05), adam),
    "rmsprop": (lambda: keras.optimizers.RMSprop(0.05, momentum=0.9), rmsprop),
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "settings",
    [{}, {"run_eagerly": True}, *slow({"jit_compile": True}, {"steps_per_execution": 4})],
    ids=str,
)
def test_the_weights_are_those_of_the_update_rule_with_the_momentum_of_each_batch(rule, settings):
    if IS_TORCH and (settings.get("jit_compile") or "steps_per_execution" in settings):
        pytest.skip("PyTorch compiles no such steps")
    make, reference = RULES[rule]
    network, cycle = model(make(), **settings), OneCycle(0.1)
    start = network.get_weights()[0].astype(float)
    fit(network, [cycle])
    steps = 2 * BATCHES
    first = [(step % BATCHES) // 4 * 4 + step // BATCHES * BATCHES for step in range(steps)]
    shared = first if "steps_per_execution" in settings else range(steps)
    rates = [torch_one_cycle(step, steps, 0.1 / 25, 0.1, 0.1 / 25 / 1e4) for step in shared]
    momenta = [torch_one_cycle(step, steps, 0.95, 0.85, 0.95) for step in shared]
    expected = reference(start, rates, momenta)
    np.testing.assert_allclose(network.get_weights()[0], expected, rtol=1e-4, atol=2e-5)
    constant = reference(start, rates, [0.9] * steps)
    assert np.abs(constant - expected).max() > 1e-3  # a constant momentum gives other weights


@pytest.mark.parametrize(
    "settings", [{}, {"pct_start": 0.5, "base_momentum": 0.5, "max_momentum": 0.8}]
)
def test_the_momentum_of_each_batch_is_that_of_torch_and_in_the_history(settings):
    cycle = OneCycle(0.1, **settings)
    fit(model("adam"), [cycle], epochs=5)
    high, low = settings.get("max_momentum", 0.95), settings.get("base_momentum", 0.85)
    pct_start = settings.get("pct_start", 0.3)
    expected = [torch_one_cycle(step, 30, high, low, high, pct_start) for step in range(30)]
    np.testing.assert_allclose(cycle.history["momentum"], expected, rtol=1e-6)
    assert {len(values) for values in cycle.history.values()} == {30}
    whole = schedules.one_cycle_momentum(30, pct_start, low, high)
    np.testing.assert_allclose(whole(np.arange(30)), expected, rtol=1e-12)


def test_the_optimizer_has_the_number_that_it_had_during_the_fit_and_after_it(tmp_path):
    class Looks(keras.callbacks.Callback):
        seen = ()

        def on_train_batch_end(self, batch, logs=None):
            optimizer = self.model.optimizer
            self.seen = [*self.seen, (optimizer.get_config()["momentum"], len(optimizer.variables))]

    optimizer, looks = keras.optimizers.SGD(0.1, momentum=0.7), Looks()
    path = tmp_path / "model.keras"
    saves = keras.callbacks.ModelCheckpoint(path, save_freq=2)
    network = model(optimizer)
    fit(network, [saves, looks, OneCycle(0.1)])
    count = 2 + 1  # step, learning rate and a velocity
    assert set(looks.seen) == {(0.7, count)}
    assert type(optimizer.momentum) is float
    saved = keras.models.load_model(path).optimizer
    assert saved.get_config()["momentum"] == 0.7 and len(saved.variables) == count
    assert int(keras.ops.convert_to_numpy(saved.iterations)) == 12
    copies = [pickle.loads(pickle.dumps(network)), copy.deepcopy(network)]
    again = type(optimizer).from_config(optimizer.get_config())
    for one in (*[each.optimizer for each in copies], again):
        assert one.momentum == 0.7 and type(one.momentum) is float


def after(network):
    """Return the weights after a fit without callbacks from fixed weights."""
    network.set_weights([np.ones((3, 1))])
    network.optimizer.learning_rate = 0.05
    for variable in network.optimizer.variables[2:]:
        variable.assign(np.zeros(variable.shape))
    fit(network, [], epochs=1)
    return network.get_weights()[0]


class Breaks(keras.callbacks.Callback):
    """Callback that interrupts a fit at a batch."""

    def __init__(self, hook):
        super().__init__()
        setattr(self, hook, self._break)

    def _break(self, batch, logs=None):
        if batch == 3:
            raise KeyboardInterrupt


@pytest.mark.parametrize("hook", ["on_train_batch_begin", "on_train_batch_end"])
@pytest.mark.parametrize("before", [True, False])
def test_a_fit_after_an_interrupt_has_the_momentum_of_the_optimizer(hook, before):
    network = model(keras.optimizers.SGD(0.1, momentum=0.7))
    if before:
        fit(network, [])
    with pytest.raises(KeyboardInterrupt):
        fit(network, [OneCycle(0.1), Breaks(hook)])
    assert network.optimizer.momentum == 0.7
    expected = sgd(np.ones((3, 1)), [0.05] * BATCHES, [0.7] * BATCHES)
    np.testing.assert_allclose(after(network), expected, rtol=1e-4)


@pytest.mark.parametrize("before", [True, False])
def test_a_fit_before_a_cycle_and_one_after_it_have_the_momentum_of_the_optimizer(before):
    network, cycle = model(keras.optimizers.SGD(0.1, momentum=0.7)), OneCycle(0.1)
    expected = sgd(np.ones((3, 1)), [0.05] * BATCHES, [0.7] * BATCHES)
    if before:
        np.testing.assert_allclose(after(network), expected, rtol=1e-4)
    for _ in range(2):  # the second cycle equals the first one
        fit(network, [cycle])
        assert min(cycle.history["momentum"]) < 0.86 and len(cycle.history["momentum"]) == 12
    np.testing.assert_allclose(after(network), expected, rtol=1e-4)


@pytest.mark.parametrize(
    "optimizer",
    ["sgd", "adagrad", "rmsprop", keras.optimizers.Adam(beta_1=0.0)],
    ids=["sgd", "adagrad", "rmsprop", "adam"],
)
def test_an_optimizer_without_momentum_is_trained_without(optimizer):
    network, cycle = model(optimizer), OneCycle(0.1)
    assert momentum_name(network) is None
    fit(network, [cycle])
    assert set(cycle.history) == {"iterations", "learning_rate", "loss"}
    assert len(cycle.history["learning_rate"]) == 12


def test_the_momentum_stays_if_asked_to():
    rates = [torch_one_cycle(step, 12, 0.1 / 25, 0.1, 0.1 / 25 / 1e4) for step in range(12)]
    network, cycle = model(keras.optimizers.SGD(momentum=0.6)), OneCycle(0.1, cycle_momentum=False)
    start = network.get_weights()[0].astype(float)
    fit(network, [cycle])
    expected = sgd(start, rates, [0.6] * 12)
    np.testing.assert_allclose(network.get_weights()[0], expected, rtol=1e-4, atol=1e-5)
    assert "momentum" not in cycle.history


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Adam", "AdamW", "Adamax", "Nadam", "Lion", "Lamb"])
def test_every_optimizer_with_a_momentum_takes_it(name):
    results = []
    for settings in ({}, {"cycle_momentum": False}, {"base_momentum": 0.9, "max_momentum": 0.9}):
        network = model(getattr(keras.optimizers, name)(0.01, beta_1=0.9))
        fit(network, [OneCycle(0.1, **settings)])
        results.append(network.get_weights()[0])
        assert network.optimizer.beta_1 == 0.9
    cycled, constant, same = results
    np.testing.assert_allclose(same, constant, rtol=1e-4, atol=1e-6)
    if name != "Lion":  # its steps are signs, which may be equal
        assert np.abs(cycled - constant).max() > 1e-4


def test_an_optimizer_that_scales_the_loss_has_the_momentum_of_the_one_inside():
    inner = keras.optimizers.SGD(0.1, momentum=0.7)
    network = model(keras.optimizers.LossScaleOptimizer(inner, initial_scale=2.0))
    start, cycle = network.get_weights()[0].astype(float), OneCycle(0.1)
    fit(network, [cycle])
    expected = sgd(start, cycle.history["learning_rate"], cycle.history["momentum"])
    np.testing.assert_allclose(network.get_weights()[0], expected, rtol=1e-4, atol=1e-5)
    assert inner.momentum == 0.7


def test_a_fit_of_ours_takes_it_too(tmp_path, monkeypatch):
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path))
    weights = []
    for run in (None, "cycle"):
        network, cycle = model(keras.optimizers.SGD(0.1, momentum=0.7)), OneCycle(0.1)
        options = {"run": run} if run else {}
        training.fit(network, X, Y, 8, epochs=2, verbose=0, callbacks=[cycle], seed=1, **options)
        expected = [torch_one_cycle(step, 12, 0.95, 0.85, 0.95) for step in range(12)]
        np.testing.assert_allclose(cycle.history["momentum"], expected, rtol=1e-6)
        assert network.optimizer.momentum == 0.7
        weights.append(network.get_weights()[0])
    assert np.isfinite(weights).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"base_momentum": 0.96},
            r"base_momentum must be at most max_momentum\. Got 0\.96 and 0\.",
        ),
        ({"base_momentum": 0}, r"base_momentum must be positive\. Got 0 instead"),
        ({"max_momentum": 1}, r"max_momentum must be a number, .*below 1\. Got 1 instead"),
        ({"cycle_momentum": "no"}, r"cycle_momentum must be True or False\. Got 'no' instead"),
    ],
)
def test_momenta_that_cannot_be_are_refused_at_once(settings, message):
    with pytest.raises(ValueError, match=message):
        OneCycle(0.1, **settings)
