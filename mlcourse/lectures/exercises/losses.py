"""Exercises on outputs, losses, likelihood and initial weights."""

import numpy as np

from mlcourse.lectures.exercises import keras_reference
from mlcourse.lectures.exercises.exercise import Exercise, Mistake, difference, unless

LECTURE = "activation-functions"


# count-parameters
def _as_keras_counts(answer):
    """Keras counts as many parameters."""
    from mlcourse import models

    expected = models.mlp(5, hidden=(12, 12), classes=5).count_params()
    return difference(answer, expected, "your number")


COUNT_PARAMETERS = Exercise(
    name="count-parameters",
    lecture="neural-networks",
    kind="by hand",
    text="A dense network has 5 inputs, two hidden layers of 12 units, and 5 outputs. How many "
    "parameters has it?",
    start="n_parameters = ...",
    solution="n_parameters = (5 + 1) * 12 + (12 + 1) * 12 + (12 + 1) * 5",
    properties=[_as_keras_counts],
    variants=["n_parameters = 293.0", "n_parameters = np.int64(293)"],
    mistakes=[
        Mistake(
            "the biases are missing",
            "each unit has one more parameter than it has inputs.",
            replace={" + 1": ""},
        ),
        Mistake(
            "biases of the inputs",
            "an input computes nothing, so it has no bias.",
            "n_parameters = 293 + 5",
        ),
        Mistake(
            "units are counted",
            "you counted the circles of the figure. A weight is an edge.",
            "n_parameters = 5 + 12 + 12 + 5",
        ),
        Mistake(
            "one hidden layer only",
            "how many pairs of neighboring layers are there?",
            "n_parameters = 6 * 12 + 13 * 5",
        ),
    ],
)


# softmax
def _rows_sum_to_1(softmax, logits):
    """Each row sums to 1."""
    return difference(np.sum(softmax(logits), axis=1), np.ones(len(logits)), "the sum of a row")


def _a_constant_changes_nothing(softmax, logits):
    """A constant added to all logits of a row changes nothing."""
    shifted = logits + np.arange(len(logits))[:, None]
    return difference(softmax(shifted), softmax(logits), "a probability")


def _ratios_are_exponential(softmax, logits):
    """The ratio of two probabilities is e to the difference of their logits."""
    probabilities = np.asarray(softmax(logits), float)
    ratio = probabilities[:, 0] / probabilities[:, 1]
    return difference(ratio, np.exp(logits[:, 0] - logits[:, 1]), "a ratio", 1e-3)


SOFTMAX = Exercise(
    name="softmax",
    lecture=LECTURE,
    kind="write",
    text="Convert logits (n, classes) into probabilities. Logits may be as large as 1000.",
    start="def softmax(logits):\n    return ...",
    solution="""def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)""",
    properties=[_rows_sum_to_1, _a_constant_changes_nothing, _ratios_are_exponential],
    cases=lambda rng: [
        (rng.normal(size=(4, 3)) * 3,),
        (rng.normal(size=(3, 3)),),
        (np.array([[1000.0, 1001, 999], [-1000, -1001, -999]]),),
        (np.array([[-1000.0, -1001, -999]]),),
    ],
    variants=[
        "from scipy import special\ndef softmax(logits):\n"
        "    return special.softmax(logits, axis=1)",
        "def softmax(logits):\n"
        "    return np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))",
    ],
    mistakes=[
        Mistake(
            "normalized over the examples",
            "which axis has the classes?",
            replace={"axis=1": "axis=0"},
        ),
        Mistake(
            "normalized over the whole batch",
            "each example has its own probabilities, which sum to 1.",
            replace={"axis=1, ": ""},
        ),
        Mistake(
            "overflow",
            "what is `np.exp(1000)`? What can you subtract without a change of the result?",
            replace={" - logits.max(axis=1, keepdims=True)": ""},
        ),
        Mistake(
            "maximum of the batch",
            "what happens to a row whose logits are far below the maximum of another row?",
            replace={"logits.max(axis=1, keepdims=True)": "logits.max()"},
        ),
        Mistake(
            "the exponential is missing",
            "logits may be negative; probabilities may not.",
            "def softmax(logits):\n    return logits / logits.sum(axis=1, keepdims=True)",
        ),
    ],
)


# cross-entropy
def _uniform_logits_cost_ln_k(loss, logits, labels):
    """Equal logits cost ln K."""
    value = loss(np.zeros_like(logits), labels)
    return difference(value, np.log(logits.shape[1]), "the loss")


def _as_keras(loss, logits, labels):
    """Keras computes the same loss."""
    return difference(
        loss(logits, labels), keras_reference.crossentropy(logits, labels), "the loss", 1e-3
    )


CROSS_ENTROPY = Exercise(
    name="cross-entropy",
    lecture=LECTURE,
    kind="write",
    text="Compute the loss of logits (n, K) and integer labels (n,) that Keras computes with "
    "`SparseCategoricalCrossentropy(from_logits=True)`.",
    start="def loss(logits, labels):\n    return ...",
    solution="""def loss(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(shifted).sum(axis=1))
    return np.mean(log_sums - shifted[np.arange(len(labels)), labels])""",
    properties=[_uniform_logits_cost_ln_k, _as_keras],
    cases=lambda rng: [
        (rng.normal(size=(n, k)) * 2, rng.integers(k, size=n)) for n, k in ((6, 4), (3, 10))
    ],
    variants=[
        "from scipy.special import log_softmax\ndef loss(logits, labels):\n"
        "    return -np.mean(np.take_along_axis(log_softmax(logits, 1), labels[:, None], 1))",
        "def loss(logits, labels):\n"
        "    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)\n"
        "    return -np.sum(np.eye(logits.shape[1])[labels] * np.log(p)) / len(labels)",
    ],
    mistakes=[
        Mistake(
            "softmax applied twice",
            "the loss cannot get below ln(1 + (K - 1)/e). Who else applies a softmax?",
            replace={
                "shifted = logits - logits.max(axis=1, keepdims=True)": "shifted = np.exp(logits) "
                "/ np.exp(logits).sum(axis=1, keepdims=True)"
            },
        ),
        Mistake(
            "a sum, not a mean",
            "is the loss of a batch twice as large if each example is there twice?",
            replace={"np.mean": "np.sum"},
        ),
        Mistake(
            "a mean over the classes, too",
            "you divide by n K. Only one class of each example contributes.",
            replace={"labels])": "labels]) / logits.shape[1]"},
        ),
        Mistake(
            "sign",
            "a loss falls if the probability of the true class rises.",
            replace={"np.mean(": "-np.mean("},
        ),
        Mistake(
            "logarithm to base 2",
            "Keras, and the gradient p - y, use the natural logarithm.",
            replace={"labels])": "labels]) / np.log(2)"},
        ),
    ],
)


# binary-cross-entropy
def _finite_and_right(loss, logits, labels):
    """The loss is ln(1 + e^z) - y z, also for large logits."""
    expected = np.mean(np.logaddexp(0, logits) - labels * logits)
    return difference(loss(logits, labels), expected, "the loss")


def _symmetric(loss, logits, labels):
    """Exchanged classes and logits of the other sign give the same loss."""
    return difference(loss(-logits, 1 - labels), loss(logits, labels), "the loss")


BINARY_CROSS_ENTROPY = Exercise(
    name="binary-cross-entropy",
    lecture=LECTURE,
    kind="fix",
    text="This loss of logits (n,) and labels 0 or 1 is infinite or NaN for logits of a few "
    "hundred. Rewrite it such that it is right for every logit.",
    start="""def loss(logits, labels):
    p = 1 / (1 + np.exp(-logits))
    return -np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p))""",
    solution="""def loss(logits, labels):
    softplus = np.maximum(logits, 0) + np.log1p(np.exp(-np.abs(logits)))
    return np.mean(softplus - labels * logits)""",
    properties=[_finite_and_right, _symmetric],
    cases=lambda rng: [
        (rng.normal(size=8) * 3, rng.integers(2, size=8)),
        (np.array([800.0, -800, 800, 2]), np.array([1, 0, 0, 1])),
    ],
    variants=[
        "def loss(logits, labels):\n    return np.logaddexp(0, (1 - 2 * labels) * logits).mean()"
    ],
    mistakes=[
        Mistake(
            "the sigmoid saturates",
            "1 - p is exactly 0 for a logit of 800. Insert the sigmoid into the logarithm, and "
            "simplify on paper.",
        ),
        Mistake(
            "probabilities are clipped",
            "the loss of a logit of 800 with the wrong label is 800, not the logarithm of a "
            "constant. And its gradient is then 0.",
            """def loss(logits, labels):
    p = np.clip(1 / (1 + np.exp(-logits)), 1e-7, 1 - 1e-7)
    return -np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p))""",
        ),
        Mistake(
            "class 0 costs nothing",
            "what is the loss of an example of class 0?",
            replace={"softplus - labels * logits": "labels * (softplus - logits)"},
        ),
        Mistake(
            "overflow",
            "what is `np.exp(800)`?",
            "def loss(logits, labels):\n"
            "    return np.mean(np.log(1 + np.exp(logits)) - labels * logits)",
        ),
    ],
)


# likelihood
def _finite_for_many(losses, y, mean, labels, p):
    """Both are finite for 2000 examples."""
    return unless(np.isfinite(losses(y, mean, labels, p)).all(), "at least one is not")


def _as_scipy(losses, y, mean, labels, p):
    """SciPy computes the same log-likelihoods."""
    from scipy import stats

    normal = -stats.norm.logpdf(y, mean, 1).mean()
    bernoulli = -stats.bernoulli.logpmf(labels, p).mean()
    return difference(losses(y, mean, labels, p), [normal, bernoulli], "the result")


def _observations(rng, n):
    labels = rng.integers(2, size=n)
    labels[:2] = 0, 1
    return rng.normal(size=n), rng.normal(size=n), labels, rng.uniform(0.05, 0.95, n)


LIKELIHOOD = Exercise(
    name="likelihood",
    lecture=LECTURE,
    kind="explain",
    text="Compute two mean negative log-likelihoods: of numbers `y` under normal distributions "
    "with means `mean` and standard deviation 1, and of `labels` 0 or 1 under Bernoulli "
    "distributions with probabilities `p` of a 1. Which two losses of the lecture are these?",
    start="def losses(y, mean, labels, p):\n    normal = bernoulli = ...\n"
    "    return normal, bernoulli",
    solution="""def losses(y, mean, labels, p):
    normal = np.mean((y - mean) ** 2 / 2 + np.log(2 * np.pi) / 2)
    bernoulli = -np.mean(labels * np.log(p) + (1 - labels) * np.log(1 - p))
    return normal, bernoulli""",
    properties=[_finite_for_many, _as_scipy],
    cases=lambda rng: [_observations(rng, 5), _observations(rng, 2000)],
    variants=[
        "from scipy import stats\ndef losses(y, mean, labels, p):\n"
        "    likelihoods = np.where(labels == 1, p, 1 - p)\n"
        "    return -stats.norm(mean).logpdf(y).mean(), -np.log(likelihoods).mean()"
    ],
    mistakes=[
        Mistake(
            "logarithm of a product",
            "a product of 2000 probabilities is 0 in floating point. Take the logarithms first.",
            """def losses(y, mean, labels, p):
    density = np.exp(-(y - mean) ** 2 / 2) / np.sqrt(2 * np.pi)
    likelihoods = np.where(labels == 1, p, 1 - p)
    return -np.log(density.prod()) / len(y), -np.log(likelihoods.prod()) / len(y)""",
        ),
        Mistake(
            "the factor 1/2 is missing",
            "write the normal density down: what is below the square?",
            replace={"** 2 / 2": "** 2"},
        ),
        Mistake(
            "the constant is missing",
            "it has no gradient, so training does not change; but it is part of the likelihood.",
            replace={" + np.log(2 * np.pi) / 2": ""},
        ),
        Mistake(
            "sums, not means",
            "the mean does not grow with the number of examples.",
            replace={"np.mean": "np.sum"},
        ),
        Mistake(
            "labels of 0 are ignored",
            "how good is p = 1 for all examples, according to your loss?",
            replace={" + (1 - labels) * np.log(1 - p)": ""},
        ),
    ],
)


# he-initialization
def _shape_and_mean(initialize, fan_in, fan_out, rng):
    """The weights have the shape (fan_in, fan_out) and the mean 0."""
    W = np.asarray(initialize(fan_in, fan_out, rng), float)
    if W.shape != (fan_in, fan_out):
        return f"the shape is {W.shape}"
    return unless(abs(W.mean()) < 5 * W.std() / np.sqrt(W.size), f"the mean is {W.mean():.3g}")


def _variance(initialize, fan_in, fan_out, rng):
    """The signal keeps its size: the variance is 2 / fan_in."""
    scaled = np.var(np.asarray(initialize(fan_in, fan_out, rng), float)) * fan_in
    return difference(scaled, 2, "the variance times fan_in", 0.06)


def _weight_statistics(initialize, fan_in, fan_out, rng):
    W = np.asarray(initialize(fan_in, fan_out, rng), float)
    return [*W.shape, np.round(W.mean() / W.std()), np.round(W.var() * fan_in, 1)]


HE_INITIALIZATION = Exercise(
    name="he-initialization",
    lecture=LECTURE,
    kind="write",
    text="Draw the weights (fan_in, fan_out) of a layer with ReLU such that the signal keeps its "
    "size through many layers (He initialization). `rng` is a NumPy generator.",
    start="def initialize(fan_in, fan_out, rng):\n    return ...",
    solution="def initialize(fan_in, fan_out, rng):\n"
    "    return rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))",
    properties=[_shape_and_mean, _variance],
    observe=_weight_statistics,
    cases=lambda rng: [(400, 100, rng), (50, 600, rng)],
    variants=[
        "def initialize(fan_in, fan_out, rng):\n    limit = np.sqrt(6 / fan_in)\n"
        "    return rng.uniform(-limit, limit, (fan_in, fan_out))"
    ],
    mistakes=[
        Mistake(
            "variance for the standard deviation",
            "NumPy's `normal` takes the standard deviation.",
            replace={"np.sqrt(2 / fan_in)": "2 / fan_in"},
        ),
        Mistake(
            "for tanh, not for ReLU",
            "ReLU sets half of the signal to 0. Which factor makes up for it?",
            replace={"2 / fan_in": "1 / fan_in"},
        ),
        Mistake(
            "fan_out instead of fan_in",
            "a sum has as many terms as the layer has inputs.",
            replace={"2 / fan_in": "2 / fan_out"},
        ),
        Mistake(
            "positive weights only",
            "the mean must be 0, or all units grow together.",
            replace={"normal(0, ": "uniform(0, 2 * "},
        ),
        Mistake(
            "transposed",
            "the layer computes x @ W: W has a row for each input.",
            replace={"(fan_in, fan_out))": "(fan_out, fan_in))"},
        ),
    ],
)


# batch-shapes
def _shapes_fit_the_layer(shapes):
    """Arrays of these shapes fit together in a layer, forward and backward."""
    X, W, delta = np.ones((20, 6)), np.ones((6, 4)), np.ones((20, 4))
    arrays = {
        "W": W,
        "b": delta.sum(axis=0),
        "Z": X @ W,
        "dL/dW": X.T @ delta,
        "dL/dX": delta @ W.T,
    }
    wrong = [name for name, array in arrays.items() if tuple(shapes[name]) != array.shape]
    return unless(not wrong, f"the shape of {', '.join(wrong)} does not fit")


BATCH_SHAPES = Exercise(
    name="batch-shapes",
    lecture="neural-networks",
    kind="by hand",
    text="A batch `X` of 20 examples with 6 features passes through a layer with 4 units, "
    "Z = X W + b. Which shapes have the arrays, forward and backward?",
    start="shapes = {\n"
    '    "W": ...,\n    "b": ...,\n    "Z": ...,\n    "dL/dW": ...,\n    "dL/dX": ...,\n}',
    solution='shapes = {"W": (6, 4), "b": (4,), "Z": (20, 4), "dL/dW": (6, 4), "dL/dX": (20, 6)}',
    properties=[_shapes_fit_the_layer],
    observe=lambda shapes: [size for shape in shapes.values() for size in shape],
    variants=[
        "n, n_inputs, n_units = 20, 6, 4\n"
        'shapes = {"W": (n_inputs, n_units), "b": (n_units,), "Z": (n, n_units), '
        '"dL/dW": (n_inputs, n_units), "dL/dX": (n, n_inputs)}'
    ],
    mistakes=[
        Mistake(
            "W is transposed",
            "in X W, the columns of X meet the rows of W.",
            replace={"(6, 4)": "(4, 6)"},
        ),
        Mistake(
            "a bias for each example",
            "the same biases are added to each row.",
            replace={"(4,)": "(20, 4)"},
        ),
        Mistake(
            "a gradient of another shape than its array",
            "each number of an array has one derivative.",
            replace={'"dL/dW": (6, 4)': '"dL/dW": (20, 4)', '"dL/dX": (20, 6)': '"dL/dX": (20, 4)'},
        ),
        Mistake(
            "features in place of units",
            "how many sums are computed for each example?",
            replace={'"Z": (20, 4)': '"Z": (20, 6)'},
        ),
    ],
)


# glorot-limit
def _variance_is_that_of_glorot(limit, fan_in, fan_out):
    """The variance of a uniform number between -limit and limit is 2 / (fan_in + fan_out)."""
    points = (np.arange(100_000) + 0.5) / 100_000
    variance = np.mean((limit(fan_in, fan_out) * (2 * points - 1)) ** 2)
    return difference(variance, 2 / (fan_in + fan_out), "the variance", 1e-3)


GLOROT_LIMIT = Exercise(
    name="glorot-limit",
    lecture=LECTURE,
    kind="by hand",
    text="Weights are drawn uniformly between $-r$ and $r$, and their variance shall be that of "
    "Glorot, 2 / (fan_in + fan_out). A uniform number between $-r$ and $r$ has the variance "
    "$r^2 / 3$. Return $r$.",
    start="def limit(fan_in, fan_out):\n    return ...",
    solution="def limit(fan_in, fan_out):\n    return np.sqrt(6 / (fan_in + fan_out))",
    properties=[_variance_is_that_of_glorot],
    cases=lambda rng: [(100, 100), (784, 512), tuple(map(int, rng.integers(5, 300, 2)))],
    variants=[
        "def limit(fan_in, fan_out):\n    variance = 2 / (fan_in + fan_out)\n"
        "    return (3 * variance) ** 0.5"
    ],
    mistakes=[
        Mistake(
            "the standard deviation in place of the limit",
            "most numbers between -r and r are nearer to 0 than r.",
            replace={"6 /": "2 /"},
        ),
        Mistake(
            "no square root",
            "r has the unit of a weight, the variance that of its square.",
            replace={"np.sqrt(6 / (fan_in + fan_out))": "6 / (fan_in + fan_out)"},
        ),
        Mistake(
            "only the inputs are counted",
            "Glorot is a compromise between the forward and the backward pass.",
            replace={"6 / (fan_in + fan_out)": "3 / fan_in"},
        ),
        Mistake(
            "He instead of Glorot",
            "which rule is made for ReLU?",
            replace={"6 / (fan_in + fan_out)": "6 / fan_in"},
        ),
    ],
)


# accuracy-of-logits
def _as_counted_one_by_one(accuracy, logits, y):
    """The accuracy is the fraction of examples whose predicted class is the label."""
    n_right = 0
    for (logit,), label in zip(logits, y, strict=True):
        n_right += (1 / (1 + np.exp(-logit)) > 0.5) == label
    return difference(accuracy(logits, y), n_right / len(y), "the accuracy")


def _between_0_and_1(accuracy, logits, y):
    """It is 1 if all predictions are right, and 0 if all are wrong."""
    right = np.where(y[:, None] == 1, 0.2, -0.2)
    return difference([accuracy(right, y), accuracy(-right, y)], [1, 0], "the accuracy")


def _logits_and_labels(rng):
    logits = np.concatenate([rng.normal(size=37), [0.1, 0.3, 0.4]])
    return rng.permutation(logits)[:, None], (rng.random(40) < 0.3).astype(int)


ACCURACY_OF_LOGITS = Exercise(
    name="accuracy-of-logits",
    lecture="classifying-digits",
    kind="fix",
    text="`logits` (n, 1) are the outputs of a network without its sigmoid, `y` (n,) are the "
    "labels 0 or 1. Return the accuracy. This code has two bugs. What is the shape of "
    "`logits > 0.5`, and of the comparison with `y`?",
    start="def accuracy(logits, y):\n    return np.mean((logits > 0.5) == y)",
    solution="def accuracy(logits, y):\n    return np.mean((logits[:, 0] > 0) == y)",
    properties=[_between_0_and_1, _as_counted_one_by_one],
    cases=lambda rng: [_logits_and_labels(rng), _logits_and_labels(rng)],
    variants=[
        """def accuracy(logits, y):
    p = 1 / (1 + np.exp(-np.ravel(logits)))
    return np.mean(np.round(p) == y)""",
        "def accuracy(logits, y):\n    return np.mean((logits > 0) == y[:, None])",
    ],
    mistakes=[
        Mistake(
            "threshold and shape",
            "(n, 1) and (n,) are compared as n rows with n columns. And which logit has the "
            "probability 0.5?",
        ),
        Mistake(
            "the threshold of a probability",
            "which logit has the probability 0.5?",
            replace={"> 0)": "> 0.5)"},
        ),
        Mistake(
            "each prediction is compared with each label",
            "(n, 1) and (n,) are compared as n rows with n columns.",
            replace={"logits[:, 0]": "logits"},
        ),
        Mistake(
            "the classes are exchanged",
            "which class has a positive logit?",
            replace={"> 0)": "< 0)"},
        ),
        Mistake(
            "fraction of predicted ones",
            "with what are the predictions compared?",
            replace={" == y": ""},
        ),
    ],
)


# sum-and-mean
def _gives_the_same_step(answer):
    """The step has the same length as with the mean over 50 images."""
    gradient_of_one = 1.7
    expected = 0.05 * np.mean(np.full(50, gradient_of_one))
    step = float(answer) * np.sum(np.full(200, gradient_of_one))
    return unless(np.isclose(step, expected, 0.01), f"it is {step / expected:.4g} times as long")


SUM_AND_MEAN = Exercise(
    name="sum-and-mean",
    lecture="classifying-digits",
    kind="by hand",
    text="A network is trained with the *mean* loss of batches of 50 images, and the learning "
    "rate 0.05. Now the loss is the *sum* over batches of 200 images. Assume that the mean "
    "gradient of 200 images is that of 50 images. Which learning rate gives the same steps?",
    start="learning_rate = ...",
    solution="learning_rate = 0.05 / 200",
    properties=[_gives_the_same_step],
    variants=["learning_rate = 0.00025", "learning_rate = 2.5e-4"],
    mistakes=[
        Mistake(
            "the old batch size",
            "how many gradients does the new sum have?",
            "learning_rate = 0.05 / 50",
        ),
        Mistake(
            "the ratio of the batch sizes",
            "you changed the batch size, but not the reduction.",
            "learning_rate = 0.05 / 4",
        ),
        Mistake(
            "in the wrong direction",
            "is a sum larger or smaller than a mean?",
            "learning_rate = 0.05 * 200",
        ),
        Mistake(
            "unchanged",
            "how many times as large as the mean is the sum?",
            "learning_rate = 0.05",
        ),
        Mistake(
            "the batch size twice",
            "does the mean over 50 images depend on the 50?",
            "learning_rate = 0.05 / 50 / 200",
        ),
    ],
)

EXERCISES = [
    COUNT_PARAMETERS,
    SOFTMAX,
    CROSS_ENTROPY,
    BINARY_CROSS_ENTROPY,
    LIKELIHOOD,
    HE_INITIALIZATION,
    BATCH_SHAPES,
    GLOROT_LIMIT,
    ACCURACY_OF_LOGITS,
    SUM_AND_MEAN,
]
