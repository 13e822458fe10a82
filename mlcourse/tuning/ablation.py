"""Ablation studies: train a baseline and its variants from several seeds."""

from __future__ import annotations

import contextlib
import inspect
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from mlcourse._core import checks, files, tables
from mlcourse._core.task_process import Killed
from mlcourse.callbacks.live_output import LiveTable
from mlcourse.training import splits
from mlcourse.training.fitting import fit
from mlcourse.training.runs.state import describe, fingerprint, number_layers
from mlcourse.training.splits import set_seed
from mlcourse.tuning import pools
from mlcourse.tuning.search_file import lock

if TYPE_CHECKING:
    import distributed

FILE = "experiments.json"
FORMAT = 2
KEYS = ("settings", "networks", "fits")
FIT_SETTINGS = ("epochs", "batch_size")  # settings of a variant that are not arguments of build


@dataclass(frozen=True)
class Fit:
    """One trained model of an ablation.

    Attributes:
        variant: name of the variant.
        repeat: index of the repetition, from 0.
        values: a dict of metrics' names, such as "test_accuracy", to floats.
        seconds: duration of the training.

    Example:
        >>> Fit("batch 64", 0, {"test_accuracy": 0.9}, 12.5).values["test_accuracy"]
        0.9
    """

    variant: str
    repeat: int
    values: dict
    seconds: float


@dataclass(frozen=True, repr=False)
class Ablation(tables.Table):
    """Results of an ablation study; a notebook shows them as a table.

    Attributes:
        variants: a dict of names to dicts of settings, the baseline first.
        repeats: number of fits of each variant.
        metrics: names of the metrics in the table, such as "test_accuracy".
        fits: a list of `Fit`, the completed ones.

    >>> fits = [Fit("baseline", k, {"test_accuracy": 0.8 + k / 50}, 2.0) for k in range(2)]
    >>> print(Ablation({"baseline": {}, "batch 64": {}}, 2, ["test_accuracy"], fits))
    2 of 4 fits, mean and standard deviation over 2 seeds
    variant     test accuracy  seconds
    baseline  0.8100 ± 0.0141      2.0
    batch 64
    """

    variants: dict
    repeats: int
    metrics: list
    fits: list = field(default_factory=list)

    def values(self, variant: str, metric: str) -> np.ndarray:
        """Return a metric of the completed fits of a variant, floats, (fits,), by repetition."""
        return np.array([fit.values[metric] for fit in self._fits(variant)], float)

    def mean(self, variant: str, metric: str) -> float:
        """Return the mean over the repetitions; NaN without any."""
        values = self.values(variant, metric)
        return float(values.mean()) if len(values) else np.nan

    def std(self, variant: str, metric: str) -> float:
        """Return the sample standard deviation (n - 1); NaN for fewer than two repetitions."""
        values = self.values(variant, metric)
        return float(values.std(ddof=1)) if len(values) > 1 else np.nan

    def seconds(self, variant: str) -> float:
        """Return the mean duration of a variant's fits; NaN without any."""
        seconds = [fit.seconds for fit in self._fits(variant)]
        return float(np.mean(seconds)) if seconds else np.nan

    def status(self) -> str:
        """Return the progress as text, for example "2 of 4 fits"."""
        return f"{len(self.fits)} of {len(self.variants) * self.repeats} fits"

    @property
    def head(self) -> list[str]:
        """The column names of the table."""
        return ["variant", *(name.replace("_", " ") for name in self.metrics), "seconds"]

    @property
    def rows(self) -> list[list[str]]:
        """The rows of the table as text: mean and standard deviation of each metric."""
        return [self._row(variant) for variant in self.variants]

    def to_csv(self, path: str | PathLike) -> Path:
        """Write one line for each fit, in the table's order, and return the path."""
        rows = []
        for variant in self.variants:
            for result in self._fits(variant):
                metrics = [result.values.get(name) for name in self.metrics]
                rows.append([variant, result.repeat, *metrics, result.seconds])
        return tables.write_csv(path, ["variant", "repeat", *self.metrics, "seconds"], rows)

    def _fits(self, variant):
        """Return the completed fits of a variant, by repetition."""
        fits = [fit for fit in self.fits if fit.variant == variant]
        return sorted(fits, key=lambda fit: fit.repeat)

    def _row(self, variant):
        if not self._fits(variant):
            return [variant, *[""] * len(self.metrics), ""]
        cells = [self._cell(variant, metric) for metric in self.metrics]
        return [variant, *cells, f"{self.seconds(variant):.1f}"]

    def _cell(self, variant, metric):
        mean = tables.number_text(self.mean(variant, metric))
        std = self.std(variant, metric)
        return mean if np.isnan(std) else f"{mean} ± {tables.number_text(std)}"

    def _caption(self):
        if self.repeats == 1:
            return self.status()
        return f"{self.status()}, mean and standard deviation over {self.repeats} seeds"


class AblationFile:
    """The completed fits of an ablation in a JSON file, which is replaced atomically.

    Args:
        directory: folder of the file.
        settings: a dict of the ablation's settings, plain values.
        networks: a dict of variants' names to descriptions of their models, plain values.

    Attributes:
        fits: a list of `Fit`, including those of variants that are not part of this call.

    Raises:
        ValueError: if the saved settings or networks differ, or the file is damaged.
    """

    def __init__(self, directory, settings, networks):
        self._path = Path(directory) / FILE
        self._settings = files.json_roundtrip(settings)
        self._networks = dict(networks)
        self.fits = []
        with contextlib.suppress(FileNotFoundError):
            self._compare(files.read_state(self._path, FORMAT, KEYS))

    def add(self, fit):
        """Add a fit, and write the file."""
        self.fits.append(fit)
        fits = [asdict(fit) for fit in self.fits]
        state = {"settings": self._settings, "networks": self._networks, "fits": fits}
        files.write_state(self._path, FORMAT, state)

    def _compare(self, saved):
        """Take over a saved state; raise ValueError if it is of another ablation."""
        where = f"the table in {self._path}"
        try:
            self.fits = [Fit(**record) for record in saved["fits"]]
            networks = {**saved["networks"]}
            settings = {**saved["settings"]}
        except TypeError as error:
            raise ValueError(f"{self._path} cannot be read: {error}") from error
        for name, value in self._settings.items():
            checks.unchanged(name, where, value, settings.get(name))
        for name, network in self._networks.items():
            previous = number_layers(networks.get(name, network))
            checks.unchanged(f"network of {name!r}", where, number_layers(network), previous)
        self._networks = {**networks, **self._networks}


def ablation(
    build: Callable,
    variants: dict[str, dict],
    data: dict[str, tuple],
    *,
    epochs: int = 10,
    batch_size: int = 32,
    repeats: int = 3,
    metrics: Sequence[str] | None = None,
    directory: str | os.PathLike | None = None,
    seed: int = 0,
    client: distributed.Client | None = None,
) -> Ablation:
    """Train a baseline and its variants, each from several seeds, and return a table.

    The repetitions of a variant differ in their seed, which sets the initial weights, dropout and
    the order of the examples. The first repetitions of all variants share one seed, the second
    ones another, and so on. So differences between two rows are paired. The metrics are those of
    the model after its last epoch. With a `directory`, each fit is saved when it ends. The same
    call, or one with more variants or repetitions, resumes.

    Args:
        build: a function that returns a compiled Keras model; without arguments, the baseline.
        variants: a dict of names to dicts of settings: arguments of `build`, "epochs" or
            "batch_size". The baseline is {} under any name, else it is added as "baseline". It
            becomes the first row.
        data: a dict {"train": (x, y), "validation": (x, y)}, as for `model.fit`, and optionally
            "test".
        epochs, batch_size: settings of the baseline.
        repeats: number of fits of each variant.
        metrics: names of the metrics in the table, such as "test_accuracy"; None for all but
            losses.
        directory: folder for the fits; None to save nothing.
        seed: an integer of at least 0.
        client: a `distributed.Client` of a Dask cluster, whose workers run the fits in parallel;
            None to run them one after the other in this process.

    Returns:
        An `Ablation`, which `figures.plot_ablation` plots.

    Raises:
        ValueError: before training, for an invalid setting, or a directory with other data,
            settings or networks.
        SearchBusy: if another process uses the directory.

    Example:
        >>> variants = {"momentum 0.9": {"momentum": 0.9}, "batch 64": {"batch_size": 64}}
        >>> ablation(build, variants, data, directory="table")  # doctest: +SKIP
    """
    checks.function("build", build)
    repeats = checks.integer("repeats", repeats, 1)
    seed = checks.seed(seed)
    pools.check_client(client)
    if metrics is not None:
        metrics = checks.texts("metrics", metrics)
    if directory is not None:
        directory = checks.path("directory", directory).absolute()
    baseline = {"epochs": epochs, "batch_size": batch_size}
    for name, value in baseline.items():
        checks.integer(name, value, 1)
    data = splits.check(data, ("train", "validation"), ("test",))
    variants = _add_baseline(variants)
    networks = {}
    logged = []
    for name, settings in variants.items():
        model = _build_variant(build, name, settings)
        logged.append(splits.logged_names(model, data))
        networks[name] = files.json_roundtrip({"set": fingerprint(settings), **describe(model)})
    table = Ablation(variants, repeats, _choose_metrics(logged, list(data)[1:], metrics))
    work = partial(_fit, build, data)
    if directory is None:
        _complete(table, work, baseline, seed, client)
        return table
    with lock(directory):
        settings = {**baseline, "seed": seed, "data": fingerprint(data)}
        file = AblationFile(directory, settings, networks)
        table.fits.extend(
            saved for saved in file.fits if saved.variant in variants and saved.repeat < repeats
        )
        _complete(table, work, baseline, seed, client, file)
    return table


def _complete(table, work, baseline, seed, client, file=None):
    """Train the missing fits of a table, the first repetition of all variants first."""
    done = {(fit.variant, fit.repeat) for fit in table.fits}
    keys = [(name, repeat) for repeat in range(table.repeats) for name in table.variants]
    todo = [key for key in keys if key not in done]
    with LiveTable(len(keys), "fit") as live:

        def ask():
            if not todo:
                return None
            name, repeat = todo.pop(0)
            return (name, repeat), ({**baseline, **table.variants[name]}, (seed, repeat))

        def tell(key, result):
            if isinstance(result, Killed):
                raise result
            completed = Fit(*key, *result)
            table.fits.append(completed)
            if file is not None:
                file.add(completed)
            live.show(table, len(table.fits))

        def show_epoch(key, progress):
            name, repeat = key
            epoch, epochs = progress
            text = f"{name}, seed {repeat + 1} of {table.repeats}, epoch {epoch} of {epochs}"
            live.show(table, len(table.fits), text)

        live.show(table, len(table.fits))
        pools.run(client, work, ask, tell, show_epoch)


def _fit(build, data, task, on_epoch):
    """Train one model, and return its metrics on all parts but "train", and the seconds."""
    settings, seed = task
    set_seed(int(np.random.SeedSequence(seed).generate_state(1)[0]))
    model = build(**_build_arguments(settings))
    options = {name: settings[name] for name in FIT_SETTINGS}
    progress = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: on_epoch([epoch + 1, settings["epochs"]])
    )
    start = time.perf_counter()
    fit(model, *data["train"], verbose=0, callbacks=[progress], **options)
    seconds = time.perf_counter() - start
    values = {}
    for part in list(data)[1:]:
        metrics = model.evaluate(*data[part], batch_size=1000, return_dict=True, verbose=0)
        for name, value in metrics.items():
            values[f"{part}_{name}"] = float(value)
    return values, seconds


def _build_arguments(settings):
    return {name: value for name, value in settings.items() if name not in FIT_SETTINGS}


def _add_baseline(variants):
    """Return the variants with the baseline first; raise ValueError unless all are dicts."""
    if not isinstance(variants, dict):
        rule = "variants must be a dict of names to dicts of settings"
        raise ValueError(f"{rule}. Got {variants!r} instead.")
    for name, settings in variants.items():
        if not isinstance(settings, dict):
            rule = f"variant {name!r} must be a dict of settings"
            raise ValueError(f"{rule}. Got {settings!r} instead.")
    variants = {str(name): settings for name, settings in variants.items()}
    if variants.get("baseline"):
        got = variants["baseline"]
        raise ValueError(f"variant 'baseline' must be {{}}. Got {got!r} instead.")
    baseline = next((name for name, settings in variants.items() if not settings), "baseline")
    return {baseline: {}, **variants}


def _build_variant(build, name, settings):
    """Return the model of a variant."""
    arguments = _build_arguments(settings)
    for key in set(settings) - set(arguments):
        checks.integer(f"{key} of variant {name!r}", settings[key], 1)
    try:
        inspect.signature(build).bind(**arguments)
    except TypeError as error:
        rule = f"variant {name!r} must set arguments of build, epochs or batch_size"
        raise ValueError(f"{rule}. Got {settings!r} instead: {error}.") from error
    return splits.check_compiled(build(**arguments))


def _choose_metrics(logged, parts, metrics):
    """Return the names of the metrics in the table.

    Args:
        logged: for each model the names that it logs.
        parts: names of the parts of the data on which the models are evaluated.
        metrics: as for `ablation`.

    Raises:
        ValueError: for a metric that a model does not log.
    """
    shared = [name for name in logged[0] if all(name in names for names in logged)]
    available = [f"{part}_{name}" for name in shared for part in parts]
    if metrics is not None:
        return [checks.choice("each of metrics", name, available) for name in metrics]
    return [name for name in available if not name.endswith("loss")] or available
