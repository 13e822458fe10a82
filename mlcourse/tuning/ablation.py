"""Ablation: one change at a time from a baseline, each trained from several seeds."""

from __future__ import annotations

import inspect
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from mlcourse._core import checks, files, tables
from mlcourse.callbacks.live_output import LiveTable
from mlcourse.training import splits
from mlcourse.training.fitting import fit
from mlcourse.training.runs.state import describe, fingerprint, numbered
from mlcourse.training.splits import set_seed
from mlcourse.tuning import pools
from mlcourse.tuning.search import lock
from mlcourse.tuning.worker import Killed

if TYPE_CHECKING:
    import distributed


@dataclass(frozen=True)
class Fit:
    """One network that was trained.

    Attributes:
        change: the name of what was changed.
        repeat: which of the repetitions it was, counted from 0.
        values: a dict of names, such as "test_accuracy", to what was measured.
        seconds: how long the training took.

    Example:
        >>> Fit("batch 64", 0, {"test_accuracy": 0.9}, 12.5).values["test_accuracy"]
        0.9
    """

    change: str
    repeat: int
    values: dict
    seconds: float


@dataclass(frozen=True)
class Ablation:
    """Changes to a baseline, each trained several times; a notebook shows them as a table.

    Attributes:
        changes: a dict of changes' names, the baseline first, to dicts of what each one sets.
        repeats: how many times each is trained.
        metrics: names of the values that the table shows, such as "test_accuracy".
        fits: a list of `Fit`, those that are done.

    >>> fits = [Fit("baseline", k, {"test_accuracy": 0.8 + k / 50}, 2.0) for k in range(2)]
    >>> print(Ablation({"baseline": {}, "batch 64": {}}, 2, ["test_accuracy"], fits))
    2 of 4 fits, mean and standard deviation over 2 seeds
    change      test accuracy  seconds
    baseline  0.8100 ± 0.0141      2.0
    batch 64
    """

    changes: dict
    repeats: int
    metrics: list
    fits: list = field(default_factory=list)

    def values(self, change: str, metric: str) -> np.ndarray:
        """Returns what the fits of a change have for a metric, (fits done,), by repetition."""
        done = sorted((fit.repeat, fit.values[metric]) for fit in self.fits if fit.change == change)
        return np.array([value for _, value in done], float)

    def mean(self, change: str, metric: str) -> float:
        """Returns the mean over the repetitions; NaN if none is done."""
        values = self.values(change, metric)
        return float(values.mean()) if len(values) else np.nan

    def deviation(self, change: str, metric: str) -> float:
        """Returns the standard deviation over the repetitions (n - 1); NaN for less than two."""
        values = self.values(change, metric)
        return float(values.std(ddof=1)) if len(values) > 1 else np.nan

    def seconds(self, change: str) -> float:
        """Returns the mean time of a change's fits; NaN if none is done."""
        seconds = [fit.seconds for fit in self.fits if fit.change == change]
        return float(np.mean(seconds)) if seconds else np.nan

    def status(self) -> str:
        """Returns how far the table is, in words."""
        return f"{len(self.fits)} of {len(self.changes) * self.repeats} fits"

    @property
    def head(self) -> list[str]:
        """The table's columns."""
        return ["change", *(name.replace("_", " ") for name in self.metrics), "seconds"]

    @property
    def rows(self) -> list[list[str]]:
        """The table's rows, as text: mean and standard deviation of each metric."""
        return [self._row(change) for change in self.changes]

    def to_csv(self, path: str | PathLike) -> Path:
        """Writes a line a fit, in the table's order, and returns the path."""
        order = {change: place for place, change in enumerate(self.changes)}
        done = sorted(self.fits, key=lambda fit: (order[fit.change], fit.repeat))
        rows = (
            [fit.change, fit.repeat, *map(fit.values.get, self.metrics), fit.seconds]
            for fit in done
        )
        return tables.write_csv(path, ["change", "repeat", *self.metrics, "seconds"], rows)

    def _row(self, change):
        if not any(fit.change == change for fit in self.fits):
            return [change, *[""] * len(self.metrics), ""]
        cells = [_cell(self.mean(change, one), self.deviation(change, one)) for one in self.metrics]
        return [change, *cells, f"{self.seconds(change):.1f}"]

    def __str__(self):
        return "\n".join([self._caption(), *tables.as_lines(self.head, self.rows)])

    __repr__ = __str__

    def _repr_html_(self):
        return tables.as_html(self._caption(), self.head, self.rows)

    def _caption(self):
        each = f"mean and standard deviation over {self.repeats} seeds"
        return self.status() + (f", {each}" if self.repeats > 1 else "")


def _cell(mean, deviation):
    spread = "" if np.isnan(deviation) else f" ± {tables.number_text(deviation)}"
    return tables.number_text(mean) + spread


FILE = "experiments.json"
FORMAT = 1


class KeptFits:
    """The fits of a table that have ended, in a file that is whole at each moment.

    Args:
        directory: of the file.
        settings: of the table, in plain values.
        networks: a dict of changes' names to what they set and build, in plain values.

    Attributes:
        fits: a list of `Fit`, those of changes that are no longer asked for among them.

    Raises:
        ValueError: if the file was begun with other settings or networks, or is damaged.
    """

    def __init__(self, directory, settings, networks):
        self._path = Path(directory) / FILE
        self._settings = files.json_roundtrip(settings)
        self._networks, self.fits = dict(networks), []
        if self._path.exists():
            self._read()

    def keep(self, fit):
        """Keeps one more."""
        self.fits.append(fit)
        found = {"format": FORMAT, "settings": self._settings, "networks": self._networks}
        files.write_text(
            self._path, files.as_json({**found, "fits": [vars(one) for one in self.fits]})
        )

    def _read(self):
        where = f"the table in {self._path}"
        try:
            found = files.from_json(self._path.read_text(encoding="utf-8"))
            version, settings, networks = (
                found[name] for name in ("format", "settings", "networks")
            )
            fits = [Fit(**one) for one in found["fits"]]
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{self._path} cannot be read: {error!r}") from error
        checks.unchanged("format", where, FORMAT, version)
        for name, value in self._settings.items():
            checks.unchanged(name, where, value, settings.get(name))
        for name, network in self._networks.items():
            kept = networks.get(name, network)
            checks.unchanged(f"network of {name!r}", where, numbered(network), numbered(kept))
        self._networks = {**networks, **self._networks}
        self.fits = fits


pass


OF_FIT = ("epochs", "batch_size")  # what a change may set besides the arguments of build


def ablation(
    build: Callable,
    changes: dict[str, dict],
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
    """Trains a baseline and changes to it, each several times, and returns a table of them.

    The repetitions of a change differ in their seed, which sets initial weights, dropout and the
    order of the examples. The first ones of all changes have the same seed, and so have the second
    ones, so the differences between two rows can be paired. Each fit's numbers are of the model
    after its last epoch. With a `directory` each is kept as it ends: the same call,
    or one with more changes or repetitions, goes on where it was stopped.

    Args:
        build: a function that returns a compiled Keras model; without arguments the baseline's.
        changes: a dict of names to dicts of what is changed: arguments of `build`, and "epochs" or
            "batch_size". The baseline is {}, by whichever name; else it is added as "baseline". It
            comes first.
        data: a dict {"train": (x, y), "validation": (x, y)}, as `model.fit` takes them, and "test"
            if there is one.
        epochs, batch_size: of the baseline.
        repeats: how many times each is trained.
        metrics: names of the values to show, such as "test_accuracy"; None for all but the losses.
        directory: a folder to keep the fits in; None keeps nothing.
        seed: a whole number from 0 on.
        client: a `distributed.Client` of a Dask pools, on whose workers the fits run at the same
            time; None to run one after the other in this process.

    Returns:
        A `mlcourse.tuning.ablation.Ablation`, which `figures.plot_ablation` draws.

    Raises:
        ValueError: before work starts, for a setting that cannot be, or a directory that was begun
            with other data, settings or networks.
        SearchBusy: if another process is at that directory.

    Example:
        >>> changes = {"momentum 0.9": {"momentum": 0.9}, "batch 64": {"batch_size": 64}}
        >>> ablation(build, changes, data, directory="table")  # doctest: +SKIP
    """
    checks.function("build", build)
    repeats, seed = checks.integer("repeats", repeats, 1), checks.seed(seed)
    if client is not None:
        pools.checked(client)
    metrics = metrics if metrics is None else checks.texts("metrics", metrics)
    if directory is not None:
        directory = checks.path("directory", directory).absolute()
    baseline = {"epochs": epochs, "batch_size": batch_size}
    for name, value in baseline.items():
        checks.integer(name, value, 1)
    data = splits.check(data, ("train", "validation"), ("test",))
    changes = _with_baseline(changes)
    networks, logged = {}, []
    for name, change in changes.items():
        model = _built(build, name, change)
        logged.append(splits.logged(model, data))
        networks[name] = _description(change, model)
    metrics = _metrics(logged, list(data)[1:], metrics)
    settings = {**baseline, "seed": seed}
    settings["data"] = fingerprint(data)
    table, work = Ablation(changes, repeats, metrics), partial(_fit, build, data)
    if directory is None:
        _complete(table, work, baseline, seed, client)
        return table
    with lock(directory):
        kept = KeptFits(directory, settings, networks)
        table.fits.extend(
            one for one in kept.fits if one.change in changes and one.repeat < repeats
        )
        _complete(table, work, baseline, seed, client, kept.keep)
    return table


def _complete(table, work, baseline, seed, client, keep=lambda fit: None):
    """Train what a table lacks, the first repetition of all changes first."""
    done = {(one.change, one.repeat) for one in table.fits}
    todo = [
        (name, repeat)
        for repeat in range(table.repeats)
        for name in table.changes
        if (name, repeat) not in done
    ]
    with (
        LiveTable(len(table.changes) * table.repeats, "fit") as live,
        pools.pool(client, work) as pool,
    ):

        def ask():
            if not todo:
                return None
            name, repeat = todo.pop(0)
            return (name, repeat), ({**baseline, **table.changes[name]}, (seed, repeat))

        def tell(key, result):
            if isinstance(result, Killed):
                raise result
            name, repeat = key
            table.fits.append(Fit(name, repeat, *result))
            keep(table.fits[-1])
            live.show(table, len(table.fits))

        def show_epoch(key, epoch):
            (name, repeat), (number, epochs) = key, epoch
            words = f"{name}, seed {repeat + 1} of {table.repeats}, epoch {number} of {epochs}"
            live.show(table, len(table.fits), words)

        live.show(table, len(table.fits))
        pools.complete(pool, ask, tell, show_epoch)


def _fit(build, data, task, _folder, on_epoch):
    """Train one model, and return its metrics of each part but the first, and the seconds."""
    settings, seed = task
    set_seed(int(np.random.SeedSequence(seed).generate_state(1)[0]))
    model = build(**{name: value for name, value in settings.items() if name not in OF_FIT})
    options, start = {name: settings[name] for name in OF_FIT}, time.perf_counter()
    watch = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: on_epoch([epoch + 1, settings["epochs"]])
    )
    fit(model, *data["train"], verbose=0, callbacks=[watch], **options)
    seconds, values = time.perf_counter() - start, {}
    for part in list(data)[1:]:
        said = model.evaluate(*data[part], batch_size=1000, return_dict=True, verbose=0)
        values |= {f"{part}_{name}": float(value) for name, value in said.items()}
    return values, seconds


def _with_baseline(changes):
    """Returns changes, the baseline first, once all are found to be dicts."""
    if not isinstance(changes, dict):
        rule = "changes must be a dict of names to dicts of what is changed"
        raise ValueError(f"{rule}. Got {changes!r} instead.")
    for name, change in changes.items():
        if not isinstance(change, dict):
            raise ValueError(f"change {name!r} must be a dict of settings. Got {change!r} instead.")
    changes = {str(name): change for name, change in changes.items()}
    if found := changes.get("baseline"):
        raise ValueError(
            f"change 'baseline' must be {{}}, as it changes nothing. Got {found!r} instead."
        )
    baseline = next((name for name, change in changes.items() if not change), "baseline")
    return {baseline: {}, **changes}


def _built(build, name, change):
    """Returns a change's model."""
    asked = {key: value for key, value in change.items() if key not in OF_FIT}
    for key in set(change) - set(asked):
        checks.integer(f"{key} of change {name!r}", change[key], 1)
    try:
        inspect.signature(build).bind(**asked)
    except TypeError as error:
        rule = f"change {name!r} must set arguments of build, epochs or batch_size"
        raise ValueError(f"{rule}. Got {change!r} instead: {error}.") from error
    return splits.compiled(build(**asked))


def _description(change, model):
    """Returns what a change sets and builds, as it is after it was kept."""
    return files.json_roundtrip({"set": fingerprint(change), **describe(model)})


def _metrics(logged, judged, metrics):
    """Returns the names of the values to show, if all changes' models log them.

    Args:
        logged: what each of the models logs.
        judged: the parts of the data of which it is asked for.
        metrics: as `ablation` takes them.
    """
    known = [
        f"{part}_{name}"
        for name in logged[0]
        if all(name in names for names in logged)
        for part in judged
    ]
    if metrics is None:
        chosen = [name for name in known if not name.endswith("loss")]
        return chosen or known
    return [checks.choice("each of metrics", name, known) for name in metrics]
