"""Exercises on capacity, overfitting and its remedies, for the lecture on model selection."""

import numpy as np

from mlcourse.lectures.exercises.exercise import (
    Exercise,
    Mistake,
    difference,
    numerical_gradient,
    unless,
)

LECTURE = "model-selection"


# early-stopping
def _restored_epoch(validation, patience):
    for epoch in range(len(validation)):
        best = int(np.argmin(validation[: epoch + 1]))
        if epoch - best >= patience:
            return best
    return int(np.argmin(validation))


def _test_losses_are_irrelevant(stop, validation, test, patience):
    """Other test losses change nothing."""
    return difference(
        stop(validation, test[::-1], patience), stop(validation, test, patience), "the epoch"
    )


def _best_epoch_until_the_stop(stop, validation, test, patience):
    """The epoch is the best one before training stops."""
    expected = _restored_epoch(validation, patience)
    return difference(stop(validation, test, patience), expected, "the epoch")


def _loss_curves(rng):
    validation = np.array([5, 4, 3, 3.5, 3.6, 3.7, 1.0, 2])
    test = np.array([5, 4, 3.9, 2, 3, 3, 4, 4.5])
    random = [(rng.random(12), rng.random(12), 2) for _ in range(3)]
    return [(validation, test, 3), (np.array([3, 2, 1, 0.5]), np.array([3, 1, 2, 3.5]), 2), *random]


EARLY_STOPPING = Exercise(
    name="early-stopping",
    lecture=LECTURE,
    kind="fix",
    text="Given the validation and test losses of all epochs, return the index of the epoch whose "
    "weights are restored: training stops when the validation loss has not improved for `patience` "
    "epochs. This code cheats.",
    start="def stop(validation, test, patience):\n    return np.argmin(test)",
    solution="""def stop(validation, test, patience):
    best = 0
    for epoch in range(len(validation)):
        if validation[epoch] < validation[best]:
            best = epoch
        if epoch - best >= patience:
            break
    return best""",
    properties=[_test_losses_are_irrelevant, _best_epoch_until_the_stop],
    cases=_loss_curves,
    variants=[
        """def stop(validation, test, patience):
    best_loss, best, waited = np.inf, 0, 0
    for epoch, loss in enumerate(validation):
        waited += 1
        if loss < best_loss:
            best_loss, best, waited = loss, epoch, 0
        if waited == patience:
            return best
    return best"""
    ],
    mistakes=[
        Mistake(
            "chosen on the test set",
            "the test set has decided when to stop. What is its accuracy worth now?",
        ),
        Mistake(
            "the last weights",
            "training stops in time, but its weights are `patience` epochs too late.",
            replace={"return best": "return epoch"},
        ),
        Mistake(
            "patience is ignored",
            "would this epoch have been trained at all?",
            "def stop(validation, test, patience):\n    return np.argmin(validation)",
        ),
        Mistake(
            "the largest loss",
            "these are losses, not accuracies.",
            replace={"validation[epoch] < ": "validation[epoch] > "},
        ),
        Mistake(
            "stops one epoch too early",
            "with patience 1 one epoch without improvement is allowed, and no more.",
            replace={"best >= patience": "best >= patience - 1 > 0"},
        ),
    ],
)


# capacity-curve
def _noisy_sine(rng):
    def sample(n):
        x = rng.uniform(-1, 1, n)
        return x, np.sin(3 * x) + 0.3 * rng.normal(size=n)

    return [(*sample(15), *sample(200))]


def _errors_as_by_least_squares(errors, x, y, x_val, y_val):
    """The errors are those of the least squares fit of each degree."""
    expected = []
    for degree in (1, 3, 9):
        fit = np.polynomial.Polynomial.fit(x, y, degree)
        expected.append([np.mean((fit(x) - y) ** 2), np.mean((fit(x_val) - y_val) ** 2)])
    actual = [errors(degree, x, y, x_val, y_val) for degree in (1, 3, 9)]
    return difference(actual, expected, "for degrees 1, 3, 9 an error", 1e-3)


CAPACITY_CURVE = Exercise(
    name="capacity-curve",
    lecture=LECTURE,
    kind="experiment",
    text="Fit polynomials of growing degree to 15 noisy points by least squares. Return the mean "
    "squared error on the training points and on the validation points. First predict which of "
    "the two rises for large degrees.",
    start="def errors(degree, x, y, x_val, y_val):\n    train = val = ...\n    return train, val",
    solution="""def errors(degree, x, y, x_val, y_val):
    coefficients = np.polyfit(x, y, degree)
    train = np.mean((np.polyval(coefficients, x) - y) ** 2)
    val = np.mean((np.polyval(coefficients, x_val) - y_val) ** 2)
    return train, val""",
    properties=[_errors_as_by_least_squares],
    observe=lambda errors, *data: [errors(degree, *data) for degree in (1, 3, 9)],
    cases=_noisy_sine,
    variants=[
        """def errors(degree, x, y, x_val, y_val):
    powers, powers_val = np.vander(x, degree + 1), np.vander(x_val, degree + 1)
    weights = np.linalg.lstsq(powers, y, rcond=None)[0]
    return np.mean((powers @ weights - y) ** 2), np.mean((powers_val @ weights - y_val) ** 2)"""
    ],
    mistakes=[
        Mistake(
            "fitted on the validation points",
            "a validation error must come from points that the fit has not seen.",
            replace={"val = np": "coefficients = np.polyfit(x_val, y_val, degree)\n    val = np"},
        ),
        Mistake(
            "twice the training error",
            "on which points is the second error measured?",
            replace={"x_val) - y_val": "x) - y"},
        ),
        Mistake(
            "sums, not means",
            "there are 15 training and 200 validation points: sums cannot be compared.",
            replace={"np.mean": "np.sum"},
        ),
        Mistake(
            "one degree too high",
            "a polynomial of degree d has d + 1 coefficients.",
            replace={"np.polyfit(x, y, degree)": "np.polyfit(x, y, degree + 1)"},
        ),
    ],
)


# double-descent
def _regression(rng):
    X, X_new = rng.normal(size=(40, 8)), rng.normal(size=(400, 8))
    weights = rng.normal(size=8)
    weights *= 1.2 / np.linalg.norm(weights)
    return [(X, X @ weights + 0.5 * rng.normal(size=40), X_new, X_new @ weights)]


def _median_errors(test_error, X, y, X_new, y_new):
    return [
        np.median(
            [test_error(p, X, y, X_new, y_new, np.random.default_rng(seed)) for seed in range(5)]
        )
        for p in (10, 40, 400)
    ]


def _worst_at_the_number_of_examples(test_error, X, y, X_new, y_new):
    """The error is largest with as many features as examples, and small with many."""
    few, equal, many = _median_errors(test_error, X, y, X_new, y_new)
    errors = f"for 10, 40 and 400 features it is {few:.2g}, {equal:.2g} and {many:.2g}"
    return unless(equal > 2 * max(few, many) and many < np.mean(y_new**2), errors)


def _targets_of_new_examples(test_error, X, y, X_new, y_new):
    """The error is that of the new examples."""
    error = test_error(10, X, y, X_new, y_new + 100, np.random.default_rng(0))
    return unless(error > 1000, "other targets of the new examples change nothing")


DOUBLE_DESCENT = Exercise(
    name="double-descent",
    lecture=LECTURE,
    kind="experiment",
    text="Fit `p` random ReLU features, `np.maximum(X @ W, 0)` with normal `W`, to 40 noisy "
    "examples by least squares with the smallest weights (`np.linalg.lstsq`). Return the mean "
    "squared error on new examples. First predict the order of the errors for p = 10, 40 and 400.",
    start="def test_error(p, X, y, X_new, y_new, rng):\n    return ...",
    solution="""def test_error(p, X, y, X_new, y_new, rng):
    W = rng.normal(size=(X.shape[1], p))
    features = np.maximum(X @ W, 0)
    v = np.linalg.lstsq(features, y, rcond=None)[0]
    return np.mean((np.maximum(X_new @ W, 0) @ v - y_new) ** 2)""",
    properties=[
        _worst_at_the_number_of_examples,
        _targets_of_new_examples,
    ],
    observe=_median_errors,
    cases=_regression,
    variants=[
        """def test_error(p, X, y, X_new, y_new, rng):
    W = rng.normal(size=(X.shape[1], p))
    v = np.linalg.pinv(np.maximum(X @ W, 0)) @ y
    return np.mean((np.maximum(X_new @ W, 0) @ v - y_new) ** 2)"""
    ],
    mistakes=[
        Mistake(
            "training error",
            "from p = 40 on it is 0. On which examples?",
            replace={"(np.maximum(X_new @ W, 0) @ v - y_new)": "(features @ v - y)"},
        ),
        Mistake(
            "new features for the test",
            "the weights v belong to the features on which they were fitted.",
            replace={"    return": "    W = rng.normal(size=W.shape)\n    return"},
        ),
        Mistake(
            "with a penalty",
            "the peak has disappeared: a remedy, but not the experiment. Try it afterwards.",
            replace={
                "np.linalg.lstsq(features, y, rcond=None)[0]": "np.linalg.solve("
                "features.T @ features + 10 * np.eye(p), features.T @ y)"
            },
        ),
    ],
)


# l2-penalty
def _penalized_case(rng):
    return [(rng.normal(size=(9, 3)), rng.normal(size=9), rng.normal(size=3), 0.7, 0.3)]


def _penalty_gradient_is_right(gradient, X, y, w, b, penalty):
    """Finite differences of the penalized loss give the same gradients."""
    bias = np.array([b])

    def loss():
        return np.mean((X @ w + bias[0] - y) ** 2) + penalty * np.sum(w**2)

    dw, db = gradient(X, y, w, b, penalty)
    expected = numerical_gradient(loss, w)
    return difference(dw, expected, "the gradient of w") or difference(
        db, numerical_gradient(loss, bias)[0], "the gradient of b"
    )


L2_PENALTY = Exercise(
    name="l2-penalty",
    lecture=LECTURE,
    kind="write",
    text="The loss is `mean((X w + b - y)**2) + penalty * sum(w**2)`. Return its gradients with "
    "respect to `w` and `b`.",
    start="def gradient(X, y, w, b, penalty):\n    dw = db = ...\n    return dw, db",
    solution="""def gradient(X, y, w, b, penalty):
    error = X @ w + b - y
    dw = 2 * X.T @ error / len(y) + 2 * penalty * w
    db = 2 * error.mean()
    return dw, db""",
    properties=[_penalty_gradient_is_right],
    cases=_penalized_case,
    variants=[
        """def gradient(X, y, w, b, penalty):
    slope = 2 / len(y) * (X @ w + b - y)
    return slope @ X + 2 * penalty * w, slope.sum()"""
    ],
    mistakes=[
        Mistake(
            "the bias is penalized, too",
            "a bias does not make the function more complex. Is it in the penalty?",
            replace={"2 * error.mean()": "2 * error.mean() + 2 * penalty * b"},
        ),
        Mistake(
            "the factor 2 is missing in the penalty",
            "what is the derivative of w squared?",
            replace={"2 * penalty * w": "penalty * w"},
        ),
        Mistake(
            "L1, not L2",
            "this is the gradient of the sum of absolute values.",
            replace={"2 * penalty * w": "penalty * np.sign(w)"},
        ),
        Mistake(
            "the penalty pushes weights away from 0",
            "which sign makes a step against the gradient shrink the weights?",
            replace={"+ 2 * penalty": "- 2 * penalty"},
        ),
        Mistake(
            "1/n is missing",
            "the first term of the loss is a mean.",
            replace={" / len(y)": "", "error.mean()": "error.sum()"},
        ),
    ],
)

EXERCISES = [CAPACITY_CURVE, EARLY_STOPPING, L2_PENALTY, DOUBLE_DESCENT]
