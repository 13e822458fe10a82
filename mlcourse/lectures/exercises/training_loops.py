"""Exercises on training loops and layers."""

import numpy as np

from mlcourse.lectures.exercises import keras_reference
from mlcourse.lectures.exercises.exercise import (
    Exercise,
    Mistake,
    difference,
    numerical_gradient,
    unless,
)

LECTURE = "neural-network-from-scratch"


# overfit-one-batch
def _one_batch(rng):
    return [(rng.normal(size=(8, 20)), np.arange(8) % 2, np.zeros(20), 0.0)]


def _starts_at_ln_2(train, X, y, w, b):
    """The first loss is that of equal probabilities, ln 2."""
    return difference(train(X, y, w, b, 1.0, 10)[2][0], np.log(2), "the first loss")


def _falls_at_each_step(train, X, y, w, b):
    """With a small learning rate the loss falls at each step."""
    losses = train(X, y, w, b, 0.05, 50)[2]
    return unless((np.diff(losses) < 0).all(), "it does not")


def _first_step_is_right(train, X, y, w, b):
    """A step goes against the gradient of the loss, with the given learning rate."""
    weights = np.append(X[0] / 5, 0.2)  # the bias is the last one

    def loss():
        p = 1 / (1 + np.exp(-(X @ weights[:-1] + weights[-1])))
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    expected = weights - 0.3 * numerical_gradient(loss, weights)
    w_1, b_1, _ = train(X, y, weights[:-1], weights[-1], 0.3, 1)
    if problem := difference(w_1, expected[:-1], "a weight"):
        return problem
    return difference(b_1, expected[-1], "the bias")


def _memorizes_the_batch(train, X, y, w, b):
    """After 300 steps the loss is below 0.02."""
    loss = train(X, y, w, b, 1.0, 300)[2][-1]
    return unless(loss < 0.02, f"it is {loss:.3g}")


def _resumes(train, X, y, w, b):
    """Four steps and six more are ten steps."""
    w_4, b_4, _ = train(X, y, w, b, 1.0, 4)
    resumed = train(X, y, w_4, b_4, 1.0, 6)[0]
    return difference(resumed, train(X, y, w, b, 1.0, 10)[0], "a weight")


def _repeated_batch_is_the_same(train, X, y, w, b):
    """A batch with each example twice makes the same steps."""
    twice = train(np.tile(X, (2, 1)), np.tile(y, 2), w, b, 1.0, 10)[0]
    return difference(twice, train(X, y, w, b, 1.0, 10)[0], "a weight")


TRAIN = """def train(X, y, w, b, learning_rate, steps):
    losses = []
    for _ in range(steps):
        p = 1 / (1 + np.exp(-(X @ w + b)))
        losses.append(-np.mean(y * np.log(p + 1e-12) + (1 - y) * np.log(1 - p + 1e-12)))
        error = (p - y) / len(y)
        w = w - learning_rate * X.T @ error
        b = b - learning_rate * error.sum()
    return w, b, losses"""
OVERFIT_ONE_BATCH = Exercise(
    name="overfit-one-batch",
    lecture=LECTURE,
    kind="fix",
    text="The first test of a training loop: can it memorize 8 examples? This logistic regression "
    "cannot. Find the bug.",
    start=TRAIN.replace("w = w - learning", "w = w + learning"),
    solution=TRAIN,
    properties=[
        _starts_at_ln_2,
        _falls_at_each_step,
        _first_step_is_right,
        _memorizes_the_batch,
        _resumes,
        _repeated_batch_is_the_same,
    ],
    observe=lambda train, X, y, w, b: train(X, y, w, b, 1.0, 12),
    cases=_one_batch,
    variants=[
        TRAIN.replace("X.T @ error", "np.sum(X * error[:, None], axis=0)").replace(
            "-(X @", "-1.0 * (X @"
        )
    ],
    mistakes=[
        Mistake(
            "weights go uphill",
            "the bias goes down, the weights go up.",
        ),
        Mistake(
            "uphill",
            "against the gradient, or along it?",
            replace={"w = w - learning": "w = w + learning", "b = b - ": "b = b + "},
        ),
        Mistake(
            "1/n is missing",
            "the loss is a mean: is the step twice as long if each example is there twice?",
            replace={" / len(y)\n": "\n"},
        ),
        Mistake(
            "gradients accumulate",
            "the gradients of all earlier steps are still in this one.",
            replace={
                "    losses = []": "    losses = []\n    total = 0",
                "w = w - learning_rate * X.T @ error": "total = total + X.T @ error\n"
                "        w = w - learning_rate * total",
            },
        ),
        Mistake(
            "the gradient of the start",
            "the gradient is always that of the first weights.",
            replace={
                "    losses = []": "    losses = []\n    p_0 = 1 / (1 + np.exp(-(X @ w + b)))",
                "error = (p - y)": "error = (p_0 - y)",
            },
        ),
        Mistake(
            "one gradient for all weights",
            "each weight has its own gradient.",
            replace={"* X.T @ error": "* np.mean(X.T @ error)"},
        ),
        Mistake(
            "the bias is not trained",
            "how many parameters has the model, and which of them change?",
            replace={"        b = b - learning_rate * error.sum()\n": ""},
        ),
        Mistake(
            "1/n twice",
            "the error is divided by n already.",
            replace={"X.T @ error": "X.T @ error / len(y)"},
        ),
    ],
)


# minibatches
def _batch_case(rng):
    return [(23, 5, rng), (12, 4, rng)]


def _each_example_once(batches, n, batch_size, rng):
    """In an epoch each example is in one batch."""
    used = np.concatenate([np.ravel(batch) for batch in batches(n, batch_size, rng)])
    missing = len(set(range(n)) - set(used.tolist()))
    return unless(len(used) == n and not missing, f"{missing} of {n} are missing, {len(used)} used")


def _sizes_are_right(batches, n, batch_size, rng):
    """All batches but the last have batch_size examples."""
    sizes = [len(batch) for batch in batches(n, batch_size, rng)]
    expected = [batch_size] * (n // batch_size) + [n % batch_size] * (n % batch_size > 0)
    return unless(sizes == expected, f"the sizes are {sizes}")


def _new_order_in_each_epoch(batches, n, batch_size, rng):
    """Each epoch has another order."""
    epochs = [np.concatenate(list(batches.call_in_place(n, batch_size, rng))) for _ in range(2)]
    ordered = any(np.array_equal(epoch, np.arange(n)) for epoch in epochs)
    return unless(not ordered and not np.array_equal(*epochs), "it has not")


def _other_batches_in_each_epoch(batches, n, batch_size, rng):
    """Each epoch has other batches, not only another order of the same ones."""
    first, second = (_groups(batches.call_in_place(n, batch_size, rng)) for _ in range(2))
    return unless(first != second, "the same examples are together in each epoch")


def _groups(batches):
    """Return the examples of each batch, without their order."""
    return {frozenset(np.ravel(batch).tolist()) for batch in batches}


def _batch_facts(batches, n, batch_size, rng):
    first, second = (list(batches.call_in_place(n, batch_size, rng)) for _ in range(2))
    indices = np.concatenate(first)
    sizes = [len(batch) for batch in first]
    is_ordered = np.array_equal(np.sort(indices), indices)
    same = np.array_equal(indices, np.concatenate(second))
    same_groups = _groups(first) == _groups(second)
    return [sizes, [len(set(indices.tolist())) == len(indices), is_ordered, same, same_groups]]


MINIBATCHES = Exercise(
    name="minibatches",
    lecture=LECTURE,
    kind="write",
    text="Return the batches of an epoch as a list of index arrays: a new random order in each "
    "epoch, each of `n` examples once, `batch_size` in each batch, the rest in the last one.",
    start="def batches(n, batch_size, rng):\n    return ...",
    solution="""def batches(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]""",
    properties=[
        _each_example_once,
        _sizes_are_right,
        _new_order_in_each_epoch,
        _other_batches_in_each_epoch,
    ],
    observe=_batch_facts,
    cases=_batch_case,
    variants=[
        "def batches(n, batch_size, rng):\n"
        "    return np.split(rng.permutation(n), np.arange(batch_size, n, batch_size))"
    ],
    mistakes=[
        Mistake(
            "not shuffled",
            "if the data are sorted by class, each batch has one class.",
            replace={"rng.permutation(n)": "np.arange(n)"},
        ),
        Mistake(
            "the last batch is dropped",
            "the remaining examples are a batch, too.",
            replace={"range(0, n, batch_size)": "range(0, n - batch_size + 1, batch_size)"},
        ),
        Mistake(
            "the same order in each epoch",
            "a generator with a fixed seed repeats itself.",
            replace={"rng.permutation": "np.random.default_rng(0).permutation"},
        ),
        Mistake(
            "the batches overlap",
            "where does the second batch start?",
            replace={"range(0, n, batch_size)": "range(0, n - batch_size + 1)"},
        ),
        Mistake(
            "sampled with replacement",
            "some examples are drawn twice in an epoch, others never.",
            replace={"rng.permutation(n)": "rng.integers(n, size=n)"},
        ),
        Mistake(
            "the same batches in each epoch",
            "only the order within a batch is new. Which examples can be together?",
            """def batches(n, batch_size, rng):
    groups = np.split(np.arange(n), range(batch_size, n, batch_size))
    return [rng.permutation(group) for group in groups]""",
        ),
        Mistake(
            "an empty batch",
            "what if batch_size divides n?",
            replace={"range(0, n, batch_size)": "range(0, n + 1, batch_size)"},
        ),
    ],
)


# dropout
def _identity_in_prediction(dropout, x, rng):
    """Without training it changes nothing."""
    return difference(dropout(x, 0.3, False, rng)[0], x, "the output")


def _mean_is_kept(dropout, x, rng):
    """In training the mean stays the same."""
    means = [np.mean(dropout(np.ones((200, 500)), rate, True, rng)[0]) for rate in (0.1, 0.5)]
    return difference(means, [1, 1], "the mean", 0.02)


def _fraction_is_dropped(dropout, x, rng):
    """A fraction `rate` of the values is 0."""
    output = np.asarray(dropout(np.ones((200, 500)), 0.2, True, rng)[0])
    return difference(np.mean(output == 0), 0.2, "the fraction", 0.05)


def _factor_is_the_slope(dropout, x, rng):
    """The factor of the backward pass is the slope of the forward pass."""
    output, factor = dropout(x, 0.3, True, rng)
    return difference(factor * x, output, "factor times input")


def _dropout_statistics(dropout, x, rng):
    ones = np.ones((200, 500))
    statistics = []
    for training in (True, False):
        output, factor = (np.asarray(part, float) for part in dropout(ones, 0.2, training, rng))
        numbers = [output.mean(), np.mean(output == 0), factor.mean(), np.allclose(output, factor)]
        statistics.append(np.round(numbers, 1))
    return statistics


DROPOUT = Exercise(
    name="dropout",
    lecture="model-selection",
    kind="write",
    text="Dropout: in training, set a fraction `rate` of the inputs to 0, and scale the others "
    "such that the mean stays the same. Return the output, and the factor by which the backward "
    "pass multiplies each gradient.",
    start="def dropout(x, rate, training, rng):\n    output = factor = ...\n"
    "    return output, factor",
    solution="""def dropout(x, rate, training, rng):
    if not training:
        return x, np.ones_like(x)
    factor = (rng.random(x.shape) >= rate) / (1 - rate)
    return x * factor, factor""",
    properties=[
        _identity_in_prediction,
        _mean_is_kept,
        _fraction_is_dropped,
        _factor_is_the_slope,
    ],
    observe=_dropout_statistics,
    cases=lambda rng: [(rng.normal(size=(20, 30)) + 3, rng)],
    variants=[
        """def dropout(x, rate, training, rng):
    factor = rng.binomial(1, 1 - rate, x.shape) / (1 - rate) if training else np.ones(x.shape)
    return factor * x, factor"""
    ],
    mistakes=[
        Mistake(
            "scaled by 1/rate",
            "if a tenth is dropped, should the others become ten times as large?",
            replace={"/ (1 - rate)": "/ rate"},
        ),
        Mistake(
            "not scaled",
            "in training the next layer gets less than in prediction.",
            replace={" / (1 - rate)": " * 1.0"},
        ),
        Mistake(
            "kept and dropped are exchanged",
            "you keep what should be dropped.",
            replace={">= rate": "< rate"},
        ),
        Mistake(
            "no mask in the backward pass",
            "a unit that was dropped has no effect on the loss.",
            replace={"x * factor, factor": "x * factor, np.ones_like(x) / (1 - rate)"},
        ),
        Mistake(
            "active in prediction",
            "two predictions for the same image must be equal.",
            replace={"    if not training:\n        return x, np.ones_like(x)\n": ""},
        ),
    ],
)


# batch-norm
def _as_keras_normalizes(batch_norm, x, gamma, beta):
    """Keras computes the same output."""
    expected = keras_reference.batch_norm(x, gamma, beta)
    return difference(batch_norm(x, gamma, beta), expected, "the output", 2e-3)


def _shift_and_scale_are_irrelevant(batch_norm, x, gamma, beta):
    """Another mean of the inputs changes nothing."""
    return difference(batch_norm(x + 5, gamma, beta), batch_norm(x, gamma, beta), "the output")


BATCH_NORM = Exercise(
    name="batch-norm",
    lecture="model-selection",
    kind="write",
    text="Batch normalization in training: normalize each unit of `x` (n, units) over the batch, "
    "with 0.001 added to the variance; then scale by `gamma` and shift by `beta` (units,).",
    start="def batch_norm(x, gamma, beta):\n    return ...",
    solution="""def batch_norm(x, gamma, beta):
    mean, variance = x.mean(axis=0), x.var(axis=0)
    return gamma * (x - mean) / np.sqrt(variance + 0.001) + beta""",
    properties=[_shift_and_scale_are_irrelevant, _as_keras_normalizes],
    cases=lambda rng: [
        (rng.normal(2, 3, (16, 5)), rng.uniform(0.5, 2, 5), rng.normal(size=5)),
    ],
    variants=[
        """def batch_norm(x, gamma, beta):
    centered = x - np.mean(x, 0)
    return centered * gamma * (np.mean(centered**2, 0) + 0.001) ** -0.5 + beta"""
    ],
    mistakes=[
        Mistake(
            "normalized over the units",
            "this is layer normalization. Which axis has the examples?",
            replace={
                "x.mean(axis=0), x.var(axis=0)": "x.mean(axis=1)[:, None], x.var(axis=1)[:, None]"
            },
        ),
        Mistake(
            "the root is missing",
            "the output should have variance 1 before gamma.",
            replace={"np.sqrt(variance + 0.001)": "(variance + 0.001)"},
        ),
        Mistake(
            "gamma and beta are missing",
            "with mean 0 and variance 1 only, the layer would lose expressiveness.",
            replace={"gamma * ": "", " + beta": ""},
        ),
        Mistake(
            "beta is scaled, too",
            "scale first, then shift.",
            replace={
                "gamma * (x - mean)": "gamma * ((x - mean)",
                " + beta": " + beta)",
            },
        ),
        Mistake(
            "one mean for all units",
            "each unit has its own mean and variance.",
            replace={"axis=0": ""},
        ),
    ],
)


# gradient-clipping
def _gradients(rng):
    large = [rng.normal(size=(3, 2)) * 9, rng.normal(size=2)]
    return [(large, 1.0), ([0.01 * part for part in large], 1.0), ([rng.normal(size=4) * 3], 0.5)]


def _norm(gradients):
    return np.sqrt(sum(np.sum(np.square(part)) for part in gradients))


def _norm_is_limited(clip, gradients, max_norm):
    """The norm of all gradients together is at most max_norm."""
    norm = _norm(clip(gradients, max_norm))
    return unless(norm <= max_norm * 1.0001, f"it is {norm:.3g} for max_norm = {max_norm}")


def _direction_is_kept(clip, gradients, max_norm):
    """The direction stays the same, and small gradients are unchanged."""
    factor = min(1, max_norm / _norm(gradients))
    for clipped, gradient in zip(clip(gradients, max_norm), gradients, strict=True):
        if problem := difference(clipped, factor * gradient, "a gradient"):
            return problem
    return None


GRADIENT_CLIPPING = Exercise(
    name="gradient-clipping",
    lecture="optimizers",
    kind="fix",
    text="Limit the norm of all gradients together to `max_norm`, and keep their direction. "
    "`gradients` is a list of arrays. This code changes the direction.",
    start="def clip(gradients, max_norm):\n"
    "    return [np.clip(part, -max_norm, max_norm) for part in gradients]",
    solution="""def clip(gradients, max_norm):
    norm = np.sqrt(sum(np.sum(part**2) for part in gradients))
    factor = min(1, max_norm / norm)
    return [factor * part for part in gradients]""",
    properties=[_norm_is_limited, _direction_is_kept],
    cases=_gradients,
    variants=[
        """def clip(gradients, max_norm):
    norm = np.linalg.norm(np.concatenate([np.ravel(part) for part in gradients]))
    return [part / max(1, norm / max_norm) for part in gradients]"""
    ],
    mistakes=[
        Mistake(
            "each number is clipped",
            "large numbers shrink and small ones do not: the direction changes.",
        ),
        Mistake(
            "each array is clipped by its own norm",
            "the limit is for all gradients together.",
            """def clip(gradients, max_norm):
    return [part * min(1, max_norm / np.linalg.norm(part)) for part in gradients]""",
        ),
        Mistake(
            "small gradients grow",
            "a gradient whose norm is below the limit must not change.",
            replace={"min(1, max_norm / norm)": "max_norm / norm"},
        ),
        Mistake(
            "the root is missing",
            "the norm is the root of the sum of squares.",
            replace={
                "np.sqrt(sum(np.sum(part**2) for part in "
                "gradients))": "sum(np.sum(part**2) for part in gradients)"
            },
        ),
    ],
)


# independent-copies
def _two_models(train_from, seeds):
    def fit(weights, seed):
        weights += np.random.default_rng(seed).normal(size=weights.shape)
        return weights

    start = np.arange(4.0)
    models = train_from.call_in_place(start, fit, seeds)
    return [np.array(model) for model in models], start


def _each_starts_at_the_same_weights(train_from, seeds):
    """Each model is the start plus its own training."""
    models, _ = _two_models(train_from, seeds)
    expected = [np.arange(4.0) + np.random.default_rng(seed).normal(size=4) for seed in seeds]
    return difference(models, expected, "a weight")


def _start_is_unchanged(train_from, seeds):
    """The initial weights are the same afterwards."""
    return difference(_two_models(train_from, seeds)[1], np.arange(4.0), "an initial weight")


def _models_and_start(train_from, seeds):
    return list(_two_models(train_from, seeds))


INDEPENDENT_COPIES = Exercise(
    name="independent-copies",
    lecture="classifying-digits",
    kind="fix",
    text="Train models from the same initial weights with several seeds. `fit(weights, seed)` "
    "changes the array in place and returns it. All models turn out to be equal. Why?",
    start="""def train_from(start, fit, seeds):
    models = [start] * len(seeds)
    return [fit(weights, seed) for weights, seed in zip(models, seeds)]""",
    solution="""def train_from(start, fit, seeds):
    models = [start.copy() for _ in seeds]
    return [fit(weights, seed) for weights, seed in zip(models, seeds)]""",
    properties=[_each_starts_at_the_same_weights, _start_is_unchanged],
    observe=_models_and_start,
    cases=lambda rng: [([int(seed) for seed in rng.integers(1000, size=3)],)],
    variants=[
        "import copy\ndef train_from(start, fit, seeds):\n"
        "    return [fit(copy.deepcopy(start), seed) for seed in seeds]"
    ],
    mistakes=[
        Mistake(
            "several names for one array",
            "`[start] * 3` is a list of three references to one array, and a slice of an array "
            "shares its memory.",
        ),
        Mistake(
            "one copy for all models",
            "the initial weights are safe, but the models still share one array.",
            replace={"[start.copy() for _ in seeds]": "[start.copy()] * len(seeds)"},
        ),
        Mistake(
            "each model continues the previous one",
            "the second model must not start where the first one ended.",
            """def train_from(start, fit, seeds):
    models = [start]
    for seed in seeds:
        models.append(fit(models[-1].copy(), seed))
    return models[1:]""",
        ),
        Mistake(
            "the same seed for all models",
            "the copies are independent, but are they trained differently?",
            replace={"fit(weights, seed)": "fit(weights, seeds[0])"},
        ),
        Mistake(
            "copied after the training",
            "the second training starts where the first one ended. When must the copy be made?",
            """def train_from(start, fit, seeds):
    return [fit(start, seed).copy() for seed in seeds]""",
        ),
    ],
)

EXERCISES = [
    OVERFIT_ONE_BATCH,
    MINIBATCHES,
    DROPOUT,
    BATCH_NORM,
    GRADIENT_CLIPPING,
    INDEPENDENT_COPIES,
]
