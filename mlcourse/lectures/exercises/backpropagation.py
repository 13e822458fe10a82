"""Exercises on gradients, for the lecture A neural network from scratch."""

import numpy as np

from mlcourse.lectures.exercises.exercise import (
    Exercise,
    Mistake,
    difference,
    numerical_gradient,
    unless,
)

LECTURE = "neural-network-from-scratch"


# one-gradient
def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def _small_network_loss(weight):
    W1, w2 = np.array([[0.5, -0.4], [0.9, -0.8]]), np.array([0.6, -0.8])
    W1[1, 0] = weight
    return -np.log(_sigmoid(_sigmoid(np.array([0.5, -1.0]) @ W1) @ w2))


def _as_the_difference_quotient(answer):
    """The difference quotient of the loss is the same to three decimals."""
    expected = (_small_network_loss(0.9 + 1e-5) - _small_network_loss(0.9 - 1e-5)) / 2e-5
    return unless(abs(float(answer) - expected) < 6e-4, f"your gradient is {float(answer):+.4f}")


ONE_GRADIENT_STEPS = """def sigmoid(z):
    return 1 / (1 + np.exp(-z))

h1 = sigmoid(0.5 * 0.5 - 1 * 0.9)
h2 = sigmoid(0.5 * -0.4 - 1 * -0.8)
p = sigmoid(0.6 * h1 - 0.8 * h2)
gradient = (p - 1) * 0.6 * h1 * (1 - h1) * -1.0"""

ONE_GRADIENT = Exercise(
    name="one-gradient",
    lecture="neural-networks",
    kind="by hand",
    text="A 2-2-1 network of sigmoid units without biases has the hidden weights "
    "$W_1 = \\begin{pmatrix}0.5 & -0.4\\\\ 0.9 & -0.8\\end{pmatrix}$ (a row for each input) and "
    "the output weights $(0.6, -0.8)$. For $x = (0.5, -1)$ of class 1 and the cross-entropy: what "
    "is the gradient of the weight 0.9, to three decimals?",
    start="gradient = ...",
    solution=ONE_GRADIENT_STEPS,
    properties=[_as_the_difference_quotient],
    observe=lambda answer: np.round(float(answer), 3),
    variants=["gradient = 0.078"],
    mistakes=[
        Mistake(
            "sign",
            "does the loss rise if this weight rises? Look at p - y and at the input.",
            replace={"* -1.0": "* 1.0"},
        ),
        Mistake(
            "gradient at a, not at z",
            "you applied the sigmoid to the activation once more.",
            replace={"h1 * (1 - h1)": "sigmoid(h1) * (1 - sigmoid(h1))"},
        ),
        Mistake(
            "slope of the output sigmoid, too",
            "for the cross-entropy the gradient at the output's z is p - y: this slope cancels.",
            replace={"(p - 1) *": "(p - 1) * p * (1 - p) *"},
        ),
        Mistake(
            "slope of the hidden unit is missing",
            "which factor of the chain rule belongs to the hidden unit itself?",
            replace={" * h1 * (1 - h1)": ""},
        ),
        Mistake(
            "the input is missing",
            "which factor is the derivative of z with respect to the weight?",
            replace={"* -1.0": "* -0.5"},
        ),
    ],
)


# affine-backward
def _affine_case(rng):
    return tuple(rng.normal(size=shape) for shape in ((6, 3), (3, 2), 2, (6, 2)))


def _affine_gradients_are_right(backward, x, W, b, G):
    """Finite differences give the same gradients."""
    gradients = backward(x, W, b, G)
    for name, gradient, array in zip(("W", "b", "X"), gradients, (W, b, x), strict=True):
        expected = numerical_gradient(lambda: np.sum((x @ W + b) * G), array)
        if problem := difference(gradient, expected, f"the gradient of {name}"):
            return problem
    return None


AFFINE_BACKWARD = Exercise(
    name="affine-backward",
    lecture=LECTURE,
    kind="write",
    text="A layer computes $Z = XW + b$. Given $G = \\partial L / \\partial Z$ (n, units), return "
    "the gradients of `W` (inputs, units), `b` (units,) and `X` (n, inputs).",
    start="def backward(X, W, b, G):\n    dW = db = dX = ...\n    return dW, db, dX",
    solution="def backward(X, W, b, G):\n    return X.T @ G, G.sum(axis=0), G @ W.T",
    properties=[_affine_gradients_are_right],
    cases=lambda rng: [_affine_case(rng), _affine_case(rng)],
    variants=[
        "def backward(X, W, b, G):\n    dX = np.einsum('nj,ij->ni', G, W)\n"
        "    return np.einsum('ni,nj->ij', X, G), np.ones(len(G)) @ G, dX"
    ],
    mistakes=[
        Mistake(
            "transposed",
            "W has a row for each input. What has a row in your gradient?",
            replace={"X.T @ G": "G.T @ X"},
        ),
        Mistake(
            "divided by n once more",
            "if the loss is a mean, G already contains 1/n.",
            replace={"X.T @ G": "X.T @ G / len(X)", "G.sum(axis=0)": "G.mean(axis=0)"},
        ),
        Mistake(
            "mean for the bias",
            "the bias acts on each example. How do their gradients combine?",
            replace={"G.sum(axis=0)": "G.mean(axis=0)"},
        ),
        Mistake(
            "the bias gradient is not summed",
            "b is added to each row. What is done with the gradients of the rows?",
            replace={"G.sum(axis=0)": "G"},
        ),
        Mistake(
            "the output instead of its gradient",
            "you passed Z back. What arrives from the next layer is G.",
            "def backward(X, W, b, G):\n    G = X @ W + b\n"
            "    return X.T @ G, G.sum(axis=0), G @ W.T",
        ),
        Mistake(
            "W is not transposed",
            "the gradient of X has a column for each input. Which shape has G, and which W?",
            replace={"G @ W.T": "G @ W"},
        ),
    ],
)


# numerical-gradient
def _polynomial(w):
    return float(w[0] ** 3 - w[0] * w[1] + 2 * w[1] + w[2] ** 2)


def _accurate(gradient, loss, w):
    """The error is of the order of step squared."""
    expected = [3 * w[0] ** 2 - w[1], 2 - w[0], 2 * w[2]]
    return difference(gradient(loss, w), expected, "the gradient", 1e-5)


def _weights_are_restored(gradient, loss, w):
    """The weights are the same afterwards."""
    after = w.copy()
    gradient.call_in_place(loss, after)
    return difference(after, w, "a weight", 1e-12)


def _gradient_and_weights(gradient, loss, w):
    return [gradient.call_in_place(loss, w), w]


NUMERICAL_GRADIENT = Exercise(
    name="numerical-gradient",
    lecture="neural-networks",
    kind="write",
    text="Compute the gradient of `loss(w)` without calculus: change each weight by `step` up and "
    "down, one at a time (central differences). Afterwards `w` must be unchanged.",
    start="def gradient(loss, w, step=1e-4):\n    return ...",
    solution="""def gradient(loss, w, step=1e-4):
    slopes = np.zeros_like(w)
    for i in range(len(w)):
        value = w[i]
        w[i] = value + step
        above = loss(w)
        w[i] = value - step
        below = loss(w)
        w[i] = value
        slopes[i] = (above - below) / (2 * step)
    return slopes""",
    properties=[_accurate, _weights_are_restored],
    observe=_gradient_and_weights,
    cases=lambda rng: [(_polynomial, rng.normal(size=3) + 2)],
    variants=[
        "def gradient(loss, w, step=1e-4):\n    shifts = np.eye(len(w)) * step\n"
        "    return np.array([(loss(w + s) - loss(w - s)) / (2 * step) for s in shifts])"
    ],
    mistakes=[
        Mistake(
            "one-sided difference",
            "its error is proportional to the step. What does the other side add?",
            replace={"w[i] = value - step\n": "w[i] = value\n", "(2 * step)": "step"},
        ),
        Mistake(
            "divided by step, not by 2 step",
            "how far apart are the two points?",
            replace={"(2 * step)": "step"},
        ),
        Mistake(
            "the weights are not restored",
            "each weight is left at its last change.",
            replace={"        w[i] = value\n": ""},
        ),
        Mistake(
            "all weights at once",
            "change one weight at a time: the others keep their values.",
            "def gradient(loss, w, step=1e-4):\n"
            "    return np.full_like(w, (loss(w + step) - loss(w - step)) / (2 * step))",
        ),
    ],
)


# sigmoid-backward
def _sigmoid_gradient_is_right(backward, z, G):
    """Finite differences give the same gradient."""
    expected = G * (_sigmoid(z + 1e-5) - _sigmoid(z - 1e-5)) / 2e-5
    return difference(backward(z, G), expected, "the gradient")


SIGMOID_BACKWARD = Exercise(
    name="sigmoid-backward",
    lecture=LECTURE,
    kind="fix",
    text=r"A sigmoid layer stores its input `z` and receives `G`, which is "
    r"$\partial L / \partial a$ for its output $a = \sigma(z)$. Its backward pass is wrong.",
    start="def backward(z, G):\n    return G * z * (1 - z)",
    solution="def backward(z, G):\n    a = 1 / (1 + np.exp(-z))\n    return G * a * (1 - a)",
    properties=[_sigmoid_gradient_is_right],
    cases=lambda rng: [(rng.normal(size=(3, 4)) * 2, rng.normal(size=(3, 4)))],
    variants=["def backward(z, G):\n    return G * (1 - np.tanh(z / 2) ** 2) / 4"],
    mistakes=[
        Mistake(
            "z instead of a",
            "a (1 - a) is right for the output a. What is your z?",
        ),
        Mistake(
            "gradient at a, not at z",
            "the sigmoid has been applied twice.",
            replace={"a = 1 / (1 + np.exp(-z))": "a = 1 / (1 + np.exp(-1 / (1 + np.exp(-z))))"},
        ),
        Mistake(
            "the incoming gradient is missing",
            "the chain rule is a product. Where is G?",
            replace={"G * a": "a"},
        ),
        Mistake(
            "the value, not the slope",
            "this is the forward pass times G.",
            replace={" * (1 - a)": ""},
        ),
    ],
)


# relu-backward
def _relu_gradient_is_right(backward, z, G):
    """The gradient passes where z is positive, and is 0 elsewhere."""
    expected = np.where(z > 0, G, 0)
    return difference(backward(z, G), expected, "the gradient")


RELU_BACKWARD = Exercise(
    name="relu-backward",
    lecture=LECTURE,
    kind="write",
    text=r"The backward pass of a ReLU layer: `z` is its input, `G` is $\partial L / \partial a$ "
    r"for its output $a$. Return $\partial L / \partial z$.",
    start="def backward(z, G):\n    return ...",
    solution="def backward(z, G):\n    return G * (z > 0)",
    properties=[_relu_gradient_is_right],
    cases=lambda rng: [(rng.normal(size=(4, 5)) * 2, rng.normal(size=(4, 5)))],
    variants=["def backward(z, G):\n    return np.where(z > 0, G, 0)"],
    mistakes=[
        Mistake(
            "ReLU of the gradient",
            "a gradient may be negative. On whose sign does it depend?",
            replace={"G * (z > 0)": "np.maximum(G, 0)"},
        ),
        Mistake(
            "ReLU of z, not its slope",
            "the slope of the ReLU is 1, not z.",
            replace={"(z > 0)": "np.maximum(z, 0)"},
        ),
        Mistake(
            "the incoming gradient is missing",
            "the chain rule is a product. Where is G?",
            replace={"G * (z > 0)": "1.0 * (z > 0)"},
        ),
        Mistake(
            "the slope is reversed",
            "which side of the ReLU is flat?",
            replace={"z > 0": "z < 0"},
        ),
        Mistake(
            "the forward pass",
            "this is the output of the layer. What arrives in the backward pass?",
            replace={"G * (z > 0)": "np.maximum(z, 0)"},
        ),
    ],
)


# softmax-gradient
def _loss_of_logits(logits, labels):
    log_sums = np.log(np.exp(logits).sum(axis=1))
    return np.mean(log_sums - logits[np.arange(len(labels)), labels])


def _loss_gradient_is_right(gradient, logits, labels):
    """Finite differences of the loss give the same gradient."""
    expected = numerical_gradient(lambda: _loss_of_logits(logits, labels), logits)
    return difference(gradient(logits, labels), expected, "the gradient", 1e-3)


SOFTMAX_GRADIENT = Exercise(
    name="softmax-gradient",
    lecture=LECTURE,
    kind="write",
    text="The loss is the mean cross-entropy of logits (n, K) and integer labels (n,). Return its "
    "gradient with respect to the logits.",
    start="def gradient(logits, labels):\n    return ...",
    solution="""def gradient(logits, labels):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = powers / powers.sum(axis=1, keepdims=True)
    y = np.eye(logits.shape[1])[labels]
    return (p - y) / len(labels)""",
    properties=[_loss_gradient_is_right],
    cases=lambda rng: [(rng.normal(size=(6, 4)), rng.integers(4, size=6))],
    variants=[
        """def gradient(logits, labels):
    p = np.exp(logits)
    p /= p.sum(axis=1)[:, None]
    p[np.arange(len(p)), labels] -= 1
    return p / len(p)"""
    ],
    mistakes=[
        Mistake(
            "1/n is missing",
            "the loss is a mean over the examples.",
            replace={" / len(labels)": ""},
        ),
        Mistake(
            "sign",
            "a step against the gradient must raise the logit of the true class.",
            replace={"(p - y)": "(y - p)"},
        ),
        Mistake(
            "slope of the softmax, too",
            "p - y is already the gradient with respect to the logits.",
            replace={"(p - y)": "(p - y) * p * (1 - p)"},
        ),
        Mistake(
            "gradient at p, not at the logits",
            "-y / p is the gradient with respect to the probabilities. One step is missing.",
            replace={"(p - y)": "(-y / p)"},
        ),
        Mistake(
            "logits instead of probabilities",
            "which of the two is between 0 and 1?",
            replace={"(p - y)": "(logits - y)"},
        ),
        Mistake(
            "softmax over the examples",
            "which probabilities have the sum 1: those of an example, or those of a class?",
            replace={"axis=1": "axis=0"},
        ),
        Mistake(
            "1 is subtracted in each row",
            "`p[:, labels]` means these columns in each row. Which pairs of row and column are "
            "meant?",
            """def gradient(logits, labels):
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    p[:, labels] -= 1
    return p / len(labels)""",
        ),
    ],
)


# autodiff
VALUE = '''class Value:
    """A number that remembers how it was computed."""

    def __init__(self, data, parents=()):
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.pass_back = lambda: None

    def __add__(self, other):
        out = Value(self.data + other.data, (self, other))

        def pass_back():
            self.grad += out.grad
            other.grad += out.grad

        out.pass_back = pass_back
        return out

    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))

        def pass_back():
            MULTIPLY

        out.pass_back = pass_back
        return out

    def relu(self):
        out = Value(max(self.data, 0.0), (self,))

        def pass_back():
            self.grad += (out.data > 0) * out.grad

        out.pass_back = pass_back
        return out

    def backward(self):
        BACKWARD'''
MULTIPLY = """self.grad += other.data * out.grad
            other.grad += self.data * out.grad"""
BACKWARD = """order = []

        def visit(value):
            if value not in order:
                for parent in value.parents:
                    visit(parent)
                order.append(value)

        visit(self)
        self.grad = 1.0
        for value in reversed(order):
            value.pass_back()"""
ONCE_A_PATH = """self.grad = 1.0

        def visit(value):
            value.pass_back()
            for parent in value.parents:
                visit(parent)

        visit(self)"""
NEAREST_FIRST = """self.grad = 1.0
        order = [self]
        for value in order:
            value.pass_back()
            for parent in value.parents:
                if parent not in order:
                    order.append(parent)"""
BREADTH_FIRST_COUNTS = """order, waiting = [], [self]
        while waiting:
            value = waiting.pop()
            if value in order:
                order.remove(value)
            order.append(value)
            waiting.extend(value.parents)
        self.grad = 1.0
        for value in order:
            value.pass_back()"""


def _value_class(multiply=MULTIPLY, backward=BACKWARD):
    return VALUE.replace("MULTIPLY", multiply).replace("BACKWARD", backward)


def _formula(a, b, c):
    h = (a * b + c).relu()
    k = h * a + h * h
    return k * k + b


def _square(a, b, c):
    return a * a + b * c


def _product(a, b, c):
    return a * b


def _long_and_short_way(a, b, c):
    h = a * b
    return h + h * h * c


FORMULAS = {
    _product: "a b",
    _square: "a a + b c",
    _long_and_short_way: "h + h h c with h = a b",
    _formula: "a formula in which values are used again",
}


def _gradients(value_class, formula, numbers):
    leaves = [value_class(number) for number in numbers]
    if formula(*leaves).backward() is ...:
        raise NotImplementedError
    return [leaf.grad for leaf in leaves]


class _Number(float):
    """A number with the operations of the formulas, without gradients."""

    def __add__(self, other):
        return _Number(float(self) + float(other))

    def __mul__(self, other):
        return _Number(float(self) * float(other))

    def relu(self):
        return _Number(max(self, 0.0))


def _autodiff_is_right(value_class, formula, numbers):
    """Finite differences give the same gradients."""
    array = np.array(numbers)
    expected = numerical_gradient(lambda: float(formula(*map(_Number, array))), array)
    gradients = value_class.run(_gradients, formula, numbers)
    return difference(gradients, expected, f"in {FORMULAS[formula]}, the gradient", 1e-3)


AUTODIFF = Exercise(
    name="autodiff",
    lecture=LECTURE,
    kind="write",
    text="Finish automatic differentiation in forty lines: the backward pass of a product, and "
    "`backward`, which goes through the graph from the result to the inputs. A value may be used "
    "several times.",
    start=_value_class("...", "return ..."),
    solution=_value_class(),
    properties=[_autodiff_is_right],
    observe=lambda value_class, formula, numbers: value_class.run(_gradients, formula, numbers),
    cases=lambda rng: [
        (_product, (3.0, -2.0, 0.5)),
        (_square, (3.0, -2.0, 0.5)),
        (_long_and_short_way, (1.5, 0.7, 0.3)),
        (_formula, (1.5, 0.7, 0.3)),
        (_formula, (0.4, 2.0, 1.0)),
    ],
    variants=[_value_class(backward=BREADTH_FIRST_COUNTS)],
    mistakes=[
        Mistake(
            "= instead of +=",
            "a value may be used twice: the gradients of its uses are added.",
            _value_class(
                "self.grad = other.data * out.grad\n            other.grad = self.data * out.grad"
            ),
        ),
        Mistake(
            "no topological order",
            "a value passes its gradient on before it is complete, and once for each path. Which "
            "values must come first?",
            _value_class(backward=ONCE_A_PATH),
        ),
        Mistake(
            "derivative with respect to the other factor",
            "d(ab)/da is the number by which a is multiplied.",
            _value_class(
                "self.grad += self.data * out.grad\n            other.grad += other.data * out.grad"
            ),
        ),
        Mistake(
            "the gradient stops after one step",
            "each value passes its gradient on. Whose gradient is known first: that of an input, "
            "or that of the result?",
            _value_class(backward=BACKWARD.replace("reversed(order)", "order")),
        ),
        Mistake(
            "the incoming gradient is missing",
            "the chain rule multiplies by the gradient of the result: out.grad.",
            _value_class("self.grad += other.data\n            other.grad += self.data"),
        ),
        Mistake(
            "the result has no gradient",
            "what is the derivative of the result with respect to itself?",
            _value_class(backward=BACKWARD.replace("        self.grad = 1.0\n", "")),
        ),
        Mistake(
            "a gradient in the place of a number",
            "of self, other and out, which one has the gradient, and which one has the number?",
            _value_class(MULTIPLY.replace("data * out.grad", "grad * out.grad")),
        ),
        Mistake(
            "passed on too early",
            "a value is visited once, perhaps before its gradient is complete. What comes first?",
            _value_class(backward=NEAREST_FIRST),
        ),
    ],
)


# graph-by-hand
def _as_the_finite_difference(answer):
    """The finite difference of L is the same."""

    def loss(x):
        u = x * -1.0
        return u * u + 3 * x

    expected = (loss(2 + 1e-5) - loss(2 - 1e-5)) / 2e-5
    return unless(abs(float(answer) - expected) < 1e-3, f"your derivative is {float(answer):g}")


GRAPH_BY_HAND = Exercise(
    name="graph-by-hand",
    lecture=LECTURE,
    kind="by hand",
    text="A graph computes $u = x y$ and then $L = u \\cdot u + 3 x$, at $x = 2$ and $y = -1$. Go "
    "backward from $L$ to $u$ and to $x$: what is $\\partial L / \\partial x$?",
    start="derivative = ...",
    solution="x, y = 2, -1\nu = x * y\nto_u = u + u\nderivative = to_u * y + 3",
    properties=[_as_the_finite_difference],
    variants=["derivative = 7"],
    mistakes=[
        Mistake(
            "the direct path alone",
            "x is used twice. Which path leads through u?",
            "derivative = 3",
        ),
        Mistake(
            "the path through u alone",
            "x is used twice. Where else?",
            "derivative = 2 * (2 * -1) * -1",
        ),
        Mistake(
            "the paths are multiplied",
            "the derivatives along one path are multiplied. What happens to two paths?",
            "derivative = 2 * (2 * -1) * -1 * 3",
        ),
        Mistake(
            "u is counted once",
            "the product u u uses u twice: both uses add to its derivative.",
            "derivative = (2 * -1) * -1 + 3",
        ),
        Mistake(
            "the other factor is missing",
            "the derivative of x y with respect to x is not x.",
            "derivative = 2 * (2 * -1) * 2 + 3",
        ),
        Mistake(
            "derivative with respect to y",
            "does the path 3 x begin at y? And what is asked?",
            "derivative = 2 * (2 * -1) * 2",
        ),
        Mistake(
            "the derivative of L with respect to u is missing",
            "u passes on its own derivative, not 1.",
            "derivative = -1 + 3",
        ),
    ],
)


# bias-gradient
def _finite_differences_of_bias(bias_gradient, delta):
    """The gradient agrees with finite differences."""
    b = np.zeros(delta.shape[1])
    expected = numerical_gradient(lambda: np.sum(delta * (np.ones((len(delta), 1)) + b)), b)
    return difference(bias_gradient(delta), expected, "the gradient")


BIAS_GRADIENT = Exercise(
    name="bias-gradient",
    lecture="neural-networks",
    kind="write",
    text=(
        "`delta` (n, n_units) is the derivative of the loss with respect to each z = x W + b of a "
        "batch. Each unit has one bias for all examples. Return the gradient of b."
    ),
    start="def bias_gradient(delta):\n    return ...",
    solution="def bias_gradient(delta):\n    return delta.sum(0)",
    properties=[_finite_differences_of_bias],
    cases=lambda rng: [(rng.normal(size=(5, 3)),), (rng.normal(size=(4, 4)),)],
    variants=["def bias_gradient(delta):\n    return np.ones(len(delta)) @ delta"],
    mistakes=[
        Mistake(
            "mean over the batch",
            "the loss depends on the bias on several paths. What happens to their derivatives?",
            replace={".sum(0)": ".mean(0)"},
        ),
        Mistake("sum over the units", "how many biases are there?", replace={"sum(0)": "sum(1)"}),
        Mistake(
            "a gradient for each example",
            "which shape has b?",
            replace={".sum(0)": ""},
        ),
    ],
)


# wrong-direction
def _against_the_gradient(update, w, gradient, learning_rate):
    """The weights move against the gradient, by the learning rate times the gradient."""
    change = update(w, gradient, learning_rate) - w
    return difference(change / learning_rate, -gradient, "the change per learning rate")


WRONG_DIRECTION = Exercise(
    name="wrong-direction",
    lecture="neural-networks",
    kind="fix",
    text="The loss increases with each update of the weights `w` (n,). Find the bug.",
    start="def update(w, gradient, learning_rate):\n    return w + learning_rate * gradient",
    solution="def update(w, gradient, learning_rate):\n    return w - learning_rate * gradient",
    properties=[_against_the_gradient],
    cases=lambda rng: [(rng.normal(size=4), rng.normal(size=4), rng.uniform(0.01, 0.1))],
    variants=[
        "def update(w, gradient, learning_rate):\n    w -= learning_rate * gradient\n    return w"
    ],
    mistakes=[
        Mistake("uphill", "in which direction does the gradient point?"),
        Mistake(
            "the step without the weights",
            "the result is the new weights, not their change.",
            replace={"w - ": "-"},
        ),
        Mistake(
            "learning rate ignored",
            "what determines how far the weights move?",
            replace={"learning_rate * gradient": "gradient"},
        ),
    ],
)


# leaky-relu-derivative
def _finite_differences_of_leaky_relu(derivative, z, slope):
    """The derivative agrees with finite differences."""
    values = [np.where(z + h > 0, z + h, slope * (z + h)) for h in (1e-6, -1e-6)]
    return difference(derivative(z, slope), (values[0] - values[1]) / 2e-6, "the derivative")


LEAKY_RELU_DERIVATIVE = Exercise(
    name="leaky-relu-derivative",
    lecture="activation-functions",
    kind="write",
    text="Leaky ReLU is z for z > 0 and slope · z below. Return its derivative at the array `z`.",
    start="def derivative(z, slope):\n    return ...",
    solution="def derivative(z, slope):\n    return np.where(z > 0, 1.0, slope)",
    properties=[_finite_differences_of_leaky_relu],
    cases=lambda rng: [(np.array([-2.0, -0.5, 0.3, 4.0]), rng.uniform(0.05, 0.3))],
    variants=["def derivative(z, slope):\n    return slope + (1 - slope) * (z > 0)"],
    mistakes=[
        Mistake(
            "that of ReLU",
            "can this unit die?",
            replace={"1.0, slope": "1.0, 0.0"},
        ),
        Mistake(
            "the value instead of the derivative",
            "how does the value change if z is a little larger?",
            replace={"1.0, slope)": "z, slope * z)"},
        ),
        Mistake("sides exchanged", "on which side is the slope small?", replace={"z > 0": "z < 0"}),
    ],
)


# layer-forward
def _each_example_alone(forward, X, W, b):
    """Each row is the output for one example, computed unit by unit."""
    expected = [[max(0.0, sum(x * W[:, k]) + b[k]) for k in range(len(b))] for x in X]
    return difference(forward(X, W, b), expected, "the output")


LAYER_FORWARD = Exercise(
    name="layer-forward",
    lecture="neural-networks",
    kind="write",
    text=(
        "Return the output (n, n_units) of a layer with ReLU for a batch `X` (n, n_inputs), with "
        "weights `W` (n_inputs, n_units) and biases `b` (n_units,)."
    ),
    start="def forward(X, W, b):\n    return ...",
    solution="def forward(X, W, b):\n    return np.maximum(X @ W + b, 0)",
    properties=[_each_example_alone],
    cases=lambda rng: [tuple(rng.normal(size=shape) for shape in [(9, 4), (4, 4), (4,)])],
    variants=["def forward(X, W, b):\n    z = (W.T @ X.T).T + b\n    return z * (z > 0)"],
    mistakes=[
        Mistake(
            "no activation", "can the output of ReLU be negative?", replace={", 0)": ", -np.inf)"}
        ),
        Mistake(
            "bias after ReLU", "what is the argument of ReLU?", replace={" + b, 0)": ", 0) + b"}
        ),
        Mistake("transposed", "which axis of W belongs to the inputs?", replace={"W +": "W.T +"}),
        Mistake("no bias", "what is the output for inputs that are 0?", replace={" + b": ""}),
    ],
)


# two-paths
def _finite_differences_over_all_paths(derivative, v, delta):
    """Finite differences give the same derivative."""
    h = np.array([0.7])
    expected = numerical_gradient(lambda: np.sum(delta * (h * v)), h)[0]
    return difference(derivative(v, delta), expected, "the derivative")


TWO_PATHS = Exercise(
    name="several-paths",
    lecture="neural-networks",
    kind="explain",
    text="A hidden unit with the activation $h$ leads to several output units, with the weights "
    "`v` (n,): $z_i = v_i h + b_i$. `delta` (n,) holds $\\partial L / \\partial z_i$. First say "
    "in your own words how the paths from $L$ back to $h$ are combined. Then return "
    "$\\partial L / \\partial h$.",
    start="def derivative(v, delta):\n    return ...",
    solution="def derivative(v, delta):\n    return np.sum(v * delta)",
    properties=[_finite_differences_over_all_paths],
    cases=lambda rng: [
        (np.array([2.0, -1.0]), np.array([0.5, 3.0])),
        tuple(rng.normal(size=(2, 4))),
    ],
    variants=["def derivative(v, delta):\n    return v @ delta"],
    mistakes=[
        Mistake(
            "paths are multiplied",
            "what is multiplied along one path, and what happens to several paths?",
            replace={"np.sum": "np.prod"},
        ),
        Mistake(
            "mean of the paths",
            "a change of h changes all sums at the same time.",
            replace={"np.sum": "np.mean"},
        ),
        Mistake(
            "the weights are left out",
            "how much does z change if h grows by 1?",
            replace={"v * delta": "delta"},
        ),
        Mistake(
            "each path alone",
            "h is one number. How many derivatives has L with respect to it?",
            replace={"np.sum(v * delta)": "v * delta"},
        ),
    ],
)

EXERCISES = [
    ONE_GRADIENT,
    NUMERICAL_GRADIENT,
    AFFINE_BACKWARD,
    RELU_BACKWARD,
    SIGMOID_BACKWARD,
    SOFTMAX_GRADIENT,
    AUTODIFF,
    GRAPH_BY_HAND,
    BIAS_GRADIENT,
    WRONG_DIRECTION,
    LEAKY_RELU_DERIVATIVE,
    LAYER_FORWARD,
    TWO_PATHS,
]
