"""Read and write the file of a search, `search.json`."""

from pathlib import Path

import numpy as np

from mlcourse._core import files
from mlcourse.tuning.trials import COMPLETED, FAILED, RUNNING, Trial, Trials

FILE = "search.json"
NOTE = "failed.txt"  # in a trial's folder: the reason why it failed
ACTIVE = "asked.json"  # in a trial's folder: the names of its active hyperparameters
FORMAT = 1
KEYS = ("asked", "settings", "oracle")  # "asked" is the number of trials
STATUS = {"COMPLETED": COMPLETED, "FAILED": FAILED, "INVALID": FAILED}  # Keras Tuner's to ours
HYPERBAND = "tuner/"  # prefix of the names of Hyperband's own hyperparameters


class SearchBusy(OSError):
    """Another process uses the directory of a search."""


def write(folder, state):
    """Write the state of a search, a dict, atomically."""
    files.write_text(Path(folder) / FILE, files.as_json({"format": FORMAT, **state}))


def read_state(folder):
    """Return the state of a search, a dict.

    Raises:
        FileNotFoundError: if there is no search in the folder.
        ValueError: if its file is damaged, or has another version of the format.
    """
    path = Path(folder) / FILE
    try:
        state = files.from_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    version = state.get("format") if isinstance(state, dict) else None
    if version != FORMAT:
        rule = f"{path} must be of version {FORMAT} of the format"
        raise ValueError(f"{rule}. Got {version!r} instead; the file is unchanged.")
    for key in KEYS:
        if key not in state:
            raise ValueError(f"{path} cannot be read: it has no {key}")
    return state


def read(folder):
    """Return the `Trials` of the search in a folder.

    Raises:
        FileNotFoundError, ValueError: as `read_state`.
    """
    state = read_state(folder)
    try:
        objective = state["settings"]["objective"]
        trials = sorted(state["oracle"]["trials"], key=lambda trial: int(trial["trial_id"]))
        return Trials(
            objective=objective["name"],
            direction=1 if objective["direction"] == "max" else -1,
            max_trials=state["asked"],
            trials=[_trial(trial, folder) for trial in trials],
            exhausted=state.get("exhausted", False),
        )
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{Path(folder) / FILE} cannot be read: {error!r}") from error


def trial_folder(folder, number):
    """Return the folder of a trial's best weights and of the reason why it failed."""
    return Path(folder) / f"trial_{int(number)}"


def write_active(folder, number, names):
    """Save the names of a trial's active hyperparameters."""
    files.write_text(trial_folder(folder, number) / ACTIVE, files.as_json([*names]))


def _trial(state, folder):
    """Return a `Trial` from Keras Tuner's state of it."""
    values = state["hyperparameters"]["values"]
    folder = trial_folder(folder, state["trial_id"])
    status = STATUS.get(state["status"], RUNNING)
    active = list(values)
    if (folder / ACTIVE).is_file():
        active = files.from_json((folder / ACTIVE).read_text(encoding="utf-8"))
    note = ""
    if status == FAILED and (folder / NOTE).is_file():
        note = (folder / NOTE).read_text(encoding="utf-8")
    return Trial(
        number=int(state["trial_id"]),
        values={
            name: value
            for name, value in values.items()
            if name in active and not name.startswith(HYPERBAND)
        },
        status=status,
        score=state["score"] if status == COMPLETED else np.nan,
        epochs=int(_last_value(state, "epochs", values.get(f"{HYPERBAND}epochs", 0))),
        seconds=_last_value(state, "seconds", np.nan),
        note=note,
    )


def _last_value(state, name, default):
    """Return the last value of a trial's metric."""
    metric = state["metrics"]["metrics"].get(name)
    return metric["observations"][-1]["value"][-1] if metric else default
