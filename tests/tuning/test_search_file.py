import math

import pytest

from mlcourse.tuning import search_file

STATE = {
    "asked": 4,
    "exhausted": False,
    "settings": {"objective": {"name": "val_loss", "direction": "min"}},
    "results": {},
    "oracle": {},
    "trials": [],
}


def trial(number, **values):
    return {"trial_id": number, "hyperparameters": {"values": values}}


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a search's file, and returns its folder."""

    def write(*trials, **changes):
        search_file.write(tmp_path, {**STATE, "trials": list(trials), **changes})
        return tmp_path

    return write


def test_trials_are_read_as_they_ended(write):
    ended = {"epochs": 3, "seconds": 1.5}
    results = {
        "01": {"status": "completed", "score": 0.25, "active": ["units", "tuner/epochs"], **ended},
        "03": {"status": "failed", "score": math.nan, "note": "no room", **ended},
    }
    folder = write(
        trial("01", units=8, unused=1, **{"tuner/epochs": 3}),
        trial("02", **{"tuner/epochs": 2}),
        trial("03", units=2),
        results=results,
    )
    found = search_file.read(folder)
    assert (found.objective, found.direction, found.max_trials) == ("val_loss", -1, 4)
    assert [one.number for one in found.trials] == [1, 2, 3]
    done, runs, failed = found.trials
    assert (done.values, done.score, done.epochs, done.seconds) == ({"units": 8}, 0.25, 3, 1.5)
    assert (runs.status, runs.epochs, math.isnan(runs.score)) == ("running", 2, True)
    assert (failed.status, failed.note, math.isnan(failed.score)) == ("failed", "no room", True)


def test_a_search_whose_space_is_exhausted_says_so(write, tmp_path):
    write(trial("0"), exhausted=True)
    assert "all settings of the space tried" in search_file.read(tmp_path).status()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format": 2, "asked', "search.json cannot be read: "),
        ("[1]", "must be of version 2 of the format. Got None instead; the file is unchanged"),
        ('{"format": 1}', "must be of version 2 of the format. Got 1 instead"),
        ('{"format": 2, "asked": 3}', "search.json cannot be read: it has no exhausted"),
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
