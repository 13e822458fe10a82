"""`training.fit` vs. `model.fit`, with compilation: a network 784-512-512-10, three epochs.

The other alternatives are settings of `model.compile` from which `training.fit` chooses.
"""

import operator
from functools import partial

from benchmarks.timing import Finding, Ratio, interleaved, seconds
from mlcourse import datasets, models, training
from mlcourse.training.speed import STEPS_PER_EXECUTION as STEPS

RUNS = 3
EPOCHS = 3
PLAIN = "`model.fit`"
OURS = "`training.fit`"
COMPILE_OPTIONS = {
    f"{STEPS} steps per call": {"steps_per_execution": STEPS},
    "jit": {"jit_compile": True},
    f"{STEPS} steps per call, jit": {"steps_per_execution": STEPS, "jit_compile": True},
}
TASKS = (  # batch size, number of images, alternative compile options
    (32, 10_000, COMPILE_OPTIONS),
    (32, 60_000, {}),
    (512, 60_000, {}),
)


def train_network(train, test, batch_size, fit, compile_options):
    """Train a network of the lecture, and return the seconds and the test accuracy."""
    training.set_seed(0)
    model = models.mlp(784, hidden=(512, 512))
    model.compile(
        "rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"], **compile_options
    )
    options = {"epochs": EPOCHS, "batch_size": batch_size, "verbose": 0}
    duration = seconds(lambda: fit(model, *train, **options))
    return duration, model.evaluate(*test, 512, verbose=0)[1]


def plain_fit(model, *train, **options):
    """Train a model by Keras's own method."""
    model.fit(*train, **options)


def rows():
    """Yield the ratios for each task, and the test accuracies of the last run."""
    data = datasets.load("fashion_mnist", synthetic=True)
    x = training.prepare_images(data.x_train, flatten=True)
    test = training.prepare_images(data.x_test, flatten=True), data.y_test
    for batch_size, n_images, alternatives in TASKS:
        train = x[:n_images], data.y_train[:n_images]
        train_by = partial(train_network, train, test, batch_size)
        functions = {
            OURS: partial(train_by, training.fit, {}),
            PLAIN: partial(train_by, plain_fit, {}),
        }
        for name, options in alternatives.items():
            functions[name] = partial(train_by, plain_fit, options)
        results = interleaved(functions, RUNS, measure=operator.call, warm_up=0)
        times = {name: [duration for duration, _ in runs] for name, runs in results.items()}
        what = f"{OURS} of {n_images:,} images, batches of {batch_size}"
        for name in list(functions)[1:]:
            yield Ratio(what, name, times[OURS], times[name])
        accuracies = (f"{results[name][-1][1]:.4f} by {name}" for name in (OURS, PLAIN))
        yield Finding(f"{what}: test accuracy on {data.title}", ", ".join(accuracies))
