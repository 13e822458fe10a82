"""`training.fit` beside `model.fit`, compiling included: a network 784-512-512-10, three epochs.

Beside it are also the settings of `model.compile` that `training.fit` chooses from.
"""

import operator
from functools import partial

from benchmarks.timing import Finding, Ratio, interleaved, seconds
from mlcourse import datasets, models, training
from mlcourse.training.speed import STEPS

RUNS, EPOCHS = 3, 3
PLAIN, OURS = "`model.fit`", "`training.fit`"
CHOICE = {
    f"{STEPS} steps a call": {"steps_per_execution": STEPS},
    "jit": {"jit_compile": True},
    f"{STEPS} steps a call, jit": {"steps_per_execution": STEPS, "jit_compile": True},
}
WORK = ((32, 10_000, CHOICE), (32, 60_000, {}), (512, 60_000, {}))  # batch size, pictures, others


def fitted(train, test, batch_size, fit, setting):
    """Returns the seconds in which a network of the lecture is trained, and its test accuracy."""
    training.set_seed(0)
    model = models.mlp(784, hidden=(512, 512))
    model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"], **setting)
    options = {"epochs": EPOCHS, "batch_size": batch_size, "verbose": 0}
    taken = seconds(lambda: fit(model, *train, **options))
    return taken, model.evaluate(*test, 512, verbose=0)[1]


def plain_fit(model, *train, **options):
    """Trains a model as Keras does."""
    model.fit(*train, **options)


def rows():
    """Yields, for each work, the ratios, and the test accuracies of the last run."""
    data = datasets.load("fashion_mnist", synthetic=True)
    x, x_test = (training.prepare_images(x, flatten=True) for x in (data.x_train, data.x_test))
    test = x_test, data.y_test
    for batch_size, count, choice in WORK:
        some = partial(fitted, (x[:count], data.y_train[:count]), test, batch_size)
        ways = {OURS: partial(some, training.fit, {}), PLAIN: partial(some, plain_fit, {})}
        ways |= {name: partial(some, plain_fit, setting) for name, setting in choice.items()}
        taken = interleaved(ways, RUNS, measure=operator.call, warm_up=0)
        times = {way: [each for each, _ in runs] for way, runs in taken.items()}
        what = f"{OURS} of {count:,} pictures, batches of {batch_size}"
        for way in list(ways)[1:]:
            yield Ratio(what, way, times[OURS], times[way])
        accuracies = (f"{taken[way][-1][1]:.4f} by {way}" for way in (OURS, PLAIN))
        yield Finding(f"{what}: test accuracy on {data.title}", ", ".join(accuracies))
