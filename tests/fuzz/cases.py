"""Cases for property tests of public functions: strategies for valid and invalid arguments.

Each module `of_*.py` has a list `CASES`. `test_properties.py` tests all of them, and fails if a
public function has no case.
"""

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

import mlcourse

ANY = st.one_of(st.none(), st.text(max_size=3), st.just(object()), st.just([[1], [1, 2]]))


@dataclass(frozen=True)
class Case:
    """Strategies for the arguments of a public function.

    Attributes:
        name: "module.function", as the package exports it.
        valid: strategy for a dict of valid arguments.
        wrong: dict of argument names to strategies for invalid values.
        check: function of the result and the arguments that returns whether the result is right.
    """

    name: str
    valid: st.SearchStrategy
    wrong: dict = field(default_factory=dict)
    check: Callable | None = None

    @property
    def function(self):
        """The public function."""
        module, name = self.name.rsplit(".", 1)
        return getattr(importlib.import_module(f"mlcourse.{module}"), name)


def given(**strategies):
    """Return a strategy for a dict of arguments."""
    return st.fixed_dictionaries(strategies)


def public_modules():
    """Return the names of the package's public modules and of the modules that they export."""
    modules = [*mlcourse._MODULES, "_core.tables"]
    for name in mlcourse._MODULES:
        module = importlib.import_module(f"mlcourse.{name}")
        for export in getattr(module, "__all__", []):
            if inspect.ismodule(getattr(module, export)):
                modules.append(f"{name}.{export}")
    return modules


def public_names():
    """Return the set of all public functions and classes as "module.name"."""
    public = set()
    for module_name in public_modules():
        module = importlib.import_module(f"mlcourse.{module_name}")
        names = getattr(module, "__all__", None)
        if names is None:
            names = [
                name
                for name, value in vars(module).items()
                if not name.startswith("_")
                and getattr(value, "__module__", "").startswith(module.__name__)
            ]
        for name in names:
            value = getattr(module, name)
            if inspect.isroutine(value) or inspect.isclass(value):
                public.add(f"{module_name}.{name}")
    return public
