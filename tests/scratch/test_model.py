"""Models: outputs, gradients and checks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcourse.scratch import (
    BCE,
    GD,
    MSE,
    Affine,
    BatchNorm,
    Conv2D,
    CrossEntropy,
    Data,
    Dataloader,
    Dropout,
    Flatten,
    Learner,
    MaxPool2D,
    Model,
    Relu,
    Sampler,
    Sigmoid,
    Softmax,
    Tanh,
)
from tests.scratch.differences import assert_same_gradient, differences


def dense(dtype="float32", seed=0, names="abc"):
    """Return a 4-6-5-2 network with random initial weights and dropout."""
    first, second, last = names
    return Model(
        [
            Affine(first, 4, 6, seed=seed, dtype=dtype),
            Tanh("tanh"),
            Dropout("drop", 0.3, seed=seed),
            Affine(second, 6, 5, seed=seed, dtype=dtype),
            BatchNorm("norm", 5, dtype=dtype),
            Sigmoid("sigmoid"),
            Affine(last, 5, 2, seed=seed, dtype=dtype),
            Softmax("softmax"),
        ]
    )


def images(dtype="float64"):
    return Model(
        [
            Conv2D("edges", 2, 3, 3, "same", dtype=dtype),
            Tanh("tanh"),
            MaxPool2D("pool"),
            Conv2D("shapes", 3, 2, 2, dtype=dtype),
            Sigmoid("sigmoid"),
            Flatten("flat"),
            Affine("last", 8, 3, dtype=dtype),
        ]
    )


def points(n=24, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4))
    return x, (x[:, 0] > x[:, 1]).astype(int)


def train(model, epochs=3, seed=0, callbacks=()):
    data = Data(*points())
    learner = Learner(CrossEntropy(), model, GD(0.5), epochs)
    learner.set_callbacks(callbacks)
    learner.train_loop(Dataloader(data, Sampler(data, 7, shuffle=True, seed=seed)))
    return model


def params(model):
    return [array for layer in model.layers for array in layer.params.values()]


def check_gradients(model, x, loss, y, training):
    """Assert that the gradients of a loss by all parameters are the central differences."""
    seeds = [layer.rng.bit_generator.state for layer in model.layers]

    def value_and_gradient():
        for layer, seed in zip(model.layers, seeds, strict=True):
            layer.rng.bit_generator.state = seed
        return loss.value_and_gradient(model(x, training), y)

    model.backward(value_and_gradient()[1])
    computed = [layer.grads[name].copy() for layer in model.layers for name in layer.params]
    for array, gradient in zip(params(model), computed, strict=True):
        expected = differences(lambda: value_and_gradient()[0], array, 1.0)
        assert_same_gradient(gradient, expected)


@pytest.mark.parametrize("training", [True, False])
@settings(max_examples=10, deadline=None)
@given(n=st.integers(2, 5), seed=st.integers(0, 2**32 - 1))
def test_the_gradients_of_a_dense_network_are_the_differences(training, n, seed):
    x, y = points(n, seed)
    whole = dense("float64", seed)
    check_gradients(Model(whole.layers[:-1]), x, CrossEntropy(), y, training)
    check_gradients(whole, x, MSE("sum"), np.eye(2)[y], training)


@settings(max_examples=5, deadline=None)
@given(n=st.integers(1, 3), seed=st.integers(0, 2**32 - 1))
def test_the_gradients_of_a_network_for_images_are_the_differences(n, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, 7, 6, 2)), rng.integers(0, 2, (n, 3))
    check_gradients(images(), x, BCE(), y, training=True)


def test_a_model_is_its_layers_one_after_the_other():
    model, (x, _) = dense("float64"), points()
    expected = x
    for layer in model.layers:
        expected = layer.forward(expected)
    np.testing.assert_array_equal(model(x), expected)
    np.testing.assert_array_equal(model(x.tolist()), expected)


def test_models_of_the_same_layers_share_their_parameters():
    model, (x, _) = dense(), points()
    head = Model(model.layers[:-1])
    hidden = Model(model.layers[:4])
    before = head(x), hidden(x), model(x)
    train(model)
    for part, old in zip((head, hidden, model), before, strict=True):
        assert np.abs(part(x) - old).max() > 0.01
    exponentials = np.exp(head(x))
    np.testing.assert_allclose(
        exponentials / exponentials.sum(axis=1, keepdims=True), model(x), rtol=1e-4
    )


def test_predicting_changes_nothing():
    model, (x, _) = dense(), points()
    arrays = [array for layer in model.layers for array in (layer.params | layer.state).values()]
    copies = [array.copy() for array in arrays]
    first = model(x)
    np.testing.assert_array_equal(model(x), first)  # no dropout, and no other statistics
    assert np.abs(model(x, training=True) - first).max() > 0.01
    for array, old in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, old)


def test_each_example_is_predicted_by_itself():
    model, (x, _) = train(dense("float64")), points()
    np.testing.assert_allclose(model(x[3:4]), model(x)[3:4], rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dtype_is_preserved(dtype):
    model, (x, _) = train(dense(dtype)), points()
    assert model.dtype == model(x).dtype == dtype
    assert {array.dtype for array in params(model)} == {np.dtype(dtype)}
    for layer in model.layers:
        arrays = [*layer.grads.values(), *layer.state.values()]
        assert {array.dtype for array in arrays} <= {np.dtype(dtype)}


def test_float32_is_the_default():
    model = Model([Affine("a", 2, 3), BatchNorm("b", 3), Conv2D("c", 1, 2)])
    assert {array.dtype for array in params(model)} == {np.dtype("float32")}
    assert Model([Relu("relu")])([[1, -2]]).dtype == "float32"


def test_float32_agrees_with_float64():
    (x, _), single, double = points(), dense("float32"), dense("float64")
    np.testing.assert_allclose(single(x), double(x), atol=1e-6)


def test_a_seed_and_names_say_which_weights():
    for new, old in zip(params(train(dense())), params(train(dense())), strict=True):
        np.testing.assert_array_equal(new, old)
    default = params(dense())[0]
    assert (params(dense(seed=1))[0] != default).all()
    assert (params(dense(names="xyz"))[0] != default).all()


def test_the_random_numbers_of_numpy_are_neither_used_nor_changed():
    results = []
    for seed in (1, 2):
        np.random.seed(seed)  # noqa: NPY002
        before = np.random.get_state()  # noqa: NPY002
        model = train(dense())
        results.append(params(model))
        images()(np.ones((1, 7, 6, 2)), training=True)
        after = np.random.get_state()  # noqa: NPY002
        np.testing.assert_array_equal(before[1], after[1])
        assert before[2:] == after[2:]
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("layers", "shapes"),
    [
        ([Affine("first", 784, 100), Affine("last", 50, 10)], "(784, 100) and (50, 10)"),
        (
            [Affine("first", 7, 5), Relu("relu"), Dropout("drop", 0.5), Affine("last", 7, 5)],
            "(7, 5) and (7, 5)",
        ),
        ([BatchNorm("first", 3), Affine("last", 4, 1)], "(3, 3) and (4, 1)"),
        ([Affine("first", 4, 1), Tanh("tanh"), BatchNorm("last", 4)], "(4, 1) and (4, 4)"),
    ],
)
def test_sizes_that_do_not_fit_name_the_layers_and_both_shapes(layers, shapes):
    with pytest.raises(ValueError) as error:
        Model(layers)
    rule = "layer last must have as many inputs as layer first has outputs"
    assert str(error.value) == f"{rule}. Got the shapes {shapes} instead."


def test_layers_with_parameters_have_names_of_their_own():
    with pytest.raises(ValueError) as error:
        Model([Affine("one", 2, 2), Relu("relu"), Affine("one", 2, 2), Relu("relu")])
    rule = "layers with parameters or dropout must differ in name"
    assert str(error.value) == f"{rule}. Got 'one' twice."


def test_there_is_at_least_one_layer():
    with pytest.raises(ValueError, match=r"number of layers must be .* at least 1\. Got 0 instead"):
        Model([])


@pytest.mark.parametrize("x", [np.ones((2, 5)), np.ones(4), [[1.0, 2.0]]])
def test_examples_of_another_width_name_the_layer_and_both_shapes(x):
    with pytest.raises(ValueError) as error:
        dense()(x)
    rule = "the input of layer a must be of shape (n, 4)"
    assert str(error.value) == f"{rule}. Got {np.shape(x)} instead."


def test_a_layer_is_used_once():
    same, relu = Affine("same", 2, 2), Relu("relu")
    for layers in ([Affine("a", 2, 2), relu, Affine("b", 2, 2), relu], [same, relu, same]):
        with pytest.raises(ValueError) as error:
            Model(layers)
        rule = "a layer must appear only once, as it stores values for its backward pass"
        assert str(error.value) == f"{rule}. Got {layers[-1].name!r} twice."


def test_dropouts_differ_in_name_as_their_masks_do():
    with pytest.raises(ValueError, match=r"dropout must differ in name\. Got 'd' twice"):
        Model([Affine("a", 2, 2), Dropout("d", 0.5), Affine("b", 2, 2), Dropout("d", 0.5)])


def test_a_layer_that_reshapes_stands_between_sizes():
    layers = [Conv2D("c", 1, 2), BatchNorm("n", 2), Flatten("f"), Affine("a", 18, 1)]
    assert Model(layers).layers == layers
