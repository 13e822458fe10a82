import pytest

from mlcourse import lectures
from mlcourse.lectures import runner
from tests.lectures.conftest import REPORT, SETUP, TWO_SLIDERS

COUNT = "open('runs.txt', 'a').write('x')"


def runs(folder):
    return len((folder / "runs" / "runs.txt").read_text())


@pytest.mark.usefixtures("execution")
def test_a_run_is_taken_again_until_its_notebook_changes(shelf, tmp_path, cache):
    shelf("short", SETUP, COUNT, REPORT)
    first = runner.execute_cached("short", out=tmp_path)
    assert runner.execute_cached("short", out=tmp_path) == first
    assert runs(tmp_path) == 1
    assert runner.execute_cached("short", quick=False, out=tmp_path) != first
    assert runs(tmp_path) == 2
    shelf("short", SETUP, COUNT, "'another'", REPORT)
    assert runner.execute_cached("short", out=tmp_path).cells[4].outputs[0]["data"]
    assert runs(tmp_path) == 3


@pytest.mark.usefixtures("execution")
def test_a_run_is_not_taken_again_with_other_data(shelf, tmp_path, cache):
    shelf("short", SETUP, COUNT)
    runner.execute_cached("short", out=tmp_path)
    cache.mkdir(exist_ok=True)
    (cache / "mnist.npz").touch()
    runner.execute_cached("short", out=tmp_path)
    assert runs(tmp_path) == 2


def test_a_run_is_not_taken_again_with_another_version_of_what_it_needs(tmp_path, monkeypatch):
    def number():
        return runner.fingerprint([tmp_path / "short.ipynb"], {"MLCOURSE_DATA": str(tmp_path)})

    (tmp_path / "short.ipynb").touch()
    before, version = number(), runner.metadata.version
    assert number() == before
    later = {"keras": "99.0"}
    monkeypatch.setattr(runner.metadata, "version", lambda name: later.get(name) or version(name))
    assert number() != before


@pytest.mark.usefixtures("execution")
def test_a_run_that_failed_is_there_to_look_at_and_is_run_again(shelf, tmp_path, cache):
    shelf("short", SETUP, COUNT, "1 / 0")
    for _ in range(2):
        with pytest.raises(lectures.LectureFailed, match=r"ZeroDivisionError.*runs.short\.ipynb"):
            runner.execute_cached("short", out=tmp_path)
    assert runs(tmp_path) == 2
    assert "ZeroDivisionError" in (tmp_path / "runs" / "short.ipynb").read_text("utf-8")


@pytest.mark.slow
def test_interactive_figures_work_without_a_kernel(shelf, tmp_path, cache):
    shelf("short", SETUP, TWO_SLIDERS)
    (output,) = runner.execute_cached("short", out=tmp_path).cells[-1].outputs
    assert output["data"].keys() == {"text/html", "text/plain"}
    assert output["data"]["text/html"].count('<input type="range"') == 2
