"""Data: examples and targets, their order, and the batches of an epoch."""

import numpy as np

from mlcourse import checks


class Data:
    """Examples X, (n, ...), and their targets y, (n,) or (n, outputs); all numbers finite."""

    def __init__(self, X: np.ndarray | list, y: np.ndarray | list) -> None:
        self.X, self.y = checks.finite("X", X), checks.finite("y", y)
        checks.same_length("X", self.X, "y", self.y)


class Sampler:
    """Which examples are in each batch: in order, or shuffled anew for each epoch."""

    def __init__(self, data: Data, batch_size: int, shuffle: bool = False, seed: int = 0) -> None:
        checks.kind("data", data, Data, "Data(X, y)")
        self.order, self.shuffle = np.arange(len(data.X)), checks.flag("shuffle", shuffle)
        self.batch_size = checks.integer("batch_size", batch_size, 1)
        self.rng = np.random.default_rng(checks.integer("seed", seed, 0))

    def __iter__(self):
        order = self.rng.permutation(self.order) if self.shuffle else self.order
        for start in range(0, len(order), self.batch_size):
            yield order[start : start + self.batch_size]


class Dataloader:
    """The batches of an epoch, (X, y) each."""

    def __init__(self, data: Data, sampler: Sampler) -> None:
        self.data = checks.kind("data", data, Data, "Data(X, y)")
        self.sampler = checks.kind("sampler", sampler, Sampler, "Sampler(data, 32)")
        checks.same_length("data", data.X, "what the sampler is for", sampler.order)

    def __len__(self):
        return -(-len(self.data.X) // self.sampler.batch_size)

    def __iter__(self):
        for chosen in self.sampler:
            yield self.data.X.take(chosen, axis=0), self.data.y[chosen]
