"""Full disks: errors name the file, and old files stay."""

import pytest

from mlcourse._core import files
from mlcourse.training import runs
from mlcourse.tuning import search_file
from tests.faults import children, fits
from tests.faults.children import limit_file_size
from tests.faults.writers import WRITERS, write

REASONS = ("No space left on device", "File too large")


@pytest.fixture
def disk(tmp_path, mount):
    """The folder of a small file system, and a function that fills it.

    Without root the function limits the size of files instead. It is called in the child process.
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
    limit_file_size(100)


def write_on_full_disk(name, folder, fill):
    fill(folder)
    return write(name, folder, "new")


@pytest.mark.parametrize("name", WRITERS)
def test_a_failed_write_names_the_file_and_leaves_the_old_one(name, disk):
    folder, fill = disk
    _, old = children.run(write, name, folder, "old")
    status, error = children.run(write_on_full_disk, name, folder, fill)
    assert status == 1
    assert error.startswith("OSError: ")
    assert "could not be written: " in error
    assert any(reason in error for reason in REASONS)
    assert error.endswith(f"'{folder / name}'")
    assert {path.name for path in folder.iterdir()} - {"filler"} == {name}
    assert (folder / name).read_bytes() == old


def fit_on_full_disk(folder, fill):
    fill(folder)
    return fits.fit("one", fits.EPOCHS)


@pytest.mark.slow
def test_a_fit_on_a_full_disk_raises_and_resumes_when_there_is_space(disk, monkeypatch):
    folder, fill = disk
    monkeypatch.setenv("MLCOURSE_RUNS", str(folder))
    where = {"MLCOURSE_RUNS": str(folder)}
    status, first = children.run(fits.fit, "one", 2, **where)
    assert (status, len(first["loss"])) == (0, 2)
    before = {path.name: path.read_bytes() for path in (folder / "one").iterdir()}
    status, error = children.run(fit_on_full_disk, folder, fill, **where)
    assert status == 1
    assert "could not be written: " in error
    assert str(folder / "one") in error
    after = {path.name: path.read_bytes() for path in (folder / "one").iterdir()}
    assert after == before
    assert runs.load("one").history == first
    (folder / "filler").unlink(missing_ok=True)
    status, whole = children.run(fits.fit, "one", **where)
    assert (status, len(whole["loss"])) == (0, fits.EPOCHS)
    assert whole["loss"][:2] == first["loss"]


def search_on_full_disk(folder, fill):
    from mlcourse.tuning.search import _Progress

    tell = _Progress.tell

    def fill_first(self, number, outcome):
        if number == 1:
            fill(folder)
        tell(self, number, outcome)

    _Progress.tell = fill_first
    return fits.search(folder)


@pytest.mark.slow
def test_a_search_on_a_full_disk_ends_and_no_trial_counts_as_failed(disk):
    folder, fill = disk
    status, error = children.run(search_on_full_disk, folder, fill)
    assert status == 1
    assert "OSError: " in error
    assert "best.weights.h5" in error
    assert [trial.status for trial in search_file.read(folder).trials] == ["completed", "running"]
    (folder / "filler").unlink(missing_ok=True)
    assert children.run(fits.search, folder) == (0, fits.TRIALS)
    assert not list(folder.rglob(f"{files.PARTIAL_PREFIX}*"))
