import copy
import math

import pytest

from mlcourse.tuning import search_file

STATE = {
    "asked": 4,
    "settings": {"objective": {"name": "val_loss", "direction": "min"}},
    "oracle": {"trials": []},
}


def trial(number, status="RUNNING", score=None, metrics=(), **values):
    said = {name: {"observations": [{"value": [value], "step": 0}]} for name, value in metrics}
    return {
        "trial_id": number,
        "hyperparameters": {"values": values},
        "status": status,
        "score": score,
        "metrics": {"metrics": said},
    }


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a search's file, and returns its folder."""

    def write(*trials, **changes):
        state = copy.deepcopy(STATE) | changes
        state["oracle"]["trials"] = list(trials)
        search_file.write(tmp_path, state)
        return tmp_path

    return write


def test_trials_are_read_as_they_ended(write):
    ended = [("epochs", 3.0), ("seconds", 1.5)]
    folder = write(
        trial("10", "INVALID", math.nan, ended, units=2),
        trial("02", "COMPLETED", 0.25, ended, units=8, **{"tuner/epochs": 3}),
        trial("3", "RUNNING", **{"tuner/epochs": 2}),
    )
    search_file.trial_folder(folder, "10").mkdir()
    (search_file.trial_folder(folder, 10) / search_file.NOTE).write_text("no room")
    found = search_file.read(folder)
    assert (found.objective, found.direction, found.max_trials) == ("val_loss", -1, 4)
    assert [one.number for one in found.trials] == [2, 3, 10]
    done, runs, failed = found.trials
    assert (done.values, done.score, done.epochs, done.seconds) == ({"units": 8}, 0.25, 3, 1.5)
    assert (runs.status, runs.epochs, math.isnan(runs.score)) == ("running", 2, True)
    assert (failed.status, failed.note, math.isnan(failed.score)) == ("failed", "no room", True)


def test_a_search_whose_space_is_exhausted_says_so(write, tmp_path):
    write(trial("0", "COMPLETED", 0.5), exhausted=True)
    assert "all settings of the space tried" in search_file.read(tmp_path).status()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format": 1, "asked', "search.json cannot be read: "),
        ("[1]", "must be of version 1 of the format. Got None instead; the file is unchanged"),
        ('{"format": 2}', "must be of version 1 of the format. Got 2 instead"),
        ('{"format": 1, "asked": 3}', "search.json cannot be read: it has no settings"),
        ("\udcff", "search.json cannot be read: "),
    ],
)
def test_a_damaged_file_is_named_and_left_as_it_is(tmp_path, text, message):
    path, content = tmp_path / "search.json", text.encode("utf-8", "surrogateescape")
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        search_file.read(tmp_path)
    assert path.read_bytes() == content


def test_no_search_is_another_thing_than_a_damaged_one(tmp_path):
    with pytest.raises(FileNotFoundError):
        search_file.read(tmp_path)
