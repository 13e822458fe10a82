"""Exercises on optimizers and learning rates, for the lecture Optimizers."""

import numpy as np

from mlcourse.lectures.exercises import keras_reference
from mlcourse.lectures.exercises.exercise import Exercise, Mistake, difference, unless

LECTURE = "optimizers"


def _valley(scale=1.0):
    """Return the gradient of a quadratic function, 30 times as steep in one direction."""
    return lambda w: scale * (w - np.array([1.0, -2.0])) * np.array([1.0, 30.0])


def _start(rng):
    return [(_valley(), rng.normal(size=2))]


def _weights_after(optimizer, gradient, w):
    return [optimizer(gradient, w, steps) for steps in (1, 2, 7, 30)]


def _equals_keras(name, **settings):
    """Return the property that a Keras optimizer gives the same weights."""

    def as_keras(optimizer, gradient, w):
        """Keras gives the same weights after 30 steps."""
        expected = keras_reference.optimize(name, gradient, w, 30, **settings)
        return difference(optimizer(gradient, w, 30), expected, "a weight", 1e-3)

    return as_keras


# momentum
def _first_step_is_gradient_descent(optimizer, gradient, w):
    """The first step is the one of gradient descent."""
    return difference(optimizer(gradient, w, 1), w - 0.01 * gradient(w), "a weight")


MOMENTUM = Exercise(
    name="momentum",
    lecture=LECTURE,
    kind="write",
    text="Gradient descent with momentum, as Keras's `SGD(momentum=0.9)` computes it. "
    "`gradient(w)` returns the gradient. Return the weights after `steps` steps.",
    start="def momentum(gradient, w, steps, learning_rate=0.01, beta=0.9):\n    return ...",
    solution="""def momentum(gradient, w, steps, learning_rate=0.01, beta=0.9):
    velocity = np.zeros_like(w)
    for _ in range(steps):
        velocity = beta * velocity - learning_rate * gradient(w)
        w = w + velocity
    return w""",
    properties=[
        _first_step_is_gradient_descent,
        _equals_keras("SGD", learning_rate=0.01, momentum=0.9),
    ],
    observe=_weights_after,
    cases=_start,
    variants=[
        """def momentum(gradient, w, steps, learning_rate=0.01, beta=0.9):
    total = 0
    for _ in range(steps):
        total = beta * total + gradient(w)
        w = w - learning_rate * total
    return w"""
    ],
    mistakes=[
        Mistake(
            "the velocity is not kept",
            "each step starts with the velocity of the previous one.",
            replace={"beta * velocity - ": "-"},
        ),
        Mistake(
            "an average, not a sum",
            "with the factor 1 - beta the steps are ten times as short. Keras has no such factor.",
            replace={"- learning_rate": "- (1 - beta) * learning_rate"},
        ),
        Mistake(
            "uphill",
            "the gradient points uphill: which sign has the step?",
            replace={"- learning_rate": "+ learning_rate"},
        ),
        Mistake(
            "the gradient of the start",
            "the gradient is always the one of the initial weights.",
            replace={
                "    for _": "    slope = gradient(w)\n    for _",
                "* gradient(w)\n        w": "* slope\n        w",
            },
        ),
        Mistake(
            "no friction",
            "without beta nothing slows the descent down.",
            replace={"beta * velocity": "velocity"},
        ),
    ],
)

# nesterov
NESTEROV = Exercise(
    name="nesterov",
    lecture=LECTURE,
    kind="fix",
    text="Nesterov momentum takes the gradient where momentum alone would lead, at "
    "`w + beta * velocity`. This code does not. The result is $w$ plus `beta * velocity`, which is "
    "what Keras stores with `nesterov=True`.",
    start="""def nesterov(gradient, w, steps, learning_rate=0.01, beta=0.9):
    velocity = np.zeros_like(w)
    for _ in range(steps):
        velocity = beta * velocity - learning_rate * gradient(w)
        w = w + velocity
    return w + beta * velocity""",
    solution="""def nesterov(gradient, w, steps, learning_rate=0.01, beta=0.9):
    velocity = np.zeros_like(w)
    for _ in range(steps):
        velocity = beta * velocity - learning_rate * gradient(w + beta * velocity)
        w = w + velocity
    return w + beta * velocity""",
    properties=[_equals_keras("SGD", learning_rate=0.01, momentum=0.9, nesterov=True)],
    observe=_weights_after,
    cases=_start,
    variants=[
        """def nesterov(gradient, w, steps, learning_rate=0.01, beta=0.9):
    velocity = 0
    for _ in range(steps):
        step = learning_rate * gradient(w)
        velocity = beta * velocity - step
        w = w + beta * velocity - step
    return w"""
    ],
    mistakes=[
        Mistake(
            "the gradient at w",
            "this is plain momentum: where does Nesterov take the gradient?",
        ),
        Mistake(
            "looks back, not ahead",
            "the sign decides whether you look ahead or back.",
            replace={"gradient(w + beta": "gradient(w - beta"},
        ),
        Mistake(
            "looks too far ahead",
            "momentum alone moves the weights by beta * velocity.",
            replace={"gradient(w + beta * velocity)": "gradient(w + velocity)"},
        ),
        Mistake(
            "starts at the point ahead",
            "the step starts at w; only the gradient is taken ahead.",
            replace={"w = w + velocity": "w = w + beta * velocity + velocity"},
        ),
    ],
)


# rmsprop
RMSPROP = Exercise(
    name="rmsprop",
    lecture=LECTURE,
    kind="fix",
    text="RMSprop divides each gradient by the root of the running mean of its square. In this "
    "code both weights share one mean. Fix it; the result must be that of Keras.",
    start="""def rmsprop(gradient, w, steps, learning_rate=0.01, rho=0.9, epsilon=1e-7):
    square = 0
    for _ in range(steps):
        g = gradient(w)
        square = rho * square + (1 - rho) * np.sum(g**2)
        w = w - learning_rate * g / np.sqrt(square + epsilon)
    return w""",
    solution="""def rmsprop(gradient, w, steps, learning_rate=0.01, rho=0.9, epsilon=1e-7):
    square = np.zeros_like(w)
    for _ in range(steps):
        g = gradient(w)
        square = rho * square + (1 - rho) * g**2
        w = w - learning_rate * g / np.sqrt(square + epsilon)
    return w""",
    properties=[_equals_keras("RMSprop", learning_rate=0.01)],
    observe=_weights_after,
    cases=_start,
    variants=[
        """def rmsprop(gradient, w, steps, learning_rate=0.01, rho=0.9, epsilon=1e-7):
    square = 0
    for _ in range(steps):
        g = gradient(w)
        square += (1 - rho) * (g * g - square)
        w = w - learning_rate * g * (square + epsilon) ** -0.5
    return w"""
    ],
    mistakes=[
        Mistake(
            "one mean for all weights",
            "the steep direction then also slows down the flat one.",
            replace={"* g**2": "* np.sum(g**2)"},
        ),
        Mistake(
            "the root is missing",
            "a gradient twice as large should not make the step half as large.",
            replace={"np.sqrt(square + epsilon)": "(square + epsilon)"},
        ),
        Mistake(
            "rho and 1 - rho exchanged",
            "with rho = 0.9 the mean remembers about ten steps.",
            replace={"rho * square + (1 - rho)": "(1 - rho) * square + rho"},
        ),
        Mistake(
            "a sum of all squares",
            "this is AdaGrad: its steps become shorter and shorter.",
            replace={"rho * square + (1 - rho) * g**2": "square + g**2"},
        ),
    ],
)


# adam
ADAM_STEP = "w = w - learning_rate * (m / (1 - beta_1**t)) / (np.sqrt(v / (1 - beta_2**t)) + 1e-7)"
ADAM = f"""def adam(gradient, w, steps, learning_rate=0.01, beta_1=0.9, beta_2=0.999):
    m = v = np.zeros_like(w)
    for t in range(1, steps + 1):
        g = gradient(w)
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        {ADAM_STEP}
    return w"""
UNCORRECTED = "w = w - learning_rate * m / (np.sqrt(v) + 1e-7)"


def _first_step_has_the_learning_rate(adam, gradient, w):
    """The first step of each weight is as long as the learning rate."""
    return difference(np.abs(adam(gradient, w, 1) - w), [0.01, 0.01], "the first step", 1e-3)


def _scale_of_the_gradient_is_irrelevant(adam, gradient, w):
    """A gradient 1000 times as large gives the same path."""
    return difference(adam(_valley(1000), w, 20), adam(gradient, w, 20), "a weight", 1e-3)


ADAM_EXERCISE = Exercise(
    name="adam",
    lecture=LECTURE,
    kind="fix",
    text="The first steps of this Adam are too long. Its means `m` and `v` start at 0. Correct "
    "the step.",
    start=ADAM.replace(ADAM_STEP, UNCORRECTED),
    solution=ADAM,
    properties=[
        _first_step_has_the_learning_rate,
        _scale_of_the_gradient_is_irrelevant,
        _equals_keras("Adam", learning_rate=0.01),
    ],
    observe=_weights_after,
    cases=_start,
    variants=[
        ADAM.replace(
            ADAM_STEP,
            "rate = learning_rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)\n"
            "        w = w - rate * m / (np.sqrt(v) + 1e-7)",
        )
    ],
    mistakes=[
        Mistake(
            "no bias correction",
            "which fraction of the gradient do m and v hold after one step?",
        ),
        Mistake(
            "the correction does not depend on t",
            "it is right for the first step only. What should it become for large t?",
            replace={"beta_1**t": "beta_1", "beta_2**t": "beta_2"},
        ),
        Mistake(
            "the corrected mean is stored",
            "in the next step it is corrected again.",
            replace={
                ADAM_STEP: "m = m / (1 - beta_1**t)\n        v = v / (1 - beta_2**t)\n        "
                + UNCORRECTED
            },
        ),
        Mistake("t starts at 0", "what is 1 - beta**0?", replace={"(1, steps + 1)": "(steps)"}),
        Mistake(
            "only m is corrected",
            "v starts at 0, too.",
            replace={"v / (1 - beta_2**t)": "v"},
        ),
    ],
)


# learning-rate-limit
def _converges(learning_rate, curvature, momentum):
    w, velocity = 1.0, 0.0
    for _ in range(4000):
        velocity = momentum * velocity - learning_rate * curvature * w
        w += velocity
        if abs(w) > 1e6:
            return False
    return abs(w) < 1


def _limit_is_where_it_diverges(limit, curvature, momentum):
    """It converges just below the limit, and diverges just above it."""
    value = float(limit(curvature, momentum))
    place = f"for curvature {curvature}, momentum {momentum}"
    if not _converges(0.98 * value, curvature, momentum):
        return f"{place} it already diverges at {0.98 * value:.3f}"
    still = f"{place} it still converges at {1.02 * value:.3f}"
    return unless(not _converges(1.02 * value, curvature, momentum), still)


LEARNING_RATE_LIMIT = Exercise(
    name="learning-rate-limit",
    lecture=LECTURE,
    kind="predict",
    text="The loss is $\\frac{h}{2} w^2$. Above which learning rate does gradient descent with "
    "momentum diverge? Predict it for momentum 0, then for any momentum.",
    start="def limit(curvature, momentum=0.0):\n    return ...",
    solution="def limit(curvature, momentum=0.0):\n    return 2 * (1 + momentum) / curvature",
    properties=[_limit_is_where_it_diverges],
    cases=lambda rng: [(4.0, 0.0), (0.5, 0.0), (4.0, 0.9), (float(rng.uniform(1, 5)), 0.5)],
    variants=["def limit(curvature, momentum=0.0):\n    return (2 + 2 * momentum) * curvature**-1"],
    mistakes=[
        Mistake(
            "momentum is ignored",
            "right without momentum. Does momentum damp steps that alternate?",
            replace={" * (1 + momentum)": ""},
        ),
        Mistake(
            "the best learning rate, not the largest",
            "at 1/h one step reaches the minimum. How far beyond it may a step end?",
            replace={"2 * ": ""},
        ),
        Mistake(
            "as if all steps had one direction",
            "on a slope the steps add up; across a valley they alternate.",
            replace={"(1 + momentum)": "(1 - momentum)"},
        ),
        Mistake(
            "proportional to the curvature",
            "does a steeper valley allow longer steps?",
            replace={"/ curvature": "* curvature"},
        ),
    ],
)


# weight-decay
DECAY = """def step(w, gradient, second_moment, learning_rate, decay):
    return w - learning_rate * (gradient / np.sqrt(second_moment) + decay * w)"""


def _decay_is_equal_for_all(step, w, gradient, second_moment, learning_rate, decay):
    """Each weight shrinks by the same factor, whatever its gradient was."""
    with_decay = step(w, gradient, second_moment, learning_rate, decay)
    without = step(w, gradient, second_moment, learning_rate, 0.0)
    factors = (without - with_decay) / w
    return difference(factors, np.full(len(w), learning_rate * decay), "the fraction", 1e-3)


def _no_decay_is_adam(step, w, gradient, second_moment, learning_rate, decay):
    """Without decay it is the adaptive step."""
    expected = w - learning_rate * gradient / np.sqrt(second_moment)
    return difference(step(w, gradient, second_moment, learning_rate, 0.0), expected, "a weight")


WEIGHT_DECAY = Exercise(
    name="weight-decay",
    lecture=LECTURE,
    kind="fix",
    text="In this step the weight decay is added to the gradient, and divided by the root of the "
    "second moment with it: weights with large gradients hardly decay. Decouple it, as AdamW does: "
    "each weight shrinks by the fraction `learning_rate * decay`.",
    start="""def step(w, gradient, second_moment, learning_rate, decay):
    return w - learning_rate * (gradient + decay * w) / np.sqrt(second_moment)""",
    solution=DECAY,
    properties=[_decay_is_equal_for_all, _no_decay_is_adam],
    cases=lambda rng: [
        (rng.normal(size=4) + 3, rng.normal(size=4), rng.uniform(0.1, 9, 4), 0.1, 0.05)
    ],
    variants=[
        """def step(w, gradient, second_moment, learning_rate, decay):
    w = (1 - learning_rate * decay) * w
    return w - learning_rate * gradient / second_moment**0.5"""
    ],
    mistakes=[
        Mistake(
            "L2 penalty, not weight decay",
            "the decay must not be divided by the root of the second moment.",
        ),
        Mistake(
            "the learning rate is missing",
            "the decay of a step is also multiplied by the learning rate.",
            replace={
                "w - learning_rate * (": "w - decay * w - learning_rate * (",
                " + decay * w)": ")",
            },
        ),
        Mistake(
            "weights grow",
            "which sign shrinks a weight?",
            replace={" + decay": " - decay"},
        ),
        Mistake(
            "a constant is subtracted",
            "the decay is proportional to the weight; with its sign alone it would be L1.",
            replace={"decay * w": "decay * np.sign(w)"},
        ),
    ],
)


# warm-up
def _rates(rate, n_warmup, n_steps, peak):
    return [rate(step, n_warmup, n_steps, peak) for step in range(n_steps + 1)]


def _schedule_of_keras(rate, n_warmup, n_steps, peak):
    """Keras's schedule with a warm-up gives the same learning rates."""
    expected = keras_reference.warm_cosine(n_warmup, n_steps, peak)
    return difference(_rates(rate, n_warmup, n_steps, peak), expected, "a learning rate", 1e-3)


WARM_UP = Exercise(
    name="warm-up",
    lecture=LECTURE,
    kind="write",
    text="Return the learning rate at `step`: it rises linearly from 0 at step 0 to `peak` at step "
    "`n_warmup`. Then it falls along half a cosine, to 0 at step `n_steps`.",
    start="def rate(step, n_warmup, n_steps, peak):\n    return ...",
    solution="""def rate(step, n_warmup, n_steps, peak):
    if step < n_warmup:
        return peak * step / n_warmup
    progress = (step - n_warmup) / (n_steps - n_warmup)
    return peak * 0.5 * (1 + np.cos(np.pi * progress))""",
    properties=[_schedule_of_keras],
    observe=_rates,
    cases=lambda rng: [(5, 25, 0.1), (int(rng.integers(4, 9)), int(rng.integers(30, 50)), 0.01)],
    variants=[
        "def rate(step, n_warmup, n_steps, peak):\n    rise = step / n_warmup\n"
        "    fall = np.clip((step - n_warmup) / (n_steps - n_warmup), 0, 1)\n"
        "    return peak * min(rise, np.cos(np.pi / 2 * fall) ** 2)"
    ],
    mistakes=[
        Mistake(
            "no warm-up",
            "how high is the rate at step 0?",
            replace={"return peak * step / n_warmup": "return peak"},
        ),
        Mistake(
            "the cosine begins at step 0",
            "at the end of the warm-up no step of the decay is done.",
            replace={"(step - n_warmup) / (n_steps - n_warmup)": "step / n_steps"},
        ),
        Mistake(
            "a straight decay",
            "where does half a cosine fall fastest?",
            replace={"0.5 * (1 + np.cos(np.pi * progress))": "(1 - progress)"},
        ),
        Mistake(
            "a quarter of a cosine",
            "with which slope does half a cosine end?",
            replace={"0.5 * (1 + np.cos(np.pi * progress))": "np.cos(np.pi / 2 * progress)"},
        ),
        Mistake(
            "twice as high",
            "which values does 1 + cos have?",
            replace={"0.5 * ": ""},
        ),
    ],
)

EXERCISES = [
    LEARNING_RATE_LIMIT,
    MOMENTUM,
    NESTEROV,
    RMSPROP,
    ADAM_EXERCISE,
    WEIGHT_DECAY,
    WARM_UP,
]
