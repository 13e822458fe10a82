"""How long fits on TensorFlow wait at the ends of their epochs, and that ours do not."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as setup_notebook has it

import time

import numpy as np

from mlcourse import devices, models

ROUNDS, EPOCHS = 3, 4
WORK = {  # pictures, batch size
    "short epochs": (512, 64),
    "longer ones": (4_096, 128),
}


def fitted(model, x, y, batch_size):
    """Returns the seconds that a fit takes."""
    start = time.perf_counter()
    model.fit(x, y, epochs=EPOCHS, batch_size=batch_size, verbose=0)
    return time.perf_counter() - start


def main():
    """Prints seconds of the same fits as TensorFlow has them, and without the wait."""
    rng = np.random.default_rng(0)
    model = models.cnn((32, 32, 3), filters=(32, 64), hidden=(128,))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    seconds = {(way, work): [] for way in ("as it is", "without the wait") for work in WORK}
    for way in ("as it is", "without the wait"):  # once changed, TensorFlow stays so
        if way != "as it is":
            devices.end_epochs_at_once()
        for work, (count, batch_size) in WORK.items():
            x = rng.normal(size=(count, 32, 32, 3)).astype("float32")
            y = rng.integers(10, size=count)
            fitted(model, x[:batch_size], y[:batch_size], batch_size)
            seconds[way, work] = [fitted(model, x, y, batch_size) for _ in range(ROUNDS)]
    print(f"{EPOCHS} epochs of a small convolutional network, {os.cpu_count()} cores")
    for work, (count, batch_size) in WORK.items():
        mine = [seconds[way, work] for way in ("as it is", "without the wait")]
        ratio = np.median(mine[0]) / np.median(mine[1])
        print(f"{work}, {count:,} pictures in batches of {batch_size}: ", end="")
        print(" against ".join(f"{np.median(one):.2f} s" for one in mine), end="")
        print(f", {ratio:.2f} times as long ({min(mine[0]):.2f} to {max(mine[0]):.2f} s)")


if __name__ == "__main__":
    main()
