"""Exercises on images of digits, for the lecture Classifying digits from scratch."""

import numpy as np
from scipy import ndimage

from mlcourse.lectures.exercises.exercise import Exercise, Mistake, difference, unless

LECTURE = "classifying-digits"


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
    lecture=LECTURE,
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
    lecture=LECTURE,
    kind="write",
    text="MNIST places the center of mass of each digit in the middle of the image. Return the "
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
    lecture=LECTURE,
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
    lecture=LECTURE,
    kind="fix",
    text="`logits` (n, 1) are the outputs of a network without its sigmoid, `y` (n,) are the "
    "labels 0 or 1. Return the accuracy. This code has two bugs: a wrong threshold, and a wrong "
    "shape. What is the shape of `logits > 0.5`, and of the comparison with `y`?",
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
    lecture=LECTURE,
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


# line-of-probability
def _has_the_probability(answer):
    """The probability at this point is 0.9."""
    p = 1 / (1 + np.exp(-(2 * float(answer) - 1 * 3 + 1)))
    return unless(abs(p - 0.9) < 0.002, f"it is {p:.3f}")


LINE_OF_PROBABILITY = Exercise(
    name="line-of-probability",
    lecture=LECTURE,
    kind="by hand",
    text="The last unit of a network computes $p = \\sigma(2 x_1 - x_2 + 1)$ from the two numbers "
    "of the embedding. The line $p = 0.9$ contains a point with $x_2 = 3$. What is its $x_1$, to "
    "two decimals?",
    start="x1 = ...",
    solution="x1 = (np.log(0.9 / 0.1) + 3 - 1) / 2",
    properties=[_has_the_probability],
    observe=lambda answer: np.round(float(answer), 2),
    variants=["x1 = 2.10"],
    mistakes=[
        Mistake(
            "the boundary",
            "this is the point where p = 0.5. At which sum z is p = 0.9?",
            "x1 = 1.0",
        ),
        Mistake(
            "probability instead of logit",
            "the sum is not p. It is the logarithm of the odds p / (1 - p).",
            "x1 = (0.9 + 3 - 1) / 2",
        ),
        Mistake(
            "odds instead of logit",
            "the odds are 9. What is still missing?",
            "x1 = (9 + 3 - 1) / 2",
        ),
        Mistake(
            "logarithm of the probability",
            "solve p = 1 / (1 + exp(-z)) for z: there are two probabilities in the formula.",
            "x1 = (np.log(0.9) + 3 - 1) / 2",
        ),
        Mistake(
            "odds of the other class",
            "the point is on the side of class 1. Which sign has z there?",
            "x1 = (np.log(0.1 / 0.9) + 3 - 1) / 2",
        ),
        Mistake(
            "decimal logarithm",
            "the sigmoid contains e, not 10.",
            "x1 = (np.log10(9) + 3 - 1) / 2",
        ),
        Mistake(
            "sign of the bias",
            "2 x1 - x2 + 1 = z. Bring x2 and the bias to the other side.",
            "x1 = (np.log(9) + 3 + 1) / 2",
        ),
    ],
)


# nearest-neighbors
def _as_sorted_by_distance(nearest, embedding, index, k):
    """The k examples are the nearest other ones, the nearest first."""
    point = embedding[index]
    pairs = sorted((np.hypot(*(other - point)), i) for i, other in enumerate(embedding))
    expected = [i for _, i in pairs if i != index][:k]
    return difference(nearest(embedding, index, k), expected, "an index")


def _points(rng):
    return rng.normal(size=(30, 2)) * [1, 4], int(rng.integers(30)), 4


NEAREST_NEIGHBORS = Exercise(
    name="nearest-neighbors",
    lecture=LECTURE,
    kind="write",
    text="Which images does the network treat as similar? Return the indices of the `k` examples "
    "that are nearest to the example `index` in the `embedding` (n, 2), without this example, the "
    "nearest first.",
    start="def nearest(embedding, index, k):\n    return ...",
    solution="""def nearest(embedding, index, k):
    distances = np.linalg.norm(embedding - embedding[index], axis=1)
    distances[index] = np.inf
    return np.argsort(distances)[:k]""",
    properties=[_as_sorted_by_distance],
    cases=lambda rng: [_points(rng), _points(rng), _points(rng)],
    variants=[
        """def nearest(embedding, index, k):
    squares = ((embedding - embedding[index]) ** 2).sum(axis=1)
    return [i for i in np.argsort(squares) if i != index][:k]"""
    ],
    mistakes=[
        Mistake(
            "the example itself",
            "its distance from itself is 0.",
            replace={"    distances[index] = np.inf\n": ""},
        ),
        Mistake(
            "the farthest examples",
            "argsort has the smallest number first.",
            replace={
                "np.argsort(distances)": "np.argsort(-np.where(distances < np.inf, distances, -1))"
            },
        ),
        Mistake(
            "ordered by index",
            "the right examples, but which of them is the nearest?",
            replace={"np.argsort(distances)[:k]": "np.sort(np.argsort(distances)[:k])"},
        ),
        Mistake(
            "one direction alone",
            "a point has two coordinates.",
            replace={
                "np.linalg.norm(embedding - embedding[index], axis=1)": "np.abs(embedding[:, 0] - "
                "embedding[index, 0])"
            },
        ),
        Mistake(
            "signed differences",
            "positive and negative differences cancel. Can a distance be negative?",
            replace={
                "np.linalg.norm(embedding - embedding[index], axis=1)": "(embedding - "
                "embedding[index]).sum(axis=1)"
            },
        ),
        Mistake(
            "positions in the order, not indices",
            "argsort twice gives the rank of each example. Which example has rank 0?",
            replace={"np.argsort(distances)[:k]": "np.argsort(np.argsort(distances))[:k]"},
        ),
    ],
)

EXERCISES = [
    GRAYSCALE_PHOTO,
    CENTER_OF_MASS,
    SHIFT_IMAGE,
    ACCURACY_OF_LOGITS,
    SUM_AND_MEAN,
    LINE_OF_PROBABILITY,
    NEAREST_NEIGHBORS,
]
