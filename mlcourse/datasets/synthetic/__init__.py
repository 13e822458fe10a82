"""Pictures that look like their class, drawn by the tens of thousands in a few seconds.

They stand in for real data where there is none. Each is drawn from a few shapes
whose position, scale, slant, thickness and texture are random, so that a network
learns them, overfits them, and confuses the classes that people would confuse.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mlcourse.datasets.synthetic import digits, garments, objects

DRAWERS = {"fashion_mnist": garments.draw, "mnist": digits.draw, "cifar10": objects.draw}
CHUNK = 1000


def generate(entry, seed=0):
    """Returns x_train, y_train, x_test and y_test for a catalogue entry.

    The pictures depend on the seed alone, not on the number of threads that draw them.

    Args:
        entry: a catalogue entry: its shapes, class counts and classes are kept.
        seed: a whole number.

    Returns:
        A dict of uint8 arrays, shaped as the real ones.
    """
    train, test = np.random.SeedSequence(seed).spawn(2)
    x_train, y_train = _part(entry.name, entry.train_counts, train)
    x_test, y_test = _part(entry.name, entry.test_counts, test)
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def _part(name, counts, seeds):
    labels = np.repeat(np.arange(len(counts), dtype=np.uint8), counts)
    np.random.default_rng(seeds).shuffle(labels)
    chunks = [labels[start : start + CHUNK] for start in range(0, len(labels), CHUNK)]
    with ThreadPoolExecutor() as threads:
        images = threads.map(
            _chunk, [DRAWERS[name]] * len(chunks), chunks, seeds.spawn(len(chunks))
        )
        return np.concatenate(list(images)), labels


def _chunk(draw, labels, seed):
    """Returns the pictures of one chunk: each class's are drawn together, then put in order."""
    rng = np.random.default_rng(seed)
    order = np.argsort(labels, kind="stable")
    groups = [draw(label, int(n), rng) for label, n in enumerate(np.bincount(labels)) if n]
    images = np.concatenate(groups)
    return images[np.argsort(order)]
