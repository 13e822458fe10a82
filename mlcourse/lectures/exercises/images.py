"""Exercises on image data and evaluation, for the lecture on convolutional networks."""

import numpy as np

from mlcourse.lectures.exercises.exercise import Exercise, Mistake, difference, unless

LECTURE = "convolutional-networks"


# unpack-images
def _rows_of_pixels(rng):
    channels_first = rng.integers(0, 256, (4, 3, 32, 32))
    return (channels_first.reshape(4, 3072),)


def _pixels_are_in_place(unpack, rows):
    """Pixel (i, j) of channel c is number 1024 c + 32 i + j of the row."""
    images = np.asarray(unpack(rows))
    if images.shape != (4, 32, 32, 3):
        return f"the shape is {images.shape}, expected (4, 32, 32, 3)"
    for i, j, c in ((0, 0, 1), (5, 9, 0), (31, 2, 2)):
        if (images[:, i, j, c] != rows[:, 1024 * c + 32 * i + j]).any():
            return f"pixel ({i}, {j}) of channel {c} is wrong"
    return None


UNPACK_IMAGES = Exercise(
    name="unpack-images",
    lecture=LECTURE,
    kind="fix",
    text="CIFAR-10 stores an image as a row of 3072 numbers: 1024 of red, row by row, then green, "
    "then blue. Return an array (n, 32, 32, 3). This code shows noise.",
    start="def unpack(rows):\n    return rows.reshape(-1, 32, 32, 3)",
    solution="def unpack(rows):\n    return rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)",
    properties=[_pixels_are_in_place],
    cases=lambda rng: [_rows_of_pixels(rng)],
    variants=[
        "def unpack(rows):\n    return np.moveaxis(rows.reshape(len(rows), 3, 32, 32), 1, -1)"
    ],
    mistakes=[
        Mistake(
            "the channels are not collected",
            "the first three numbers of a row are three reds, not a pixel.",
        ),
        Mistake(
            "rows and columns are exchanged",
            "the colors are right, but the sky is on the left.",
            replace={"(0, 2, 3, 1)": "(0, 3, 2, 1)"},
        ),
        Mistake(
            "blue comes first",
            "some libraries expect blue first; Keras and Matplotlib expect red.",
            replace={"(0, 2, 3, 1)": "(0, 2, 3, 1)[..., ::-1]"},
        ),
        Mistake(
            "the channels are in front",
            "other libraries expect this. Where does Keras expect the channels?",
            replace={".transpose(0, 2, 3, 1)": ""},
        ),
    ],
)


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
    UNPACK_IMAGES,
    SPLIT_BEFORE_AUGMENTING,
    CONFUSION_MATRIX,
    CALIBRATION,
    AVERAGE_FLIPS,
]
