import random

import keras
import numpy as np
import pytest
from keras import layers

from mlcourse import find_learning_rate
from mlcourse.callbacks import LearningRateFinder, LearningRateFinderResult
from mlcourse.callbacks.learning_rate_search import _shuffled

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype("float32")
Y = (X @ [[1.0], [-2.0], [0.5]] + RNG.normal(0, 0.1, (40, 1))).astype("float32")

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def compiled(network, optimizer="sgd", **settings):
    network.compile(optimizer, "mse", **{"jit_compile": False, **settings})  # without compilation
    return network


def linear(optimizer=None, penalty=None, **settings):
    keras.utils.set_random_seed(0)
    dense = layers.Dense(1, use_bias=False, kernel_regularizer=penalty)
    network = keras.Sequential([keras.Input((3,)), dense])
    return compiled(network, optimizer or keras.optimizers.SGD(0.01), **settings)


def network(optimizer):
    """Return a model with all kinds of state: weights, moving means, random seeds, metrics."""
    keras.utils.set_random_seed(0)
    dropout = layers.Dropout(0.5, seed=3)  # without a seed PyTorch uses a global generator
    inner = [layers.Dense(4), layers.BatchNormalization(), dropout, layers.Dense(1)]
    made = keras.Sequential([keras.Input((3,)), *inner])
    return compiled(made, OPTIMIZERS[optimizer](), metrics=["mae"])


OPTIMIZERS = {
    "Adam": lambda: keras.optimizers.Adam(0.02),
    "momentum": lambda: keras.optimizers.SGD(0.02, momentum=0.9),
}


def state(model):
    """Return all variables of a model, its optimizer and its metrics as arrays."""
    groups = model.variables, model.optimizer.variables, model.metrics_variables
    return [[keras.ops.convert_to_numpy(v).copy() for v in group] for group in groups]


def assert_same(one, other):
    for mine, theirs in zip(one, other, strict=True):
        assert len(mine) == len(theirs)
        for left, right in zip(mine, theirs, strict=True):
            assert left.dtype == right.dtype
            np.testing.assert_array_equal(left, right)


def train(model, epochs=2, callbacks=()):
    settings = {"batch_size": 8, "verbose": 0, "shuffle": False}
    return model.fit(X, Y, epochs=epochs, callbacks=list(callbacks), **settings)


def descent(weights, rates, batches, penalty=0.0):
    """Return the loss of each batch of a linear regression with gradient descent."""
    weights, losses = np.array(weights, float), []
    for rate, (x, y) in zip(rates, batches, strict=True):
        errors = x @ weights - y
        losses.append(np.mean(errors**2) + penalty * np.sum(weights**2))
        weights = weights - rate * (2 / len(x) * x.T @ errors + 2 * penalty * weights)
    return np.array(losses)


def batches(n, size=8):
    """Return n batches in order; each epoch has the same ones."""
    epoch = [slice(start, start + size) for start in range(0, 40, size)]
    rows = [epoch[number % len(epoch)] for number in range(n)]
    return [(X[batch].astype(float), Y[batch].astype(float)) for batch in rows]


@pytest.mark.parametrize(
    ("optimizer", "trained"), [("Adam", True), ("Adam", False), ("momentum", True)]
)
def test_all_state_is_restored_and_training_continues_unchanged(optimizer, trained):
    model, twin = network(optimizer), network(optimizer)
    if trained:
        train(model), train(twin)
    before, history = state(model), model.history if trained else None
    rng, pythons = np.random.get_state(), random.getstate()  # noqa: NPY002
    finding = find_learning_rate(model, X, Y, 1e-4, 1, 12, batch_size=8, seeds=2)
    assert len(finding.sweeps) == 2 and len(finding.sweeps[0].losses) > 1
    after = state(model)
    if trained:
        assert_same(after, before)
        assert model.history is history
    else:  # metrics that were built before; new ones are reset
        assert_same(after[:1], before[:1])
        slots = model.optimizer.variables[2:]
        assert not any(keras.ops.convert_to_numpy(slot).any() for slot in slots)
        assert getattr(model, "history", None) is None
    assert float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)) == np.float32(0.02)
    assert not model.stop_training
    np.testing.assert_array_equal(np.random.get_state()[1], rng[1])  # noqa: NPY002
    assert random.getstate() == pythons

    losses = train(model).history["loss"]
    assert losses == train(twin).history["loss"]
    assert_same(state(model), state(twin))


def test_averaged_weights_do_not_take_the_place_of_those_there_were():
    model = linear(keras.optimizers.SGD(0.01, use_ema=True, ema_momentum=0.5))
    before = model.get_weights()[0]
    find_learning_rate(model, X, Y, 1e-3, 0.1, 10, seeds=1)
    np.testing.assert_array_equal(model.get_weights()[0], before)


@pytest.mark.parametrize(("scale", "penalty"), [("exponential", 0.1), ("linear", 0.0)])
def test_each_loss_is_the_batch_s_own_at_the_rate_of_its_step(scale, penalty):
    model = linear(penalty=keras.regularizers.L2(penalty) if penalty else None)
    start = model.get_weights()[0]
    finder = LearningRateFinder(1e-3, 0.2, 20, scale)
    train(model, 9, [finder])
    spaced = np.geomspace if scale == "exponential" else np.linspace
    rates = spaced(1e-3, 0.2, 20)
    np.testing.assert_allclose(finder.sweep.learning_rates, rates)
    expected = descent(start, rates, batches(20), penalty)
    np.testing.assert_allclose(finder.sweep.losses, expected, rtol=1e-4, atol=1e-6)
    assert (finder.sweep.metrics, finder.sweep.diverged) == ({}, False)
    np.testing.assert_array_equal(model.get_weights()[0], start)


@pytest.mark.parametrize("jit", ["auto", False])
def test_metrics_are_the_batch_s_own_too(jit):
    model = linear(metrics=["mae", "mse"], jit_compile=jit)
    finder = LearningRateFinder(1e-3, 0.2, 12)
    train(model, 9, [finder])
    assert set(finder.sweep.metrics) == {"mae", "mse"}
    np.testing.assert_allclose(finder.sweep.metrics["mse"], finder.sweep.losses, rtol=1e-5)
    errors = X[:8] @ model.get_weights()[0] - Y[:8]
    assert finder.sweep.metrics["mae"][0] == pytest.approx(np.abs(errors).mean(), rel=1e-5)


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="PyTorch has no such executions")
def test_batches_of_one_execution_have_one_learning_rate_and_one_mean():
    model = linear(steps_per_execution=2)
    start = model.get_weights()[0]
    finder = LearningRateFinder(1e-3, 0.2, 10)
    model.fit(X, Y, batch_size=10, epochs=9, verbose=0, shuffle=False, callbacks=[finder])
    rates = np.geomspace(1e-3, 0.2, 10)
    each = descent(start, np.repeat(rates, 2), batches(20, 10))
    np.testing.assert_allclose(
        finder.sweep.losses, each.reshape(10, 2).mean(axis=1), rtol=1e-4, atol=1e-6
    )
    finding = find_learning_rate(model, X, Y, 1e-3, 0.2, 10, batch_size=10, seeds=1)
    assert len(finding.sweeps[0].losses) == 10
    np.testing.assert_array_equal(model.get_weights()[0], start)


def test_the_whole_data_as_one_batch():
    model = linear()
    finding = find_learning_rate(model, X, Y, 1e-3, 0.2, 15, batch_size=40, seeds=2)
    rates = np.geomspace(1e-3, 0.2, 15)
    expected = descent(model.get_weights()[0], rates, batches(15, 40))
    for sweep in finding.sweeps:
        np.testing.assert_allclose(sweep.losses, expected, rtol=1e-4, atol=1e-6)


def test_a_batch_may_be_larger_than_the_data():
    finding = find_learning_rate(linear(), X[:6], Y[:6], 1e-3, 0.1, 10, batch_size=16, seeds=1)
    assert len(finding.sweeps[0].losses) == 10 and np.isfinite(finding.sweeps[0].losses).all()


def test_each_sweep_has_the_examples_in_an_order_of_its_own_but_all_of_them():
    parts = {"x": np.arange(40), "y": np.arange(40)}
    one, other, again = (_shuffled(parts, 10, 8, seed) for seed in (0, 1, 0))
    assert [np.bincount(order["x"]).tolist() for order in (one, other)] == [[2] * 40] * 2
    assert not np.array_equal(one["x"], other["x"])
    np.testing.assert_array_equal(one["x"], one["y"])  # each example has its own target
    np.testing.assert_array_equal(one["x"], again["x"])


def several(kind):
    """Return the inputs of a model with two inputs, and targets."""
    return kind([X[:, :2], X[:, 2:]]), Y


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_model_may_have_several_inputs(kind):
    inputs = [keras.Input((2,)), keras.Input((X.shape[1] - 2,))]
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Concatenate()(inputs)))
    model.compile("sgd", "mse")
    finding = find_learning_rate(model, *several(kind), 1e-4, 0.1, 10, seeds=1)
    assert np.isfinite(finding.sweeps[0].losses).all()


def test_lists_of_numbers_are_taken():
    finding = find_learning_rate(linear(), X.tolist(), Y.tolist(), 1e-4, 0.1, 10, seeds=1)
    expected = find_learning_rate(linear(), X, Y, 1e-4, 0.1, 10, seeds=1)
    np.testing.assert_allclose(finding.sweeps[0].losses, expected.sweeps[0].losses, rtol=1e-4)


@pytest.mark.parametrize(
    "x, y, message",
    [
        (
            X[:5],
            Y,
            r"x and y must be arrays of the same length, at least 1\. Got \[5, 40\] instead",
        ),
        (X[:0], Y[:0], r"at least 1\. Got \[0\] instead"),
        (X, None, r"y must be arrays of targets, .* compiled with a loss\. Got None instead"),
        (X, "labels", r"y must be arrays of examples, or a dataset\. Got str instead"),
        (iter(X), Y, r"y must be None if x is a dataset\. Got ndarray instead"),
    ],
)
def test_invalid_data_is_refused_before_training(x, y, message):
    model = linear()
    with pytest.raises(ValueError, match=message):
        find_learning_rate(model, x, y)
    assert not model.optimizer.built


def test_a_model_without_weights_gets_them_first():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    finding = find_learning_rate(model, X, Y, 1e-4, 0.1, 10, seeds=1)
    assert len(finding.sweeps[0].losses) == 10
    model.fit(X, Y, verbose=0)
    unbuilt = keras.Sequential([keras.layers.Dense(1)])
    unbuilt.compile("sgd", "mse")
    if keras.backend.backend() == "tensorflow":  # on other backends the fit builds it in time
        with pytest.raises(ValueError, match="needs a built model"):
            unbuilt.fit(X, Y, verbose=0, callbacks=[LearningRateFinder()])


def test_metrics_are_left_empty_as_they_were():
    model = linear()
    find_learning_rate(model, X, Y, 1e-4, 0.1, 10, seeds=1)
    assert all(float(value) == 0 for value in model.get_metrics_result().values())


def test_a_finding_suggests_rates_of_the_sweeps():
    finding = find_learning_rate(linear(), X, Y, 1e-4, 10, 60, batch_size=8, seeds=3)
    assert isinstance(finding, LearningRateFinderResult) and len(finding.sweeps) == 3
    median, low, high = finding.suggestions["steepest"]
    # a linear regression converges up to 1 / (the largest curvature)
    limit = 2 / np.linalg.eigvalsh(2 * X.T @ X / 40).max()
    assert 1e-3 < low <= median <= high < 2 * limit
    assert str(finding).startswith("learning rate by 3 sweeps: ")
    single = LearningRateFinderResult(finding.sweeps[:1])
    assert str(single).startswith("learning rate by 1 sweep: ")


def test_examples_may_be_a_structure_of_arrays():
    keras.utils.set_random_seed(0)
    left, right = keras.Input((1,), name="left"), keras.Input((2,), name="right")
    total = layers.Dense(1)(layers.Concatenate()([left, right]))
    model = compiled(keras.Model({"left": left, "right": right}, total))
    parts = {"left": X[:, :1], "right": X[:, 1:]}
    finding = find_learning_rate(model, parts, Y, 1e-4, 0.1, 10, seeds=1)
    assert np.isfinite(finding.sweeps[0].losses).all()


def test_a_sweep_ends_when_the_loss_runs_away():
    model = linear()
    before = model.get_weights()[0]
    finding = find_learning_rate(model, X, Y, 1e-4, 1e4, 100, batch_size=8, seeds=2)
    for sweep in finding.sweeps:
        assert sweep.diverged
        assert 20 < len(sweep.losses) < 90
        assert len(sweep.learning_rates) == len(sweep.losses)
        assert sweep.losses[-1] > 4 * sweep.losses[:10].max()
    np.testing.assert_array_equal(model.get_weights()[0], before)
    assert all(finding.suggestions.values())


def test_a_loss_that_is_no_number_ends_the_sweep():
    model, targets = linear(), Y.copy()
    before = model.get_weights()[0]
    targets[24:32] = np.nan  # the fourth batch
    finder = LearningRateFinder(1e-4, 0.1, 20)
    model.fit(X, targets, batch_size=8, epochs=9, verbose=0, shuffle=False, callbacks=[finder])
    assert np.isnan(finder.sweep.losses).tolist() == [False] * 3 + [True]
    assert finder.sweep.diverged
    np.testing.assert_array_equal(model.get_weights()[0], before)
    finding = find_learning_rate(model, X, Y * 1e30, 1e-4, 0.1, 20, seeds=1)
    assert finding.suggestions == {"steepest": None, "minimum / 10": None}
    np.testing.assert_array_equal(model.get_weights()[0], before)


def test_a_noisy_start_is_no_divergence():
    model, targets = linear(), Y.copy()
    targets[:8] = 0.001 * targets[:8]
    targets[8:16] *= 30  # the loss is much higher from one batch to the next
    finder = LearningRateFinder(1e-6, 1e-4, 15)
    model.fit(X, targets, batch_size=8, epochs=9, verbose=0, shuffle=False, callbacks=[finder])
    assert len(finder.sweep.losses) == 15 and not finder.sweep.diverged


def test_as_a_callback_it_stops_the_fit_after_its_steps():
    model, epochs = linear(), []
    finder = LearningRateFinder(1e-4, 0.1, 12)
    assert finder.sweep is None
    note = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append(epoch))
    train(model, 50, [finder, note])
    assert epochs == [0, 1, 2] and len(finder.sweep.losses) == 12
    first = finder.sweep
    train(model, 1, [finder])  # an epoch has only 5 batches
    np.testing.assert_allclose(finder.sweep.losses, first.losses[:5], rtol=1e-6)
    np.testing.assert_array_equal(finder.sweep.learning_rates, first.learning_rates[:5])
    assert len(train(model, 3).history["loss"]) == 3


def test_a_sweep_that_is_interrupted_leaves_the_model_as_it_was(monkeypatch):
    model = network("Adam")
    train(model, 1)
    before, history, seen = state(model), model.history, []

    def interrupt(finder):
        seen.append(1)
        if len(seen) == 7:
            raise KeyboardInterrupt
        return False

    with monkeypatch.context() as patch:
        patch.setattr(LearningRateFinder, "_has_diverged", interrupt)
        with pytest.raises(KeyboardInterrupt):
            find_learning_rate(model, X, Y, 1e-3, 1, 12, batch_size=8, seeds=2)
    assert_same(state(model), before)
    assert model.history is history and not model.stop_training
    assert len(train(model, 2).history["loss"]) == 2


class Batches(keras.utils.PyDataset):
    """Dataset of batches of eight examples; the last ones may raise an error."""

    def __init__(self, *parts, fails_at=None):
        super().__init__()
        self.parts, self.fails_at, self.read = parts, fails_at, 0

    def __len__(self):
        return 5

    def __getitem__(self, place):
        self.read += 1
        if self.read == self.fails_at:
            raise RuntimeError("no more rows")
        return tuple(part[8 * place : 8 * place + 8] for part in self.parts)


def test_data_that_fails_leaves_the_model_as_it_was():
    model = linear(keras.optimizers.SGD(0.01, momentum=0.9))
    train(model)
    before, python = state(model), random.getstate()
    with pytest.raises(Exception, match="no more rows"):  # TensorFlow raises its own error
        find_learning_rate(model, Batches(X, Y, fails_at=25), None, 1e-3, 1e-2, 40, seeds=1)
    assert_same(state(model), before)
    assert random.getstate() == python


WEIGHTS = np.linspace(0.5, 2, 40).astype("float32")


def generator(count):
    for place in range(count):
        yield tuple(part[8 * (place % 5) : 8 * (place % 5) + 8] for part in (X, Y))


@pytest.mark.parametrize("kind", ["PyDataset", "tf.data", "repeated", "unknown length"])
def test_a_dataset_is_read_as_often_as_the_sweep_needs(kind):
    data = Batches(X, Y)
    if kind != "PyDataset":
        data = pytest.importorskip("tensorflow").data.Dataset.from_tensor_slices((X, Y)).batch(8)
    if kind == "repeated":
        data = data.repeat()
    if kind == "unknown length":
        data = data.filter(lambda x, y: True)
    model = linear()
    finding = find_learning_rate(model, data, None, 1e-3, 0.2, 12, seeds=2)
    rates = np.geomspace(1e-3, 0.2, 12)
    expected = descent(model.get_weights()[0], rates, batches(12))
    for sweep in finding.sweeps:
        np.testing.assert_allclose(sweep.losses, expected, rtol=1e-4, atol=1e-6)


def test_a_generator_must_yield_the_batches_of_a_sweep():
    model = linear()
    finding = find_learning_rate(model, generator(10**9), None, 1e-6, 2e-6, 10, seeds=2)
    first, second = (np.sort(sweep.losses) for sweep in finding.sweeps)
    each = descent(
        model.get_weights()[0], np.zeros(10), batches(10)
    )  # the learning rates have no effect
    for losses in (first, second):
        np.testing.assert_allclose(losses, np.sort(each), rtol=1e-3)
    assert not np.array_equal(*[sweep.losses for sweep in finding.sweeps])
    with pytest.raises(ValueError, match=r"yields 12 batches\. Got a generator of 7 instead"):
        find_learning_rate(model, generator(7), None, steps=12)


@pytest.mark.parametrize("form", ["arrays", "dataset"])
def test_examples_have_weights(form):
    model = linear()
    data = (Batches(X, Y, WEIGHTS), None) if form == "dataset" else (X, Y)
    options = {} if form == "dataset" else {"sample_weight": WEIGHTS}
    rates, size = (1e-9, 2e-9, 10), 8 if form == "dataset" else 40
    finding = find_learning_rate(model, *data, *rates, batch_size=size, seeds=1, **options)
    errors = (WEIGHTS * (X @ model.get_weights()[0] - Y)[:, 0] ** 2).reshape(-1, size)
    expected = np.resize(errors.mean(axis=1), 10)
    np.testing.assert_allclose(finding.sweeps[0].losses, expected, rtol=1e-4)


def test_classes_have_weights():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    labels = (X[:, 0] > 0).astype(int)
    weights = np.array([1.0, 9.0])
    options = {"batch_size": 40, "seeds": 1, "class_weight": dict(enumerate(weights))}
    finding = find_learning_rate(model, X, labels, 1e-9, 2e-9, 10, **options)
    likelihood = model.predict(X, verbose=0)[np.arange(40), labels]
    expected = np.mean(-np.log(likelihood) * weights[labels])
    np.testing.assert_allclose(finding.sweeps[0].losses, expected, rtol=1e-4)


class Reconstruction(keras.Model):
    """Model with its own loss, which is trained without targets."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(3)

    def call(self, x):
        output = self.dense(x)
        self.add_loss(keras.ops.mean((output - x) ** 2))
        return output


@pytest.mark.parametrize("data", [lambda: X, lambda: Batches(X), lambda: iter([X[:8]] * 10)])
def test_a_model_may_be_trained_on_x_alone(data):
    model = Reconstruction()
    model.compile("sgd")
    (sweep,) = find_learning_rate(model, data(), low=1e-9, high=2e-9, steps=10, seeds=1).sweeps
    assert np.mean((model(X[:8]) - X[:8]) ** 2) > 0
    everything = np.mean((keras.ops.convert_to_numpy(model(X)) - X) ** 2)
    assert len(sweep.losses) == 10
    assert sweep.losses.mean() == pytest.approx(everything, rel=0.5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only TensorFlow has text")
@pytest.mark.parametrize("form", ["strings", "objects", "list", "generator"])
def test_text_is_data_too(form):
    words = np.array(["good day", "bad day"] * 20)
    labels = np.tile([1.0, 0.0], 20)
    vectorize = layers.TextVectorization(max_tokens=9, output_sequence_length=2)
    vectorize.adapt(words)
    inner = [vectorize, layers.Embedding(9, 4), layers.Flatten(), layers.Dense(1)]
    model = compiled(keras.Sequential([keras.Input((), dtype="string"), *inner]))
    x = {
        "strings": words,
        "objects": words.astype(object),
        "list": words.tolist(),
        "generator": ((words[:8], labels[:8]) for _ in range(10)),
    }[form]
    y = None if form == "generator" else labels
    finding = find_learning_rate(model, x, y, 1e-4, 0.1, 10, seeds=1)
    assert np.isfinite(finding.sweeps[0].losses).all()


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only TensorFlow has text")
def test_text_is_refused_by_a_model_of_numbers():
    with pytest.raises(ValueError, match=r"x must be numbers, .* takes float32\. Got text instead"):
        find_learning_rate(linear(), [["a", "b", "c"]] * 40, Y)


def test_several_outputs_have_targets_and_weights_by_name():
    inputs = keras.Input((3,))
    heads = {name: layers.Dense(1, name=name)(inputs) for name in ("p", "q")}
    model = keras.Model(inputs, heads)
    model.compile("sgd", {"p": "mse", "q": "mse"})
    targets, weights = {"p": Y, "q": 2 * Y}, {"p": WEIGHTS, "q": WEIGHTS}
    options = {"sample_weight": weights, "batch_size": 40, "seeds": 1}
    finding = find_learning_rate(model, X, targets, 1e-9, 2e-9, 10, **options)
    outputs = model.predict(X, verbose=0)
    each = [WEIGHTS * (outputs[name] - targets[name])[:, 0] ** 2 for name in targets]
    np.testing.assert_allclose(finding.sweeps[0].losses, np.mean(each) * 2, rtol=1e-4)


class OtherName(keras.Model):
    """Model whose logs have another name for the loss."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, x):
        return self.dense(x)

    def train_step(self, *arguments):
        return {"my_loss": keras.ops.ones(())}


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="JAX's train_step has another result")
def test_logs_without_a_loss_are_no_loss_that_does_not_fall():
    model = OtherName()
    model.compile("sgd", "mse")
    model(X)
    before = model.get_weights()[0]
    rule = r'train_step of the model must log a "loss"\. Got my_loss instead'
    for run in (find, lambda model: train(model, 1, [LearningRateFinder()])):
        with pytest.raises(ValueError, match=rule):
            run(model)
        np.testing.assert_array_equal(model.get_weights()[0], before)
        assert float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)) == np.float32(0.01)


def test_an_optimizer_that_scales_the_loss_has_the_state_of_before():
    model = linear(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.01, momentum=0.9)))
    train(model, 1)
    before = state(model)
    finding = find_learning_rate(model, X, Y, 1e-4, 0.1, 12, seeds=2)
    assert all(np.isfinite(sweep.losses).all() for sweep in finding.sweeps)
    assert_same(state(model), before)


def test_random_generators_are_as_before_though_data_draw_from_them():
    class Noisy(Batches):
        def __getitem__(self, place):
            random.random()
            np.random.rand()  # noqa: NPY002
            return super().__getitem__(place)

    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    find_learning_rate(linear(), Noisy(X, Y), None, 1e-4, 0.1, 10, seeds=1)
    assert random.getstate() == python
    np.testing.assert_array_equal(np.random.get_state()[1], numpy[1])  # noqa: NPY002


def test_a_dataset_has_targets_and_batches():
    with pytest.raises(ValueError, match=r"sample_weight must be None if x is a dataset"):
        find_learning_rate(linear(), Batches(X, Y), sample_weight=WEIGHTS)
    tensorflow = pytest.importorskip("tensorflow")
    empty = tensorflow.data.Dataset.from_tensor_slices((X, Y)).batch(8).take(0)
    with pytest.raises(ValueError, match=r"at least one batch\. Got none instead"):
        find_learning_rate(linear(), empty)


def test_an_interrupted_fit_is_put_right_by_restore():
    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 3:
                raise KeyboardInterrupt

    model = linear(OPTIMIZERS["momentum"](), metrics=["mae"])
    train(model, 1)
    before, finder = state(model), LearningRateFinder(1e-3, 1, 12)
    with pytest.raises(KeyboardInterrupt):
        train(model, 2, [finder, Interrupt()])
    assert not np.array_equal(model.get_weights()[0], before[0][0])
    finder.restore()
    assert_same(state(model), before)


def find(model, x=X, y=Y, *args, **settings):
    return find_learning_rate(model, x, y, *args, **settings)


def test_an_optimizer_with_a_schedule_is_refused():
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    model = linear(keras.optimizers.SGD(schedule))
    before = model.get_weights()[0]
    for who, run in (
        ("find_learning_rate", find),
        ("LearningRateFinder", lambda model: train(model, 1, [LearningRateFinder()])),
    ):
        rule = rf"{who} sets the learning rate.*not with a schedule\. Got 'CosineDecay' instead"
        with pytest.raises(ValueError, match=rule):
            run(model)
    np.testing.assert_array_equal(model.get_weights()[0], before)


def test_a_model_must_be_compiled():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    with pytest.raises(ValueError, match="find_learning_rate needs a compiled model"):
        find(model)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"low": 0}, r"low must be positive\. Got 0 instead"),
        ({"high": -1}, r"high must be positive\. Got -1 instead"),
        ({"low": 1, "high": 0.1}, r"low must be below high\. Got 1 and 0\.1 instead"),
        ({"low": 1, "high": 1}, r"low must be below high\. Got 1 and 1 instead"),
        ({"steps": 9}, r"steps must be a whole number of at least 10\. Got 9 instead"),
        ({"scale": "log"}, r"scale must be one of exponential, linear\. Got 'log' instead"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_at_once(settings, message):
    with pytest.raises(ValueError, match=message):
        LearningRateFinder(**settings)
    with pytest.raises(ValueError, match=message):
        find(linear(), **settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seeds": 0}, r"seeds must be a whole number of at least 1\. Got 0 instead"),
        ({"batch_size": 0}, r"batch_size must be a whole number of at least 1\. Got 0 instead"),
    ],
)
def test_counts_that_cannot_be_are_refused(settings, message):
    model = linear()
    before = model.get_weights()[0]
    with pytest.raises(ValueError, match=message):
        find(model, **settings)
    np.testing.assert_array_equal(model.get_weights()[0], before)
