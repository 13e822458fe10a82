"""Synthetic images of the catalog's classes, tens of thousands in a few seconds.

They replace a dataset that is not available. Each image is composed of a few shapes with random
position, scale, shear, thickness and texture, so that a network can learn them, overfit them, and
confuse the classes that people would confuse.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mlcourse.datasets.synthetic import digits, garments, objects

DRAWERS = {"fashion_mnist": garments.draw, "mnist": digits.draw, "cifar10": objects.draw}
CHUNK_SIZE = 1000  # images per task


def generate(entry, seed=0):
    """Return synthetic training and test data for a catalog entry.

    The images depend only on the seed, not on the number of threads.

    Args:
        entry: an `Entry`, whose image shape, classes and class counts are used.
        seed: integer seed.

    Returns:
        A dict of uint8 arrays: x_train, y_train, x_test, y_test.
    """
    train_seed, test_seed = np.random.SeedSequence(seed).spawn(2)
    x_train, y_train = _generate_part(entry.name, entry.train_counts, train_seed)
    x_test, y_test = _generate_part(entry.name, entry.test_counts, test_seed)
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def _generate_part(name, class_counts, seed):
    """Return images and shuffled labels with given class counts."""
    labels = np.repeat(np.arange(len(class_counts), dtype=np.uint8), class_counts)
    np.random.default_rng(seed).shuffle(labels)
    chunks = [labels[start : start + CHUNK_SIZE] for start in range(0, len(labels), CHUNK_SIZE)]
    drawers = [DRAWERS[name]] * len(chunks)
    with ThreadPoolExecutor() as threads:
        images = threads.map(_draw_chunk, drawers, chunks, seed.spawn(len(chunks)))
        return np.concatenate(list(images)), labels


def _draw_chunk(draw, labels, seed):
    """Return the images of a chunk of labels; each class is drawn at once, then sorted back."""
    rng = np.random.default_rng(seed)
    order = np.argsort(labels, kind="stable")
    class_counts = np.bincount(labels)
    groups = [draw(label, int(n), rng) for label, n in enumerate(class_counts) if n]
    images = np.concatenate(groups)
    return images[np.argsort(order)]
