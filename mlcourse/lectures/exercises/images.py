"""Exercises on images, residual networks and evaluation, for the lecture on image recognition."""

import numpy as np

from mlcourse.lectures.exercises import keras_reference
from mlcourse.lectures.exercises.exercise import (
    Exercise,
    Mistake,
    difference,
    numerical_gradient,
    unless,
)

LECTURE = "image-recognition"


# split-before-augmenting
def _labeled_images(rng):
    images = np.arange(1.0, 41)[:, None, None] * np.array([[1.0, 2], [3, 5]])
    return images, rng.integers(2, size=40), 10, rng


def _ids(images):
    """Return the number of the original of each image; a flipped image has the same."""
    return np.min(np.asarray(images).reshape(len(images), -1), axis=1).round().astype(int).tolist()


def _number_of_flips(images, X):
    """Return how many images are the horizontal flip of their original."""
    pairs = zip(_ids(images), images, strict=True)
    return sum(np.array_equal(image, X[i - 1][:, ::-1]) for i, image in pairs)


def _nothing_leaks(prepare, X, y, n_val, rng):
    """No validation image is in the training set, not even flipped."""
    X_train, _, X_val, _ = prepare(X, y, n_val, rng)
    n_shared = len(set(_ids(X_train)) & set(_ids(X_val)))
    return unless(n_shared == 0, f"{n_shared} of {len(X_val)} are")


def _validation_images_are_originals(prepare, X, y, n_val, rng):
    """The validation set has n_val different originals."""
    _, _, X_val, _ = prepare(X, y, n_val, rng)
    pairs = zip(_ids(X_val), X_val, strict=True)
    originals = all(np.array_equal(image, X[i - 1]) for i, image in pairs)
    return unless(originals and len(X_val) == n_val == len(set(_ids(X_val))), "it has not")


def _all_others_are_trained_on(prepare, X, y, n_val, rng):
    """Each other image is in the training set as it is and flipped, with its label."""
    X_train, y_train, _, _ = prepare(X, y, n_val, rng)
    n_different = len(np.unique(np.asarray(X_train).reshape(len(X_train), -1), axis=0))
    if n_different != 2 * (len(X) - n_val):
        return f"there are {n_different} different images"
    if _number_of_flips(X_train, X) != len(X) - n_val:
        return "they are not flipped from left to right"
    labels = [y[i - 1] for i in _ids(X_train)]
    return unless(np.array_equal(labels, y_train), "some labels are those of other images")


def _split_facts(prepare, X, y, n_val, rng):
    X_train, _, X_val, _ = prepare(X, y, n_val, rng)
    different = len(np.unique(np.asarray(X_train).reshape(len(X_train), -1), axis=0))
    shared = bool(set(_ids(X_train)) & set(_ids(X_val)))
    counts = [0, 0] if shared else [different, _number_of_flips(X_train, X)]
    return [shared, len(X_val), len(X_train), *counts]


SPLIT = """def prepare(X, y, n_val, rng):
    order = rng.permutation(len(X))
    val, train = order[:n_val], order[n_val:]
    X_train = np.concatenate([X[train], X[train][:, :, ::-1]])
    y_train = np.concatenate([y[train], y[train]])
    return X_train, y_train, X[val], y[val]"""
LEAKY_SPLIT = """def prepare(X, y, n_val, rng):
    X = np.concatenate([X, X[:, :, ::-1]])
    y = np.concatenate([y, y])
    order = rng.permutation(len(X))
    val, train = order[:n_val], order[n_val:]
    return X[train], y[train], X[val], y[val]"""
SPLIT_BEFORE_AUGMENTING = Exercise(
    name="split-before-augmenting",
    lecture=LECTURE,
    kind="fix",
    text="This function adds the horizontal flip of each image, and holds out `n_val` images. The "
    "validation accuracy is too high. Why? Hold out originals only, and add flips to the training "
    "set.",
    start=LEAKY_SPLIT,
    solution=SPLIT,
    properties=[_nothing_leaks, _validation_images_are_originals, _all_others_are_trained_on],
    observe=_split_facts,
    cases=lambda rng: [_labeled_images(rng)],
    variants=[
        """def prepare(X, y, n_val, rng):
    held_out = np.isin(np.arange(len(X)), rng.choice(len(X), n_val, replace=False))
    X_train = np.concatenate([X[~held_out], np.flip(X[~held_out], axis=2)])
    return X_train, np.tile(y[~held_out], 2), X[held_out], y[held_out]"""
    ],
    mistakes=[
        Mistake(
            "augmented before the split",
            "many validation images have their flip in the training set.",
        ),
        Mistake(
            "validation images are flipped, too",
            "validation should tell how good the network is on images as they are.",
            replace={
                "X[val], y[val]": "np.concatenate([X[val], X[val][:, :, ::-1]]), np.tile(y[val], 2)"
            },
        ),
        Mistake(
            "the originals are gone",
            "the training set has flipped images only.",
            replace={"[X[train], X[train][:, :, ::-1]]": "[X[train][:, :, ::-1]] * 2"},
        ),
        Mistake(
            "not augmented",
            "the split is right, but the training set has no flipped image.",
            replace={"[X[train], X[train][:, :, ::-1]]": "[X[train], X[train]]"}
            | {"[X[train], X[train]]": "[X[train]]", "[y[train], y[train]]": "[y[train]]"},
        ),
        Mistake(
            "vertical flip",
            "which axis goes from left to right?",
            replace={"[:, :, ::-1]": "[:, ::-1]"},
        ),
        Mistake(
            "the order of the images is reversed",
            "which axis does `[::-1]` reverse?",
            replace={"[:, :, ::-1]": "[::-1]"},
        ),
    ],
)


# random-flip
def _flip_examples(rng):
    images = rng.random((200, 4, 6, 3))
    return images, rng


def _equal_images(images, others):
    """Return for each image whether it equals the other one."""
    images = np.asarray(images, float)
    if images.shape != others.shape:
        raise ValueError(f"the images must have shape {others.shape}, not {images.shape}")
    return (images == others).all(axis=(1, 2, 3))


def _calls(flip, images, rng, n_calls):
    """Return the results of several calls, each with another generator."""
    seeds = rng.integers(2**32, size=n_calls)
    return [flip(images, np.random.default_rng(seed)) for seed in seeds]


def _images_stay_in_place(flip, images, rng):
    """Image i of the result is image i, or its horizontal flip."""
    result = flip(images, rng)
    are_right = _equal_images(result, images) | _equal_images(result, images[:, :, ::-1])
    return unless(are_right.all(), f"{np.sum(~are_right)} of {len(images)} are neither")


def _half_are_flipped(flip, images, rng):
    """In each call about half of the images are flipped."""
    fraction = _equal_images(flip(images, rng), images[:, :, ::-1]).mean()
    return unless(0.3 < fraction < 0.7, f"it is {fraction:.0%}")


def _other_images_next_time(flip, images, rng):
    """Two calls flip different images."""
    first, second = (_equal_images(result, images) for result in _calls(flip, images, rng, 2))
    return unless((first != second).any(), "they flip the same ones")


def _flip_facts(flip, images, rng):
    """Return which changes occur, and whether they depend on the image and on the call."""
    horizontal = images[:, :, ::-1]
    kinds = images, horizontal, images[:, ::-1], images[::-1], images[..., ::-1]
    results = _calls(flip, images, rng, 12)
    flipped = np.array([_equal_images(result, horizontal) for result in results])
    occurs = [any(_equal_images(result, kind).any() for result in results) for kind in kinds]
    same_in_batch = (flipped == flipped[:, :1]).all()
    same_in_calls = (flipped == flipped[:1]).all()
    return [*occurs, same_in_batch, same_in_calls]


RANDOM_FLIP = Exercise(
    name="random-flip",
    lecture=LECTURE,
    kind="fix",
    text="Augment a batch of `images` (n, height, width, channels): flip each of them from left to "
    "right with probability 1/2. The labels stay as they are. This code does not give each image "
    "its own chance.",
    start="def flip(images, rng):\n    if rng.random() < 0.5:\n"
    "        return images[:, :, ::-1]\n    return images",
    solution="""def flip(images, rng):
    is_flipped = rng.random(len(images)) < 0.5
    return np.where(is_flipped[:, None, None, None], images[:, :, ::-1], images)""",
    properties=[_images_stay_in_place, _half_are_flipped, _other_images_next_time],
    observe=_flip_facts,
    cases=lambda rng: [_flip_examples(rng)],
    variants=[
        "def flip(images, rng):\n    result = images.copy()\n    for i in range(len(images)):\n"
        "        if rng.integers(2):\n            result[i] = np.fliplr(images[i])\n"
        "    return result"
    ],
    mistakes=[
        Mistake(
            "one decision for all images",
            "the whole batch is flipped, or no image. How many random numbers do you need?",
        ),
        Mistake(
            "vertical flip",
            "which axis goes from left to right?",
            replace={"[:, :, ::-1]": "[:, ::-1]"},
        ),
        Mistake(
            "other images, not flipped ones",
            "which axis does `[::-1]` reverse? The labels would belong to other images.",
            replace={"images[:, :, ::-1]": "images[::-1]"},
        ),
        Mistake(
            "red and blue are exchanged",
            "what is on the last axis?",
            replace={"[:, :, ::-1]": "[..., ::-1]"},
        ),
        Mistake(
            "the same images in each epoch",
            "if every second image is always flipped, the network sees only one version of each.",
            replace={"rng.random(len(images)) < 0.5": "np.arange(len(images)) % 2 == 0"},
        ),
        Mistake(
            "each pixel decides for itself",
            "an image is flipped as a whole.",
            replace={
                "rng.random(len(images))": "rng.random(images.shape)",
                "is_flipped[:, None, None, None]": "is_flipped",
            },
        ),
    ],
)


# label-smoothing
def _sum_is_1(targets):
    """The targets of all ten classes add up to 1."""
    true_class, other_class, _ = targets
    return difference(true_class + 9 * other_class, 1, "the sum", 1e-3)


def _no_prediction_is_better(targets):
    """No prediction has a lower loss in Keras than the targets themselves."""
    true_class, other_class, lowest_loss = targets
    confidences = np.linspace(0.8, 0.99, 20)
    losses = [keras_reference.smoothed_crossentropy(p, 10, 0.1) for p in confidences]
    best = confidences[np.argmin(losses)]
    problem = difference([true_class, other_class], [best, (1 - best) / 9], "a target", 1e-3)
    return problem or difference(lowest_loss, np.min(losses), "the lowest loss", 1e-3)


def _smoothing_facts(targets):
    true_class, other_class, lowest_loss = targets
    are_right = np.allclose([true_class, other_class], [0.91, 0.01])
    return [lowest_loss] if are_right else [true_class, other_class]


LABEL_SMOOTHING = Exercise(
    name="label-smoothing",
    lecture=LECTURE,
    kind="by hand",
    text="Ten classes, label smoothing with alpha = 0.1. Give the target of the true class, the "
    "target of each other class, and the lowest cross-entropy (natural logarithm) that a "
    "prediction can have.",
    start="targets = true_class, other_class, lowest_loss = ..., ..., ...",
    solution="a, b = 0.9 + 0.1 / 10, 0.1 / 10\ntargets = a, b, -a * np.log(a) - 9 * b * np.log(b)",
    properties=[_sum_is_1, _no_prediction_is_better],
    observe=_smoothing_facts,
    variants=["targets = [0.91, 0.01, 0.5003]"],
    mistakes=[
        Mistake(
            "alpha for the other classes only",
            "alpha is divided among all ten classes; the true class is one of them.",
            "targets = 0.9, 0.1 / 9, 0.5448",
        ),
        Mistake(
            "alpha for each other class",
            "what is the sum of all ten targets?",
            "targets = 0.9, 0.1, 0.2",
        ),
        Mistake(
            "the loss can become 0",
            "for the loss 0, each class with a target above 0 would need the probability 1.",
            "targets = 0.91, 0.01, 0",
        ),
        Mistake(
            "only the true class counts",
            "the other classes have targets above 0, so they are in the sum, too.",
            replace={" - 9 * b * np.log(b)": ""},
        ),
        Mistake(
            "one other class",
            "how many other classes are there?",
            replace={"9 * b": "b"},
        ),
        Mistake(
            "logarithm of base 2",
            "this is the entropy in bits. Keras uses the natural logarithm.",
            replace={"np.log(": "np.log2("},
        ),
    ],
)


# residual-gradient
def _block(rng):
    return (
        rng.normal(size=(4, 3)),
        rng.normal(size=(3, 5)),
        rng.normal(size=(5, 3)),
        rng.normal(size=(4, 3)),
    )


def _as_finite_differences(backward, h, W1, W2, G):
    """Finite differences give the same gradient."""
    x = h.copy()
    expected = numerical_gradient(lambda: np.sum(G * (x + np.maximum(x @ W1, 0) @ W2)), x)
    return difference(backward(h, W1, W2, G), expected, "the gradient")


def _passes_around_the_layers(backward, h, W1, W2, G):
    """If W2 is 0, the gradient passes unchanged."""
    return difference(backward(h, W1, 0 * W2, G), G, "the gradient")


RESIDUAL_GRADIENT = Exercise(
    name="residual-gradient",
    lecture=LECTURE,
    kind="write",
    text="A residual block computes `h + relu(h @ W1) @ W2` for examples `h` (n, d). `G` (n, d) is "
    "the gradient of the loss with respect to its output. Return the gradient with respect to `h`.",
    start="def backward(h, W1, W2, G):\n    return ...",
    solution="""def backward(h, W1, W2, G):
    inside = (h @ W1 > 0) * (G @ W2.T)
    return G + inside @ W1.T""",
    properties=[_passes_around_the_layers, _as_finite_differences],
    cases=lambda rng: [_block(rng), _block(rng)],
    variants=[
        """def backward(h, W1, W2, G):
    result = np.zeros_like(G)
    for i, row in enumerate(h):
        slope = np.eye(len(row)) + (W1 * (row @ W1 > 0)) @ W2
        result[i] = slope @ G[i]
    return result"""
    ],
    mistakes=[
        Mistake(
            "the gradient around the layers is missing",
            "the block adds its input to the output. What is the derivative of that path?",
            replace={"G + inside": "inside"},
        ),
        Mistake(
            "only the gradient around the layers",
            "the layers also depend on h.",
            replace={"G + inside @ W1.T": "G"},
        ),
        Mistake(
            "the slope of ReLU is missing",
            "a unit that is 0 passes no gradient.",
            replace={"(h @ W1 > 0) * ": ""},
        ),
        Mistake(
            "the slope of ReLU at the gradient",
            "the slope depends on the input of ReLU in the forward pass.",
            replace={"h @ W1 > 0": "G @ W2.T > 0"},
        ),
        Mistake(
            "h is added, not G",
            "the forward pass adds h. What does the backward pass add?",
            replace={"G + inside": "h + inside"},
        ),
        Mistake(
            "the paths are multiplied",
            "two paths lead from h to the output. What happens to their gradients?",
            replace={"G + inside": "G * (inside", "W1.T": "W1.T)"},
        ),
    ],
)


# fold-batch-norm
def _normalized_layer(rng, n_channels, n_filters):
    return (
        rng.normal(size=(6, 5, n_channels)),
        rng.normal(size=(3, 3, n_channels, n_filters)),
        rng.normal(size=n_filters),
        rng.uniform(0.5, 2, n_filters),
        rng.normal(size=n_filters),
        rng.normal(size=n_filters),
        rng.uniform(0.5, 3, n_filters),
    )


def _one_layer_instead_of_two(fold, image, *layer):
    """One convolution computes what Keras computes with batch normalization."""
    kernel, bias = fold(*layer)
    if np.shape(kernel) != np.shape(layer[0]):
        return f"the kernel has shape {np.shape(kernel)}, expected {np.shape(layer[0])}"
    actual = keras_reference.convolution(image, np.asarray(kernel)) + bias
    return difference(actual, keras_reference.normalized_convolution(image, *layer), tolerance=2e-3)


FOLD_BATCH_NORM = Exercise(
    name="fold-batch-norm",
    lecture=LECTURE,
    kind="write",
    text="In prediction, batch normalization after a convolution is a fixed formula for each "
    "filter: `gamma * (z - mean) / np.sqrt(variance + 0.001) + beta`. So one convolution can "
    "replace both layers. Return its kernel (k, k, C, F) and its bias (F,).",
    start="def fold(kernel, bias, gamma, beta, mean, variance):\n    new_kernel = new_bias = ...\n"
    "    return new_kernel, new_bias",
    solution="""def fold(kernel, bias, gamma, beta, mean, variance):
    factor = gamma / np.sqrt(variance + 0.001)
    return kernel * factor, (bias - mean) * factor + beta""",
    properties=[_one_layer_instead_of_two],
    observe=lambda fold, image, *layer: fold(*layer),
    cases=lambda rng: [_normalized_layer(rng, 3, 3), _normalized_layer(rng, 2, 4)],
    variants=[
        """def fold(kernel, bias, gamma, beta, mean, variance):
    new_kernel, new_bias = kernel.copy(), bias.copy()
    for filter in range(len(bias)):
        root = np.sqrt(variance[filter] + 0.001)
        new_kernel[..., filter] *= gamma[filter] / root
        new_bias[filter] = gamma[filter] * (bias[filter] - mean[filter]) / root + beta[filter]
    return new_kernel, new_bias"""
    ],
    mistakes=[
        Mistake(
            "the bias is not scaled",
            "the bias is a part of z, so it is divided and multiplied, too.",
            replace={"(bias - mean) * factor": "bias - mean * factor"},
        ),
        Mistake(
            "the bias is forgotten",
            "z is the output of the convolution, with its bias.",
            replace={"(bias - mean)": "-mean"},
        ),
        Mistake(
            "beta is scaled, too",
            "scale first, then shift.",
            replace={"(bias - mean) * factor + beta": "(bias - mean + beta) * factor"},
        ),
        Mistake(
            "the root is missing",
            "batch normalization divides by the standard deviation.",
            replace={"np.sqrt(variance + 0.001)": "(variance + 0.001)"},
        ),
        Mistake(
            "the input channels are scaled",
            "gamma has a number for each filter. Which axis of the kernel is that?",
            replace={"kernel * factor": "kernel * factor[:, None]"},
        ),
        Mistake(
            "the kernel is unchanged",
            "an image twice as bright: by how much does the normalized output change?",
            replace={"kernel * factor": "kernel"},
        ),
    ],
)


# confusion-matrix
def _predictions(rng, n, n_classes):
    y_true = rng.integers(n_classes, size=n)
    y_true[:n_classes] = np.arange(n_classes)
    p = rng.random((n, n_classes))
    p[np.arange(n), y_true] += 0.3
    p[:, 0] += 0.3
    return y_true, p.argmax(axis=1), n_classes


def _counted_pairs(confusion, y_true, y_pred, n_classes):
    """Row i, column j counts the examples of class i with the predicted class j."""
    classes = range(n_classes)
    expected = [[np.sum((y_true == i) & (y_pred == j)) for j in classes] for i in classes]
    return difference(confusion(y_true, y_pred, n_classes)[0], expected, "the matrix")


def _recall_is_right(confusion, y_true, y_pred, n_classes):
    """The recall is the fraction of the examples of a class that are found."""
    expected = [np.mean(y_pred[y_true == i] == i) for i in range(n_classes)]
    return difference(confusion(y_true, y_pred, n_classes)[1], expected, "the recall")


CONFUSION_MATRIX = Exercise(
    name="confusion-matrix",
    lecture=LECTURE,
    kind="write",
    text="From true and predicted classes, compute the confusion matrix, with a row for each true "
    "class, and the recall of each class.",
    start="def confusion(y_true, y_pred, n_classes):\n    matrix = recall = ...\n"
    "    return matrix, recall",
    solution="""def confusion(y_true, y_pred, n_classes):
    matrix = np.zeros((n_classes, n_classes), int)
    np.add.at(matrix, (y_true, y_pred), 1)
    return matrix, matrix.diagonal() / matrix.sum(axis=1)""",
    properties=[_counted_pairs, _recall_is_right],
    cases=lambda rng: [_predictions(rng, 60, 4), _predictions(rng, 80, 3)],
    variants=[
        "from sklearn import metrics\ndef confusion(y_true, y_pred, n_classes):\n"
        "    matrix = metrics.confusion_matrix(y_true, y_pred, labels=range(n_classes))\n"
        "    return matrix, metrics.recall_score(y_true, y_pred, average=None)"
    ],
    mistakes=[
        Mistake(
            "transposed",
            "your rows are the predicted classes.",
            replace={"(y_true, y_pred), 1": "(y_pred, y_true), 1", "axis=1": "axis=0"},
        ),
        Mistake(
            "precision, not recall",
            "of the images that are called a cat, how many are cats: this is the precision.",
            replace={"axis=1": "axis=0"},
        ),
        Mistake(
            "pairs are counted once",
            "`matrix[rows, columns] += 1` adds 1 only once for repeated pairs.",
            replace={"np.add.at(matrix, (y_true, y_pred), 1)": "matrix[y_true, y_pred] += 1"},
        ),
        Mistake(
            "fractions, not counts",
            "the matrix has counts; fractions can follow.",
            replace={"return matrix,": "return matrix / matrix.sum(),"},
        ),
        Mistake(
            "transposed, so the recall is the precision",
            "your rows are the predicted classes. What does the sum of such a row count?",
            replace={"(y_true, y_pred), 1": "(y_pred, y_true), 1"},
        ),
    ],
)


# average-flips
class _LeftReader:
    """A linear classifier that depends more on the left half of an image."""

    def __init__(self, rng):
        self.weights = rng.normal(size=(4, 6, 1, 3)) * np.linspace(2, 0, 6)[:, None, None]

    def __call__(self, images):
        powers = np.exp(np.tensordot(images, self.weights, 3))
        return powers / powers.sum(axis=1, keepdims=True)


def _flip_changes_nothing(predict, model, images):
    """An image and its horizontal flip get the same probabilities."""
    flipped = predict(model, images[:, :, ::-1])
    return difference(flipped, predict(model, images), "a probability")


def _between_both(predict, model, images):
    """The result is the mean of the predictions for both."""
    expected = [model(image[None])[0] + model(image[None, :, ::-1])[0] for image in images]
    return difference(predict(model, images), np.array(expected) / 2, "a probability")


AVERAGE_FLIPS = Exercise(
    name="average-flips",
    lecture=LECTURE,
    kind="write",
    text="An image and its horizontal flip show the same. Average the probabilities that "
    "`model(images)` predicts for both; `images` is (n, height, width, channels).",
    start="def predict(model, images):\n    return ...",
    solution="def predict(model, images):\n"
    "    return (model(images) + model(images[:, :, ::-1])) / 2",
    properties=[_flip_changes_nothing, _between_both],
    cases=lambda rng: [(_LeftReader(rng), rng.normal(size=(5, 4, 6, 1)))],
    variants=[
        "def predict(model, images):\n"
        "    return np.mean([model(images), model(np.flip(images, axis=2))], axis=0)"
    ],
    mistakes=[
        Mistake(
            "vertical flip",
            "which axis goes from left to right?",
            replace={"[:, :, ::-1]": "[:, ::-1]"},
        ),
        Mistake(
            "the batch is reversed",
            "the predictions for two different images are averaged.",
            replace={"[:, :, ::-1]": "[::-1]"},
        ),
        Mistake(
            "images are averaged",
            "this shows both at once. Average the predictions.",
            replace={
                "(model(images) + model(images[:, :, ::-1])) / "
                "2": "model((images + images[:, :, ::-1]) / 2)"
            },
        ),
        Mistake(
            "not divided by 2",
            "what is the sum of the probabilities?",
            replace={" / 2": ""},
        ),
    ],
)


# calibration
def _confidences(rng):
    confidence = rng.uniform(0.3, 1, 200)
    return confidence, rng.random(200) < 0.65  # overconfident above, underconfident below


def _weighted_gaps(error, confidence, correct):
    """The error is the mean of |accuracy - confidence| of the bins, weighted by their sizes."""
    total = 0
    for low in np.arange(10) / 10:
        inside = (confidence > low) & (confidence <= low + 0.1 + 1e-12)
        if inside.any():
            total += inside.sum() * abs(correct[inside].mean() - confidence[inside].mean())
    return difference(error(confidence, correct), total / len(correct), "the error", 1e-3)


CALIBRATION = Exercise(
    name="calibration",
    lecture=LECTURE,
    kind="write",
    text="The expected calibration error: sort the confidences into ten bins "
    "of width 0.1; for each "
    "bin take the absolute difference between the accuracy and the mean confidence; average them, "
    "weighted by the number of examples. `correct` (n,) says which predictions are right.",
    start="def error(confidence, correct):\n    return ...",
    solution="""def error(confidence, correct):
    bins = np.ceil(confidence * 10)
    total = 0
    for number in np.unique(bins):
        inside = bins == number
        gap = abs(correct[inside].mean() - confidence[inside].mean())
        total += inside.mean() * gap
    return total""",
    properties=[_weighted_gaps],
    cases=lambda rng: [_confidences(rng), _confidences(rng)],
    variants=[
        "def error(confidence, correct):\n    bins = np.ceil(confidence * 10).astype(int)\n"
        "    gaps = np.bincount(bins, correct - confidence, 11)\n"
        "    return np.abs(gaps).sum() / len(correct)"
    ],
    mistakes=[
        Mistake(
            "bins are not weighted",
            "a bin with one example counts as much as one with a hundred.",
            replace={"inside.mean() * gap": "gap / len(np.unique(bins))"},
        ),
        Mistake(
            "without absolute values",
            "overconfident and underconfident bins cancel.",
            replace={"abs(": "("},
        ),
        Mistake(
            "one bin only",
            "a network may be right on average and wrong at each confidence.",
            replace={"bins = np.ceil(confidence * 10)": "bins = np.ones_like(confidence)"},
        ),
        Mistake(
            "the absolute difference of each example",
            "a single prediction is right or wrong; only a bin has an accuracy.",
            "def error(confidence, correct):\n    return np.mean(np.abs(correct - confidence))",
        ),
        Mistake(
            "mean of ten bins",
            "a bin with one example, and even an empty one, counts as much as one with a hundred.",
            replace={"inside.mean() * gap": "gap / 10"},
        ),
        Mistake(
            "empty bins",
            "what is the mean of no examples?",
            replace={"in np.unique(bins)": "in range(1, 11)"},
        ),
    ],
)

EXERCISES = [
    LABEL_SMOOTHING,
    SPLIT_BEFORE_AUGMENTING,
    RANDOM_FLIP,
    RESIDUAL_GRADIENT,
    FOLD_BATCH_NORM,
    CONFUSION_MATRIX,
    AVERAGE_FLIPS,
    CALIBRATION,
]
