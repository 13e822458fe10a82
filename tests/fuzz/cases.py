"""What a property test of a public function needs: how it is called well, and how badly.

Each module here has a list `CASES`; `test_properties.py` tries them all, and holds the list
against the public names of the package, so that a new function without a case is found out.
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
    """How a public function is called.

    Attributes:
        name: of the function, "module.function", as the package exports it.
        valid: a strategy for its arguments by name: with these it does not raise.
        wrong: by argument, a strategy for values that it must refuse, whatever the others are.
        check: takes what the function returned and the arguments; says whether it is right.
    """

    name: str
    valid: st.SearchStrategy
    wrong: dict = field(default_factory=dict)
    check: Callable | None = None

    @property
    def function(self):
        """The function itself."""
        module, name = self.name.rsplit(".", 1)
        return getattr(importlib.import_module(f"mlcourse.{module}"), name)


def given(**strategies):
    """Returns a strategy for the arguments of a call, by name."""
    return st.fixed_dictionaries(strategies)


def public_modules():
    """Returns the names of the package's modules, and of those that they list as their own."""
    found = [*mlcourse._MODULES, "_core.tables"]
    for name in mlcourse._MODULES:
        module = importlib.import_module(f"mlcourse.{name}")
        listed = getattr(module, "__all__", [])
        found += [f"{name}.{one}" for one in listed if inspect.ismodule(getattr(module, one))]
    return found


def public_names():
    """Returns the names of all public functions and classes, "module.name"."""
    found = set()
    for module_name in public_modules():
        module = importlib.import_module(f"mlcourse.{module_name}")
        names = getattr(module, "__all__", None)
        if names is None:
            own = vars(module).items()
            names = [
                name
                for name, value in own
                if not name.startswith("_")
                and getattr(value, "__module__", "").startswith(module.__name__)
            ]
        for name in names:
            value = getattr(module, name)
            if inspect.isroutine(value) or inspect.isclass(value):
                found.add(f"{module_name}.{name}")
    return found
