"""Exercises on units, boundaries, layers, and points in a plane."""

import numpy as np

from mlcourse.lectures.exercises import keras_reference
from mlcourse.lectures.exercises.exercise import Exercise, Mistake, difference, unless

LECTURE = "multilayer-perceptrons"


# decision-line
POSITIONS = np.linspace(-1, 1, 5)
LINE = np.column_stack([2 * POSITIONS, 1 - POSITIONS])  # through (0, 1) and (2, 0)


def _unit(answer, points):
    weights, bias = answer
    z = points @ np.asarray(weights, float).reshape(2) + float(np.reshape(bias, ()))
    return 1 / (1 + np.exp(-z))


def _half_on_the_line(answer):
    """On the line the unit gives 1/2."""
    return difference(_unit(answer, LINE), np.full(5, 0.5), "the unit on the line")


def _class_1_above(answer):
    """Above the line is class 1."""
    above, below = _unit(answer, LINE + np.array([0, 1])), _unit(answer, LINE - np.array([0, 1]))
    return unless((above > 0.5).all() and (below < 0.5).all(), "class 1 is below")


def _sides(answer):
    return [
        np.sign(np.round(_unit(answer, LINE + np.array([0, dy])) - 0.5, 9)) for dy in (-1, 0, 1)
    ]


DECISION_LINE = Exercise(
    name="decision-line",
    lecture=LECTURE,
    kind="by hand",
    text="The decision boundary of a sigmoid unit goes through (0, 1) and (2, 0), and class 1 is "
    "above it. Give weights $(w_1, w_2)$ and a bias $b$. There are many right ones.",
    start="line = (..., ...), ...",
    solution="line = (1.0, 2.0), -2.0",
    properties=[_half_on_the_line, _class_1_above],
    observe=_sides,
    variants=["line = (0.5, 1), -1", "line = np.array([10.0, 20.0]), -20"],
    mistakes=[
        Mistake(
            "class 1 on the wrong side",
            "the line is right, but on which side is the sum positive?",
            "line = (-1.0, -2.0), 2.0",
        ),
        Mistake(
            "sign of the bias",
            "at (0, 1) the weighted sum must be 0. What is it?",
            "line = (1.0, 2.0), 2.0",
        ),
        Mistake(
            "weights along the line",
            "the weights are perpendicular to the line. Insert (2, 0) into your sum.",
            "line = (2.0, 1.0), -2.0",
        ),
    ],
)


# xor
CORNERS = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])


def _relu_network(answer, points):
    W1, b1, w2, b2 = (np.asarray(part, float) for part in answer)
    return np.maximum(points @ W1 + b1, 0) @ w2.reshape(2) + float(b2.reshape(()))


def _positive_for_one_input(answer):
    """The output is positive at (0, 1) and (1, 0) only."""
    signs = (_relu_network(answer, CORNERS) > 0).astype(int).tolist()
    return unless(signs == [0, 1, 1, 0], f"at the four corners the classes are {signs}")


def _output_signs(answer):
    return (_relu_network(answer, CORNERS) > 0).astype(float)


XOR = Exercise(
    name="xor",
    lecture=LECTURE,
    kind="by hand",
    text="Two inputs, two ReLU units, one linear output. The output must be positive if exactly "
    "one input is 1, else negative or 0 (XOR). Give `W1` (2, 2), `b1` (2,), `w2` (2,) and `b2`. "
    "Hint: what does the second unit have to remove?",
    start="weights = W1, b1, w2, b2 = ..., ..., ..., ...",
    solution="weights = np.ones((2, 2)), np.array([0.0, -1.0]), np.array([1.0, -2.0]), -0.5",
    properties=[_positive_for_one_input],
    observe=_output_signs,
    variants=["weights = np.array([[1, -1], [-1, 1]]), np.zeros(2), np.ones(2), -0.5"],
    mistakes=[
        Mistake(
            "this is OR",
            "what has to be subtracted if both inputs are 1?",
            replace={"[1.0, -2.0]": "[1.0, 0.0]"},
        ),
        Mistake(
            "this is AND",
            "which inputs switch your units on?",
            replace={"[1.0, -2.0]": "[0.0, 2.0]"},
        ),
        Mistake(
            "never positive",
            "the output is positive at no corner. Are your units ever above 0?",
            replace={"[0.0, -1.0]": "[-3.0, -3.0]"},
        ),
        Mistake(
            "always positive",
            "the output is positive at all corners. What does the output bias do?",
            replace={"-0.5": "3.5"},
        ),
    ],
)


# absolute-value
def _is_absolute_value(answer):
    """The network computes |x|."""
    x = np.linspace(-3, 3, 13)
    return difference(_one_input(answer, x), np.abs(x), "the output")


def _one_input(answer, x):
    w, b, v = (np.asarray(part, float).reshape(2) for part in answer)
    return np.maximum(np.outer(x, w) + b, 0) @ v


def _on_a_line(answer):
    return _one_input(answer, np.linspace(-3, 3, 13))


ABSOLUTE_VALUE = Exercise(
    name="absolute-value",
    lecture=LECTURE,
    kind="by hand",
    text="$|x| = \\mathrm{relu}(w_1 x + b_1)\\,v_1 + \\mathrm{relu}(w_2 x + b_2)\\,v_2$. "
    "Give `w`, `b` and `v` of the two ReLU units.",
    start="units = w, b, v = ..., ..., ...",
    solution="units = (1, -1), (0, 0), (1, 1)",
    properties=[_is_absolute_value],
    observe=_on_a_line,
    variants=["units = np.array([-2.0, 4.0]), np.zeros(2), np.array([0.5, 0.25])"],
    mistakes=[
        Mistake(
            "one side only",
            "both units are on for positive x. Which unit is on for negative x?",
            "units = (1, 1), (0, 0), (0.5, 0.5)",
        ),
        Mistake(
            "a straight line",
            "relu(x) - relu(-x) is x again. Which sign has the left half of |x|?",
            "units = (1, -1), (0, 0), (1, -1)",
        ),
        Mistake(
            "twice as steep",
            "the shape is right. How large is the output at x = 1?",
            "units = (2, -2), (0, 0), (1, 1)",
        ),
        Mistake(
            "upside down",
            "the shape is right. Is the output positive?",
            "units = (1, -1), (0, 0), (-1, -1)",
        ),
    ],
)


# circle
ANGLES = np.linspace(0, 2 * np.pi, 12)
DIRECTIONS = np.column_stack([np.cos(ANGLES), np.sin(ANGLES)])


def _circle_sums(answer, radius):
    w1, w2, b = (float(number) for number in answer)
    return (radius * DIRECTIONS) ** 2 @ [w1, w2] + b


def _zero_on_the_circle(answer):
    """On the circle the sum is 0."""
    return difference(_circle_sums(answer, 2), np.zeros(12), "the sum on the circle")


def _positive_inside(answer):
    """Inside the circle the sum is positive."""
    inside, outside = _circle_sums(answer, 1.9), _circle_sums(answer, 2.1)
    return unless((inside > 0).all() and (outside < 0).all(), "it is not")


def _circle_sides(answer):
    sums = [_circle_sums(answer, radius) for radius in (0, 0.5, 1.2, 1.9, 2, 2.1, 3, 4.5)]
    return np.sign(np.round(sums, 9))


CIRCLE = Exercise(
    name="circle",
    lecture=LECTURE,
    kind="by hand",
    text="No line separates the inside of the circle of radius 2 around (0, 0) from the outside. "
    "With the features $x_1^2$ and $x_2^2$ a single unit does: give $w_1, w_2, b$ such that "
    "$w_1 x_1^2 + w_2 x_2^2 + b$ is positive inside and negative outside.",
    start="unit = ..., ..., ...",
    solution="unit = -1, -1, 4",
    properties=[_zero_on_the_circle, _positive_inside],
    observe=_circle_sides,
    variants=["unit = (-0.5, -0.5, 2.0)", "unit = np.array([-3, -3, 12])"],
    mistakes=[
        Mistake(
            "positive outside",
            "the circle is right. What is the sum at (0, 0)?",
            "unit = 1, 1, -4",
        ),
        Mistake(
            "the radius is not squared",
            "the features are squares. What is $x_1^2 + x_2^2$ on the circle?",
            "unit = -1, -1, 2",
        ),
        Mistake(
            "sign of the bias",
            "your sum is negative everywhere. What is it at (0, 0)?",
            "unit = -1, -1, -4",
        ),
        Mistake(
            "one feature only",
            "your region is a strip. Which feature has no weight?",
            "unit = -1, 0, 4",
        ),
    ],
)


# merge-layers
def _two_layers(rng):
    return tuple(rng.normal(size=shape) for shape in ((3, 4), 4, (4, 2), 2))


def _same_output(merge, W1, b1, W2, b2):
    """One layer gives the output of the two layers."""
    x = np.random.default_rng(1).normal(size=(5, 3))
    W, b = merge(W1, b1, W2, b2)
    return difference(x @ W + b, (x @ W1 + b1) @ W2 + b2, "the output")


MERGE_LAYERS = Exercise(
    name="merge-layers",
    lecture=LECTURE,
    kind="write",
    text="Two dense layers without an activation function between them are one dense layer. "
    "Return its `W` and `b`.",
    start="def merge(W1, b1, W2, b2):\n    W = b = ...\n    return W, b",
    solution="def merge(W1, b1, W2, b2):\n    return W1 @ W2, b1 @ W2 + b2",
    properties=[_same_output],
    cases=lambda rng: [_two_layers(rng), _two_layers(rng)],
    variants=[
        "def merge(W1, b1, W2, b2):\n"
        "    def layers(x):\n        return (x @ W1 + b1) @ W2 + b2\n"
        "    b = layers(np.zeros(len(W1)))\n    return layers(np.eye(len(W1))) - b, b"
    ],
    mistakes=[
        Mistake(
            "the first bias is missing",
            "insert x = 0: what comes out of the two layers?",
            replace={"b1 @ W2 + b2": "b2"},
        ),
        Mistake(
            "the first bias skips the second layer",
            "the first bias is multiplied by the second layer's weights, too.",
            replace={"b1 @ W2 + b2": "b1[:2] + b2"},
        ),
        Mistake(
            "wrong order of the product",
            "which layer does x meet first?",
            replace={"W1 @ W2": "(W2.T @ W1.T)"},
        ),
        Mistake(
            "the second bias is missing",
            "what does the second layer add at the end?",
            replace={"b1 @ W2 + b2": "b1 @ W2"},
        ),
    ],
)


# linear-pieces
def _pieces_on_a_grid(w, b, v):
    x = np.linspace(-50, 50, 100_001) + 1e-7
    slopes = np.round(np.diff(np.maximum(np.outer(x, w) + b, 0) @ v) / np.diff(x), 4)
    constant = slopes[np.r_[True, np.abs(np.diff(slopes)) < 1e-3]]
    return 1 + np.sum(np.abs(np.diff(constant)) > 1e-3)


def _pieces_are_counted(pieces, w, b, v):
    """The number is the one that a walk along x finds."""
    return difference(pieces(w, b, v), _pieces_on_a_grid(w, b, v), "your number")


def _random_units(rng):
    biases = rng.choice(np.arange(-9.0, 10.0), 5, replace=False)
    return rng.choice([-2.0, -1, 1, 2], 5), biases, rng.choice([-1.5, 1, 0.5], 5)


LINEAR_PIECES = Exercise(
    name="linear-pieces",
    lecture=LECTURE,
    kind="predict",
    text="$f(x) = \\sum_i v_i\\,\\mathrm{relu}(w_i x + b_i)$ has one input. Of how many straight "
    "pieces does it consist? First predict the largest number for $n$ units. Then write a function "
    "that counts them. No $w_i$ is 0.",
    start="def pieces(w, b, v):\n    return ...",
    solution="""def pieces(w, b, v):
    bends = {}
    for kink, change in zip(np.round(-b / w, 6), np.abs(w) * v):
        bends[kink] = bends.get(kink, 0) + change
    return 1 + sum(abs(change) > 1e-9 for change in bends.values())""",
    properties=[_pieces_are_counted],
    cases=lambda rng: [
        (np.array([1.0, 1, -1]), np.array([0.0, -1, 2]), np.ones(3)),
        (np.array([1.0, 2, 1]), np.array([0.0, 0, -3]), np.ones(3)),
        (np.array([1.0, 1]), np.array([0.0, -1]), np.array([1.0, 0])),
        _random_units(rng),
    ],
    variants=[
        "def pieces(w, b, v):\n    kinks, index = np.unique(np.round(-b / w, 6), "
        "return_inverse=True)\n    changes = np.bincount(index, np.abs(w) * v)\n"
        "    return 1 + np.count_nonzero(np.abs(changes) > 1e-9)"
    ],
    mistakes=[
        Mistake(
            "number of units",
            "how many pieces has a string that is cut once?",
            "def pieces(w, b, v):\n    return len(w)",
        ),
        Mistake(
            "two to the number of units",
            "along a line the units switch one after the other, not in all combinations.",
            "def pieces(w, b, v):\n    return 2 ** len(w)",
        ),
        Mistake(
            "units without effect are counted",
            "a unit whose outgoing weight is 0 bends nothing.",
            "def pieces(w, b, v):\n    return 1 + len(np.unique(np.round(-b / w, 6)))",
        ),
        Mistake(
            "shared kinks are counted twice",
            "two units may bend at the same place.",
            "def pieces(w, b, v):\n    return 1 + np.count_nonzero(v)",
        ),
    ],
)


# dead-units
POINTS = np.random.default_rng(8).uniform([-2, -2], [3, 2], (300, 2))


def _backward(answer):
    """Return the hidden sums, and the gradients of the hidden weights and of the output bias."""
    W1, b1, w2, b2 = (np.asarray(part, float) for part in answer)
    z = POINTS @ W1 + b1
    output = np.maximum(z, 0) @ w2.reshape(8) + float(b2.reshape(()))
    error = (output - (POINTS[:, 0] > 0)) / len(POINTS)
    return z, POINTS.T @ (np.outer(error, w2.reshape(8)) * (z > 0)), error.sum()


def _no_weight_is_zero(answer):
    """No weight is 0."""
    return unless(np.all(answer[0]) and np.all(answer[2]), "at least one is")


def _all_units_are_off(answer):
    """Every hidden unit is 0 for every point."""
    active = (_backward(answer)[0] > 0).any(axis=0).sum()
    return unless(active == 0, f"{active} of 8 units are positive somewhere")


def _only_the_output_bias_learns(answer):
    """No gradient reaches the hidden weights, but one reaches the output bias."""
    _, hidden, bias = _backward(answer)
    return unless(not hidden.any() and abs(bias) > 1e-9, "this does not hold")


def _dead_unit_facts(answer):
    z = _backward(answer)[0]
    weights = [np.all(answer[0]), np.all(answer[2])]
    return [*weights, (z > 0).any(axis=0).all(), (z > 0).all(), (z > 0).any()]


DEAD_UNITS = Exercise(
    name="dead-units",
    lecture="activation-functions",
    kind="explain",
    text="The points lie in $-2 \\le x_1 \\le 3$, $-2 \\le x_2 \\le 2$. Give weights of a 2-8-1 "
    "network with ReLU, none of them 0, such that no hidden weight ever learns: `W1` (2, 8), "
    "`b1` (8,), `w2` (8,), `b2`. What can the network still learn?",
    start="weights = W1, b1, w2, b2 = ..., ..., ..., ...",
    solution="weights = np.ones((2, 8)), np.full(8, -9.0), np.ones(8), 0.1",
    properties=[_no_weight_is_zero, _all_units_are_off, _only_the_output_bias_learns],
    observe=_dead_unit_facts,
    variants=["weights = np.full((2, 8), -0.5), np.full(8, -50), np.full((8, 1), 2), np.zeros(1)"],
    mistakes=[
        Mistake(
            "all weights are 0",
            "nothing learns here because of the zeros, not because of the ReLU.",
            "weights = np.zeros((2, 8)), np.zeros(8), np.zeros(8), 0.1",
        ),
        Mistake(
            "units that are always on",
            "these units are linear, and learn. Which bias switches them off?",
            replace={"-9.0": "9.0"},
        ),
        Mistake(
            "output weights are 0",
            "the units are active; their gradient is 0 because the output ignores them.",
            "weights = np.ones((2, 8)), np.zeros(8), np.zeros(8), 0.1",
        ),
        Mistake(
            "the bias is too small",
            "some points still switch the units on. How large can the weighted sum be?",
            replace={"-9.0": "-3.0"},
        ),
    ],
)


# dense-weights
def _as_keras_counts(parameters, side):
    """Keras counts as many parameters."""
    expected = keras_reference.dense_parameters(side**2, side**2)
    return difference(parameters(side), expected, f"your number for side {side}")


DENSE_WEIGHTS = Exercise(
    name="dense-weights",
    lecture=LECTURE,
    kind="predict",
    text="A dense layer maps a gray image of `side` x `side` pixels to as many units. How many "
    "parameters has it, with biases? First predict: by which factor does the number grow if the "
    "side doubles?",
    start="def parameters(side):\n    return ...",
    solution="def parameters(side):\n    return side**4 + side**2",
    properties=[_as_keras_counts],
    cases=lambda rng: [(4,), (8,), (int(rng.integers(9, 14)),)],
    variants=["def parameters(side):\n    pixels = side * side\n    return (pixels + 1) * pixels"],
    mistakes=[
        Mistake(
            "the biases are missing",
            "each unit has one more parameter than it has inputs.",
            replace={" + side**2": ""},
        ),
        Mistake(
            "pixels are counted, not weights",
            "each of the pixels is connected to each of the units.",
            replace={"side**4 + side**2": "2 * side**2"},
        ),
        Mistake(
            "the side is taken for the number of pixels",
            "how many pixels has an image of side 28?",
            replace={"side**4 + side**2": "side**2 + side"},
        ),
    ],
)


# distance-to-boundary
def _walk_along_the_weights(distance, w, b, x):
    """A step of this length along the weights, back, ends on the boundary."""
    foot = x - distance(w, b, x) * w / np.sqrt(np.sum(w**2))
    return difference(w @ foot + b, 0.0, "z at the end of the step", 1e-3)


DISTANCE_TO_BOUNDARY = Exercise(
    name="distance-to-boundary",
    lecture=LECTURE,
    kind="write",
    text="A unit computes $z = \\mathbf{w} \\cdot \\mathbf{x} + b$; its boundary is the line "
    "$z = 0$. Return the distance of the point `x` (2,) from the boundary, negative where $z$ is "
    "negative.",
    start="def distance(w, b, x):\n    return ...",
    solution="def distance(w, b, x):\n    return (w @ x + b) / np.linalg.norm(w)",
    properties=[_walk_along_the_weights],
    cases=lambda rng: [
        (np.array([3.0, 4.0]), 5.0, np.array([1.0, 2.0])),
        (rng.normal(size=2), rng.normal(), rng.normal(size=2)),
    ],
    variants=["def distance(w, b, x):\n    return (np.sum(w * x) + b) / np.sqrt(w @ w)"],
    mistakes=[
        Mistake(
            "the sum is taken for the distance",
            "if all weights and the bias are doubled, the boundary stays. What happens to z?",
            replace={" / np.linalg.norm(w)": ""},
        ),
        Mistake(
            "the bias is left out",
            "how far is the boundary from the origin?",
            replace={"w @ x + b": "w @ x"},
        ),
        Mistake(
            "divided by the square of the length",
            "if w is doubled, z is doubled too, not four times as large.",
            replace={"np.linalg.norm(w)": "(w @ w)"},
        ),
        Mistake(
            "only the sum is divided",
            "the bias is measured in the same unit as w x.",
            replace={"(w @ x + b) / np.linalg.norm(w)": "w @ x / np.linalg.norm(w) + b"},
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
    lecture="classifying-digits",
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
    lecture="classifying-digits",
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
    DECISION_LINE,
    XOR,
    ABSOLUTE_VALUE,
    CIRCLE,
    MERGE_LAYERS,
    LINEAR_PIECES,
    DEAD_UNITS,
    DENSE_WEIGHTS,
    DISTANCE_TO_BOUNDARY,
    LINE_OF_PROBABILITY,
    NEAREST_NEIGHBORS,
]
