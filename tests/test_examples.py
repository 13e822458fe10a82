"""Test that each public name has an example that runs."""

import importlib
import inspect
import json
import re
from pathlib import Path

from mlcourse.scratch import convolution
from tests.fuzz.cases import public_names

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
LECTURES = "neural-network-from-scratch", "classifying-digits"


def test_each_public_name_has_an_example():
    values = {name: _value(name) for name in sorted(public_names())}
    lacking = [
        name
        for name, value in values.items()
        if not (">>>" in (value.__doc__ or "") or _is_exception(value) or _is_read(name))
    ]
    assert not lacking, "\n".join(lacking)


def _value(name):
    module, name = name.rsplit(".", 1)
    return getattr(importlib.import_module(f"mlcourse.{module}"), name)


def _is_exception(value):
    """Return whether a value is an exception, which needs no example."""
    return isinstance(value, type) and issubclass(value, Exception)


def _is_read(name):
    """Return whether a name belongs to `scratch`, which has its examples in two lectures."""
    module, name = name.rsplit(".", 1)
    texts = [(NOTEBOOKS / f"{lecture}.ipynb").read_text("utf-8") for lecture in LECTURES]
    cells = [cell for text in texts for cell in json.loads(text)["cells"]]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    shown = "\n".join([*code, inspect.getdoc(convolution)])
    return module == "scratch" and re.search(rf"\b{name}\b", shown) is not None
