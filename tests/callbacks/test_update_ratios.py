import keras
import numpy as np
import pytest

from mlcourse import training
from mlcourse.callbacks.update_ratios import UpdateRatios

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 3)), RNG.normal(size=(40, 1))
BATCHES = 5  # of 8

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def model(optimizer=None, **settings):
    keras.utils.set_random_seed(0)
    body = [
        keras.layers.Dense(4, "tanh", name="first"),
        keras.layers.BatchNormalization(name="scaled"),
        keras.layers.Dense(2, name="frozen", trainable=False),
        keras.layers.Dense(1, name="last"),
    ]
    network = keras.Sequential([keras.Input((3,)), *body])
    settings = {"run_eagerly": True, "jit_compile": False, **settings}  # without compilation
    network.compile(optimizer or keras.optimizers.Adam(0.01), "mse", **settings)
    return network


def small(initializer="glorot_uniform", **settings):
    """Return a model with one layer and gradient descent."""
    keras.utils.set_random_seed(0)
    options = {"use_bias": False, "kernel_initializer": initializer, "name": "only"}
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, **options)])
    settings = {"run_eagerly": True, "jit_compile": False, **settings}
    network.compile(keras.optimizers.SGD(0.02), "mse", **settings)
    return network


def fit(callbacks, network=None, **settings):
    network = network or model()
    settings = {"batch_size": 8, "epochs": 2, "verbose": 0, "shuffle": False, **settings}
    network.fit(X, Y, callbacks=callbacks, **settings)
    return network


class Spy(keras.callbacks.Callback):
    """Callback that records the kernels before each batch and at the end of each epoch."""

    def __init__(self):
        super().__init__()
        self.kernels = []

    def on_train_batch_begin(self, batch, logs=None):
        layers = [layer for layer in self.model.layers if layer.name in ("first", "last", "only")]
        self.kernels.append([layer.get_weights()[0] for layer in layers])

    on_epoch_end = on_train_batch_begin

    def ratios(self, number, layer):
        before, after = (self.kernels[i][layer] for i in (number, number + 1))
        return np.linalg.norm(after - before) / np.linalg.norm(before)


def test_the_ratio_is_of_the_norms_of_the_update_and_the_weights():
    ratios, spy = UpdateRatios(every=1), Spy()
    fit([ratios, spy], epochs=1)
    assert set(ratios.history) == {"iterations", "first", "last"}
    assert ratios.history["iterations"] == list(range(BATCHES))
    for place, name in enumerate(("first", "last")):
        expected = [spy.ratios(number, place) for number in range(BATCHES)]
        np.testing.assert_allclose(ratios.history[name], expected, rtol=1e-5)
        assert all(isinstance(one, float) for one in ratios.history[name])


def test_of_plain_descent_it_is_the_rate_times_the_gradient():
    network, ratios = small(), UpdateRatios(every=5)
    (kernel,) = network.get_weights()
    fit(ratios, network, epochs=1)
    gradient = 2 / 8 * X[:8].T @ (X[:8] @ kernel - Y[:8])
    expected = 0.02 * np.linalg.norm(gradient) / np.linalg.norm(kernel)
    assert ratios.history == {"iterations": [0], "only": [pytest.approx(expected, rel=1e-4)]}


def test_measurements_have_a_constant_interval_over_the_epochs():
    ratios, all_of_them = UpdateRatios(every=3), UpdateRatios(every=1)
    fit([ratios, all_of_them], small(), epochs=3)
    assert ratios.history["iterations"] == [0, 3, 6, 9, 12]
    assert ratios.history["only"] == all_of_them.history["only"][::3]
    assert len(all_of_them.history["only"]) == 3 * BATCHES  # with the last batches of epochs


def test_layers_within_models_and_wrappers_have_all_names():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            first = keras.layers.TimeDistributed(keras.layers.Dense(3, name="dense"), name="times")
            inner = keras.Sequential([first, keras.layers.Dense(1, name="dense")], name="inner")
            self.parts = [inner, keras.layers.Dense(1, name="last")]

        def call(self, x):
            inner, last = self.parts
            return last(inner(x[:, None])[:, 0])

    network, ratios = Own(), UpdateRatios(every=1)
    network.compile(keras.optimizers.SGD(0.01), "mse", run_eagerly=True, jit_compile=False)
    network.fit(X, Y, batch_size=8, verbose=0, shuffle=False, callbacks=[ratios])
    assert list(ratios.history) == ["iterations", "inner/times/dense", "inner/dense", "last"]
    built_at = 1 if keras.backend.backend() == "tensorflow" else 0  # in the first batch
    assert ratios.history["iterations"] == list(range(built_at, BATCHES))
    ratios, spy = UpdateRatios(every=4), Spy()
    fit([ratios, spy], network, epochs=1)
    start = ratios.history["iterations"][0] - BATCHES
    before, after = (kernels[0] for kernels in spy.kernels[start : start + 2])
    expected = np.linalg.norm(after - before) / np.linalg.norm(before)
    assert ratios.history["last"][0] == pytest.approx(expected, rel=1e-4)


def test_a_model_is_measured_as_soon_as_it_is_built():
    network, ratios = (
        keras.Sequential([keras.layers.Dense(1, name="only")]),
        UpdateRatios(every=100),
    )
    network.compile("sgd", "mse", run_eagerly=True, jit_compile=False)
    fit([ratios], network)
    assert ratios.history["iterations"] in ([0], [1])


def test_measuring_does_not_change_the_fit():
    plain, measured = (fit(these, epochs=1).get_weights() for these in ([], [UpdateRatios(1)]))
    for one, other in zip(plain, measured, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_second_fit_has_a_new_history_that_continues_the_count():
    ratios = UpdateRatios(every=2)
    network = fit(ratios, small())
    first = ratios.history
    fit(ratios, network, epochs=1)
    assert first["iterations"] == [0, 2, 4, 6, 8]
    assert ratios.history["iterations"] == [10, 12, 14]
    assert len(first["only"]) == 5
    fit(ratios, small(), epochs=1)  # of another model
    assert ratios.history["iterations"] == [0, 2, 4]


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="PyTorch has no such executions")
@pytest.mark.parametrize(("every", "noted"), [(1, [0, 2, 4, 5, 7, 9]), (4, [0, 4, 7])])
def test_of_several_steps_an_execution_it_is_the_mean_update(every, noted):
    ratios, spy = UpdateRatios(every=every), Spy()
    fit([ratios, spy], small(steps_per_execution=2))  # calls with 2, 2 and 1 batches per epoch
    assert ratios.history["iterations"] == noted
    begun, steps = [0, 2, 4, None, 5, 7, 9], [2, 2, 1, None, 2, 2, 1]  # None: an epoch's end
    expected = [spy.ratios(begun.index(one), 0) / steps[begun.index(one)] for one in noted]
    np.testing.assert_allclose(ratios.history["only"], expected, rtol=1e-5)


@pytest.mark.parametrize("compiled", [False, "auto"])
def test_it_does_not_matter_how_the_model_is_compiled(compiled):
    ratios, usual = UpdateRatios(every=4), UpdateRatios(every=4)
    fit(ratios, model(run_eagerly=False, jit_compile=compiled))
    fit(usual)
    np.testing.assert_allclose(ratios.history["first"], usual.history["first"], rtol=1e-3)


def test_a_resumed_run_continues_the_history(tmp_path, monkeypatch):
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path))
    whole, part, rest = (UpdateRatios(every=2) for _ in range(3))
    for run, epochs, ratios in (("whole", 2, whole), ("parts", 1, part), ("parts", 2, rest)):
        settings = {"epochs": epochs, "run": run, "callbacks": [ratios]}
        training.fit(small(), X, Y, batch_size=8, verbose=0, **settings)
    assert part.history["iterations"] == [0, 2, 4]
    assert rest.history["iterations"] == [0, 2, 4, 6, 8]
    assert rest.history == whole.history


def test_an_interrupted_fit_leaves_no_unfinished_measurement():
    class Break(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                raise KeyboardInterrupt

    ratios = UpdateRatios(every=2)
    with pytest.raises(KeyboardInterrupt):
        training.fit(small(), X, Y, batch_size=8, verbose=0, callbacks=[ratios, Break()])
    assert ratios.history["iterations"] == [0]
    assert len(ratios.history["only"]) == 1


@pytest.mark.filterwarnings("ignore:.*shuffle=True", "ignore:Your input ran out of data")
def test_an_epoch_may_be_of_unknown_length():
    ratios = UpdateRatios(every=4)
    small().fit(((X[:8], Y[:8]) for _ in range(6)), verbose=0, callbacks=[ratios])
    assert ratios.history["iterations"] == [0, 4]


def test_weights_that_are_all_zero_have_no_ratio():
    ratios = UpdateRatios(every=1)
    fit(ratios, small("zeros"), epochs=1)
    assert np.isnan(ratios.history["only"][0])
    assert np.isfinite(ratios.history["only"][1:]).all()


def test_invalid_arguments_are_refused():
    with pytest.raises(ValueError, match=r"every must be a whole number of at least 1\. Got 0"):
        UpdateRatios(every=0)
    ratios = UpdateRatios()
    ratios.set_model(keras.Sequential([keras.layers.Dense(1)]))
    with pytest.raises(ValueError, match=r"UpdateRatios needs a compiled model\. Got"):
        ratios.on_train_begin()
