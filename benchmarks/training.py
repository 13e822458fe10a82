"""`training.fit` beside `model.fit`, and the settings that it chooses from, in turn."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import time

import keras
import numpy as np

from mlcourse import datasets, models, training
from mlcourse.training.speed import STEPS

RUNS = 2
WORK = ((32, 20_000, 3), (32, 60_000, 3), (512, 50_000, 10))  # batch size, examples, epochs
PLAIN = "model.fit"
SETTINGS = {
    PLAIN: {},
    f"{STEPS} steps a call": {"steps_per_execution": STEPS},
    "jit": {"jit_compile": True},
    f"{STEPS} steps a call, jit": {"steps_per_execution": STEPS, "jit_compile": True},
    "training.fit": None,
}


def fitted(x, y, batch_size, epochs, setting):
    """Returns a network of the lecture that has been trained, and the seconds that it took."""
    training.set_seed(0)
    model = models.mlp(784, hidden=(512, 512))
    model.compile(
        "rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"], **(setting or {})
    )
    start = time.perf_counter()
    options = {"epochs": epochs, "batch_size": batch_size, "verbose": 0}
    if setting is None:
        training.fit(model, x, y, **options)
    else:
        model.fit(x, y, **options)
    return model, time.perf_counter() - start


def main():
    """Prints seconds with compiling, times as quick as `model.fit`, and the test accuracy."""
    data = datasets.load("fashion_mnist", stand_in=True)
    x = training.prepare_images(data.x_train, flatten=True)
    x_test = training.prepare_images(data.x_test, flatten=True)
    print(
        f"{data.title}, 784-512-512-10, Keras on {keras.backend.backend()}, {os.cpu_count()} cores"
    )
    for batch_size, examples, epochs in WORK:
        print(f"\nbatches of {batch_size}, {epochs} epochs of {examples:,} pictures")
        seconds, accuracies = {way: [] for way in SETTINGS}, {}
        for _ in range(RUNS):
            for way, setting in SETTINGS.items():
                some = x[:examples], data.y_train[:examples]
                model, taken = fitted(*some, batch_size, epochs, setting)
                seconds[way].append(taken)
                accuracies[way] = model.evaluate(x_test, data.y_test, 512, verbose=0)[1]
        for way, mine in seconds.items():
            ratios = np.array(seconds[PLAIN]) / mine
            print(
                f"  {way:22} {np.median(mine):6.1f} s   {np.median(ratios):4.2f}"
                f" ({ratios.min():.2f} to {ratios.max():.2f})   {accuracies[way]:.4f}"
            )


if __name__ == "__main__":
    main()
