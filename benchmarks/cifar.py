"""CIFAR-10: an epoch of our recipe's network, with data augmentation.

Short fits of 4,096 images with batches of 128. `cifar_race` trains to a goal.
"""

import keras

from benchmarks.timing import Finding, compare, seconds, short
from mlcourse import datasets, devices, models, preprocessing, training

RUNS = 5
N_IMAGES = 4_096
BATCH_SIZE = 128
LEARNING_RATE = 0.25
PAD = 2  # pixels


def load():
    """Return CIFAR-10, and its standardized training and test sets."""
    data = datasets.load("cifar10", synthetic=True)
    scale = preprocessing.ChannelStandardizer(data.x_train)
    train = scale(data.x_train), keras.utils.to_categorical(data.y_train, 10)
    return data, train, (scale(data.x_test), data.y_test)


def ours(x):
    """Return the residual network of our recipe, compiled."""
    options = {"filters": preprocessing.patch_filters(x), "dtype": devices.quickest_dtype()}
    model = models.residual(widths=(24, 32, 64, 128), **options)
    model.compile(
        keras.optimizers.SGD(LEARNING_RATE, momentum=0.9, nesterov=True, weight_decay=0.005),
        keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=["accuracy"],
    )
    return model


def course():
    """Return the article's network, compiled with Adam."""
    model = models.cifar_cnn()
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def rows():
    """Yield the ratios of an epoch, and the speed of the augmentation alone."""
    devices.configure()
    data, (x, y), _ = load()
    model = ours(x)
    article_model = course()
    x = x[:N_IMAGES]
    y = y[:N_IMAGES]
    batches = datasets.AugmentedDataset(x, y, batch_size=BATCH_SIZE, pad=PAD)
    plain = {"x": x, "y": y, "batch_size": BATCH_SIZE, "verbose": 0}
    alternatives = {
        "the same without augmentation": lambda: training.fit(model, **plain),
        "the article's network": lambda: training.fit(article_model, **plain),
    }
    what = f"an epoch of {N_IMAGES:,} images of {data.title}, our network"
    yield from compare(what, lambda: training.fit(model, batches, verbose=0), alternatives, RUNS)
    alone = seconds(lambda: [batches[number] for number in range(len(batches))])
    yield Finding("augmentation alone", f"{short(N_IMAGES / alone)} images per second")
