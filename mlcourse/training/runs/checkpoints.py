"""Save a run during training, and resume it."""

import contextlib
import errno
import time
import warnings
from contextlib import contextmanager
from datetime import UTC, datetime

from mlcourse._core import checks, files
from mlcourse._core.files import lock_folder
from mlcourse.history import History
from mlcourse.training.runs import run
from mlcourse.training.runs.run import RunUnreadable, complete_epochs
from mlcourse.training.runs.state import (
    CallbackStates,
    changes,
    describe,
    environment,
    number_layers,
    random_state,
    restore_random_state,
)

PAUSES = (1, 2, 4, 8)  # seconds
ABSENT = [
    getattr(errno, name)
    for name in ("ENOENT", "EIO", "ESTALE", "ENOTCONN", "EHOSTDOWN", "ETIMEDOUT")
    if hasattr(errno, name)
]
"""Errors of a network disk that is away for a while."""


@contextmanager
def open_run(name, model, seed, settings, epochs, monitor, mode):
    """Lock the folder of a run within a `with` block, and yield its `RunCheckpointer`.

    A run that could not start leaves no files.

    Args:
        name: name of the run.
        model: a built and compiled model.
        seed: seed of the fit.
        settings: a dict of the settings of the fit.
        epochs: number of epochs.
        monitor, mode: the value that chooses the best epoch, as for `History`.

    Raises:
        ValueError: if the saved run has a complete epoch, and other settings or another network.
        RunUnreadable: if a file of the run is damaged, or of another version.
        RuntimeError: if another process trains the run.
    """
    path = run.folder() / run.check_name(name)
    rule = "run must not be in training in another process"
    new_folders = [folder for folder in (path, *path.parents) if not folder.exists()]
    with lock_folder(path, RuntimeError(f"{rule}. Got {name!r} instead.")):
        try:
            yield RunCheckpointer(path, model, seed, settings, epochs, monitor, mode)
        finally:
            _remove_if_empty(path, new_folders)


class RunCheckpointer:
    """Save a fit in the folder of its run after each epoch.

    An epoch is saved when `last.keras` is replaced, which is atomic. The copy `best.keras` and the
    line in `history.jsonl` are written after it. If the process is killed in between, they are
    completed when the run resumes.

    Args:
        path: folder of the run, which is locked.
        model, seed, settings, epochs, monitor, mode: as for `open_run`.

    Attributes:
        log: the `History` of the saved epochs.
        finished: whether a callback has stopped the fit.
    """

    def __init__(self, path, model, seed, settings, epochs, monitor, mode):
        self._path = path
        self._model = model
        self._epochs = epochs
        self.log = History(monitor=monitor, mode=mode)
        self.finished = False
        self._state = {}
        self._arrays = {}
        self._config = {
            "epochs": epochs,
            "seed": seed,
            "settings": settings,
            "network": describe(model),
            "monitor": run.monitor_config(monitor, mode),
        }
        if (path / "run.json").exists():
            self._load()
        elif (path / "last.keras").exists():
            raise RunUnreadable(f"{path / 'run.json'} is missing, but there is a last.keras.")
        self._epoch_start = time.perf_counter()

    def restore(self, callbacks):
        """Restore the model and the callbacks after the last saved epoch, or start the run."""
        self._callbacks = CallbackStates(callbacks)
        optimizer = self._model.optimizer
        if not optimizer.built:
            optimizer.build(self._model.trainable_variables)
        if not self._state:
            self._start()
            return
        self._model.load_weights(self._path / "last.keras")
        restore_random_state(self._model, self._arrays)
        self._callbacks.restore(self._state["callbacks"], self._arrays)

    def save_epoch(self, values):
        """Save the epoch that has just ended, with a dict of its values."""
        epoch = self.log.last + 1
        seconds = time.perf_counter() - self._epoch_start
        self.log.add(epoch, values)
        best = self.log.best()
        record = {"epoch": epoch, "seconds": seconds, "values": values}
        self.finished = bool(self._model.stop_training)
        is_best = best is not None and best[1] == epoch
        _retry(lambda: self._save_model(record, is_best))
        _retry(self._copy_if_best)
        _retry(lambda: files.append_line(self._path / "history.jsonl", record))
        self._epoch_start = time.perf_counter()

    def _save_model(self, record, is_best):
        callback_values, callback_arrays = self._callbacks.collect()
        self._state = {
            "record": record,
            "is_best": is_best,
            "finished": self.finished,
            "epochs": self._epochs,
            "callbacks": callback_values,
        }
        arrays = {**callback_arrays, **random_state(self._model)}
        run.save_model(self._model, self._path / "last.keras", self._state, arrays)

    def _start(self):
        """Write the settings, and the initial model as epoch 0; after an error, neither."""
        begun = {"begun": datetime.now(UTC).isoformat(timespec="seconds")}
        config = {"format": run.FORMAT, **self._config, **begun}
        self._remove_files()
        try:
            text = files.as_json({**config, "environment": environment(self._model)})
            files.write_text(self._path / "run.json", text)
            self._save_model({"epoch": 0, "seconds": 0.0, "values": {}}, is_best=False)
        except BaseException:
            self._remove_files()
            raise
        self._epoch_start = time.perf_counter()

    def _remove_files(self):
        """Remove the files of a run without a complete epoch, the settings last."""
        for name in ("last.keras", "history.jsonl", "run.json"):
            (self._path / name).unlink(missing_ok=True)

    def _load(self):
        """Load the saved state; raise ValueError if the settings or the network differ."""
        path = self._path / "run.json"
        saved = run.read_config(path)
        records = complete_epochs(self._path)
        try:
            _check_unchanged(
                f"run {self._path.name!r}",
                files.json_roundtrip(self._config),
                files.json_roundtrip(saved),
            )
        except ValueError:
            if records:
                raise
            return  # a run without a complete epoch starts again, with the new settings
        self._warn_of_changes(saved)
        if (self._path / "last.keras").exists():
            self._state, self._arrays = run.read_state(self._path / "last.keras")
            self._copy_if_best()
            saved_epochs = self._state.get("epochs", saved["epochs"])
            self.finished = self._state["finished"] and saved_epochs >= self._epochs
        if saved["epochs"] < self._epochs:
            files.write_text(path, files.as_json({**saved, "epochs": self._epochs}))
        lines = "".join(files.as_json(record) + "\n" for record in records)
        files.write_text(self._path / "history.jsonl", lines)
        for record in records:
            self.log.add(record["epoch"], record["values"])

    def _warn_of_changes(self, saved):
        """Warn if the versions, the backend or the code of own classes differ from the saved."""
        found = changes(environment(self._model), saved.get("environment") or {})
        if found:
            message = f"run {self._path.name!r} resumes with {', '.join(found)}: its numbers may"
            message += " differ from those of a fit without interruption."
            warnings.warn(message, RuntimeWarning, stacklevel=2)

    def _copy_if_best(self):
        if self._state["is_best"]:
            run.copy(self._path / "last.keras", self._path / "best.keras")


def _retry(write):
    """Call a function that writes to the run's folder, again if the folder is away for a while."""
    for seconds in PAUSES:
        try:
            return write()
        except OSError as error:
            if error.errno not in ABSENT:
                raise
            time.sleep(seconds)
    return write()


def _check_unchanged(where, config, saved):
    """Raise ValueError if the saved settings or network differ from the current ones.

    A learning rate that only one of both has is ignored: it is missing after the first step.

    Args:
        where: the run, for the message.
        config, saved: copies of the current and of the saved configuration; the function may
            remove the learning rates.
    """
    current_rates = _optimizer_config(config["network"])
    saved_rates = _optimizer_config(saved["network"])
    if not ("learning_rate" in current_rates and "learning_rate" in saved_rates):
        current_rates.pop("learning_rate", None)
        saved_rates.pop("learning_rate", None)
    for name in ("seed", "settings", "monitor"):
        checks.unchanged(name, where, config[name], saved.get(name))
    network = number_layers(config["network"])
    checks.unchanged("network", where, network, number_layers(saved["network"]))


def _optimizer_config(network):
    """Return the configuration of a network's optimizer; {} if there is none."""
    for name in ("compiled", "optimizer", "config"):
        network = network.get(name) if isinstance(network, dict) else None
    return network if isinstance(network, dict) else {}


def _remove_if_empty(path, new_folders):
    """Remove a run's folder if it has only the lock, and the other new folders."""
    if path.is_dir() and all(file.name == "lock" for file in path.iterdir()):
        with contextlib.suppress(OSError):  # another process may start a run there
            (path / "lock").unlink(missing_ok=True)
            for folder in dict.fromkeys((path, *new_folders)):
                folder.rmdir()
