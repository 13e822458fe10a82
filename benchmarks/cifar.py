"""CIFAR-10: what an epoch of our recipe's network costs, with pictures mirrored and moved.

Short fits of 4,096 pictures with batches of 128. `cifar_race` trains to a goal.
"""

import keras

from benchmarks.timing import Finding, compared, seconds, short
from mlcourse import datasets, devices, models, preprocessing, training

RUNS, TRIED = 5, 4_096
BATCH, RATE, PAD = 128, 0.25, 2


def load():
    """Returns CIFAR-10, and its pictures, scaled, with their labels, for training and for test."""
    data = datasets.load("cifar10", synthetic=True)
    scale = preprocessing.per_channel(data.x_train)
    train = scale(data.x_train), keras.utils.to_categorical(data.y_train, 10)
    return data, train, (scale(data.x_test), data.y_test)


def ours(x):
    """Returns a residual network, compiled as our recipe has it."""
    options = {"filters": preprocessing.patch_filters(x), "dtype": devices.quickest_dtype()}
    model = models.residual(widths=(24, 32, 64, 128), **options)
    model.compile(
        keras.optimizers.SGD(RATE, momentum=0.9, nesterov=True, weight_decay=0.005),
        keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=["accuracy"],
    )
    return model


def course():
    """Returns the article's network, with Adam."""
    model = models.cifar_cnn()
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def rows():
    """Yields the ratios of an epoch, and what augmentation alone could deliver."""
    devices.configure()
    data, (x, y), _ = load()
    x, y, model, other = x[:TRIED], y[:TRIED], ours(x), course()
    batches = datasets.augment(x, y, batch_size=BATCH, pad=PAD)
    plain = {"x": x, "y": y, "batch_size": BATCH, "verbose": 0}
    others = {
        "the same, pictures as they are": lambda: training.fit(model, **plain),
        "the article's network": lambda: training.fit(other, **plain),
    }
    what = f"an epoch of {TRIED:,} pictures of {data.title}, our network"
    yield from compared(what, lambda: training.fit(model, batches, verbose=0), others, RUNS)
    alone = seconds(lambda: [batches[number] for number in range(len(batches))])
    yield Finding("augmentation alone", f"{short(TRIED / alone)} pictures a second")
