"""AccCallback: losses, accuracies and progress bars."""

from functools import partial

import numpy as np
import pytest
from tqdm import tqdm

from mlcourse.scratch import (
    BCE,
    GD,
    MSE,
    AccCallback,
    Affine,
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
    Tanh,
)

BATCHES = [slice(0, 8), slice(8, 16), slice(16, 20)]


def points(seed=0, n=20):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    return x, (x[:, 0] * x[:, 1] > 0).astype(int)


def binary():
    last = [Affine("last", 6, 1, dtype="float64"), Sigmoid("sigmoid")]
    return Model([Affine("hidden", 2, 6, dtype="float64"), Relu("relu"), *last])


def outputs(params, x):
    """Return the probabilities of the network, computed without its layers."""
    w, b, v, c = params
    z = np.einsum("ij,nj->ni", v.T, np.where(x @ w + b > 0, x @ w + b, 0)) + c
    return 1 / (1 + np.exp(-z[:, 0]))


class Recorder:
    """Record the parameters before each batch and after each epoch."""

    def training_start(self):
        self.before, self.after = [], []

    def params(self):
        layers = self.learner.model.layers
        return [array.copy() for layer in layers for array in layer.params.values()]

    def batch_start(self):
        self.before.append(self.params())

    def epoch_end(self):
        self.after.append(self.params())


def train(callbacks, epochs=3, loss=None, model=None, test=()):
    data = Data(*points())
    learner = Learner(loss or BCE(), model or binary(), GD(0.3), epochs)
    learner.set_callbacks(callbacks)
    learner.train_loop(Dataloader(data, Sampler(data, 8)), *test)
    return learner


def test_losses_and_accuracies_are_those_of_the_network():
    recorder, callback, (x, y), (new, y_new) = Recorder(), AccCallback(), points(), points(1, 11)
    train([recorder, callback], test=(new, y_new))
    for number, params in enumerate(recorder.before):
        part = BATCHES[number % 3]
        p, targets = outputs(params, x[part]), y[part]
        loss = -(targets * np.log(p) + (1 - targets) * np.log(1 - p)).mean()
        assert callback.batch_losses[number] == pytest.approx(loss)
    np.testing.assert_allclose(
        callback.losses, np.reshape(callback.batch_losses, (3, 3)).mean(axis=1)
    )
    for number, params in enumerate(recorder.after):
        correct = (outputs(params, x) > 0.5) == y
        assert callback.accuracies[number] == pytest.approx(correct.mean())
        correct = (outputs(params, new) > 0.5) == y_new
        assert callback.test_accuracies[number] == pytest.approx(correct.mean())


def test_there_is_a_number_for_each_batch_and_each_epoch():
    callback = AccCallback()
    train([callback], test=points(1, 11))
    assert len(callback.batch_losses) == 9
    assert len(callback.losses) == len(callback.accuracies) == len(callback.test_accuracies) == 3
    assert all(type(loss) is float for loss in callback.losses)


def test_the_history_has_the_names_of_keras():
    callback = AccCallback()
    train([callback], test=points(1, 11))
    assert callback.history == {
        "loss": callback.losses,
        "accuracy": callback.accuracies,
        "test_accuracy": callback.test_accuracies,
    }
    train([callback])
    assert callback.history == {"loss": callback.losses, "accuracy": callback.accuracies}
    assert callback.test_accuracies == []


def test_a_second_training_resets_the_callback():
    callback = AccCallback()
    learner = train([callback], test=points(1, 11))
    first = callback.history
    assert len(first["loss"]) == 3
    learner.train_loop(learner.dataloader, *points(1, 11))
    assert len(first["loss"]) == len(callback.losses) == len(callback.test_accuracies) == 3
    assert len(callback.batch_losses) == 9
    assert callback.losses[0] < first["loss"][0]
    fresh = AccCallback()
    train([fresh], epochs=6)
    np.testing.assert_allclose(first["loss"] + callback.losses, fresh.losses)


@pytest.mark.parametrize("targets", ["classes", "one-hot"])
def test_accuracy_with_integer_and_one_hot_labels(targets):
    callback, (x, y) = AccCallback(), points()
    y = y if targets == "classes" else np.eye(3)[y]
    layers = [Affine("hidden", 2, 8), Tanh("tanh"), Affine("last", 8, 3), Softmax("softmax")]
    model, data = Model(layers), Data(x, y)
    learner = Learner(CrossEntropy(), model, GD(0.5), 4)
    learner.set_callbacks([callback])
    learner.train_loop(Dataloader(data, Sampler(data, 8)), x[:5], y[:5])
    correct = model(x).argmax(axis=1) == points()[1]
    assert callback.accuracies[-1] == pytest.approx(correct.mean())
    assert callback.test_accuracies[-1] == pytest.approx(correct[:5].mean())


def test_a_model_that_ends_before_its_sigmoid_is_measured_by_probabilities():
    callback, whole = AccCallback(), AccCallback()
    train([callback], model=Model(binary().layers[:-1]))
    train([whole])
    assert callback.history == whole.history


def test_a_mean_squared_error_after_a_sigmoid_has_accuracies_too():
    callback, model, (x, y) = AccCallback(), binary(), points()
    train([callback], loss=MSE(), model=model)
    assert callback.accuracies[-1] == pytest.approx(np.mean((model(x)[:, 0] > 0.5) == y))


def test_outputs_of_a_squared_error_are_cut_at_a_half_even_if_they_are_no_probabilities():
    x, y = np.array([[-3.0], [-1.0], [1.0], [3.0]]), [0, 0, 1, 0]
    callback, model, data = AccCallback(), Model([Affine("sums", 1, 1)]), Data(x, y)
    learner = Learner(MSE(), model, GD(0.1), 50)
    learner.set_callbacks([callback])
    learner.train_loop(Dataloader(data, Sampler(data, 4)), 100 * x, np.reshape(y, (4, 1)))
    assert callback.accuracies[-1] == 0.75
    assert model(100 * x).min() < -1
    assert callback.test_accuracies[-1] == 0.75


def test_each_epoch_has_a_bar(capsys):
    train([AccCallback()], epochs=2)
    shown = "".join(capsys.readouterr())
    for text in ("epoch 1/2", "epoch 2/2", "3/3"):
        assert text in shown
    assert "epoch 3" not in shown
    train([])
    assert capsys.readouterr() == ("", "")


def test_watching_does_not_change_a_training_with_dropout():
    def trained(callbacks, test):
        dropped = [Dropout("dropout", 0.5), Affine("last", 6, 1), Sigmoid("sigmoid")]
        model = Model([Affine("hidden", 2, 6), Relu("relu"), *dropped])
        train(callbacks, model=model, test=test)
        return model.layers[0].params["w"]

    np.testing.assert_array_equal(trained([], ()), trained([AccCallback()], points(1)))


def test_losses_are_correct_without_a_bar(monkeypatch):
    shown, hidden = AccCallback(), AccCallback()
    train([shown])
    monkeypatch.setattr("mlcourse.scratch.learner.tqdm", partial(tqdm, disable=True))
    train([hidden])
    assert hidden.losses == shown.losses


def test_a_bar_is_closed_when_an_epoch_does_not_reach_its_end():
    class Stop:
        def batch_end(self):
            raise KeyboardInterrupt

    callback = AccCallback()
    with pytest.raises(KeyboardInterrupt):
        train([callback, Stop()])
    assert callback.bar.disable  # closed
    assert len(callback.batch_losses) == 1


def test_validation_and_test_have_their_own_names():
    callback, data = AccCallback(), Data(*points())
    learner = Learner(BCE(), binary(), GD(0.3), 3)
    learner.set_callbacks([callback])
    (x_val, y_val), (x_test, y_test) = points(1, 11), points(2, 7)
    batches = Dataloader(data, Sampler(data, 8))
    learner.train_loop(batches, x_test, y_test, val=Data(x_val, y_val))
    assert list(callback.history) == ["loss", "accuracy", "val_accuracy", "test_accuracy"]
    for (x, y), values in (
        ((x_val, y_val), callback.val_accuracies),
        ((x_test, y_test), callback.test_accuracies),
    ):
        assert len(values) == 3
        assert values[-1] == pytest.approx(np.mean((learner.predict(x)[:, 0] > 0.5) == y))
