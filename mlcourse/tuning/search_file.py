"""The one file that a search is kept in, read without Keras."""

from pathlib import Path

import numpy as np

from mlcourse._core import files
from mlcourse.tuning.trials import COMPLETED, FAILED, RUNNING, Trial, Trials

FILE = "search.json"
NOTE = "failed.txt"  # in a trial's folder: why it failed
ASKED = "asked.json"  # in a trial's folder: the names of the hyperparameters it asked for
FORMAT = 1
PARTS = ("asked", "settings", "oracle")  # of the file
STATUS = {"COMPLETED": COMPLETED, "FAILED": FAILED, "INVALID": FAILED}  # Keras Tuner's, and ours
OWN = "tuner/"  # begins the names of what Hyperband keeps among the hyperparameters


class SearchBusy(RuntimeError):
    """Another process is at that search."""


def write(folder, state):
    """Writes a search's state, a dict, whole or not at all."""
    files.write_text(Path(folder) / FILE, files.as_json({"format": FORMAT, **state}))


def read_state(folder):
    """Returns what `write` was given.

    Raises:
        FileNotFoundError: if there is no search in the folder.
        ValueError: if its file is damaged, or of another version.
    """
    path = Path(folder) / FILE
    try:
        found = files.from_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        version = found.get("format") if isinstance(found, dict) else None
        rule = f"{path} must be of version {FORMAT} of the format"
        raise ValueError(f"{rule}. Got {version!r} instead; it is left as it is.")
    if missing := [name for name in PARTS if name not in found]:
        raise ValueError(f"{path} cannot be read: it has no {missing[0]}")
    return found


def read(folder):
    """Returns the `Trials` of the search in a folder; raises as `read_state`."""
    found = read_state(folder)
    try:
        return _trials(found, Path(folder))
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{Path(folder) / FILE} cannot be read: {error!r}") from error


def trial_folder(folder, number):
    """Returns the folder in which a trial keeps its best weights, and why it failed."""
    return Path(folder) / f"trial_{int(number)}"


def write_asked(folder, number, names):
    """Save the names of the hyperparameters that a trial asked for."""
    files.write_text(trial_folder(folder, number) / ASKED, files.as_json([*names]))


def _asked(folder, number, values):
    """Return the names that a trial asked for; without a file, those of all its values."""
    path = trial_folder(folder, number) / ASKED
    return files.from_json(path.read_text(encoding="utf-8")) if path.is_file() else values


def _trials(found, folder):
    goal, trials = found["settings"]["objective"], found["oracle"]["trials"]
    ordered = sorted(trials, key=lambda trial: int(trial["trial_id"]))
    seen = [_trial(trial, folder) for trial in ordered]
    direction = 1 if goal["direction"] == "max" else -1
    return Trials(goal["name"], direction, found["asked"], seen, found.get("exhausted", False))


def _trial(state, folder):
    values = state["hyperparameters"]["values"]
    asked = _asked(folder, state["trial_id"], values)
    note = trial_folder(folder, state["trial_id"]) / NOTE
    status = STATUS.get(state["status"], RUNNING)
    return Trial(
        number=int(state["trial_id"]),
        values={
            name: value
            for name, value in values.items()
            if name in asked and not name.startswith(OWN)
        },
        status=status,
        score=state["score"] if status == COMPLETED else np.nan,
        epochs=int(_last(state, "epochs", values.get(f"{OWN}epochs", 0))),
        seconds=_last(state, "seconds", np.nan),
        note=note.read_text(encoding="utf-8") if status == FAILED and note.is_file() else "",
    )


def _last(state, name, otherwise):
    """Returns what a trial last reported under a name."""
    metric = state["metrics"]["metrics"].get(name)
    return metric["observations"][-1]["value"][-1] if metric else otherwise
