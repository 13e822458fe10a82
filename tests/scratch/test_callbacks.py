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
    """Probabilities, by another way than the layers'."""
    w, b, v, c = params
    z = np.einsum("ij,nj->ni", v.T, np.where(x @ w + b > 0, x @ w + b, 0)) + c
    return 1 / (1 + np.exp(-z[:, 0]))


class Recorder:
    """Keeps the parameters before each batch, and after each epoch."""

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
    recorder, kept, (x, y), (new, known) = Recorder(), AccCallback(), points(), points(1, 11)
    train([recorder, kept], test=(new, known))
    for number, params in enumerate(recorder.before):
        part = BATCHES[number % 3]
        p, one = outputs(params, x[part]), y[part]
        loss = -(one * np.log(p) + (1 - one) * np.log(1 - p)).mean()
        assert kept.batch_losses[number] == pytest.approx(loss)
    np.testing.assert_allclose(kept.losses, np.reshape(kept.batch_losses, (3, 3)).mean(axis=1))
    for number, params in enumerate(recorder.after):
        right = (outputs(params, x) > 0.5) == y
        assert kept.accuracies[number] == pytest.approx(right.mean())
        right = (outputs(params, new) > 0.5) == known
        assert kept.test_accuracies[number] == pytest.approx(right.mean())


def test_there_is_a_number_for_each_batch_and_each_epoch():
    kept = AccCallback()
    train([kept], test=points(1, 11))
    assert len(kept.batch_losses) == 9
    assert len(kept.losses) == len(kept.accuracies) == len(kept.test_accuracies) == 3
    assert all(type(loss) is float for loss in kept.losses)


def test_the_history_has_the_names_of_keras():
    kept = AccCallback()
    train([kept], test=points(1, 11))
    assert kept.history == {
        "loss": kept.losses,
        "accuracy": kept.accuracies,
        "test_accuracy": kept.test_accuracies,
    }
    train([kept])
    assert kept.history == {"loss": kept.losses, "accuracy": kept.accuracies}
    assert kept.test_accuracies == []


def test_a_second_training_starts_anew():
    kept = AccCallback()
    learner = train([kept], test=points(1, 11))
    first = kept.history
    assert len(first["loss"]) == 3
    learner.train_loop(learner.dataloader, *points(1, 11))
    assert len(first["loss"]) == len(kept.losses) == len(kept.test_accuracies) == 3
    assert len(kept.batch_losses) == 9
    assert kept.losses[0] < first["loss"][0]
    fresh = AccCallback()
    train([fresh], epochs=6)
    np.testing.assert_allclose(first["loss"] + kept.losses, fresh.losses)


@pytest.mark.parametrize("targets", ["classes", "one-hot"])
def test_classes_are_counted_however_they_are_given(targets):
    kept, (x, y) = AccCallback(), points()
    y = y if targets == "classes" else np.eye(3)[y]
    layers = [Affine("hidden", 2, 8), Tanh("tanh"), Affine("last", 8, 3), Softmax("softmax")]
    model, data = Model(layers), Data(x, y)
    learner = Learner(CrossEntropy(), model, GD(0.5), 4)
    learner.set_callbacks([kept])
    learner.train_loop(Dataloader(data, Sampler(data, 8)), x[:5], y[:5])
    right = model(x).argmax(axis=1) == points()[1]
    assert kept.accuracies[-1] == pytest.approx(right.mean())
    assert kept.test_accuracies[-1] == pytest.approx(right[:5].mean())


def test_a_model_that_ends_before_its_sigmoid_is_measured_by_probabilities():
    kept, whole = AccCallback(), AccCallback()
    train([kept], model=Model(binary().layers[:-1]))
    train([whole])
    assert kept.history == whole.history


def test_a_mean_squared_error_after_a_sigmoid_has_accuracies_too():
    kept, model, (x, y) = AccCallback(), binary(), points()
    train([kept], loss=MSE(), model=model)
    assert kept.accuracies[-1] == pytest.approx(np.mean((model(x)[:, 0] > 0.5) == y))


def test_outputs_of_a_squared_error_are_cut_at_a_half_even_if_they_are_no_probabilities():
    x, y = np.array([[-3.0], [-1.0], [1.0], [3.0]]), [0, 0, 1, 0]
    kept, model, data = AccCallback(), Model([Affine("sums", 1, 1)]), Data(x, y)
    learner = Learner(MSE(), model, GD(0.1), 50)
    learner.set_callbacks([kept])
    learner.train_loop(Dataloader(data, Sampler(data, 4)), 100 * x, np.reshape(y, (4, 1)))
    assert kept.accuracies[-1] == 0.75
    assert model(100 * x).min() < -1
    assert kept.test_accuracies[-1] == 0.75


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


def test_losses_are_right_without_a_bar(monkeypatch):
    shown, hidden = AccCallback(), AccCallback()
    train([shown])
    monkeypatch.setattr("mlcourse.scratch.learner.tqdm", partial(tqdm, disable=True))
    train([hidden])
    assert hidden.losses == shown.losses


def test_a_bar_is_closed_when_an_epoch_does_not_reach_its_end():
    class Stop:
        def batch_end(self):
            raise KeyboardInterrupt

    kept = AccCallback()
    with pytest.raises(KeyboardInterrupt):
        train([kept, Stop()])
    assert kept.bar.disable  # tqdm's word for closed
    assert len(kept.batch_losses) == 1


def test_validation_and_test_have_their_own_names():
    kept, data = AccCallback(), Data(*points())
    learner = Learner(BCE(), binary(), GD(0.3), 3)
    learner.set_callbacks([kept])
    (x_val, y_val), (x_test, y_test) = points(1, 11), points(2, 7)
    batches = Dataloader(data, Sampler(data, 8))
    learner.train_loop(batches, x_test, y_test, val=Data(x_val, y_val))
    assert list(kept.history) == ["loss", "accuracy", "val_accuracy", "test_accuracy"]
    for (x, y), values in (
        ((x_val, y_val), kept.val_accuracies),
        ((x_test, y_test), kept.test_accuracies),
    ):
        assert len(values) == 3
        assert values[-1] == pytest.approx(np.mean((learner.predict(x)[:, 0] > 0.5) == y))
