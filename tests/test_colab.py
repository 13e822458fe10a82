import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from mlcourse.lectures import catalog

ROOT = Path(__file__).parents[1]
SCRIPT = runpy.run_path(str(ROOT / "docs" / "site" / "colab.py"))


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    folder = tmp_path / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder)
    monkeypatch.setattr(catalog, "folder", lambda: folder)
    return folder


def test_each_notebook_installs_the_package_on_colab_and_lectures_omit_it(notebooks):
    before = {name: catalog.read(lecture) for name, lecture in catalog.available().items()}
    paths = SCRIPT["write"]("ada/course")
    assert {path.stem for path in paths} == before.keys()
    for path in paths:
        title, link, install, *_ = nbformat.read(path, 4).cells
        assert title.source.startswith("# ")
        assert f"/ada/course/blob/HEAD/notebooks/{path.name}" in link.source
        assert "git+https://github.com/ada/course" in install.source
    for name, lecture in catalog.available().items():
        after = [cell.source for cell in catalog.read(lecture).cells]
        assert after == [cell.source for cell in before[name].cells]
    written = {path: path.read_bytes() for path in paths}
    SCRIPT["write"]("ada/course")
    assert {path: path.read_bytes() for path in paths} == written


def test_the_notebooks_with_the_cells_pass_the_check_of_notebooks(notebooks):
    paths = SCRIPT["write"]("ada/course")
    command = [sys.executable, "-m", "nbstripout", "--verify", "--keep-count"]
    command += ["--extra-keys", "metadata.language_info", *paths]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("repository", ["", "course", "ada/course/x", "ada/my course"])
def test_a_repository_has_an_owner_and_a_name(repository):
    with pytest.raises(ValueError, match=r"repository must be OWNER/NAME\. Got"):
        SCRIPT["write"](repository)
