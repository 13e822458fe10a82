"""CIFAR-10: the time of an epoch of our network, with flipped and shifted images.

Short fits of 4,096 images with batches of 128. `cifar_race` trains to a target accuracy.
"""

import keras

from benchmarks.timing import Finding, compare, format_number, seconds
from mlcourse import datasets, devices, models, preprocessing, training

RUNS = 5
N_IMAGES = 4_096
BATCH_SIZE = 128
LEARNING_RATE = 0.25
PAD = 2  # pixels


def load():
    """Return CIFAR-10, and its standardized images with labels, for training and for the test."""
    data = datasets.load("cifar10", synthetic=True)
    scale = preprocessing.ChannelStandardizer(data.x_train)
    train = scale(data.x_train), keras.utils.to_categorical(data.y_train, 10)
    return data, train, (scale(data.x_test), data.y_test)


def residual_network(x):
    """Return our compiled residual network."""
    options = {"filters": preprocessing.patch_filters(x), "dtype": devices.quickest_dtype()}
    model = models.residual(widths=(24, 32, 64, 128), **options)
    model.compile(
        keras.optimizers.SGD(LEARNING_RATE, momentum=0.9, nesterov=True, weight_decay=0.005),
        keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=["accuracy"],
    )
    return model


def article_network():
    """Return the article's network, compiled with Adam."""
    model = models.cifar_cnn()
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def rows():
    """Yield the ratios of an epoch, and the throughput of the augmentation alone."""
    devices.configure()
    data, (x, y), _ = load()
    x = x[:N_IMAGES]
    y = y[:N_IMAGES]
    ours = residual_network(x)
    article = article_network()
    batches = datasets.AugmentedDataset(x, y, batch_size=BATCH_SIZE, pad=PAD)
    options = {"x": x, "y": y, "batch_size": BATCH_SIZE, "verbose": 0}
    alternatives = {
        "the same without augmentation": lambda: training.fit(ours, **options),
        "the article's network": lambda: training.fit(article, **options),
    }
    task = f"an epoch of {N_IMAGES:,} images of {data.title}, our network"
    yield from compare(task, lambda: training.fit(ours, batches, verbose=0), alternatives, RUNS)
    duration = seconds(lambda: [batches[number] for number in range(len(batches))])
    yield Finding("augmentation alone", f"{format_number(N_IMAGES / duration)} images per second")
