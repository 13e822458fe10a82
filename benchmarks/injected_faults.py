"""Faults that `diagnose` finds, of those that are injected, and false alarms in healthy fits.

Each fault is put into three fits: a dense network on Fashion-MNIST, a convolutional network on
MNIST, and a small network on two moons, with 1,000 training examples each. A fault is found if it
is among the findings, with any confidence. The row says how often it is the first finding, in
which of the three fits it is missed, and which findings are first instead: the confusion matrix,
without its zeros. A false alarm is a finding with more confidence than "low" in a healthy fit, of
which there are 28 kinds: other networks, optimizers and data, with 1,000 training examples too.
`make diagnose-bench SEEDS=2` is the quick form, which prints the rows only.

The result of each case is saved in `build/bench`, and used again until the code or the versions
change. So after an interruption the same command resumes.
"""

import argparse
import hashlib
import inspect
import json
import multiprocessing
import os
import warnings
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from benchmarks.timing import Finding
from mlcourse._core import files

SEEDS = 20
HEALTHY_PER_SEED = 5  # healthy fits
N_TRAIN = 1_000
N_VALIDATION = 500
N_TEST = 500
BATCH_SIZE = 32
EPOCHS = 5
TASKS_PER_PROCESS = 60  # Keras's memory grows with each model
HEALTHY = "healthy"
NOTHING = "nothing"
LOSS = "sparse_categorical_crossentropy"
ROOT = Path(__file__).parents[1]
SAVED = ROOT / "build" / "bench" / "injected_faults_cases.json"
MEASURED = ("diagnosis", "inspection", "models", "datasets")  # folders of the package
VERSIONS = ("keras", "tensorflow", "numpy", "scikit-learn")


@dataclass(frozen=True)
class Setting:
    """A healthy fit.

    Attributes:
        data: name of a dataset or of points, or "digits" for those of scikit-learn.
        build: function that returns a model.
        optimizer: name of the optimizer, or a function that returns it.
        epochs: number of epochs.
    """

    data: str
    build: Callable
    optimizer: str | Callable = "adam"
    epochs: int = EPOCHS

    def model(self):
        """Return a compiled model."""
        model = self.build()
        optimizer = self.optimizer() if callable(self.optimizer) else self.optimizer
        model.compile(optimizer, LOSS, metrics=["accuracy"])
        return model

    def parts(self, seed):
        """Return random training, validation and test data, a pair each."""
        rng = np.random.default_rng(seed)
        sizes = np.cumsum([N_TRAIN, N_VALIDATION, N_TEST])
        x, y = self._examples(sizes[-1], seed)
        order = rng.permutation(len(x))
        return [(x[rows], y[rows]) for rows in np.split(order, sizes[:-1])]

    def _examples(self, n_examples, seed):
        """Return about as many random examples and their labels."""
        from mlcourse import datasets, training

        points = {
            "moons": datasets.two_moons,
            "circles": datasets.circles,
            "spirals": datasets.spirals,
            "blobs": datasets.blobs,
        }
        if self.data in points:
            return points[self.data](n_examples, noise=0.2, seed=seed)
        if self.data == "digits":
            x, y = load_digits(return_X_y=True)
            return (x / 16).astype(np.float32), y
        dataset = datasets.load(self.data)
        rows = np.random.default_rng(seed).choice(len(dataset.x_train), n_examples, replace=False)
        return training.prepare_images(dataset.x_train[rows]), dataset.y_train[rows].astype(int)


def settings():
    """Return the three fits into which faults are put, by name."""
    import keras

    from mlcourse import models

    return {
        "Fashion-MNIST": Setting("fashion_mnist", lambda: models.mlp((28, 28), (64, 32))),
        "MNIST": Setting("mnist", lambda: models.cnn((28, 28), (8, 16), (32,), dropout=0.2)),
        "moons": Setting(
            "moons",
            lambda: models.mlp(2, (32, 32), classes=2),
            lambda: keras.optimizers.Adam(0.01),
        ),
    }


def healthy_settings():
    """Return the healthy fits, those of the lectures among them, by name."""
    import keras

    from mlcourse import models

    optimizers = keras.optimizers
    images = (28, 28)

    def mlp(data, *arguments, optimizer="adam", epochs=EPOCHS, **options):
        return Setting(data, lambda: models.mlp(*arguments, **options), optimizer, epochs)

    def cnn(data, *arguments, optimizer="adam", epochs=EPOCHS, **options):
        return Setting(data, lambda: models.cnn(*arguments, **options), optimizer, epochs)

    def sgd():
        return optimizers.SGD(0.1)

    def momentum():
        return optimizers.SGD(0.05, momentum=0.9, nesterov=True)

    def fast_adam():
        return optimizers.Adam(0.01)

    def cosine():
        return optimizers.SGD(optimizers.schedules.CosineDecay(0.1, 320), momentum=0.9)

    return {
        **settings(),
        "mlp": mlp("fashion_mnist", images, (512, 512), optimizer="rmsprop"),
        "mlp, batch_norm, dropout": mlp(
            "fashion_mnist", images, (256, 32), batch_norm=True, dropout=0.3
        ),
        "mlp, L2": mlp("fashion_mnist", images, (256, 32), l2=0.001),
        "mlp, L1": mlp("fashion_mnist", images, (128,), l1=1e-5),
        "mlp, one layer": mlp("fashion_mnist", images, (64,), optimizer="nadam", epochs=10),
        "mlp, five layers": mlp("fashion_mnist", images, (64,) * 5, optimizer="adamw"),
        "mlp, SGD": mlp("mnist", images, (128,), optimizer=sgd, epochs=10),
        "mlp, momentum": mlp("mnist", images, (128, 64), optimizer=momentum),
        "mlp, cosine": mlp("mnist", images, (128,), optimizer=cosine, epochs=10),
        "mlp, tanh": mlp(
            "mnist", images, (64, 64), activation="tanh", initializer="glorot_uniform"
        ),
        "mlp, gelu": mlp("mnist", images, (128, 64), activation="gelu"),
        "mlp, selu": mlp("mnist", images, (64, 64), activation="selu", initializer="lecun_normal"),
        "mlp, sigmoid": mlp(
            "mnist", images, (64,), activation="sigmoid", optimizer=fast_adam, epochs=10
        ),
        "cnn": cnn("mnist", images, epochs=3),
        "cnn, Fashion-MNIST": cnn("fashion_mnist", images, (16, 32), (64,), dropout=0.3),
        "cnn, batch_norm": cnn("mnist", images, (8, 16), (32,), batch_norm=True, dropout=0.1),
        "cnn, CIFAR-10": cnn("cifar10", (32, 32, 3), (32, 64), (64,), dropout=0.2),
        "cifar_cnn": Setting("cifar10", models.cifar_cnn, epochs=2),
        "residual": Setting(
            "cifar10", lambda: models.residual((32, 32, 3), (16, 32)), momentum, epochs=3
        ),
        "digits": mlp("digits", 64, (64,), epochs=15),
        "digits, Adagrad": mlp(
            "digits", 64, (64, 32), optimizer=lambda: optimizers.Adagrad(0.1), epochs=15
        ),
        "digits, leaky ReLU": mlp("digits", 64, (32, 32), activation="leaky_relu", epochs=15),
        "circles": mlp("circles", 2, (16, 16), 2, optimizer=fast_adam, epochs=15),
        "blobs": mlp("blobs", 2, (8,), 3, optimizer=fast_adam, epochs=10),
        "spirals": mlp("spirals", 2, (64, 64), 2, optimizer=fast_adam, epochs=30),
    }


@dataclass(frozen=True)
class Case:
    """A fit to be diagnosed: its setting, the fault to inject or `HEALTHY`, and the seed."""

    setting: str
    fault: str
    seed: int


@dataclass(frozen=True)
class Result:
    """The names of the findings of a case, most likely first, and those above "low"."""

    case: Case
    names: tuple[str, ...]
    alarms: tuple[str, ...]

    @property
    def first(self):
        """The name of the first finding."""
        return self.names[0] if self.names else NOTHING


def cases(n_seeds, first_seed=0):
    """Return all cases of a number of seeds, seed by seed."""
    from mlcourse import datasets, models

    names = list(healthy_settings())
    faults = [*datasets.injection.FAULTS, *models.injection.FAULTS]
    result = []
    for seed in range(first_seed, first_seed + n_seeds):
        result += [
            Case(setting, fault, seed)
            for fault in faults
            for setting in settings()
            if (setting, fault) != ("moons", "validation images augmented")  # points are no images
        ]
        healthy = range(HEALTHY_PER_SEED * seed, HEALTHY_PER_SEED * (seed + 1))
        result += [Case(names[number % len(names)], HEALTHY, number) for number in healthy]
    return result


def run(case):
    """Fit and diagnose a case, and return its `Result`."""
    import keras

    from mlcourse import training
    from mlcourse.diagnosis import diagnose

    setting = healthy_settings()[case.setting]
    training.set_seed(case.seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, data, test, fit_settings = prepare(setting, case)
        x, y, validation_data = data
        try:
            history = model.fit(
                x,
                y,
                validation_data=validation_data,
                validation_batch_size=N_VALIDATION,
                shuffle=False,
                verbose=0,
                **fit_settings,
            )
        except Exception:  # the backend refuses labels, with an error of its own
            history = None
        found = diagnose(
            model,
            x,
            y,
            validation_data,
            history,
            test_data=test,
            batch_size=fit_settings["batch_size"],
        )
    keras.utils.clear_session()
    alarms = tuple(finding.name for finding in found if finding.confidence != "low")
    return Result(case, tuple(finding.name for finding in found), alarms)


def prepare(setting, case):
    """Return the model, the data of the fit, the test data, and the settings of the fit."""
    from mlcourse import datasets, models

    model = setting.model()
    (x, y), validation, test = setting.parts(case.seed)
    data = x, y, validation
    fit_settings = {"batch_size": BATCH_SIZE, "epochs": setting.epochs}
    options = {"fault": case.fault, "seed": case.seed}
    if case.fault in datasets.injection.FAULTS:
        data = x, *_ = datasets.inject(x, y, validation, test, **options)
        fit_settings["epochs"] *= round(N_TRAIN / len(x))  # about as many steps as healthy fits
    elif case.fault != HEALTHY:
        model, fit_settings = models.inject(model, x, y, **fit_settings, **options)
    return model, data, test, fit_settings


def results(all_cases):
    """Return the result of each case, saved or new, from a process for each core."""
    saved = load()
    missing = [case for case in all_cases if case not in saved]
    if missing:
        variables = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
        os.environ.update(dict.fromkeys(variables, "1"))
        spawn = multiprocessing.get_context("spawn")
        n_processes = len(os.sched_getaffinity(0))
        n_tasks = TASKS_PER_PROCESS * n_processes
        for start in range(0, len(missing), n_tasks):
            # not max_tasks_per_child: with it, Python's pool waits forever after its first tasks
            with ProcessPoolExecutor(n_processes, mp_context=spawn) as pool:
                for result in pool.map(run, missing[start : start + n_tasks]):
                    saved[result.case] = result
                    save(saved)
    return [saved[case] for case in all_cases]


def load():
    """Return the saved results by case; none if the code or the versions have changed."""
    state = json.loads(SAVED.read_text("utf-8")) if SAVED.exists() else {}
    if state.get("fingerprint") != fingerprint():
        return {}
    loaded = [
        Result(Case(**item["case"]), tuple(item["names"]), tuple(item["alarms"]))
        for item in state["results"]
    ]
    return {result.case: result for result in loaded}


def save(saved):
    """Save results by case."""
    state = {"fingerprint": fingerprint(), "results": list(map(asdict, saved.values()))}
    SAVED.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(SAVED, json.dumps(state))


@cache
def fingerprint():
    """Return a hash of the code that makes, fits and diagnoses a case, and of the versions."""
    digest = hashlib.sha256()
    for folder in MEASURED:
        for path in sorted((ROOT / "mlcourse" / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    for part in (Setting, settings, healthy_settings, run, prepare):
        digest.update(inspect.getsource(part).encode())
    facts = [os.environ.get("KERAS_BACKEND", ""), *map(version, VERSIONS)]
    digest.update(repr(facts).encode())
    return digest.hexdigest()


def fault_row(fault, of_fault):
    """Return the row of a fault from its results."""
    n_cases = len(of_fault)
    n_found = sum(fault in result.names for result in of_fault)
    first = Counter(result.first for result in of_fault)
    missed = Counter(result.case.setting for result in of_fault if fault not in result.names)
    n_first = first.pop(fault, 0)
    parts = [f"found in {n_found}, first in {n_first} of {n_cases}"]
    if missed:
        parts.append(f"missed on {counts(missed)}")
    if first:
        parts.append(f"first instead: {counts(first)}")
    return Finding(fault, "; ".join(parts))


def healthy_row(of_healthy):
    """Return the row of the healthy fits from their results."""
    with_alarm = [result for result in of_healthy if result.alarms]
    text = f"false alarms in {len(with_alarm)} of {len(of_healthy)}"
    alarms = Counter(
        f"{name} ({result.case.setting})" for result in with_alarm for name in result.alarms
    )
    return Finding("healthy fits", f"{text}: {counts(alarms)}" if alarms else text)


def counts(counter):
    """Return the names of a counter with their counts, most frequent first."""
    return ", ".join(f"{name} {number}" for name, number in counter.most_common())


def rows(chosen=None):
    """Yield a row for each fault, and one for the healthy fits.

    Args:
        chosen: cases; None for all.
    """
    by_fault = {}
    for result in results(cases(SEEDS) if chosen is None else chosen):
        by_fault.setdefault(result.case.fault, []).append(result)
    healthy = by_fault.pop(HEALTHY, [])
    for fault, of_fault in by_fault.items():
        yield fault_row(fault, of_fault)
    if healthy:
        yield healthy_row(healthy)


def main(argv=None):
    """Print the rows of some cases."""
    parser = argparse.ArgumentParser(prog="benchmarks.injected_faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"default: {SEEDS}")
    parser.add_argument("--first-seed", type=int, default=0, help="default: 0")
    parser.add_argument("--faults", nargs="+", help="names of faults, or healthy; default: all")
    parser.add_argument("--settings", nargs="+", help="names of fits; default: all")
    parser.add_argument("--saved", action="store_true", help="only cases with saved results")
    parser.add_argument("--cases", action="store_true", help="print the findings of each case too")
    arguments = parser.parse_args(argv)
    saved = load() if arguments.saved else None
    chosen = [
        case
        for case in cases(arguments.seeds, arguments.first_seed)
        if (not arguments.faults or case.fault in arguments.faults)
        and (not arguments.settings or case.setting in arguments.settings)
        and (saved is None or case in saved)
    ]
    for row in rows(chosen):
        print(f"{row.name}: {row.result}", flush=True)
    if arguments.cases:
        for result in results(chosen):
            print(f"{result.case}: {', '.join(result.names) or NOTHING}")


if __name__ == "__main__":
    main()
