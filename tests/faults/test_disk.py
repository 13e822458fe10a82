"""A disk that is full: what is said, and what is left."""

import pytest

from mlcourse._core import files
from mlcourse.training import runs
from mlcourse.tuning import search_file
from tests.faults import children, fits
from tests.faults.children import no_room_after
from tests.faults.writers import WRITERS, write

NO_ROOM = "No space left on device|File too large"


@pytest.fixture
def disk(tmp_path, mount):
    """A small disk, and a function that lets it take no more; or, without root, a limit of files.

    The function is called in the process that is to have no room.
    """
    return tmp_path, _fill if mount(tmp_path, "size=1m") else _limit


def _fill(folder):
    with (folder / "filler").open("wb", buffering=0) as file:
        while True:
            try:
                file.write(bytes(4096))
            except OSError:
                return


def _limit(folder):
    no_room_after(100)


def write_without_room(name, folder, full):
    full(folder)
    return write(name, folder, "new")


@pytest.mark.parametrize("name", WRITERS)
def test_what_cannot_be_written_is_named_and_the_old_file_stays(name, disk):
    folder, full = disk
    _, old = children.run(write, name, folder, "old")
    status, said = children.run(write_without_room, name, folder, full)
    assert status == 1
    assert said.startswith("OSError: ")
    assert "could not be written: " in said
    assert any(reason in said for reason in NO_ROOM.split("|"))
    assert said.endswith(f"'{folder / name}'")
    assert {path.name for path in folder.iterdir()} - {"filler"} == {name}
    assert (folder / name).read_bytes() == old


def fit_without_room(folder, full):
    full(folder)
    return fits.fit("one", fits.EPOCHS)


@pytest.mark.slow
def test_a_fit_without_room_says_so_and_goes_on_when_there_is_some(disk, monkeypatch):
    folder, full = disk
    monkeypatch.setenv("MLCOURSE_RUNS", str(folder))
    where = {"MLCOURSE_RUNS": str(folder)}
    status, first = children.run(fits.fit, "one", 2, **where)
    assert (status, len(first["loss"])) == (0, 2)
    before = {path.name: path.read_bytes() for path in (folder / "one").iterdir()}
    status, said = children.run(fit_without_room, folder, full, **where)
    assert status == 1
    assert "could not be written: " in said
    assert str(folder / "one") in said
    after = {path.name: path.read_bytes() for path in (folder / "one").iterdir()}
    assert after == before
    assert runs.load("one").history == first
    (folder / "filler").unlink(missing_ok=True)
    status, whole = children.run(fits.fit, "one", **where)
    assert (status, len(whole["loss"])) == (0, fits.EPOCHS)
    assert whole["loss"][:2] == first["loss"]


def search_without_room(folder, full):
    from mlcourse.tuning.search import _Asking

    tell = _Asking.tell

    def fill_first(self, number, outcome):
        if number == 1:
            full(folder)
        tell(self, number, outcome)

    _Asking.tell = fill_first
    return fits.search(folder)


@pytest.mark.slow
def test_a_search_without_room_ends_and_no_trial_counts_as_failed(disk):
    folder, full = disk
    status, said = children.run(search_without_room, folder, full)
    assert status == 1
    assert "OSError: " in said
    assert "best.weights.h5" in said
    assert [one.status for one in search_file.read(folder).trials] == ["completed", "running"]
    (folder / "filler").unlink(missing_ok=True)
    assert children.run(fits.search, folder) == (0, fits.TRIALS)
    assert not list(folder.rglob(f"{files.PARTIAL_PREFIX}*"))
