"""Read and write the file of a search, `search.json`, and lock its folder."""

from pathlib import Path

from mlcourse._core import checks, files
from mlcourse.tuning.trials import Trial, Trials

FILE = "search.json"
FORMAT = 2
KEYS = ("asked", "exhausted", "settings", "results", "oracle", "trials")
OWN_FILES = ("lock", FILE)  # which another process may create meanwhile
HYPERBAND = "tuner/"  # prefix of the names of Hyperband's own hyperparameters
LOCK_TIMEOUT = 10  # seconds for a killed process to release its lock


class SearchBusy(OSError):
    """Another process uses the directory of a search."""


def lock(directory):
    """Lock a directory for one search or ablation, within a `with` block."""
    checks.folder("directory", directory)
    rule = "directory must not be in use by another search"
    busy = SearchBusy(f"{rule}. Got {str(directory)!r} instead.")
    return files.lock_folder(directory, busy, LOCK_TIMEOUT)


def write(folder, state):
    """Write the state of a search, a dict with the keys `KEYS`, atomically."""
    files.write_state(Path(folder) / FILE, FORMAT, state)


def read_state(folder):
    """Return the state of a search.

    Raises:
        FileNotFoundError: if there is no search in the folder.
        ValueError: if its file is damaged, or has another version of the format.
    """
    return files.read_state(Path(folder) / FILE, FORMAT, KEYS)


def read(folder):
    """Return the `Trials` of the search in a folder.

    Raises:
        FileNotFoundError, ValueError: as `read_state`.
    """
    state = read_state(folder)
    try:
        objective = state["settings"]["objective"]
        return Trials(
            objective=objective["name"],
            direction=1 if objective["direction"] == "max" else -1,
            max_trials=state["asked"],
            trials=[_trial(trial, state["results"]) for trial in state["trials"]],
            exhausted=state["exhausted"],
        )
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{Path(folder) / FILE} cannot be read: {error!r}") from error


def check_folder(folder, settings):
    """Raise ValueError unless a folder is empty, or contains a search with these settings."""
    checks.folder("directory", folder)
    try:
        saved = read_state(folder)["settings"]
    except FileNotFoundError:
        for path in Path(folder).glob("[!.]*"):
            if path.name not in OWN_FILES:
                rule = "directory must be empty, or that of a search"
                raise ValueError(f"{rule}. Got {str(path)!r} in it instead.") from None
        return
    where = f"the search in {str(folder)!r}"
    for name, value in files.json_roundtrip(settings).items():
        checks.unchanged(name, where, value, saved.get(name))


def trial_folder(folder, number):
    """Return the folder of a trial's best weights."""
    return Path(folder) / f"trial_{int(number)}"


def _trial(state, results):
    """Return a `Trial` from Keras Tuner's state of it, and its result if it has ended."""
    number = state["trial_id"]
    values = state["hyperparameters"]["values"]
    result = {"status": "running", "epochs": values.get(f"{HYPERBAND}epochs", 0)}
    result |= results.get(number, {})
    active = result.pop("active", [*values])
    names = [name for name in values if name in active and not name.startswith(HYPERBAND)]
    return Trial(int(number), {name: values[name] for name in names}, **result)
