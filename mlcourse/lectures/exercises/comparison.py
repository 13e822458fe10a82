"""Exercises on seeds, searches and fair comparisons, for the lecture on ablation."""

import numpy as np

from mlcourse.lectures.exercises.exercise import Exercise, Mistake, difference, unless

LECTURE = "experiments"


# standard-error
def _shift(summary, scores):
    """Scores higher by 1 have a mean higher by 1, and the same standard error."""
    return difference(summary(scores + 1), np.add(summary(scores), [1, 0]), "the result")


def _spread_of_means(summary, scores):
    """The standard error is the standard deviation of means of as many scores."""
    samples = np.random.default_rng(4).normal(size=(4000, 5))
    errors = [summary(sample)[1] for sample in samples[:1000]]
    root_mean_square = np.sqrt(np.mean(np.square(errors)))
    return difference(root_mean_square, samples.mean(axis=1).std(), "for 5 scores it", 0.06)


STANDARD_ERROR = Exercise(
    name="standard-error",
    lecture=LECTURE,
    kind="write",
    text="The accuracies of a network trained from n seeds: return their mean, and the standard "
    "error of this mean.",
    start="def summary(scores):\n    mean = error = ...\n    return mean, error",
    solution="def summary(scores):\n"
    "    return np.mean(scores), np.std(scores, ddof=1) / np.sqrt(len(scores))",
    properties=[_shift, _spread_of_means],
    cases=lambda rng: [(rng.normal(size=5),)],
    variants=[
        "from scipy import stats\ndef summary(scores):\n"
        "    return np.mean(scores), stats.sem(scores)"
    ],
    mistakes=[
        Mistake(
            "standard deviation, not standard error",
            "this is how single runs differ. Does a mean of 100 runs differ as much?",
            replace={" / np.sqrt(len(scores))": ""},
        ),
        Mistake(
            "ddof is missing",
            "the scores are closer to their own mean than to the true one. What does `ddof` do?",
            replace={", ddof=1": ""},
        ),
        Mistake(
            "variance, not standard deviation",
            "the error must double if all scores double.",
            replace={
                "np.std(scores, ddof=1) / "
                "np.sqrt(len(scores))": "np.var(scores, ddof=1) / len(scores)"
            },
        ),
        Mistake(
            "divided by n, not by its root",
            "four times as many seeds halve the error.",
            replace={"np.sqrt(len(scores))": "len(scores)"},
        ),
    ],
)


# paired-difference
def _paired_scores(rng):
    seed_effect = rng.normal(0, 3, 6)
    return seed_effect + rng.normal(1, 0.1, 6), seed_effect + rng.normal(0, 0.1, 6)


def _seed_effects_cancel(t_value, a, b):
    """An effect of the seed on both settings changes nothing."""
    effect = 7 * np.arange(6)
    return difference(t_value(a + effect, b + effect), t_value(a, b))


def _antisymmetric(t_value, a, b):
    """Exchanged settings give the opposite sign."""
    return difference(t_value(b, a), -np.asarray(t_value(a, b)))


def _unit_free(t_value, a, b):
    """Percentages give the same result as fractions."""
    return difference(t_value(100 * a, 100 * b), t_value(a, b))


def _grows_with_the_seeds(t_value, a, b):
    """Four times as many seeds give about twice the value."""
    ratio = t_value(np.tile(a, 4), np.tile(b, 4)) / t_value(a, b)
    return unless(1.9 < ratio < 2.3, f"they give {ratio:.2f} times the value")


PAIRED_DIFFERENCE = Exercise(
    name="paired-difference",
    lecture=LECTURE,
    kind="fix",
    text="Two settings were trained from the same seeds; `a` and `b` are their accuracies. "
    "This code compares the best runs. Return the mean difference divided by its standard error.",
    start="def t_value(a, b):\n    return np.max(a) - np.max(b)",
    solution="""def t_value(a, b):
    d = a - b
    return np.mean(d) / (np.std(d, ddof=1) / np.sqrt(len(d)))""",
    properties=[_seed_effects_cancel, _antisymmetric, _unit_free, _grows_with_the_seeds],
    cases=lambda rng: [_paired_scores(rng), _paired_scores(rng)],
    variants=[
        "from scipy import stats\ndef t_value(a, b):\n    return stats.ttest_rel(a, b).statistic"
    ],
    mistakes=[
        Mistake(
            "best run of each",
            "these are the luckiest seeds. What do they say about the settings?",
        ),
        Mistake(
            "not paired",
            "both settings had the same seeds. Subtract first, then compute the spread.",
            "from scipy import stats\ndef t_value(a, b):\n"
            "    return stats.ttest_ind(a, b).statistic",
        ),
        Mistake(
            "the standard error is missing",
            "is this difference large? Compared with what?",
            replace={" / (np.std(d, ddof=1) / np.sqrt(len(d)))": ""},
        ),
        Mistake(
            "divided by the standard deviation",
            "more seeds must make you more certain.",
            replace={" / np.sqrt(len(d))": ""},
        ),
    ],
)


# log-uniform
def _within_the_range(sample, low, high, n, rng):
    """All values are between low and high."""
    values = np.asarray(sample(low, high, n, rng), float)
    if values.shape != (n,):
        return f"the shape is {values.shape}"
    inside = (values >= 0.999 * low).all() and (values <= 1.001 * high).all()
    return unless(inside, f"they are between {values.min():.3g} and {values.max():.3g}")


def _equal_fractions(sample, low, high, n, rng):
    """Each third of the logarithmic scale gets a third of the values."""
    edges = np.linspace(np.log10(low), np.log10(high), 4)
    fractions = np.histogram(np.log10(sample(low, high, n, rng)), edges)[0] / n
    return difference(fractions, np.full(3, 1 / 3), "a fraction", 0.06)


def _sample_statistics(sample, low, high, n, rng):
    values = np.asarray(sample(low, high, n, rng), float)
    fractions = [np.mean(values < limit) for limit in (0, low, np.sqrt(low * high), high)]
    return np.round(fractions, 1)


LOG_UNIFORM = Exercise(
    name="log-uniform",
    lecture=LECTURE,
    kind="write",
    text="Draw `n` learning rates between `low` and `high` such that each power of ten gets the "
    "same fraction. `rng` is a NumPy generator.",
    start="def sample(low, high, n, rng):\n    return ...",
    solution="def sample(low, high, n, rng):\n"
    "    return np.exp(rng.uniform(np.log(low), np.log(high), n))",
    properties=[_within_the_range, _equal_fractions],
    observe=_sample_statistics,
    cases=lambda rng: [(1e-4, 1e-1, 20_000, rng), (1e-5, 1.0, 20_000, rng)],
    variants=["def sample(low, high, n, rng):\n    return low * (high / low) ** rng.random(n)"],
    mistakes=[
        Mistake(
            "uniform on a linear scale",
            "which fraction of these is below a tenth of high?",
            "def sample(low, high, n, rng):\n    return rng.uniform(low, high, n)",
        ),
        Mistake(
            "exponents, not learning rates",
            "these are logarithms. How do you get the numbers?",
            replace={
                "np.exp(rng.uniform(np.log(low), np.log(high), "
                "n))": "rng.uniform(np.log(low), np.log(high), n)"
            },
        ),
        Mistake(
            "logarithms of two bases",
            "the logarithm and the power must have the same base.",
            replace={"np.exp(": "10 ** ("},
        ),
    ],
)


# effective-step
def _steady_step(learning_rate, momentum):
    velocity = 0.0
    for _ in range(4000):
        velocity = momentum * velocity - learning_rate
    return -velocity


def _equals_the_steady_step(equivalent, learning_rate, momentum):
    """The step on a constant slope has this length in the end."""
    expected = _steady_step(learning_rate, momentum)
    return difference(equivalent(learning_rate, momentum), expected, "your learning rate", 1e-3)


EFFECTIVE_STEP = Exercise(
    name="effective-step",
    lecture=LECTURE,
    kind="predict",
    text="SGD has a learning rate and a momentum. Which learning rate without momentum makes steps "
    "of the same length on a constant slope? Predict it for momentum 0.9 first.",
    start="def equivalent(learning_rate, momentum):\n    return ...",
    solution="def equivalent(learning_rate, momentum):\n    return learning_rate / (1 - momentum)",
    properties=[_equals_the_steady_step],
    cases=lambda rng: [(0.1, 0.9), (0.02, 0.5), (0.1, 0.0), (0.3, float(rng.uniform(0.2, 0.8)))],
    variants=[
        "def equivalent(learning_rate, momentum):\n"
        "    return learning_rate * sum(momentum**k for k in range(3000))"
    ],
    mistakes=[
        Mistake(
            "smaller instead of larger",
            "does momentum speed a steady descent up or slow it down?",
            replace={"/ (1": "* (1"},
        ),
        Mistake(
            "only the previous step",
            "the previous velocity contains the one before, and so on.",
            replace={"/ (1 - momentum)": "* (1 + momentum)"},
        ),
        Mistake(
            "for alternating gradients",
            "this is right if the gradient changes its sign in each step.",
            replace={"1 - momentum": "1 + momentum"},
        ),
        Mistake(
            "for momentum 0.9 only",
            "the factor 10 is right for 0.9. And for 0.5?",
            replace={"/ (1 - momentum)": "* 10"},
        ),
    ],
)


# cross-validation
class _Memory:
    """A model that remembers its examples; its score is the fraction that it has seen."""

    def __init__(self, log):
        self.seen = set()
        self.log = log

    def fit(self, X, y):
        self.seen.update(np.ravel(X).tolist())

    def score(self, X, y):
        examples = np.ravel(X).tolist()
        self.log.extend(examples)
        return np.mean([example in self.seen for example in examples])


def _scores(cross_validate, X, y, k):
    log = []
    return np.asarray(cross_validate.call_in_place(lambda: _Memory(log), X, y, k), float), log


def _nothing_is_known(cross_validate, X, y, k):
    """No model is scored on an example that it was trained on."""
    scores, _ = _scores(cross_validate, X, y, k)
    return difference(scores, np.zeros(k), "the fraction of known examples")


def _each_example_once(cross_validate, X, y, k):
    """Each example is in one validation part."""
    _, log = _scores(cross_validate, X, y, k)
    return unless(sorted(log) == np.ravel(X).tolist(), "some are in none, or in several")


def _scores_and_examples(cross_validate, X, y, k):
    scores, log = _scores(cross_validate, X, y, k)
    return [scores, len(log), len(set(log))]


CROSS_VALIDATE = """def cross_validate(build, X, y, k):
    scores = []
    for part in np.array_split(np.arange(len(X)), k):
        rest = np.setdiff1d(np.arange(len(X)), part)
        model = build()
        model.fit(X[rest], y[rest])
        scores.append(model.score(X[part], y[part]))
    return scores"""
ONE_MODEL = CROSS_VALIDATE.replace("        model = build()\n", "").replace(
    "    scores = []", "    model = build()\n    scores = []"
)
CROSS_VALIDATION = Exercise(
    name="cross-validation",
    lecture="model-selection",
    kind="fix",
    text="In this k-fold cross-validation the accuracy rises from fold to fold. Find the reason, "
    "and correct it. `build()` returns a new model with `fit` and `score`.",
    start=ONE_MODEL,
    solution=CROSS_VALIDATE,
    properties=[_nothing_is_known, _each_example_once],
    observe=_scores_and_examples,
    cases=lambda rng: [(np.arange(12.0), np.arange(12), 3), (np.arange(10.0), np.arange(10), 5)],
    variants=[
        """def cross_validate(build, X, y, k):
    fold = np.arange(len(X)) % k
    scores = np.zeros(k)
    for i in range(k):
        model = build()
        model.fit(X[fold != i], y[fold != i])
        scores[i] = model.score(X[fold == i], y[fold == i])
    return scores"""
    ],
    mistakes=[
        Mistake(
            "one model for all folds",
            "in the second fold the model has already been trained on the examples that score it.",
        ),
        Mistake(
            "scored on the training part",
            "which part was held out?",
            replace={"X[part], y[part]": "X[rest], y[rest]"},
        ),
        Mistake(
            "trained on all examples",
            "nothing is held out.",
            replace={"X[rest], y[rest]": "X, y"},
        ),
        Mistake(
            "training and validation exchanged",
            "each model should be trained on k - 1 parts, and scored on the remaining one.",
            replace={"in np.array_split(np.arange(len(X)), k)": "in PARTS"}
            | {
                "PARTS": "[np.setdiff1d(np.arange(len(X)), p) for p in "
                "np.array_split(np.arange(len(X)), k)]"
            },
        ),
    ],
)


# test-set-once
class _TestScores:
    """Test accuracies that count how often they are read."""

    def __init__(self, scores):
        self.scores = scores
        self.reads = []

    def __call__(self, name):
        self.reads.append(name)
        return self.scores[name]


def _choice(choose, validation, test):
    scores = _TestScores(test)
    name, score = choose.call_in_place(validation, scores)
    return name, score, len(scores.reads)


def _test_set_is_used_once(choose, validation, test):
    """The test set is used once."""
    n_reads = _choice(choose, validation, test)[2]
    return unless(n_reads == 1, f"it is used {n_reads} times")


def _validation_chooses(choose, validation, test):
    """The network with the best validation accuracy is chosen, with its test accuracy."""
    best = max(validation, key=validation.get)
    name, score, _ = _choice(choose, validation, test)
    return unless(name == best and score == test[best], f"it is {name} with {score}")


def _accuracies(rng):
    names = [f"network {i}" for i in range(6)]
    return tuple(dict(zip(names, rng.random(6).round(3), strict=True)) for _ in range(2))


TEST_SET_ONCE = Exercise(
    name="test-set-once",
    lecture="model-selection",
    kind="fix",
    text="Choose one of six networks, and estimate its accuracy on new images. `validation` is a "
    "dict from names to accuracies; `test(name)` evaluates a network on the test set. Return the "
    "name and the estimate. What is wrong with this code?",
    start="def choose(validation, test):\n    best = max(validation, key=test)\n"
    "    return best, test(best)",
    solution="def choose(validation, test):\n    best = max(validation, key=validation.get)\n"
    "    return best, test(best)",
    properties=[_test_set_is_used_once, _validation_chooses],
    observe=_choice,
    cases=lambda rng: [_accuracies(rng), _accuracies(rng)],
    variants=[
        "def choose(validation, test):\n    names = list(validation)\n"
        "    best = names[int(np.argmax(list(validation.values())))]\n    return best, test(best)"
    ],
    mistakes=[
        Mistake(
            "chosen on the test set",
            "the test set was used seven times: it has become a validation set.",
        ),
        Mistake(
            "validation accuracy as the estimate",
            "the best of six was chosen because this number is high. Is it a fair estimate?",
            replace={"test(best)": "validation[best]"},
        ),
        Mistake(
            "all networks are tested",
            "the estimate is right, but you have seen the others. Evaluate the chosen one only.",
            replace={"test(best)": "{name: test(name) for name in validation}[best]"},
        ),
        Mistake(
            "the worst is chosen",
            "these are accuracies, not losses.",
            replace={"max(": "min("},
        ),
    ],
)


# best-of-n
def _known_maxima(optimism, sd, seed):
    """For 1, 2 and 3 networks the bias is 0, 1 and 1.5 times sd / sqrt(pi)."""
    biases = [optimism(n, sd, np.random.default_rng(seed)) for n in (1, 2, 3)]
    expected = np.array([0, 1, 1.5]) * sd / np.sqrt(np.pi)
    wrong = ~np.isclose(biases, expected, 0.04, 0.03 * sd)
    return unless(not wrong.any(), f"yours are {np.round(biases, 2).tolist()} for sd = {sd}")


BEST_OF_N = Exercise(
    name="best-of-n",
    lecture=LECTURE,
    kind="experiment",
    text="`n` networks are equally good. Their validation accuracies differ only by noise, normal "
    "with standard deviation `sd`. By how much is the best one overestimated, on average? Simulate "
    "10,000 searches with the generator `rng`.",
    start="def optimism(n, sd, rng):\n    return ...",
    solution="def optimism(n, sd, rng):\n"
    "    return rng.normal(0, sd, (10_000, n)).max(axis=1).mean()",
    properties=[_known_maxima],
    observe=lambda optimism, sd, seed: np.round(
        [optimism(n, sd, np.random.default_rng(seed)) / sd for n in (1, 3, 15)], 1
    ),
    cases=lambda rng: [(1.0, int(rng.integers(100))), (3.0, 0)],
    variants=[
        "def optimism(n, sd, rng):\n"
        "    return sd * np.mean([max(rng.normal(size=n)) for _ in range(10_000)])"
    ],
    mistakes=[
        Mistake(
            "the largest deviation",
            "a validation accuracy may also be too low: keep the sign.",
            replace={"rng.normal(0, sd, (10_000, n))": "abs(rng.normal(0, sd, (10_000, n)))"},
        ),
        Mistake(
            "standard error of a mean",
            "it falls with n. Is the best of more networks overestimated less?",
            "def optimism(n, sd, rng):\n    return sd / np.sqrt(n)",
        ),
        Mistake(
            "mean of all networks",
            "a search reports the best network, not the mean.",
            replace={".max(axis=1)": ""},
        ),
    ],
)


# both-digits
def _two_predictions(rng, n):
    y = rng.integers(10, size=(n, 2))
    difficulty = rng.random(n)
    predictions = []
    for head in (0, 1):
        p = rng.random((n, 10))
        p[np.arange(n), y[:, head]] += np.where(difficulty < 0.5, 0.2, 1.0)
        predictions.append(p / p.sum(axis=1, keepdims=True))
    return *predictions, y


def _counted_one_by_one(accuracy, upper, lower, y):
    """Counted one by one, as many images are right."""
    n_right = sum(
        upper[i].argmax() == y[i, 0] and lower[i].argmax() == y[i, 1] for i in range(len(y))
    )
    return difference(accuracy(upper, lower, y), n_right / len(y), "the fraction")


BOTH_DIGITS = Exercise(
    name="both-digits",
    lecture=LECTURE,
    kind="write",
    text="A network with two heads classifies two digits of an image: probabilities `upper` and "
    "`lower` (n, 10), labels `y` (n, 2), the upper digit first. Return the fraction of images of "
    "which both digits are right.",
    start="def accuracy(upper, lower, y):\n    return ...",
    solution="""def accuracy(upper, lower, y):
    upper_right = upper.argmax(axis=1) == y[:, 0]
    lower_right = lower.argmax(axis=1) == y[:, 1]
    return np.mean(upper_right & lower_right)""",
    properties=[_counted_one_by_one],
    cases=lambda rng: [_two_predictions(rng, 60), _two_predictions(rng, 45)],
    variants=[
        "def accuracy(upper, lower, y):\n"
        "    y_pred = np.stack([upper.argmax(1), lower.argmax(1)], axis=1)\n"
        "    return float((y_pred == y).all(axis=1).mean())"
    ],
    mistakes=[
        Mistake(
            "product of the accuracies",
            "this is right for independent errors. Are hard images hard for one head only?",
            replace={
                "np.mean(upper_right & lower_right)": "upper_right.mean() * lower_right.mean()"
            },
        ),
        Mistake(
            "mean of the accuracies",
            "an image with one right digit does not count.",
            replace={"upper_right & lower_right": "[upper_right, lower_right]"},
        ),
        Mistake(
            "heads exchanged",
            "which column of y is the upper digit?",
            replace={"y[:, 0]": "y[:, -1]", "y[:, 1]": "y[:, 0]"},
        ),
        Mistake(
            "at least one digit",
            "`|` is or. Which operator is and?",
            replace={" & ": " | "},
        ),
    ],
)


# random-search-trials
def _fewest_trials(n_trials, fraction, probability):
    """The number is the smallest one that is sufficient."""
    n, missed = 0, 1.0
    while missed > 1 - probability:
        n, missed = n + 1, missed * (1 - fraction)
    return difference(n_trials(fraction, probability), n, "the number of trials")


RANDOM_SEARCH_TRIALS = Exercise(
    name="random-search-trials",
    lecture=LECTURE,
    kind="write",
    text=(
        "A random search draws settings independently. How many trials are necessary so that at "
        "least one is among the best `fraction` of all settings, with at least this `probability`?"
    ),
    start="def n_trials(fraction, probability):\n    return ...",
    solution=(
        "def n_trials(fraction, probability):\n"
        "    return int(np.ceil(np.log(1 - probability) / np.log(1 - fraction)))"
    ),
    properties=[_fewest_trials],
    cases=lambda rng: [(0.05, 0.95), (0.2, 0.85), (rng.uniform(0.01, 0.03), 0.9)],
    variants=[
        "def n_trials(fraction, probability):\n    n = 1\n"
        "    while 1 - (1 - fraction) ** n < probability:\n        n += 1\n    return n"
    ],
    mistakes=[
        Mistake(
            "one hit on average",
            "how probable is it that so many trials all miss?",
            replace={"np.log(1 - probability) / np.log(1 - fraction)": "1 / fraction"},
        ),
        Mistake(
            "probabilities are added",
            "can the probability of a hit exceed 1 after many trials?",
            replace={"np.log(1 - probability) / np.log(1 - fraction)": "probability / fraction"},
        ),
        Mistake(
            "rounded down",
            "is the probability reached with this number of trials?",
            replace={"np.ceil": "np.floor"},
        ),
    ],
)


# one-change
def _each_variant_has_one_change(variants, baseline, changes):
    """Each variant is the baseline with its own change, and with no other."""
    result = variants(baseline, changes)
    for name, value in changes.items():
        if result[name] != {**baseline, name: value}:
            return f"the variant {name!r} is {result[name]}, the baseline is {baseline}"
    return None


def _numbers_of_variants(variants, baseline, changes):
    result = variants(baseline, changes)
    return [result[change].get(name, -1) for change in changes for name in baseline]


def _settings(rng):
    names = "units", "learning_rate", "batch_size"
    return tuple(dict(zip(names, rng.integers(1, 100, 3).tolist(), strict=True)) for _ in range(2))


ONE_CHANGE = Exercise(
    name="one-change",
    lecture=LECTURE,
    kind="fix",
    text="An ablation compares a baseline with variants, each with one change. `baseline` and "
    "`changes` are dicts from settings to values. Return a dict from the name of each change to "
    "the settings of its variant. With this code, all variants are the same: why?",
    start="def variants(baseline, changes):\n    result = {}\n"
    "    for name, value in changes.items():\n        settings = baseline\n"
    "        settings[name] = value\n        result[name] = settings\n    return result",
    solution="def variants(baseline, changes):\n    result = {}\n"
    "    for name, value in changes.items():\n        settings = dict(baseline)\n"
    "        settings[name] = value\n        result[name] = settings\n    return result",
    properties=[_each_variant_has_one_change],
    observe=_numbers_of_variants,
    cases=lambda rng: [_settings(rng), _settings(rng)],
    variants=[
        "def variants(baseline, changes):\n"
        "    return {name: {**baseline, name: value} for name, value in changes.items()}"
    ],
    mistakes=[
        Mistake(
            "one dict for all variants", "how many dicts are there after `settings = baseline`?"
        ),
        Mistake(
            "changes are collected",
            "a variant must not have the changes of those before it.",
            "def variants(baseline, changes):\n    result, settings = {}, dict(baseline)\n"
            "    for name, value in changes.items():\n"
            "        settings = {**settings, name: value}\n        result[name] = settings\n"
            "    return result",
        ),
        Mistake(
            "the rest of the settings is missing",
            "a variant has all settings of the baseline but one.",
            "def variants(baseline, changes):\n"
            "    return {name: {name: value} for name, value in changes.items()}",
        ),
    ],
)

EXERCISES = [
    STANDARD_ERROR,
    PAIRED_DIFFERENCE,
    LOG_UNIFORM,
    EFFECTIVE_STEP,
    CROSS_VALIDATION,
    TEST_SET_ONCE,
    BEST_OF_N,
    BOTH_DIGITS,
    RANDOM_SEARCH_TRIALS,
    ONE_CHANGE,
]
