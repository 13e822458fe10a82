"""The training loop and its callbacks."""

import warnings

import numpy as np
import pytest
from scipy.special import expit, softmax

from mlcourse.scratch import (
    BCE,
    GD,
    MSE,
    AccCallback,
    Adam,
    Affine,
    BatchNorm,
    CrossEntropy,
    Data,
    Dataloader,
    Dropout,
    Learner,
    Model,
    Relu,
    Sampler,
    Sigmoid,
    Softmax,
)

HOOKS = [
    "training_start",
    "epoch_start",
    "batch_start",
    "batch_end",
    "epoch_end",
    "training_end",
]


def points(n=10, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    return x, (x[:, 0] * x[:, 1] > 0).astype(int)


def network(outputs=1, *end):
    """Return a 2-6-outputs network with ReLU, and the given last layers."""
    return Model([Affine("hidden", 2, 6), Relu("relu"), Affine("last", 6, outputs), *end])


def loader(x, y, batch_size=4):
    data = Data(x, y)
    return Dataloader(data, Sampler(data, batch_size))


def train(loss, model, callbacks=(), epochs=2, optimizer=None, data=None, test=()):
    learner = Learner(loss, model, optimizer or GD(0.1), epochs)
    learner.set_callbacks(callbacks)
    learner.train_loop(loader(*(data or points())), *test)
    return learner


def params(model):
    return [array.copy() for layer in model.layers for array in layer.params.values()]


class Recorder:
    """Record the names of the called hooks in order."""

    def training_start(self):
        self.hooks = ["training_start"]

    def __getattr__(self, name):
        if name not in HOOKS:
            raise AttributeError(name)
        return lambda: self.hooks.append(name)


def at(hook, action):
    """Return a callback with one method."""
    return type("One", (), {hook: action})()


def fail(error):
    def action(self):
        raise error

    return action


def test_hooks_come_in_their_order():
    recorder = Recorder()
    train(BCE(), network(), [recorder])
    epoch = ["epoch_start", *["batch_start", "batch_end"] * 3, "epoch_end"]
    assert recorder.hooks == ["training_start", *epoch * 2, "training_end"]


@pytest.mark.parametrize("hook", HOOKS)
def test_a_callback_may_have_one_method_that_returns_nothing(hook):
    seen = []
    train(BCE(), network(), [at(hook, lambda self: seen.append(self.learner))])
    times = {"training": 1, "epoch": 2, "batch": 6}[hook.split("_")[0]]
    assert len(seen) == times and len(set(map(id, seen))) == 1


def test_callbacks_are_called_in_the_order_of_the_list():
    seen = []
    one, other = (at("epoch_end", lambda self, n=n: seen.append(n)) for n in (1, 2))
    train(BCE(), network(), [one, other, at("never", None)])
    assert seen == [1, 2, 1, 2]


def test_a_new_list_of_callbacks_takes_the_place_of_the_old_one():
    seen = []
    learner = Learner(BCE(), network(), GD(0.1), 1)
    for n in (1, 2):
        learner.set_callbacks([at("epoch_end", lambda self, n=n: seen.append(n))])
    learner.train_loop(loader(*points()))
    assert seen == [2]


def test_a_callback_finds_the_epoch_the_loss_and_the_examples():
    seen, (x, y), test = [], points(), points(5, seed=1)

    def record(self):
        seen.append((self.learner.epoch, self.learner.batch_loss))

    learner = train(MSE(), network(), [at("batch_end", record)], test=test, optimizer=GD(1e-9))
    assert [epoch for epoch, _ in seen] == [1, 1, 1, 2, 2, 2]
    errors = (network()(x)[:, 0] - y) ** 2
    expected = [errors[:4].mean(), errors[4:8].mean(), errors[8:].mean()]
    np.testing.assert_allclose([loss for _, loss in seen], expected * 2, rtol=1e-5)
    np.testing.assert_array_equal(learner.data.X, x)
    np.testing.assert_array_equal(learner.test.y, test[1])
    assert train(MSE(), network()).test is None


@pytest.mark.parametrize("hook", HOOKS)
def test_a_callback_that_fails_is_named_with_its_hook(hook):
    cause = KeyError("speed")
    with pytest.raises(RuntimeError) as error:
        train(BCE(), network(), [at(hook, fail(cause))])
    assert str(error.value) == f"the callback One failed in {hook}: KeyError('speed')"
    assert error.value.__cause__ is cause


@pytest.mark.parametrize(
    ("error", "seen"),
    [(KeyboardInterrupt(), KeyboardInterrupt), (ZeroDivisionError(), RuntimeError)],
)
def test_a_training_that_is_interrupted_still_has_its_end(error, seen):
    recorder, model = Recorder(), network()
    before = params(model)
    with pytest.raises(seen):
        train(BCE(), model, [recorder, at("batch_end", fail(error))])
    batch = ["batch_start", "batch_end"]
    assert recorder.hooks == ["training_start", "epoch_start", *batch, "training_end"]
    assert (params(model)[0] != before[0]).any()  # the updates so far remain


@pytest.mark.parametrize("hook", ["epoch_start", "batch_start", "batch_end", "epoch_end"])
def test_an_epoch_can_be_made_the_last_one(hook):
    recorder = Recorder()

    def stop(self):
        if self.learner.epoch == 2:
            self.learner.stop_training = True

    learner = train(BCE(), network(), [recorder, at(hook, stop)], epochs=9)
    assert learner.epoch == 2
    assert recorder.hooks.count("batch_end") == 6
    assert recorder.hooks[-2:] == ["epoch_end", "training_end"]
    learner.set_callbacks([recorder])
    learner.train_loop(loader(*points()))  # the next training is complete
    assert recorder.hooks.count("epoch_end") == 9


def test_a_rate_that_is_too_high_is_told_with_the_epoch():
    callback, recorder, (x, y) = AccCallback(), Recorder(), points(40)
    model = Model([Affine("sums", 2, 1)])
    with warnings.catch_warnings(), pytest.raises(FloatingPointError) as error:
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ResourceWarning)  # of other tests
        train(MSE(), model, [callback, recorder], 50, GD(30.0), (x, y))
    epochs, batches = recorder.hooks.count("epoch_end"), recorder.hooks.count("batch_end")
    assert epochs >= 1
    got = f"inf in epoch {epochs + 1} with sgd(30.0)"
    assert str(error.value) == f"the loss must be finite. Got {got}: lower the learning rate."
    assert recorder.hooks[-1] == "training_end"
    assert len(callback.batch_losses) == batches and len(callback.losses) == epochs
    assert np.isfinite(callback.batch_losses).all()
    assert callback.batch_losses[-1] > 1e10 * callback.batch_losses[0]


def test_a_loss_that_is_no_number_is_told_too():
    model = network(1, Sigmoid("sigmoid"))
    model.layers[0].params["w"][0, 0] = np.nan
    with pytest.raises(FloatingPointError, match=r"Got nan in epoch 1 with sgd\(0\.1\): lower the"):
        train(BCE(), model)


X, CLASSES = np.random.default_rng(0).normal(size=(6, 2)), np.array([0, 1, 2, 0, 1, 2])
SOFTMAX, SIGMOID = (CrossEntropy, 3, Softmax), (BCE, 1, Sigmoid)
BAD_TARGETS = [
    (*SOFTMAX, CLASSES + 1, r"integer labels from 0 to 2\. Got int64 from 1 to 3 instead"),
    (*SOFTMAX, CLASSES - 1, r"integer labels from 0 to 2\. Got int64 from -1 to 1 instead"),
    (*SOFTMAX, CLASSES / 1, r"integer labels from 0 to 2\. Got float64 from 0\.0 to 2\.0 in"),
    (*SOFTMAX, CLASSES > 0, r"integer labels from 0 to 2\. Got bool from False to True inst"),
    (*SOFTMAX, np.eye(4)[CLASSES], r"y must be of shape \(n, 3\).* Got \(6, 4\) instead"),
    (*SOFTMAX, 2 * np.eye(3)[CLASSES], r"y must be in \[0, 1\], as softmax is\. Got 0\.0 to 2\.0"),
    (*SIGMOID, CLASSES, r"y must be in \[0, 1\], as sigmoid is\. Got 0 to 2 instead"),
    (*SIGMOID, -CLASSES / 2, r"y must be in \[0, 1\], as sigmoid is\. Got -1\.0 to -?0\.0 instead"),
    (*SIGMOID, np.eye(2)[CLASSES % 2], r"y must be of shape \(n, 1\).* Got \(6, 2\) instead"),
    (BCE, 2, Sigmoid, CLASSES % 2, r"y must be of shape \(n, 2\).* Got \(6,\) instead"),
    (MSE, 3, Relu, CLASSES, r"y must be of shape \(n, 3\).* Got \(6,\) instead"),
    (MSE, 1, Relu, np.ones((6, 2)), r"y must be of shape \(n, 1\).* Got \(6, 2\) instead"),
]


def check_untouched(loss, model, data, test, message):
    before, recorder = params(model), Recorder()
    with pytest.raises(ValueError, match=message):
        train(loss, model, [recorder], data=data, test=test)
    assert "hooks" not in vars(recorder)
    for array, old in zip(params(model), before, strict=True):
        np.testing.assert_array_equal(array, old)


@pytest.mark.parametrize(("loss", "outputs", "end", "y", "message"), BAD_TARGETS)
def test_targets_that_do_not_fit_are_refused_before_the_first_step(loss, outputs, end, y, message):
    check_untouched(loss(), network(outputs, end("end")), (X, y), (), message)


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (
            (X[:, :1], CLASSES),
            r"the input of layer hidden must be of shape \(n, 2\)\. Got \(1, 1\)",
        ),
        ((X, CLASSES + 1), r"integer labels from 0 to 2\. Got int64 from 1 to 3 instead"),
        ((X, CLASSES[:3]), r"must have the same length\. Got 6 and 3 instead"),
        ((X, None), r"y must be an array of numbers\. Got None instead"),
        ((np.full_like(X, np.nan), CLASSES), r"must be finite\. Got nan at \[0, 0\] instead"),
        ((X[:0], CLASSES[:0]), r"must have at least one example\. Got array\(\[\]"),
    ],
)
def test_test_data_that_do_not_fit_are_refused_before_the_first_step(test, message):
    check_untouched(CrossEntropy(), network(3, Softmax("end")), (X, CLASSES), test, message)


@pytest.mark.parametrize("x", [np.ones((6, 3)), np.ones((6, 1)), np.ones(6), np.ones((6, 2, 1))])
def test_examples_of_another_width_are_refused_before_the_first_step(x):
    message = r"the input of layer hidden must be of shape \(n, 2\)\. Got \(1.*\) instead"
    check_untouched(CrossEntropy(), network(3, Softmax("end")), (x, CLASSES), (), message)


@pytest.mark.parametrize(
    ("loss", "end", "message"),
    [
        (BCE(), Relu("end"), "a model for BCE must be one of sigmoid. Got 'relu' instead."),
        (BCE(), Softmax("end"), "a model for BCE must be one of sigmoid. Got 'softmax' instead."),
        (
            CrossEntropy(),
            Sigmoid("end"),
            "a model for CrossEntropy must be one of softmax. Got 'sigmoid' instead.",
        ),
    ],
)
def test_a_loss_that_does_not_fit_the_end_of_the_model_is_refused(loss, end, message):
    with pytest.raises(ValueError) as error:
        Learner(loss, network(2, end), GD(0.1), 1)
    assert str(error.value) == f"the output activation of {message}"


@pytest.mark.parametrize(
    ("loss", "outputs", "end", "function"),
    [(BCE, 1, Sigmoid, expit), (CrossEntropy, 2, Softmax, lambda z: softmax(z, axis=1))],
)
def test_a_model_may_end_in_its_logits(loss, outputs, end, function):
    (x, _), logits, whole = points(), network(outputs), network(outputs, end("end"))
    one, other = train(loss(), logits, epochs=5), train(loss(), whole, epochs=5)
    for array, same in zip(params(logits), params(whole), strict=True):
        np.testing.assert_array_equal(array, same)
    np.testing.assert_allclose(one.predict(x), function(logits(x)), rtol=1e-5)
    np.testing.assert_allclose(one.predict(x), whole(x), rtol=1e-5)
    np.testing.assert_array_equal(one.predict(x), other.predict(x))


@pytest.mark.parametrize("y_shape", [(-1,), (-1, 1)])
def test_a_mean_squared_error_goes_back_through_the_sigmoid(y_shape):
    x, y = points()
    model = Model([Affine("sums", 2, 1, dtype="float64"), Sigmoid("sigmoid")])
    w, b = params(model)
    p = expit(x @ w + b)[:, 0]
    slopes = 2 * (p - y) * p * (1 - p) / len(y)
    data = Data(x, y.reshape(y_shape))
    learner = Learner(MSE(), model, GD(0.7), 1)
    learner.train_loop(Dataloader(data, Sampler(data, len(y))))
    np.testing.assert_allclose(model.layers[0].params["w"], w - 0.7 * (x.T @ slopes)[:, None])
    np.testing.assert_allclose(model.layers[0].params["b"], b - 0.7 * slopes.sum())
    np.testing.assert_array_equal(learner.predict(x), model(x))


def test_a_second_training_continues_from_the_current_weights():
    once, twice = network(), network()
    train(BCE(), once, epochs=4)
    for _ in range(2):
        train(BCE(), twice, epochs=2)
    for array, same in zip(params(once), params(twice), strict=True):
        np.testing.assert_array_equal(array, same)


def test_dropout_and_batch_norm_know_that_they_are_trained():
    def trained(rate):
        layers = [Affine("first", 2, 8), Dropout("drop", rate), BatchNorm("norm", 8)]
        model = Model([*layers, Affine("last", 8, 1), Sigmoid("sigmoid")])
        train(BCE(), model, epochs=1)
        return model

    one, other = trained(0.5), trained(0.0)
    assert (one.layers[0].params["w"] != other.layers[0].params["w"]).any()
    for name, array in other.layers[2].state.items():
        assert (array != BatchNorm("norm", 8).state[name]).all()


def test_the_corners_of_a_square_are_learned():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (400, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)  # not linearly separable
    layers = [Affine("hidden", 2, 16), Relu("relu"), Affine("last", 16, 2), Softmax("softmax")]
    learner = train(CrossEntropy(), Model(layers), (), 30, Adam(0.02), (x, y))
    new = rng.uniform(-1, 1, (400, 2))
    is_correct = learner.predict(new).argmax(axis=1) == (new[:, 0] * new[:, 1] > 0)
    assert is_correct.mean() > 0.95


@pytest.mark.parametrize("seed", [1, 2, 4, 5, 6])
def test_a_tiny_network_finds_3x_plus_4y(seed):
    x = np.array([(2, 1), (3, 3), (4, 5), (6, 6)])
    layers = [Affine("hidden", 2, 3, seed=seed), Relu("relu"), Affine("last", 3, 1, seed=seed)]
    data, model = Data(x, x @ [3, 4]), Model(layers)
    loop = Dataloader(data, Sampler(data, batch_size=1))
    Learner(MSE(), model, GD(0.001), 1000).train_loop(loop)
    places = np.array([1, 2, 3, 5, 10])
    outputs = model(np.stack([places, places], axis=1))[:, 0]
    np.testing.assert_allclose(outputs / places, 7, atol=0.15)


@pytest.mark.parametrize("epochs", [0, -1, 2.5, "3", None])
def test_a_training_has_a_whole_number_of_epochs(epochs):
    with pytest.raises(ValueError) as error:
        Learner(MSE(), network(), GD(0.1), epochs)
    rule = "epochs must be a whole number of at least 1"
    assert str(error.value) == f"{rule}. Got {epochs!r} instead."


@pytest.mark.parametrize("optimizer", ["adam", GD, 0.1, None])
def test_an_optimizer_is_one_of_ours(optimizer):
    rule = r"optimizer must be an Optimizer, such as GD\(0\.1\)\. Got .* instead"
    with pytest.raises(ValueError, match=rule):
        Learner(BCE(), network(), optimizer, 1)
