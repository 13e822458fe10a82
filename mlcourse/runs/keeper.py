"""The one that writes a run while it is trained, and goes on with one that has ended early."""

import time
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from mlcourse import files
from mlcourse.histories import EpochLog
from mlcourse.runs import run_files
from mlcourse.runs.environment import describe, environment
from mlcourse.runs.run import whole_epochs
from mlcourse.runs.run_files import RunUnreadable
from mlcourse.runs.state import CallbackStates, random_state, restore_random_state

MUST_AGREE = ("seed", "settings", "network")


class Keeper:
    """Keeps a fit in its run's folder, epoch by epoch; a context manager that locks the folder.

    An epoch is kept when `last.keras` has taken its new form, which happens at once. All else
    follows from that file: the copy that is `best.keras` and the line in `history.jsonl` are
    made after it, and are made good by the next keeper if the process is killed in between.

    Args:
        name: the run's.
        model: a model that is built and compiled.
        seed: of the fit.
        settings: of the fit, a dict.
        epochs: how many it is to have.

    Attributes:
        log: the `EpochLog` of the epochs that are kept.
        finished: whether a callback has ended the fit.

    Raises:
        ValueError: if there is a run of that name with other settings, or another network.
        RunUnreadable: if it has a file that is cut short, or of another version.
        RuntimeError: if another process is at it.
    """

    def __init__(self, name, model, seed, settings, epochs):
        self._path, self._model = run_files.folder() / run_files.check_name(name), model
        self._lock = FileLock(self._path / "lock", timeout=0)
        self._config = {
            "format": run_files.FORMAT,
            "epochs": epochs,
            "seed": seed,
            "settings": settings,
            "network": describe(model),
        }
        self.log, self.finished, self._state, self._arrays = EpochLog(), False, {}, {}

    def __enter__(self):
        self._path.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except Timeout:
            rule = "run must be one that is not being trained already"
            raise RuntimeError(f"{rule}. Got {self._path.name!r} instead.") from None
        try:
            files.sweep(self._path)
            self._open()
        except BaseException:
            self._lock.release()
            raise
        self._started = time.perf_counter()
        return self

    def __exit__(self, *_):
        self._lock.release()

    def restore(self, callbacks):
        """Gives model and callbacks the state that they had after the last epoch that is kept."""
        self._callbacks = CallbackStates(callbacks)
        optimizer = self._model.optimizer
        if not optimizer.built:
            optimizer.build(self._model.trainable_variables)
        if not self._state:  # what it begins with is kept too, as epoch 0
            self._save({"epoch": 0, "seconds": 0.0, "values": {}}, is_best=False)
            return
        self._model.load_weights(self._path / "last.keras")
        restore_random_state(self._model, self._arrays)
        self._callbacks.restore(self._state["callbacks"], self._arrays)

    def keep(self, values):
        """Keeps the epoch that has just ended."""
        epoch, now = self.log.last + 1, time.perf_counter()
        self.log.add(epoch, values)
        best = self.log.best()
        record = {"epoch": epoch, "seconds": now - self._started, "values": values}
        self.finished = bool(self._model.stop_training)
        self._save(record, is_best=best is not None and best[1] == epoch)
        self._follow_up()
        files.append_line(self._path / "history.jsonl", record)
        self._started = time.perf_counter()

    def _save(self, record, is_best):
        plain, arrays = self._callbacks.now()
        state = {"record": record, "is_best": is_best, "finished": self.finished}
        self._state = {**state, "callbacks": plain}
        arrays = {**arrays, **random_state(self._model)}
        run_files.save_model(self._model, self._path / "last.keras", self._state, arrays)

    def _open(self):
        path = self._path / "run.json"
        if not path.exists():
            if (self._path / "last.keras").exists():
                raise RunUnreadable(f"{path} is missing, but there is a last.keras beside it.")
            begun = datetime.now(UTC).isoformat(timespec="seconds")
            found = {**self._config, "begun": begun, "environment": environment()}
            files.write_text(path, files.as_json(found))
            return
        found, mine = run_files.read_config(path), files.plain(self._config)
        for key in MUST_AGREE:
            what = _difference(key, found[key], mine[key])
            if what:
                rule = f"run {self._path.name!r} must go on as it began, with {what}"
                raise ValueError(f"{rule} instead; another name begins another run.")
        records = whole_epochs(self._path)
        if (self._path / "last.keras").exists():
            self._state, self._arrays = run_files.read_state(self._path / "last.keras")
            self._follow_up()
        self.finished = self._state.get("finished", False) and found["epochs"] >= mine["epochs"]
        if found["epochs"] < mine["epochs"]:
            files.write_text(path, files.as_json({**found, "epochs": mine["epochs"]}))
        lines = "".join(files.as_json(record) + "\n" for record in records)
        files.write_text(self._path / "history.jsonl", lines)
        for record in records:
            self.log.add(record["epoch"], record["values"])

    def _follow_up(self):
        if self._state["is_best"]:
            run_files.copy(self._path / "last.keras", self._path / "best.keras")


def _difference(path, old, new):
    """Returns in words the first thing that differs; "" if nothing does."""
    if isinstance(old, dict) and isinstance(new, dict):
        both = dict.fromkeys([*old, *new])
        if not ("learning_rate" in old and "learning_rate" in new):
            both.pop("learning_rate", None)
        found = (_difference(key, old.get(key), new.get(key)) for key in both)
        return next(filter(None, found), "")
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        found = (_difference(path, *pair) for pair in zip(old, new, strict=True))
        return next(filter(None, found), "")
    return "" if old == new else f"{path} {old!r}. Got {new!r}"
