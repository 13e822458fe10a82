"""Exercises on labels, images of digits, shuffling, baselines, standardization, tests of a fit."""

import numpy as np
from scipy import ndimage

from mlcourse.lectures.exercises.exercise import Exercise, Mistake, difference, unless

PRACTICE = "training-in-practice"
DIGITS = "classifying-digits"


# one-hot
def _one_at_the_label(one_hot, labels, n_classes):
    """The result is (n, n_classes), 1 at the label and 0 elsewhere."""
    expected = [[float(k == label) for k in range(n_classes)] for label in labels]
    return difference(one_hot(labels, n_classes), expected)


ONE_HOT = Exercise(
    name="one-hot",
    lecture=PRACTICE,
    kind="write",
    text="Convert integer labels (n,) into one-hot labels (n, n_classes).",
    start="def one_hot(labels, n_classes):\n    return ...",
    solution="def one_hot(labels, n_classes):\n    return np.eye(n_classes)[labels]",
    properties=[_one_at_the_label],
    cases=lambda rng: [(np.array([3, 0, 1]), 5), (rng.integers(9, size=6), 10)],
    variants=[
        "def one_hot(labels, n_classes):\n"
        "    return (labels[:, None] == np.arange(n_classes)).astype('float32')"
    ],
    mistakes=[
        Mistake(
            "classes of this batch only",
            "what if the last class is not in this batch?",
            replace={"np.eye(n_classes)": "np.eye(labels.max() + 1)"},
        ),
        Mistake(
            "classes start at 1",
            "which column belongs to class 0?",
            replace={"[labels]": "[labels - 1]"},
        ),
        Mistake(
            "transposed",
            "each example has a row.",
            replace={"[labels]": "[:, labels]"},
        ),
        Mistake(
            "the columns of all labels",
            "`result[:, labels]` means these columns in each row. Which pairs of row and column "
            "are meant?",
            "def one_hot(labels, n_classes):\n    result = np.zeros((len(labels), n_classes))\n"
            "    result[:, labels] = 1\n    return result",
        ),
    ],
)


# shuffle
def _numbered_images(rng):
    return np.column_stack([np.arange(40.0), rng.random((40, 3))]), np.arange(40.0), rng


def _labels_stay_with_their_images(shuffle, X, y, rng):
    """Each image keeps its label."""
    X_new, y_new = map(np.array, shuffle(X, y, rng))
    return unless(np.array_equal(X_new[:, 0], y_new), "images have the labels of others")


def _each_image_once(shuffle, X, y, rng):
    """Each image is there once, in a new order."""
    X_new, y_new = map(np.array, shuffle(X, y, rng))
    n_different = len(np.unique(X_new[:, 0]))
    if n_different < 40 or len(X_new) != 40:
        return f"there are {n_different} of 40 images"
    return unless(not np.array_equal(y_new, y), "the order is the old one")


def _input_is_unchanged(shuffle, X, y, rng):
    """The given arrays keep their order."""
    shuffle.call_in_place(X, y, rng)
    return unless(np.array_equal(y, np.arange(40)) and X[0, 0] == 0, "they are changed")


def _shuffle_facts(shuffle, X, y, rng):
    X_new, y_new = (np.array(part) for part in shuffle.call_in_place(X, y, rng))
    paired = np.array_equal(X_new[:, 0], y_new)
    moved = not np.array_equal(y_new, np.arange(40))
    return [paired, moved, len(np.unique(y_new)) == 40, np.array_equal(y, np.arange(40))]


SHUFFLE = Exercise(
    name="shuffle",
    lecture=PRACTICE,
    kind="fix",
    text="Shuffle images and labels. Trained on the result of this function, a network for ten "
    "classes has an accuracy of 10%. Why?",
    start="def shuffle(X, y, rng):\n    return rng.permutation(X), rng.permutation(y)",
    solution="def shuffle(X, y, rng):\n    order = rng.permutation(len(X))\n"
    "    return X[order], y[order]",
    properties=[_labels_stay_with_their_images, _each_image_once, _input_is_unchanged],
    observe=_shuffle_facts,
    cases=lambda rng: [_numbered_images(rng)],
    variants=[
        "def shuffle(X, y, rng):\n    order = np.argsort(rng.random(len(y)))\n"
        "    return X[order], y[order]",
        "def shuffle(X, y, rng):\n    pairs = list(zip(X, y))\n"
        "    return list(zip(*[pairs[i] for i in rng.permutation(len(pairs))]))",
    ],
    mistakes=[
        Mistake(
            "two different orders",
            "images and labels are shuffled separately.",
        ),
        Mistake(
            "sampled with replacement",
            "some images are there twice, so others are missing.",
            replace={"rng.permutation(len(X))": "rng.integers(len(X), size=len(X))"},
        ),
        Mistake(
            "the order is not used",
            "you drew an order, but the arrays keep theirs.",
            replace={"X[order], y[order]": "X, y"},
        ),
        Mistake(
            "the given arrays are changed",
            "whoever called the function finds the labels in another order. Return new arrays.",
            replace={"return X[order], y[order]": "y[:] = y[order]\n    return X[order], y"},
        ),
        Mistake(
            "labels in the old order",
            "which array has a new order, and which one has not?",
            replace={"y[order]": "y"},
        ),
        Mistake(
            "two different orders, in place",
            "two calls draw two orders. And the caller's arrays have changed.",
            "def shuffle(X, y, rng):\n    rng.shuffle(X)\n    rng.shuffle(y)\n    return X, y",
        ),
    ],
)


# majority-baseline
def _guess_from_training_judged_on_test(baseline, y_train, y_test):
    """The class is the most frequent one in training; its accuracy is that on the test set."""
    expected = np.mean(y_test == np.bincount(y_train).argmax())
    return difference(baseline(y_train, y_test), expected, "the accuracy")


MAJORITY_BASELINE = Exercise(
    name="majority-baseline",
    lecture=PRACTICE,
    kind="experiment",
    text="Which accuracy has a model that always predicts the most frequent class? A network must "
    "be better. Compute it from integer training and test labels.",
    start="def baseline(y_train, y_test):\n    return ...",
    solution="def baseline(y_train, y_test):\n    most_frequent = np.bincount(y_train).argmax()\n"
    "    return np.mean(y_test == most_frequent)",
    properties=[_guess_from_training_judged_on_test],
    cases=lambda rng: [
        (np.repeat([0, 1, 2], [60, 30, 10]), np.repeat([0, 1, 2], [20, 70, 10])),
        (np.repeat([0, 1, 2], [40, 25, 35]), np.repeat([0, 1, 2], [20, 50, 30])),
        (np.r_[rng.integers(4, size=40), [2] * 30], rng.integers(5, size=50)),
    ],
    variants=[
        "from collections import Counter\ndef baseline(y_train, y_test):\n"
        "    (most_frequent, _), = Counter(y_train.tolist()).most_common(1)\n"
        "    return sum(y_test == most_frequent) / len(y_test)"
    ],
    mistakes=[
        Mistake(
            "chosen on the test set",
            "how does the model know which class is frequent in the test set?",
            replace={"np.bincount(y_train)": "np.bincount(y_test)"},
        ),
        Mistake(
            "one divided by the number of classes",
            "this is right if all classes are equally frequent. Are they?",
            "def baseline(y_train, y_test):\n    return 1 / len(np.unique(y_train))",
        ),
        Mistake(
            "accuracy on the training set",
            "the predicted class is right. On which labels is it evaluated?",
            replace={"y_test == ": "y_train == "},
        ),
        Mistake(
            "the class, not its accuracy",
            "this is the predicted class. In which fraction of the test set is it right?",
            "def baseline(y_train, y_test):\n    return np.bincount(y_train).argmax()",
        ),
        Mistake(
            "mean of the labels",
            "labels are names: is class 1 between class 0 and class 2?",
            replace={"np.bincount(y_train).argmax()": "round(y_train.mean())"},
        ),
    ],
)


# standardize
def _training_mean_and_deviation(standardize, X_train, X_test):
    """Training features have mean 0 and standard deviation 1."""
    scaled = np.asarray(standardize(X_train, X_test)[0], float)
    statistics = [scaled.mean(axis=0), scaled.std(axis=0)]
    expected = [np.zeros(X_train.shape[1]), np.ones(X_train.shape[1])]
    return difference(statistics, expected, "mean and standard deviation", 1e-3)


def _nothing_is_learned_from_the_test(standardize, X_train, X_test):
    """A test example is scaled in the same way alone and among others, as a training example."""
    expected = (X_test - X_train.mean(axis=0)) / X_train.std(axis=0)
    alone = np.array([standardize(X_train, row[None])[1][0] for row in X_test[:2]])
    return difference(alone, expected[:2], "a test example alone", 1e-3)


def _test_is_scaled_by_the_training_set(standardize, X_train, X_test):
    """Test features are scaled by the training set's statistics."""
    expected = (X_test - X_train.mean(axis=0)) / X_train.std(axis=0)
    return difference(standardize(X_train, X_test)[1], expected, "a test feature", 1e-3)


STANDARDIZE = Exercise(
    name="standardize",
    lecture=PRACTICE,
    kind="fix",
    text="Scale each feature to mean 0 and standard deviation 1. Nothing may be learned from the "
    "test set, but this code does.",
    start="""def standardize(X_train, X_test):
    both = np.concatenate([X_train, X_test])
    mean, std = both.mean(axis=0), both.std(axis=0)
    return (X_train - mean) / std, (X_test - mean) / std""",
    solution="""def standardize(X_train, X_test):
    mean, std = X_train.mean(axis=0), X_train.std(axis=0)
    return (X_train - mean) / std, (X_test - mean) / std""",
    properties=[
        _training_mean_and_deviation,
        _nothing_is_learned_from_the_test,
        _test_is_scaled_by_the_training_set,
    ],
    cases=lambda rng: [(rng.normal(3, 2, (30, 4)) * [1, 2, 5, 0.1], rng.normal(4, 1, (12, 4)))],
    variants=[
        "from sklearn.preprocessing import StandardScaler\ndef standardize(X_train, X_test):\n"
        "    scaler = StandardScaler().fit(X_train)\n"
        "    return scaler.transform(X_train), scaler.transform(X_test)"
    ],
    mistakes=[
        Mistake(
            "statistics of both sets",
            "if a test example changes, the training examples change. What has leaked?",
        ),
        Mistake(
            "each set by its own statistics",
            "what happens to a test set of one example?",
            replace={
                "(X_test - mean) / std": "(X_test - X_test.mean(axis=0)) / X_test.std(axis=0)"
            },
        ),
        Mistake(
            "one mean for all features",
            "which axis has the examples?",
            replace={"axis=0": ""},
        ),
        Mistake(
            "variance, not standard deviation",
            "the result must have standard deviation 1.",
            replace={".std(": ".var("},
        ),
        Mistake(
            "the test set is not scaled",
            "the network expects the scale on which it was trained.",
            replace={"(X_test - mean) / std": "X_test"},
        ),
        Mistake(
            "statistics of each example",
            "which axis has the examples, and which one the features?",
            """def standardize(X_train, X_test):
    return [(X - X.mean(axis=1)[:, None]) / X.std(axis=1)[:, None] for X in (X_train, X_test)]""",
        ),
        Mistake(
            "divided before subtracting",
            "which operation comes first in a - b / c?",
            replace={
                "(X_train - mean) / std": "X_train - mean / std",
                "(X_test - mean) / std": "X_test - mean / std",
            },
        ),
    ],
)

DIAGNOSIS = "what-is-wrong-with-my-training"


# initial-loss
def _loss_of_equal_probabilities(initial_loss, n_classes):
    """The loss is the cross-entropy of equal probabilities."""
    probabilities = np.full(n_classes, 1 / n_classes)
    return difference(initial_loss(n_classes), -np.log(probabilities[0]), "the loss")


INITIAL_LOSS = Exercise(
    name="initial-loss",
    lecture=DIAGNOSIS,
    kind="by hand",
    text="Before training, all classes are about equally probable. Which cross-entropy do you "
    "expect? A loss that starts far from it is the first symptom.",
    start="def initial_loss(n_classes):\n    return ...",
    solution="def initial_loss(n_classes):\n    return np.log(n_classes)",
    properties=[_loss_of_equal_probabilities],
    cases=lambda rng: [(10,), (2,), (int(rng.integers(3, 1000)),)],
    variants=["def initial_loss(n_classes):\n    return -np.log(1 / n_classes)"],
    mistakes=[
        Mistake(
            "logarithm to base 2",
            "Keras computes the loss with another logarithm.",
            replace={"np.log(": "np.log2("},
        ),
        Mistake(
            "the probability, not its logarithm",
            "the cross-entropy is minus the logarithm of the probability of the true class.",
            replace={"np.log(n_classes)": "1 / n_classes"},
        ),
        Mistake(
            "wrong sign",
            "can a cross-entropy be negative?",
            replace={"np.log(": "-np.log("},
        ),
    ],
)


# leaked
def _two_splits_with_copies(rng):
    x_train = rng.integers(0, 3, (12, 2, 2))
    x_val = rng.integers(0, 3, (8, 2, 2)) + 3
    x_val[[1, 4]] = x_train[[7, 0]]
    x_val[6, 0] = x_train[6, 0]  # half of an image is no copy
    x_train[3] = [[0, 1], [1, 2]]
    x_val[2] = [[1, 2], [0, 1]]  # the same pixels in other places
    x_val[3] = 2
    return x_train, x_val


def _copies_are_true(leaked, x_train, x_val):
    """The result is true for validation images that are also in the training set."""
    expected = [any(np.array_equal(new, old) for old in x_train) for new in x_val]
    return difference(leaked(x_train, x_val), expected)


LEAKED = Exercise(
    name="leaked",
    lecture=DIAGNOSIS,
    kind="write",
    text="Return an array of bool, (n_val,): which validation images, (n_val, height, width), are "
    "also in the training set?",
    start="def leaked(x_train, x_val):\n    return ...",
    solution="def leaked(x_train, x_val):\n"
    "    equal = x_val[:, None] == x_train[None]\n"
    "    return equal.all(axis=(2, 3)).any(axis=1)",
    properties=[_copies_are_true],
    cases=lambda rng: [_two_splits_with_copies(rng), _two_splits_with_copies(rng)],
    variants=[
        "def leaked(x_train, x_val):\n    known = {image.tobytes() for image in x_train}\n"
        "    return np.array([image.tobytes() in known for image in x_val])"
    ],
    mistakes=[
        Mistake(
            "one equal pixel is enough",
            "must all pixels be equal, or any of them?",
            replace={".all(axis=(2, 3))": ".any(axis=(2, 3))"},
        ),
        Mistake(
            "one row for each training image",
            "for each image of which part is the question?",
            replace={".any(axis=1)": ".any(axis=0)"},
        ),
        Mistake(
            "compared at the same index only",
            "a copy may be anywhere in the training set.",
            replace={
                "    equal = x_val[:, None] == x_train[None]\n"
                "    return equal.all(axis=(2, 3)).any(axis=1)": (
                    "    return (x_val == x_train[: len(x_val)]).all(axis=(1, 2))"
                )
            },
        ),
        Mistake(
            "sums of the pixels are compared",
            "can two different images have the same sum, or the same mean?",
            "def leaked(x_train, x_val):\n"
            "    return np.isin(x_val.sum(axis=(1, 2)), x_train.sum(axis=(1, 2)))",
        ),
        Mistake(
            "each pixel is looked up alone",
            "each pixel occurs somewhere in the training set. All in one image, in their places?",
            "def leaked(x_train, x_val):\n    return np.isin(x_val, x_train).all(axis=(1, 2))",
        ),
    ],
)


# class-confidence
def _mean_of_the_labeled_examples(class_confidence, y, probabilities):
    """The k-th value is the mean probability of class k among the examples with label k."""
    expected = [
        np.mean([row[k] for row, label in zip(probabilities, y, strict=True) if label == k])
        for k in range(probabilities.shape[1])
    ]
    return difference(class_confidence(y, probabilities), expected, "the confidence")


def _labels_and_probabilities(rng):
    return rng.permutation(np.arange(30) % 4), rng.dirichlet(np.ones(4), 30)


CLASS_CONFIDENCE = Exercise(
    name="class-confidence",
    lecture=DIAGNOSIS,
    kind="write",
    text="Confident learning asks how confident the network usually is of each class. Return an "
    "array (n_classes,) with the mean predicted probability of class k among the examples with "
    "label k. `probabilities` is (n, n_classes), and every class has an example.",
    start="def class_confidence(y, probabilities):\n    return ...",
    solution="def class_confidence(y, probabilities):\n"
    "    classes = range(probabilities.shape[1])\n"
    "    return np.array([probabilities[y == k, k].mean() for k in classes])",
    properties=[_mean_of_the_labeled_examples],
    cases=lambda rng: [_labels_and_probabilities(rng), _labels_and_probabilities(rng)],
    variants=[
        "def class_confidence(y, probabilities):\n"
        "    of_label = probabilities[np.arange(len(y)), y]\n"
        "    return np.bincount(y, of_label) / np.bincount(y)"
    ],
    mistakes=[
        Mistake(
            "mean of all examples",
            "which examples count for class k?",
            replace={"probabilities[y == k, k]": "probabilities[:, k]"},
        ),
        Mistake(
            "examples by predicted class",
            "an example counts for the class of its label, not for the predicted one.",
            replace={"y == k": "probabilities.argmax(axis=1) == k"},
        ),
        Mistake(
            "highest probability",
            "the usual confidence is a mean, not the maximum.",
            replace={".mean()": ".max()"},
        ),
        Mistake(
            "divided by all examples",
            "how many examples have the label k?",
            replace={".mean()": ".sum() / len(y)"},
        ),
        Mistake(
            "confidence of the predicted class",
            "of which class is the network confident: of k, or of the class that it predicts?",
            replace={"probabilities[y == k, k]": "probabilities[y == k].max(axis=1)"},
        ),
    ],
)


# steps-in-epoch
def _number_of_slices(steps, n, batch_size):
    """Each example is in one batch, and no batch is empty."""
    return difference(steps(n, batch_size), len(range(0, n, batch_size)), "the number of steps")


STEPS_IN_EPOCH = Exercise(
    name="steps-in-epoch",
    lecture=PRACTICE,
    kind="write",
    text="How many updates does Keras make in an epoch with `n` images and this batch size?",
    start="def steps(n, batch_size):\n    return ...",
    solution="def steps(n, batch_size):\n    return int(np.ceil(n / batch_size))",
    properties=[_number_of_slices],
    cases=lambda rng: [(100, 32), (96, 32), (int(rng.integers(200, 900)) * 2 + 1, 64), (5, 8)],
    variants=["def steps(n, batch_size):\n    return -(-n // batch_size)"],
    mistakes=[
        Mistake(
            "last batch dropped",
            "what happens to the images that do not fill a batch?",
            replace={"int(np.ceil(n / batch_size))": "n // batch_size"},
        ),
        Mistake(
            "an empty batch",
            "what if the batch size divides the number of images?",
            replace={"int(np.ceil(n / batch_size))": "n // batch_size + 1"},
        ),
        Mistake(
            "one update per image",
            "how many images does one update use?",
            replace={"int(np.ceil(n / batch_size))": "n"},
        ),
    ],
)


# accuracy-of-one-hot
def _counted_one_by_one(accuracy, probabilities, one_hot):
    """The accuracy is the fraction of examples with the right class."""
    pairs = zip(probabilities, one_hot, strict=True)
    right = [list(row).index(max(row)) == list(label).index(1) for row, label in pairs]
    return difference(accuracy(probabilities, one_hot), sum(right) / len(right), "the accuracy")


ACCURACY_OF_ONE_HOT = Exercise(
    name="accuracy-of-one-hot",
    lecture=PRACTICE,
    kind="fix",
    text=(
        "`probabilities` (n, n_classes) are predictions and `one_hot` (n, n_classes) the labels. "
        "The accuracy is too high, even that of an untrained network. Find the bug."
    ),
    start=(
        "def accuracy(probabilities, one_hot):\n"
        "    return ((probabilities > 0.5) == (one_hot > 0.5)).mean()"
    ),
    solution=(
        "def accuracy(probabilities, one_hot):\n"
        "    return (probabilities.argmax(1) == one_hot.argmax(1)).mean()"
    ),
    properties=[_counted_one_by_one],
    cases=lambda rng: [
        (rng.dirichlet(np.full(4, 0.5), 31), np.eye(4)[rng.integers(4, size=31)]),
        (rng.dirichlet(np.full(3, 0.7), 53), np.eye(3)[np.arange(53) % 3]),
        (np.array([[1, 8, 1], [7, 2, 1], [2, 3, 5]]) / 10, np.eye(3)[[1, 0, 0]]),
    ],
    variants=[
        "def accuracy(probabilities, one_hot):\n"
        "    return one_hot[np.arange(len(one_hot)), probabilities.argmax(axis=-1)].mean()"
    ],
    mistakes=[
        Mistake("entries are compared", "how many classes may be right for one image?"),
        Mistake(
            "largest of each class",
            "the classes of an image are in a row.",
            replace={"argmax(1)": "argmax(0)"},
        ),
        Mistake(
            "probability above one half",
            "can the right class be the most probable one with a probability of 0.4?",
            code="def accuracy(probabilities, one_hot):\n"
            "    return ((probabilities > 0.5) * one_hot).sum(1).mean()",
        ),
        Mistake(
            "a number of images",
            "the accuracy is a fraction.",
            replace={".mean()": ".sum()"},
        ),
        Mistake(
            "largest values are compared",
            "where is the largest value of a row? Compare the places, not the values.",
            replace={"argmax": "max"},
        ),
        Mistake(
            "one index for the whole array",
            "without an axis, argmax looks at all numbers of the array.",
            replace={"argmax(1)": "argmax()"},
        ),
    ],
)


# sort-with-labels
def _pairs_are_sorted(sort, X, y):
    """The labels increase, and each image keeps its label."""
    X_new, y_new = sort(X, y)
    if problem := difference(y_new, sorted(y), "the labels"):
        return problem
    return unless(
        np.array_equal(np.array(X_new)[:, 1] % 10, y_new), "images have the labels of others"
    )


SORT_WITH_LABELS = Exercise(
    name="sort-with-labels",
    lecture=PRACTICE,
    kind="fix",
    text=(
        "To show the images class by class, `sort` orders images `X` (n, n_features) and labels "
        "`y` (n,) by label. A network trained on the result is no better than chance. Find the bug."
    ),
    start="def sort(X, y):\n    return X, np.sort(y)",
    solution=(
        "def sort(X, y):\n    order = np.argsort(y, kind='stable')\n    return X[order], y[order]"
    ),
    properties=[_pairs_are_sorted],
    cases=lambda rng: [((X := rng.permutation(40)[:, None] * np.array([[2, 1, 4]])), X[:, 1] % 10)],
    variants=[
        "def sort(X, y):\n"
        "    order = sorted(range(len(y)), key=lambda i: y[i])\n    return X[order], y[order]"
    ],
    mistakes=[
        Mistake("labels sorted alone", "which image belongs to the first label afterwards?"),
        Mistake(
            "labels in the old order",
            "which array has a new order, and which one has not?",
            replace={"y[order]": "y"},
        ),
        Mistake(
            "each array sorted by itself",
            "one order has to be applied to both arrays.",
            code="def sort(X, y):\n    return np.sort(X, axis=0), np.sort(y)",
        ),
    ],
)


# scale-new-image
def _as_the_training_images(scale, image, X_train):
    """A training image is scaled in the same way alone and among all training images."""
    expected = ((image - X_train.mean()) / X_train.std()).astype(float)
    return difference(scale(image, X_train), expected, "the scaled image")


SCALE_NEW_IMAGE = Exercise(
    name="scale-new-image",
    lecture=PRACTICE,
    kind="fix",
    text=(
        "A network was trained on the images `X_train` (n, height, width), which were first scaled "
        "to mean 0 and standard deviation 1 over all their pixels. This code scales a new `image` "
        "(height, width) for it. The network fails on dark images. Find the bug."
    ),
    start="def scale(image, X_train):\n    return (image - image.mean()) / image.std()",
    solution="def scale(image, X_train):\n    return (image - X_train.mean()) / X_train.std()",
    properties=[_as_the_training_images],
    cases=lambda rng: [(rng.random((4, 4)) / 5, 3 * rng.random((9, 4, 4)))],
    variants=[
        "def scale(image, X_train):\n"
        "    pixels = X_train.ravel()\n    return (image - np.mean(pixels)) / np.std(pixels)"
    ],
    mistakes=[
        Mistake("statistics of the image", "is a dark image still dark after this?"),
        Mistake(
            "not centered",
            "what is the mean of the inputs in training?",
            replace={"(image - X_train.mean())": "image"},
        ),
        Mistake(
            "statistics of each pixel",
            "over what are the mean and the standard deviation taken in training?",
            replace={"mean()": "mean(0)", "std()": "std(0)"},
        ),
        Mistake(
            "divided by 255",
            "which mean and standard deviation had the inputs in training?",
            "def scale(image, X_train):\n    return image / 255",
        ),
        Mistake(
            "standard deviation of the image",
            "the mean is that of the training images. And the standard deviation?",
            replace={"X_train.std()": "image.std()"},
        ),
    ],
)


# grayscale-photo
def _ink_is_1_and_paper_is_0(prepare, photo):
    """A white pixel becomes 0 and a black one 1; a gray one is between them."""
    expected = [[(255 - int(pixel[0])) / 255 for pixel in row] for row in photo]
    return difference(prepare(photo), expected, "a pixel")


def _photo(rng):
    """Return a gray photo with three equal channels: dark strokes on light paper."""
    gray = rng.integers(150, 256, (6, 5))
    gray[1:4, 2] = rng.integers(0, 60, 3)
    return (np.repeat(gray[:, :, None], 3, axis=2).astype(np.uint8),)


GRAYSCALE_PHOTO = Exercise(
    name="grayscale-photo",
    lecture=DIGITS,
    kind="fix",
    text="`photo` (height, width, 3) has whole numbers from 0 to 255 (`uint8`): a dark digit on "
    "light paper, with the same number in all three channels. Return it as in MNIST: (height, "
    "width), from 0 for white paper to 1 for black ink. Find the bug.",
    start="def prepare(photo):\n    gray = photo.mean(axis=2)\n    return gray / 255",
    solution="def prepare(photo):\n    gray = photo.mean(axis=2)\n    return 1 - gray / 255",
    properties=[_ink_is_1_and_paper_is_0],
    cases=lambda rng: [_photo(rng), _photo(rng)],
    variants=["def prepare(photo):\n    return (255 - photo[:, :, 0].astype(float)) / 255"],
    mistakes=[
        Mistake("not inverted", "how large is a pixel of the paper in MNIST, and in your result?"),
        Mistake(
            "not scaled",
            "the paper is 0, as in MNIST. How large is the ink?",
            replace={"1 - gray / 255": "255 - gray"},
        ),
        Mistake(
            "inverted before it is scaled",
            "1 - gray is negative for nearly all pixels. Which of the two steps is first?",
            replace={"1 - gray / 255": "(1 - gray) / 255"},
        ),
        Mistake(
            "the channels are summed",
            "can your result be larger than 1?",
            replace={"photo.mean(axis=2)": "photo.sum(axis=2)"},
        ),
        Mistake(
            "negative bytes",
            "a byte cannot be negative: `-photo` of uint8 starts again at 256. Convert first.",
            "def prepare(photo):\n    return (-photo).mean(axis=2) / 255",
        ),
    ],
)


# center-of-mass
def _as_scipy_measures(center, image):
    """SciPy computes the same center of mass."""
    return difference(center(image), ndimage.center_of_mass(image), "the center")


CENTER_OF_MASS = Exercise(
    name="center-of-mass",
    lecture=DIGITS,
    kind="write",
    text="In MNIST, the center of mass of each digit is in the middle of the image. Return the "
    "center of mass (row, column) of `image` (height, width): the mean row and the mean column, "
    "each pixel weighted by its brightness.",
    start="def center(image):\n    row = column = ...\n    return row, column",
    solution="""def center(image):
    rows, columns = np.indices(image.shape)
    return np.sum(rows * image) / image.sum(), np.sum(columns * image) / image.sum()""",
    properties=[_as_scipy_measures],
    cases=lambda rng: [(rng.uniform(size=(4, 6)) ** 3 * (rng.uniform(size=(4, 6)) > 0.4),)],
    variants=[
        """def center(image):
    by_row, by_column = image.sum(axis=1), image.sum(axis=0)
    return np.average(np.arange(len(by_row)), weights=by_row), np.average(
        np.arange(len(by_column)), weights=by_column
    )"""
    ],
    mistakes=[
        Mistake(
            "row and column are exchanged",
            "which axis of the array has the rows?",
            replace={"rows, columns = ": "columns, rows = "},
        ),
        Mistake(
            "not weighted",
            "a gray pixel counts less than a white one.",
            replace={"    rows, columns": "    image = image > 0\n    rows, columns"},
        ),
        Mistake(
            "not divided by the brightness",
            "a mean with weights is divided by the sum of the weights.",
            replace={" / image.sum()": ""},
        ),
        Mistake(
            "divided by the number of pixels",
            "a mean with weights is divided by the sum of the weights.",
            replace={"image.sum()": "image.size"},
        ),
        Mistake(
            "counted from 1",
            "which index has the first row?",
            replace={"np.sum(rows * image)": "np.sum((rows + 1) * image)"}
            | {"np.sum(columns * image)": "np.sum((columns + 1) * image)"},
        ),
        Mistake(
            "middle of the image",
            "this does not depend on the digit.",
            "def center(image):\n    return (len(image) - 1) / 2, (len(image[0]) - 1) / 2",
        ),
    ],
)


# shift-image
def _as_scipy_shifts(shift, image, rows, columns):
    """SciPy computes the same image."""
    expected = ndimage.shift(image, (rows, columns), order=0)
    return difference(shift(image, rows, columns), expected, "a pixel")


SHIFT_IMAGE = Exercise(
    name="shift-image",
    lecture=DIGITS,
    kind="write",
    text="Shift `image` (height, width) down by `rows` and to the right by `columns`; negative "
    "numbers shift it up and to the left. The shape stays the same. Pixels that come in from "
    "outside are 0.",
    start="def shift(image, rows, columns):\n    return ...",
    solution="""def shift(image, rows, columns):
    height, width = image.shape
    margin = max(abs(rows), abs(columns))
    larger = np.pad(image, margin)
    top, left = margin - rows, margin - columns
    return larger[top : top + height, left : left + width]""",
    properties=[_as_scipy_shifts],
    cases=lambda rng: [
        (rng.uniform(0.1, 1, (5, 6)), 1, -2),
        (rng.uniform(0.1, 1, (5, 6)), -1, 2),
        (rng.uniform(0.1, 1, (5, 6)), 2, 0),
    ],
    variants=[
        """def shift(image, rows, columns):
    shifted = np.zeros_like(image)
    for r in range(len(image)):
        for c in range(len(image[0])):
            if 0 <= r - rows < len(image) and 0 <= c - columns < len(image[0]):
                shifted[r, c] = image[r - rows, c - columns]
    return shifted"""
    ],
    mistakes=[
        Mistake(
            "what leaves on one side comes in on the other",
            "np.roll moves pixels in a circle. What should come in?",
            "def shift(image, rows, columns):\n"
            "    return np.roll(image, (rows, columns), axis=(0, 1))",
        ),
        Mistake(
            "in the opposite direction",
            "a positive number of rows moves the digit down. Where does the window start?",
            replace={"margin - rows, margin - columns": "margin + rows, margin + columns"},
        ),
        Mistake(
            "rows and columns are exchanged",
            "which axis of the array has the rows?",
            replace={"margin - rows, margin - columns": "margin - columns, margin - rows"},
        ),
        Mistake(
            "the border is repeated",
            "the background of MNIST is 0, also outside of the image.",
            replace={"np.pad(image, margin)": "np.pad(image, margin, mode='edge')"},
        ),
        Mistake(
            "the columns stay",
            "is the digit moved in both directions?",
            replace={"margin - columns": "margin"},
        ),
    ],
)

EXERCISES = [
    ONE_HOT,
    SHUFFLE,
    MAJORITY_BASELINE,
    STANDARDIZE,
    INITIAL_LOSS,
    LEAKED,
    CLASS_CONFIDENCE,
    STEPS_IN_EPOCH,
    ACCURACY_OF_ONE_HOT,
    SORT_WITH_LABELS,
    SCALE_NEW_IMAGE,
    GRAYSCALE_PHOTO,
    CENTER_OF_MASS,
    SHIFT_IMAGE,
]
