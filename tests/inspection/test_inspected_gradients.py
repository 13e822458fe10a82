import keras
import numpy as np
import pytest

from mlcourse.inspection.gradients import gradient_norms, gradients
from tests.inspection.tiny import compiled, layers, left_as_it_was, pictures, residual

X, Y = pictures(), np.array([0, 2, 1, 2])

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def differences(model, loss, step=5e-3):
    """Return central differences of the loss with respect to each weight."""
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
    """Return a small smooth network, for which differences are accurate."""
    keras.utils.set_random_seed(0)
    body = [layers.Conv2D(2, 2, activation="tanh"), layers.BatchNormalization(), layers.Flatten()]
    model = keras.Sequential([keras.Input((3, 3, 1)), *body, layers.Dense(2, "softmax")])
    return compiled(model)


@pytest.mark.parametrize("training", [True, False])
def test_gradients_are_those_of_finite_differences(training):
    model, x = smooth(), pictures(4, 3, 1)

    def loss():  # without Keras's loss
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
        return  # whose dropout uses a generator of its own
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


def two_headed(form=list):
    """Return a model with two inputs, two outputs, a weight and an activity penalty."""
    keras.utils.set_random_seed(0)
    inputs = [keras.Input((4,), name="i"), keras.Input((3,), name="j")]
    both = layers.Concatenate()(inputs)
    hidden = layers.Dense(5, "tanh", kernel_regularizer=keras.regularizers.L2(0.1))(both)
    hidden = layers.ActivityRegularization(l2=0.1)(hidden)
    heads = [layers.Dense(1, name="a")(hidden), layers.Dense(3, "softmax", name="b")(hidden)]
    outputs = dict(zip("ab", heads, strict=True)) if form is dict else form(heads)
    return keras.Model(inputs, outputs)


RNG = np.random.default_rng(0)
IJ = [RNG.normal(size=(8, size)).astype("float32") for size in (4, 3)]
A, B = RNG.normal(size=(8, 1)).astype("float32"), RNG.integers(0, 3, (8, 1))
WEIGHTS = [RNG.uniform(size=8).astype("float32") for _ in range(2)]
SPARSE = "sparse_categorical_crossentropy"
AS_LISTS = {"x": IJ, "y": [A, B], "loss": ["mse", SPARSE]}
AS_DICTS = {
    "x": {"j": IJ[1], "i": IJ[0]}, "y": {"b": B, "a": A}, "loss": {"b": SPARSE, "a": "mse"},
}  # fmt: skip


def by_hand(model, weight_a=1.0, weight_b=1.0, of_a=1.0, of_b=1.0):
    """Return gradients by central differences of the formulas in float64."""

    def loss():
        outputs = model(IJ)
        pair = [outputs["a"], outputs["b"]] if isinstance(outputs, dict) else outputs
        a, b = (keras.ops.convert_to_numpy(one).astype(float) for one in pair)
        kernel = np.array(model.layers[3].kernel, float)
        hidden = np.tanh(np.hstack(IJ) @ kernel + np.array(model.layers[3].bias, float))
        penalty = 0.1 * (kernel**2).sum() + 0.1 * (hidden**2).sum() / len(A)
        of_each = (A - a)[:, 0] ** 2, -np.log(b[range(8), B[:, 0]])
        means = (of_each[0] * of_a).mean(), (of_each[1] * of_b).mean()
        return weight_a * means[0] + weight_b * means[1] + penalty

    return differences(model, loss)


def assert_close(found, expected):
    for (path, one), other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-3, atol=1e-3, err_msg=path)


@pytest.mark.parametrize("form", [list, tuple, dict])
@pytest.mark.parametrize("batch", [AS_LISTS, AS_DICTS], ids=["lists", "dicts"])
def test_targets_and_losses_are_lists_or_dicts(form, batch):
    model = two_headed(form)
    assert_close(gradients(model, **batch), by_hand(model))
    model.compile("sgd", batch["loss"])
    assert_close(gradients(model, batch["x"], batch["y"]), by_hand(model))


def test_targets_of_one_form_and_losses_of_another():
    for loss in (AS_LISTS["loss"], AS_DICTS["loss"]):
        model = two_headed()
        expected = by_hand(model)
        for y in (AS_LISTS["y"], AS_DICTS["y"]):
            assert_close(gradients(model, IJ, y, loss), expected)
            model.compile("sgd", loss)
            assert_close(gradients(model, IJ, y), expected)


def test_weights_of_losses_and_of_examples():
    model = two_headed()
    expected = by_hand(model, 1, 3)
    for weights in ([1.0, 3.0], {"b": 3.0, "a": 1.0}):
        assert_close(gradients(model, **AS_LISTS, loss_weights=weights), expected)
    model.compile("sgd", AS_DICTS["loss"], loss_weights={"a": 1.0, "b": 3.0})
    assert_close(gradients(model, IJ, AS_DICTS["y"]), expected)
    each = by_hand(model, of_a=WEIGHTS[0], of_b=WEIGHTS[1])
    assert_close(gradients(model, **AS_LISTS, sample_weight=WEIGHTS), each)
    both = by_hand(model, of_a=WEIGHTS[0], of_b=WEIGHTS[0])
    assert_close(gradients(model, **AS_LISTS, sample_weight=WEIGHTS[0]), both)


def test_weights_of_classes_are_weights_of_their_examples():
    model, factors = smooth(), {0: 0.5, 1: 3.0}
    x, y = pictures(4, 3, 1), Y % 2
    by_class = gradients(model, x, y, class_weight=factors)
    by_example = gradients(model, x, y, sample_weight=np.array([factors[one] for one in y]))
    plain = gradients(model, x, y)
    for (path, one), (_, other) in zip(by_class, by_example, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6, err_msg=path)
    assert not np.allclose(by_class[-1][1], plain[-1][1], atol=1e-3)
    norms = gradient_norms(model, x, y, class_weight=factors)
    assert list(norms.values())[-1] == pytest.approx(np.linalg.norm(by_class[-2][1]))


class Reconstruction(keras.Model):
    """A model that adds its own loss, without targets."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2, use_bias=False, kernel_initializer="ones")

    def call(self, x):
        outputs = self.dense(x)
        self.add_loss(keras.ops.mean(keras.ops.square(outputs - x)))
        return outputs


class WithOwnLoss(keras.Model):
    """A model that overrides `compute_loss`."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2, use_bias=False, kernel_initializer="ones")
        self.tracker = keras.metrics.Mean(name="tracked")

    def call(self, x):
        return self.dense(x)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = keras.ops.mean(keras.ops.square(y_pred - x))
        self.tracker.update_state(loss)
        return loss if y is None else loss + super().compute_loss(x, y, y_pred, sample_weight)


def of_reconstruction(x):
    """Return the gradient of the mean of (x W - x)^2 for a matrix of ones."""
    return x.T @ (x @ np.ones((2, 2)) - x) * 2 / x.size


@pytest.mark.parametrize("kind", [Reconstruction, WithOwnLoss])
def test_a_model_may_bring_its_loss(kind):
    x = RNG.normal(size=(5, 2)).astype("float32")
    model = kind()
    model(x)
    for _ in range(2):
        ((_, found),) = gradients(model, x)
        np.testing.assert_allclose(found, of_reconstruction(x), rtol=1e-4, atol=1e-6)
        model.compile("sgd")
    assert list(gradient_norms(model, x).values()) == [pytest.approx(np.linalg.norm(found))]
    if kind is WithOwnLoss:
        assert float(model.tracker.result()) == 0


def test_its_own_loss_and_the_compiled_one_are_added_up():
    x, y = RNG.normal(size=(2, 5, 2)).astype("float32")
    expected = of_reconstruction(x) + x.T @ (x @ np.ones((2, 2)) - y) * 2 / x.size
    for kind in (Reconstruction, WithOwnLoss):
        model = kind()
        model(x)
        model.compile("sgd", "mse")
        ((_, found),) = gradients(model, x, y)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
        model.train_on_batch(x, y)  # as before


def test_what_the_loss_lacks_is_said():
    class OwnStep(WithOwnLoss):
        def train_step(self, *data):
            return super().train_step(*data)

    x = np.ones((3, 2), "float32")
    step = OwnStep()
    step(x)
    step.compile("sgd")
    with pytest.raises(ValueError, match=r"loss must be given, as the model has its own train_ste"):
        gradients(step, x)
    plain = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    with pytest.raises(ValueError, match=r"y must be the targets of the loss\. Got None instead"):
        gradients(plain, x, None, "mse")
    with pytest.raises(ValueError, match=r"compiled without one and adds none"):
        gradients(plain, x)
    with pytest.raises(ValueError, match=r"only one of sample_weight and class_weight"):
        gradients(plain, x, x, "mse", sample_weight=np.ones(3), class_weight={0: 1.0})
    with pytest.raises(ValueError, match=r"arrays of the same length, at least 1\. Got \[2, 3\]"):
        gradients(plain, x, x, "mse", sample_weight=np.ones(2))
    with pytest.raises(ValueError, match=r"x must be finite\. Got nan"):
        gradients(plain, x * np.nan, x, "mse")
    with pytest.raises(ValueError, match=r"x must be the arrays of one batch"):
        gradients(plain, (one for one in x), x, "mse")
    two = two_headed()
    with pytest.raises(ValueError, match=r"keys of y must be outputs, a, b\. Got 'c' instead"):
        gradients(two, IJ, {"a": A, "c": B}, AS_LISTS["loss"])
    with pytest.raises(ValueError, match=r"keys of loss must be outputs, a, b\. Got 'c' instead"):
        gradients(two, IJ, AS_DICTS["y"], {"a": "mse", "c": "mse"})
    with pytest.raises(ValueError, match=r"must be valid arguments of model\.fit\. Got KeyError"):
        gradients(two, IJ, AS_DICTS["y"], AS_LISTS["loss"], sample_weight=WEIGHTS[0])


def test_what_is_wrong_is_said():
    model = residual()
    with pytest.raises(
        ValueError, match=r"arrays of the same length, at least 1\. Got \[3, 4\] instead"
    ):
        gradients(model, X, Y[:3])
    with pytest.raises(ValueError, match=r"training must be True or False\. Got 1 instead"):
        gradients(model, X, Y, training=1)
    bare = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    with pytest.raises(
        ValueError, match=r"loss must be given, as .* without one\. Got <Sequential"
    ):
        gradients(bare, np.ones((2, 2)), np.ones(2))
    with pytest.raises(ValueError, match=r"model must be built, and have trainable weights"):
        gradients(keras.Sequential([layers.Dense(1)]), np.ones((2, 2)), np.ones(2), "mse")
    with pytest.raises(ValueError, match=r"relative must be True or False"):
        gradient_norms(model, X, Y, relative="yes")


def classifier():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def with_two_inputs_and_outputs():
    inputs = [keras.Input((4,), name=name) for name in "ab"]
    hidden = keras.layers.Concatenate()(inputs)
    outputs = [
        keras.layers.Dense(1, name="p")(hidden),
        keras.layers.Dense(3, activation="softmax", name="q")(hidden),
    ]
    model = keras.Model(inputs, outputs)
    model.compile("sgd", ["mse", "sparse_categorical_crossentropy"])
    return model


BATCH_X, BATCH_Y = np.ones((6, 4), "float32"), np.arange(6) % 3
BOTH = [BATCH_X, BATCH_X]


@pytest.mark.parametrize("function", [gradients, gradient_norms])
@pytest.mark.parametrize(
    ("make", "x", "y", "words"),
    [
        (classifier, BATCH_X, BATCH_Y + 1, "y must hold labels from 0 to 2.*Got 3 at index 2"),
        (classifier, BATCH_X, BATCH_Y - 1, "y must hold labels from 0 to 2.*Got -1 at index 0"),
        (classifier, BATCH_X, np.eye(3)[BATCH_Y], r"y must be of shape \(n,\).*Got \(6, 3\)"),
        (with_two_inputs_and_outputs, BATCH_X, [BATCH_Y] * 2, "x must have 2 arrays.* Got 1"),
        (with_two_inputs_and_outputs, {"a": BATCH_X}, [BATCH_Y] * 2, "for each input, a, b. Got a"),
        (with_two_inputs_and_outputs, BOTH, BATCH_Y, "y must have an array for each output, p, q"),
        (with_two_inputs_and_outputs, BOTH, [BATCH_Y, BATCH_Y + 1], r"y\[1\] must hold labels"),
        (with_two_inputs_and_outputs, BOTH, {"p": BATCH_Y, "q": BATCH_Y + 1}, r"y\['q'\] must"),
    ],
)
def test_data_that_the_loss_is_not_defined_for_are_refused_in_words_of_the_field(
    function, make, x, y, words
):
    with pytest.raises(ValueError, match=words):
        function(make(), x, y)


def test_the_loss_that_is_given_has_the_rule_for_its_targets():
    with pytest.raises(ValueError, match=r"y must be of shape \(n, 3\)"):
        gradients(classifier(), BATCH_X, BATCH_Y, "categorical_crossentropy")
    assert (
        len(gradients(classifier(), BATCH_X, np.eye(3)[BATCH_Y], "categorical_crossentropy")) == 2
    )
    model = with_two_inputs_and_outputs()
    x = {"a": BATCH_X, "b": BATCH_X}
    assert len(gradients(model, x, [BATCH_Y, BATCH_Y])) == 4
