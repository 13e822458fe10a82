"""Test that the sdist and the wheels are complete and work without the repository."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from build import ProjectBuilder
from packaging.metadata import Metadata

import mlcourse
from mlcourse import lectures

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
BUILT_FROM = ["LICENSE", "MANIFEST.in", "README.md", "pyproject.toml", "setup.cfg"]
NOTEBOOKS = f"mlcourse-{mlcourse.__version__}.data/data/share/mlcourse/notebooks/"


def run(*command, **options):
    """Run a command and return its output; fail with the output if the command fails."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pip_install(wheel, *options, before=()):
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", *before]
    run(*pip, "install", "--no-deps", "--no-index", *options, wheel)


@dataclass
class Built:
    """Built files: an sdist, a wheel from the sdist, and a wheel from the working tree."""

    tree: Path
    sdist: str
    wheel: str
    direct: str


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    tree, unpacked = (tmp_path_factory.mktemp(name) for name in ("tree", "unpacked"))
    for name in BUILT_FROM:
        shutil.copy(ROOT / name, tree)
    for name in ("mlcourse", "notebooks", "tests"):
        ignored = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(ROOT / name, tree / name, ignore=ignored)
    sdist = ProjectBuilder(tree).build("sdist", tree / "dist")
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    (released,) = unpacked.iterdir()
    wheel = ProjectBuilder(released).build("wheel", released / "dist")
    return Built(tree, sdist, wheel, ProjectBuilder(tree).build("wheel", tree / "dist"))


def contents(wheel):
    """Return the checksum of each file of a wheel, by name."""
    with ZipFile(wheel) as archive:
        return {entry.filename: entry.CRC for entry in archive.infolist()}


def test_the_wheel_has_every_file_of_the_package_and_the_lectures(built):
    names = set(contents(built.wheel))
    files = {file for file in (built.tree / "mlcourse").rglob("*") if file.is_file()}
    assert {name for name in names if name.startswith("mlcourse/")} == {
        file.relative_to(built.tree).as_posix() for file in files
    }
    assert {"py.typed", "slides.css", "canvas.js"} <= {file.name for file in files}
    notebooks = {NOTEBOOKS + path.name for path in (built.tree / "notebooks").glob("*.ipynb")}
    assert {name for name in names if ".data/" in name} == notebooks
    assert f"mlcourse-{mlcourse.__version__}.dist-info/licenses/LICENSE" in names


def test_the_sdist_builds_the_same_wheel(built):
    assert contents(built.wheel) == contents(built.direct)


def test_the_sdist_has_what_the_wheel_is_built_from_and_no_more(built):
    with tarfile.open(built.sdist) as archive:
        parts = [Path(name).parts[1] for name in archive.getnames() if "/" in name]
    of_setuptools = {"PKG-INFO", "mlcourse.egg-info"}
    assert set(parts) == {*BUILT_FROM, "mlcourse", "notebooks"} | of_setuptools


def test_its_metadata_is_valid(built):
    with ZipFile(built.wheel) as archive:
        info = f"mlcourse-{mlcourse.__version__}.dist-info"
        metadata = Metadata.from_email(archive.read(f"{info}/METADATA"), validate=True)
    assert (metadata.name, str(metadata.version)) == ("mlcourse", mlcourse.__version__)
    assert metadata.license_expression == "MIT"
    assert metadata.description == (ROOT / "README.md").read_text("utf-8")


def test_all_files_name_the_same_version():
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest.group(1) == mlcourse.__version__
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation.get("version", mlcourse.__version__) == mlcourse.__version__


def test_a_wheel_in_an_environment_lists_its_lectures(built, tmp_path):
    place = (tmp_path / "environment").resolve()
    venv.create(place, symlinks=True)
    paths = sysconfig.get_paths("venv", vars={"base": str(place), "platbase": str(place)})
    requirements = [entry for entry in sys.path if entry.endswith("-packages")]
    Path(paths["purelib"], "requirements.pth").write_text("\n".join(requirements))
    scripts = Path(paths["scripts"])
    pip_install(built.wheel, before=["--python", scripts / "python"])
    assert found_by([scripts / "python"], tmp_path) == place / "share/mlcourse/notebooks"
    listed = run(scripts / "mlcourse", "lectures", cwd=tmp_path)
    assert all(f"{name}: " in listed for name in lectures.available())


def test_a_wheel_in_a_folder_lists_its_lectures(built, tmp_path):
    place = (tmp_path / "folder").resolve()
    pip_install(built.wheel, "--target", place)
    (place / "notebooks").mkdir()  # of another project
    found = found_by([sys.executable], tmp_path, PYTHONPATH=str(place))
    assert found == place / "share/mlcourse/notebooks"


def found_by(python, folder, **variables):
    """Returns where an installed package finds the lectures, all of which it must find."""
    code = "import mlcourse.lectures.catalog as i; print(i.__file__, i.folder(), *i.available())"
    printed = run(*python, "-c", code, cwd=folder, env=os.environ | variables)
    module, found, *names = printed.split()
    assert folder.resolve() in Path(module).resolve().parents
    assert names == list(lectures.available())
    return Path(found)
