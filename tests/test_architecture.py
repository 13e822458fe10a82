import configparser
import re
from pathlib import Path

import mlcourse

PACKAGE = Path(mlcourse.__file__).parent
ROOT = PACKAGE.parent


def floors_of_the_contract():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", "utf-8")
    rows = config["importlinter:contract:floors"]["layers"].split("\n")
    return [sorted(re.findall(r"mlcourse\.(\w+)", row)) for row in rows if row]


def floors_of_the_page():
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    drawing = page.partition("## Floors\n")[2].partition("\nImports point down")[0]
    floors = drawing.strip("\n").split("\n\n")
    return [sorted(re.findall(r"^    (\w+)/? ", floor, re.MULTILINE)) for floor in floors]


def test_the_page_has_the_floors_of_the_contract():
    assert floors_of_the_page() == floors_of_the_contract()


def test_each_folder_and_module_is_on_one_floor():
    on_floors = [name for floor in floors_of_the_contract() for name in floor]
    names = {path.stem for path in PACKAGE.glob("*.py") if "__" not in path.stem}
    names |= {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert sorted(on_floors) == sorted(names)


def test_no_folder_is_crowded():
    modules = sorted(PACKAGE.rglob("*.py"))
    for folder in {path.parent for path in modules}:
        assert sum(path.parent == folder for path in modules) <= 14, folder
