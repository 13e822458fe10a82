"""`training.fit` compared with `model.fit`, compiling included: 784-512-512-10, three epochs.

Further alternatives are the settings of `model.compile` from which `training.fit` chooses.
"""

import operator
from functools import partial

from benchmarks.timing import Finding, Ratio, measure_in_turn, seconds
from mlcourse import datasets, models, training
from mlcourse.training.speed import STEPS

RUNS = 3
EPOCHS = 3
OURS = "`training.fit`"
KERAS = "`model.fit`"
SETTINGS = {
    f"{STEPS} steps per call": {"steps_per_execution": STEPS},
    "jit": {"jit_compile": True},
    f"{STEPS} steps per call, jit": {"steps_per_execution": STEPS, "jit_compile": True},
}
CASES = (  # batch size, number of images, further alternatives
    (32, 10_000, SETTINGS),
    (32, 60_000, {}),
    (512, 60_000, {}),
)


def train(train_data, test_data, batch_size, fit, settings):
    """Train the lecture's network, and return the seconds and the test accuracy."""
    training.set_seed(0)
    model = models.mlp(784, hidden=(512, 512))
    model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"], **settings)
    options = {"epochs": EPOCHS, "batch_size": batch_size, "verbose": 0}
    duration = seconds(lambda: fit(model, *train_data, **options))
    return duration, model.evaluate(*test_data, 512, verbose=0)[1]


def keras_fit(model, *train, **options):
    """Train a model by its own method."""
    model.fit(*train, **options)


def rows():
    """Yield the ratios of each case, and the test accuracies of its last run."""
    data = datasets.load("fashion_mnist", synthetic=True)
    x = training.prepare_images(data.x_train, flatten=True)
    test_data = training.prepare_images(data.x_test, flatten=True), data.y_test
    for batch_size, n_images, settings in CASES:
        train_data = x[:n_images], data.y_train[:n_images]
        fit_by = partial(train, train_data, test_data, batch_size)
        functions = {OURS: partial(fit_by, training.fit, {}), KERAS: partial(fit_by, keras_fit, {})}
        for name, options in settings.items():
            functions[name] = partial(fit_by, keras_fit, options)
        measured = measure_in_turn(functions, RUNS, measure=operator.call, warm_up=0)
        durations = {name: [run[0] for run in runs] for name, runs in measured.items()}
        task = f"{OURS} with {n_images:,} images, batches of {batch_size}"
        for name in list(functions)[1:]:
            yield Ratio(task, name, durations[OURS], durations[name])
        accuracies = [f"{measured[name][-1][1]:.4f} by {name}" for name in (OURS, KERAS)]
        yield Finding(f"{task}: test accuracy on {data.title}", ", ".join(accuracies))
