"""Compare the tested versions, oldest and newest, with the requirements of the package."""

import configparser
import re
from pathlib import Path

import pytest
from packaging.version import Version

ROOT = Path(__file__).parents[1]
USED = "lectures", "lab"  # extras for users; the others are for development


def bounds():
    """Return the minimum versions in `setup.cfg`, by name."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = [config["options.extras_require"][name] for name in USED]
    lines = "\n".join([config["options"]["install_requires"], *extras])
    return dict(re.findall(r"^(\S+) >= (\S+)$", lines, re.M))


def pins(name):
    """Return the versions in a constraints file, by name."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def test_the_oldest_versions_are_the_lower_bounds():
    oldest = pins("oldest")
    assert {name: oldest.get(name) for name in bounds()} == bounds()


def test_the_newest_versions_are_within_the_bounds():
    newest = pins("newest")
    assert newest.keys() == bounds().keys()
    for name, bound in bounds().items():
        assert Version(newest[name]) >= Version(bound)


@pytest.mark.parametrize("name", ["oldest", "newest"])
def test_the_page_on_installation_names_them(name):
    page = (ROOT / "docs" / "install.md").read_text("utf-8")
    head, row = (
        re.search(rf"^\| {first} \| (.*) \|$", page, re.M)[1].split(" | ")
        for first in ("tested with", name)
    )
    assert dict(zip(head, row, strict=True)).items() <= pins(name).items()
