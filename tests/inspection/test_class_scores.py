"""The score of a class is the logit, for all ways to define the same model."""

import keras
import numpy as np
import pytest

from mlcourse import models
from mlcourse.inspection import grad_cam, occlusion, saliency
from tests.inspection.tiny import layers, left_as_it_was, pictures

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
X = pictures()
RNG = np.random.default_rng(5)
KERNEL = 40 * RNG.normal(size=(4, 3)).astype("float32")  # large, so all predictions are confident
FILTERS = RNG.normal(size=(3, 3, 3, 4)).astype("float32")
TARGET = np.array([0, 1, 2, 1])
ops = keras.ops


def network(end, kernel=KERNEL):
    """Return a convolution, the mean over pixels, a dense layer named "dense", and an end."""
    inputs = keras.Input((6, 6, 3))
    maps = layers.Conv2D(4, 3, activation="relu", name="conv")(inputs)
    model = keras.Model(inputs, end(layers.GlobalAveragePooling2D()(maps)))
    model.get_layer("conv").set_weights([FILTERS, np.zeros(4)])
    dense = model.get_layer("dense")
    dense.set_weights([kernel.reshape(dense.kernel.shape), np.zeros(kernel.shape[1])])
    return model


def dense(activation=None, units=3):
    return layers.Dense(units, activation, name="dense")


def closed_form(weights, x=X):
    """Return the map of a score that is a weighted sum, (n, 4), of the means of the maps."""
    maps = ops.convert_to_numpy(ops.relu(ops.conv(x, FILTERS, padding="valid")))
    heat = np.maximum(np.einsum("nhwk,nk->nhw", maps, weights / 16), 0)[..., None]
    return ops.convert_to_numpy(ops.image.resize(heat, (6, 6), data_format="channels_last"))[..., 0]


def by_hand(x):
    powers = ops.exp(dense()(x) / 100)
    return powers / ops.sum(powers, axis=-1, keepdims=True)


def own_softmax(scores):
    return ops.exp(ops.log_softmax(scores))


class Own(layers.Layer):
    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 3))
        self.bias = self.add_weight(shape=(3,))

    def call(self, x):
        return self.activation(ops.matmul(x, self.kernel) + self.bias)

    activation = staticmethod(ops.softmax)


ENDS = {
    "logits": lambda x: dense()(x),
    "a name": lambda x: dense("softmax")(x),
    "a function": lambda x: dense(keras.activations.softmax)(x),
    "an operation as activation": lambda x: dense(ops.softmax)(x),
    "a function of one's own": lambda x: dense(own_softmax)(x),
    "a layer as activation": lambda x: dense(layers.Softmax())(x),
    "a Softmax layer": lambda x: layers.Softmax()(dense()(x)),
    "an Activation layer": lambda x: layers.Activation("softmax", dtype="float32")(dense()(x)),
    "a Lambda layer": lambda x: layers.Lambda(lambda z: ops.softmax(z))(dense()(x)),
    "an operation": lambda x: ops.softmax(dense()(x) + 1.0),
    "with a dropout behind it": lambda x: layers.Dropout(0.5)(dense("softmax")(x)),
    "the logarithm": lambda x: layers.Activation("log_softmax")(dense()(x)),
    "of a convolution": lambda x: layers.Flatten()(
        layers.Conv2D(3, 1, activation="softmax", name="dense")(layers.Reshape((1, 1, 4))(x))
    ),
    "in a layer of one's own": lambda x: Own(name="dense")(x),
    "in a model within the model": lambda x: keras.Sequential(
        [keras.Input((3,)), layers.Softmax()]
    )(dense()(x)),
    "sigmoids of several labels": lambda x: dense("sigmoid")(x),
    "an operation of sigmoids": lambda x: ops.sigmoid(dense()(x)),
    "sigmoids by hand": lambda x: 1 / (1 + ops.exp(-dense()(x))),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_the_score_is_the_one_before_the_softmax_or_sigmoid(end):
    model = network(end)
    model.compile("sgd", "mse")
    with left_as_it_was(model):
        heat = grad_cam(model, X, target=TARGET)
    expected = closed_form(KERNEL[:, TARGET].T)
    assert expected.max() > 1
    np.testing.assert_allclose(heat, expected, atol=1e-4)


def test_the_score_is_before_a_softmax_of_several_operations():
    heat = grad_cam(network(by_hand), X, target=TARGET)
    np.testing.assert_allclose(heat, closed_form(KERNEL[:, TARGET].T / 100), atol=1e-6)


def test_a_function_of_the_backend_is_known_too():
    if keras.backend.backend() == "tensorflow":
        softmax = pytest.importorskip("tensorflow").nn.softmax
    else:
        softmax = pytest.importorskip("jax").nn.softmax
    heat = grad_cam(network(lambda x: dense(softmax)(x)), X, target=TARGET)
    np.testing.assert_allclose(heat, closed_form(KERNEL[:, TARGET].T), atol=1e-4)


@pytest.mark.parametrize("activation", ["sigmoid", None])
def test_one_unit_has_a_score_for_either_class(activation):
    kernel = KERNEL[:, :1] - KERNEL[:, 1:2]
    model = network(dense(activation, 1), kernel)
    ones, zeros = grad_cam(model, X, target=1), grad_cam(model, X, target=0)
    np.testing.assert_allclose(ones, closed_form(np.tile(kernel.T, (4, 1))), atol=1e-4)
    np.testing.assert_allclose(zeros, closed_form(np.tile(-kernel.T, (4, 1))), atol=1e-4)
    assert min(ones.max(), zeros.max()) > 1
    shifted = model.get_layer("dense").get_weights()[0]
    logits = network(dense(None, 1), shifted).predict(X, verbose=0)[:, 0]
    model.get_layer("dense").bias.assign([-np.median(logits)])  # two images of each class
    predicted = (logits > np.median(logits)).astype(int)
    assert predicted.sum() == 2
    np.testing.assert_array_equal(grad_cam(model, X), grad_cam(model, X, target=predicted))
    with pytest.raises(ValueError, match=r"target must be a whole number from 0 to 1\. Got 2"):
        grad_cam(model, X, target=2)


def test_probabilities_that_no_softmax_makes_are_refused():
    def ensemble(x):
        return layers.Average()([dense("softmax")(x), layers.Dense(3, "softmax", name="two")(x)])

    with pytest.raises(ValueError, match=r"must end in a softmax of its own.* Got probabilities"):
        grad_cam(network(ensemble), X)


def two_tasks():
    """Return a model of an image and two numbers, with outputs of three classes and of one."""
    keras.utils.set_random_seed(2)
    image, table = keras.Input((6, 6, 3), name="image"), keras.Input((2,), name="table")
    maps = layers.Conv2D(4, 3, activation="relu", name="conv")(image)
    mean = layers.GlobalAveragePooling2D()(maps)
    both = layers.Concatenate()([mean, table])
    sick = layers.Dense(1, "sigmoid", name="sick")(both)
    return keras.Model([image, table], [layers.Dense(3, "softmax", name="kind")(both), sick])


TABLE = np.ones((4, 2), "float32")


def test_one_of_several_outputs_is_explained_for_the_input_of_images():
    model = two_tasks()
    model.get_layer("conv").set_weights([FILTERS, np.zeros(4)])
    kernel = model.get_layer("kind").get_weights()[0][:4]
    expected = closed_form(kernel[:, TARGET].T)
    by_name = grad_cam(model, [X, TABLE], target=TARGET, output="kind")
    np.testing.assert_allclose(by_name, expected, atol=1e-6)
    inputs = {"image": X, "table": TABLE}
    np.testing.assert_array_equal(grad_cam(model, inputs, target=TARGET, output=0), by_name)
    kernel = model.get_layer("sick").get_weights()[0]
    expected = closed_form(np.tile(-kernel[:4].T, (4, 1)))
    heat = grad_cam(model, inputs, target=0, output="sick", input="image")
    np.testing.assert_allclose(heat, expected, atol=1e-6)
    slopes = saliency(model, inputs, output="sick", input="table")
    np.testing.assert_allclose(slopes, np.tile(abs(kernel[4:].T), (4, 1)), rtol=1e-5)


@pytest.mark.parametrize(
    ("x", "options", "message"),
    [
        ([X, TABLE], {}, r"output must be one of 'kind' \(0\), 'sick' \(1\)\. Got None"),
        ([X, TABLE], {"output": "no"}, r"output must be one of 'kind' .* Got 'no'"),
        ([X, TABLE], {"output": 0, "input": 2}, r"input must be one of 'image' \(0\), .* Got 2"),
        (X, {"output": 0}, r"x must have 2 arrays, one for each input of the model\. Got 1"),
        ([X], {"output": 0}, r"x must have 2 arrays, one for each input of the model\. Got 1"),
        (
            {"image": X},
            {"output": 0},
            r"x must have an array for each input, image, table\. Got image",
        ),
        (
            [X, TABLE[:3]],
            {"output": 0},
            r"arrays of x must have the same length, at least 1\. Got \[3, 4\]",
        ),
        ([X[:, 1:], TABLE], {"output": 0}, r"array 1 of x must be of shape \(n, 6, 6, 3\)"),
        ([X, TABLE], {"output": 0, "input": "table"}, r"must have a layer of maps between"),
    ],
)
def test_wrong_inputs_and_outputs_are_refused(x, options, message):
    with pytest.raises(ValueError, match=message):
        grad_cam(two_tasks(), x, **options)


@pytest.mark.parametrize("functional", [True, False])
def test_layers_of_a_base_model_are_found_and_may_be_named(functional):
    inner = keras.Input((6, 6, 3))
    maps = layers.Conv2D(4, 3, activation="relu", name="conv5")(inner)
    base = keras.Model(inner, maps, name="base")
    base.set_weights([FILTERS, np.zeros(4)])
    base.trainable = False
    head = [layers.GlobalAveragePooling2D(), layers.Dense(3, "softmax", name="dense")]
    if functional:
        outputs = inputs = keras.Input((6, 6, 3))
        for layer in (base, *head):
            outputs = layer(outputs)
        model = keras.Model(inputs, outputs)
    else:
        model = keras.Sequential([keras.Input((6, 6, 3)), base, *head])
    head[1].set_weights([KERNEL, np.zeros(3)])
    expected = closed_form(KERNEL[:, TARGET].T)
    np.testing.assert_allclose(grad_cam(model, X, target=TARGET), expected, atol=1e-4)
    named = grad_cam(model, X, "base/conv5", target=TARGET)
    np.testing.assert_allclose(named, expected, atol=1e-4)
    with pytest.raises(ValueError, match=r"Got 'conv5' instead\. Did you mean 'base/conv5'"):
        grad_cam(model, X, "conv5")


def test_of_shared_layers_the_use_on_the_explained_input_counts():
    inner = keras.Input((6, 6, 3))
    tower = keras.Sequential([inner, layers.Conv2D(4, 3, activation="relu", name="conv")])
    tower.set_weights([FILTERS, np.zeros(4)])
    left, right = keras.Input((6, 6, 3), name="left"), keras.Input((6, 6, 3), name="right")
    means = [layers.GlobalAveragePooling2D()(tower(one)) for one in (left, right)]
    model = keras.Model([left, right], dense()(layers.Subtract()(means)))
    model.get_layer("dense").set_weights([KERNEL, np.zeros(3)])
    pair, weights = [X, X[::-1]], KERNEL[:, TARGET].T
    for number, sign in ((0, 1), (1, -1)):
        expected = closed_form(sign * weights, pair[number])
        for layer in (None, f"{tower.name}/conv"):
            heat = grad_cam(model, pair, layer, target=TARGET, input=number)
            np.testing.assert_allclose(heat, expected, atol=1e-4)
    with pytest.raises(ValueError, match=r"input must be one of 'left' \(0\), 'right' \(1\)"):
        grad_cam(model, pair)


def test_a_subclassed_model_is_refused_with_what_to_do():
    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv, self.mean = layers.Conv2D(4, 3), layers.GlobalAveragePooling2D()
            self.dense = layers.Dense(3, "softmax")

        def call(self, x):
            return self.dense(self.mean(self.conv(x)))

    model = Subclassed()
    model(X)
    advice = r"keras\.Model\(inputs, model\.call\(inputs\)\) makes a subclassed model Functional"
    with pytest.raises(ValueError, match=advice):
        grad_cam(model, X)
    inputs = keras.Input((6, 6, 3))
    assert grad_cam(keras.Model(inputs, model.call(inputs)), X).max() > 0


@pytest.mark.parametrize("channels", [True, False])
def test_of_a_signal_there_is_a_value_for_each_step(channels):
    inputs = keras.Input((12, 1) if channels else (12,))
    signals = inputs if channels else layers.Reshape((12, 1))(inputs)
    maps = layers.Conv1D(4, 3, padding="same", activation="relu", name="conv")(signals)
    pooled = layers.AveragePooling1D(2)(maps)
    outputs = layers.Dense(3, "softmax")(layers.GlobalAveragePooling1D()(pooled))
    model = keras.Model(inputs, outputs)
    x = RNG.normal(size=(4, *inputs.shape[1:])).astype("float32")
    part = keras.Model(inputs, maps)(x, training=False)
    weights = model.layers[-1].get_weights()[0][:, TARGET].T / 12
    expected = np.maximum(np.einsum("nsk,nk->ns", ops.convert_to_numpy(part), weights), 0)
    heat = grad_cam(model, x, "conv", target=TARGET)
    np.testing.assert_allclose(heat, expected, atol=1e-6)
    assert grad_cam(model, x, target=TARGET).shape == (4, 12)  # of 6 steps, resized


def test_volumes_are_refused():
    body = [layers.Conv3D(2, 3), layers.GlobalAveragePooling3D(), layers.Dense(2)]
    model = keras.Sequential([keras.Input((4, 4, 4, 1)), *body])
    with pytest.raises(ValueError, match=r"x must be images, .* Got \(2, 4, 4, 4, 1\)"):
        grad_cam(model, np.zeros((2, 4, 4, 4, 1)))


def test_more_images_than_a_batch_are_explained():
    many = pictures(40)
    heat = grad_cam(network(dense("softmax")), many, target=1)
    np.testing.assert_allclose(heat, closed_form(np.tile(KERNEL[:, 1], (40, 1)), many), atol=1e-4)


def test_a_model_of_two_heads_has_an_output_for_each():
    model = models.two_head((12, 12), hidden=(4,), filters=(3,), classes=3)
    x = pictures(2, 12, 1)[..., 0]
    assert grad_cam(model, x, output="lower").shape == (2, 12, 12)


class Shifted(keras.layers.Layer):
    """A layer that computes differently in training, which is its default."""

    def call(self, x, training=True):
        return x + 100.0 if training else x


class Nested(keras.layers.Layer):
    """A layer whose `call` has no argument `training`."""

    def __init__(self):
        super().__init__()
        self.inner = Shifted()

    def call(self, x):
        return self.inner(x)


@pytest.mark.parametrize(
    "augment", [Shifted, Nested, lambda: layers.RandomTranslation(0.5, 0.5), layers.GaussianNoise]
)
def test_layers_compute_what_they_compute_after_training(augment):
    """Layers that augment images are in training mode by default."""
    layer = augment(1.0) if augment is layers.GaussianNoise else augment()
    head = [layers.Conv2D(2, 3, activation="relu"), layers.Flatten(), layers.Dense(3, "softmax")]
    plain = keras.Sequential([keras.Input((6, 6, 3)), *head])
    model = keras.Sequential([keras.Input((6, 6, 3)), layer, *head])
    before = [keras.ops.convert_to_numpy(one) for one in model.variables]
    for inspect in (grad_cam, saliency, occlusion):
        expected = inspect(plain, X, target=1)
        np.testing.assert_allclose(inspect(model, X, target=1), expected, atol=1e-6)
    for one, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(one), value)
