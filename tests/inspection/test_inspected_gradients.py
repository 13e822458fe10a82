import keras
import numpy as np
import pytest

from mlcourse.inspection.gradients import gradient_norms, gradients
from tests.inspection.tiny import compiled, layers, left_as_it_was, pictures, residual

X, Y = pictures(), np.array([0, 2, 1, 2])

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def differences(model, loss, step=5e-3):
    """Central differences of the loss by every number of every weight."""
    found = []
    for variable in model.trainable_variables:
        value = np.array(keras.ops.convert_to_numpy(variable))
        gradient = np.zeros_like(value)
        for place in np.ndindex(value.shape):
            sides = []
            for sign in (1, -1):
                moved = value.copy()
                moved[place] += sign * step
                variable.assign(moved)
                sides.append(loss())
            gradient[place] = (sides[0] - sides[1]) / (2 * step)
        variable.assign(value)
        found.append(gradient)
    return found


def smooth():
    """A small network without kinks, with which differences are exact to many digits."""
    keras.utils.set_random_seed(0)
    body = [layers.Conv2D(2, 2, activation="tanh"), layers.BatchNormalization(), layers.Flatten()]
    model = keras.Sequential([keras.Input((3, 3, 1)), *body, layers.Dense(2, "softmax")])
    return compiled(model)


@pytest.mark.parametrize("training", [True, False])
def test_gradients_are_those_of_finite_differences(training):
    model, x = smooth(), pictures(4, 3, 1)

    def loss():  # by hand, without Keras's own
        chosen = keras.ops.convert_to_numpy(model(x, training=training))[range(4), Y % 2]
        return -np.log(chosen.astype(float)).mean()

    with left_as_it_was(model):
        found = gradients(model, x, Y % 2, training=training)
    assert [path for path, _ in found] == [one.path for one in model.trainable_variables]
    for (_, one), other in zip(found, differences(model, loss), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=3e-4)


def test_a_step_of_gradient_descent_is_a_step_along_them():
    model = residual(dropout=0.0)
    model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy", run_eagerly=True)
    found, before = gradients(model, X, Y), [one.numpy() for one in model.trainable_variables]
    model.train_on_batch(X, Y)
    for (_, gradient), old, new in zip(found, before, model.trainable_variables, strict=True):
        np.testing.assert_allclose(old - 0.5 * gradient, new.numpy(), atol=1e-6)


@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_left_as_it_was(training):
    model = residual()
    model.train_on_batch(X, Y)  # so that optimizer and metrics have a state
    with left_as_it_was(model):
        first = gradients(model, X, Y, training=training)
    if training and keras.backend.backend() == "torch":
        return  # which draws what dropout drops from a generator of its own
    for (_, one), (_, other) in zip(first, gradients(model, X, Y, training=training), strict=True):
        np.testing.assert_array_equal(one, other)  # the same units are dropped


def test_a_limit_of_the_weights_does_not_act():
    limited = layers.Dense(3, "softmax", kernel_constraint=keras.constraints.MaxNorm(1e-3))
    model = compiled(keras.Sequential([keras.Input((2,)), limited]))
    with left_as_it_was(model):
        gradients(model, np.ones((2, 2)), np.array([0, 1]))


def test_penalties_of_the_weights_are_part_of_the_loss():
    penalized = layers.Dense(1, use_bias=False, kernel_regularizer=keras.regularizers.L2(0.25))
    model = keras.Sequential([keras.Input((2,)), penalized])
    ((path, gradient),) = gradients(model, np.zeros((2, 2)), np.zeros((2, 1)), "mse")
    assert path.endswith("/kernel")
    np.testing.assert_allclose(gradient, 2 * 0.25 * model.get_weights()[0], rtol=1e-6)


def test_the_mean_is_over_the_examples():
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, kernel_initializer="zeros")])
    x, y = np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [0.0], [2.0]])
    (_, kernel), (_, bias) = gradients(model, x, y, "mse")
    np.testing.assert_allclose(kernel, [[(2 * -(x * y)).mean()]], rtol=1e-6)
    np.testing.assert_allclose(bias, [-2 * y.mean()], rtol=1e-6)


def test_rows_of_an_embedding_that_come_up_twice_are_added():
    embedding = layers.Embedding(3, 2, embeddings_initializer="zeros")
    model = keras.Sequential([keras.Input((2,), dtype="int32"), embedding])
    ((_, gradient),) = gradients(model, np.array([[0, 0]]), np.ones((1, 2, 2)), "mse")
    np.testing.assert_allclose(gradient, [[-1.0, -1.0], [0, 0], [0, 0]], rtol=1e-6)


def test_a_model_of_several_outputs_has_the_sum_of_its_losses():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((2,))
    heads = [layers.Dense(1, use_bias=False, name=name)(inputs) for name in ("one", "two")]
    model = keras.Model(inputs, heads)
    model.compile("sgd", ["mse", "mse"], loss_weights=[1.0, 3.0])
    x, y = np.eye(2, dtype="float32"), np.zeros((2, 1), "float32")
    for (_, gradient), weight, factor in zip(
        gradients(model, x, [y, y]), model.get_weights(), (1, 3), strict=True
    ):
        np.testing.assert_allclose(gradient, factor * weight, rtol=1e-6)


def test_a_model_of_one_s_own_has_gradients_too():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1, use_bias=False, kernel_initializer="ones", name="own")

        def call(self, x):
            return 2 * self.dense(x)

    model = Own()
    model(np.ones((1, 2)))
    ((_, gradient),) = gradients(model, np.ones((1, 2)), np.zeros((1, 1)), "mse")
    np.testing.assert_allclose(gradient, [[16.0], [16.0]])  # 2 (2 (1 + 1)) 2
    assert gradient_norms(model, np.ones((1, 2)), np.zeros((1, 1)), "mse") == {
        "own": pytest.approx(16 * np.sqrt(2))
    }


def test_norms_are_of_each_layer_s_kernels():
    model = residual(dropout=0.0)
    with left_as_it_was(model):
        norms = gradient_norms(model, X, Y)
    found = gradients(model, X, Y)
    kernels = {path.split("/")[-2]: one for path, one in found if path.endswith("/kernel")}
    assert list(norms) == ["stem", "inner", "classes"]
    assert norms == {name: pytest.approx(np.linalg.norm(kernels[name])) for name in norms}
    relative = gradient_norms(model, X, Y, relative=True)
    for name, ratio in relative.items():
        size = np.linalg.norm(model.get_layer(name).get_weights()[0])
        assert ratio == pytest.approx(norms[name] / size, rel=1e-5)


def test_a_frozen_layer_has_no_norm_and_one_within_a_model_has_both_names():
    keras.utils.set_random_seed(0)
    block = keras.Sequential([keras.Input((2,)), layers.Dense(2, name="dense")], name="block")
    frozen = layers.Dense(2, trainable=False)
    model = keras.Sequential([keras.Input((2,)), frozen, block, layers.Dense(1, name="last")])
    norms = gradient_norms(model, np.ones((2, 2)), np.zeros((2, 1)), "mse")
    assert list(norms) == ["block/dense", "last"]


def test_what_is_wrong_is_said():
    model = residual()
    with pytest.raises(
        ValueError, match=r"arrays of one length, at least 1\. Got \[3, 4\] instead"
    ):
        gradients(model, X, Y[:3])
    with pytest.raises(ValueError, match=r"training must be True or False\. Got 1 instead"):
        gradients(model, X, Y, training=1)
    bare = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    with pytest.raises(ValueError, match=r"loss must be given, as .* with none\. Got <Sequential"):
        gradients(bare, np.ones((2, 2)), np.ones(2))
    with pytest.raises(ValueError, match=r"model must be built, and have weights"):
        gradients(keras.Sequential([layers.Dense(1)]), np.ones((2, 2)), np.ones(2), "mse")
    with pytest.raises(ValueError, match=r"relative must be True or False"):
        gradient_norms(model, X, Y, relative="yes")
