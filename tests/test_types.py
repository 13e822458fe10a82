"""Test that all public functions have type annotations, which mypy then checks."""

import ast
import dataclasses
import importlib
import inspect
import re
from functools import cached_property
from pathlib import Path

import mlcourse
from mlcourse.networks import network
from tests.fuzz.cases import public_names


def lacking(function):
    """Return the parameters without an annotation, and "return" if it is missing.

    `scratch` is read in class, so a default value is enough there.
    """
    signature = inspect.signature(function)
    in_class = function.__module__.startswith("mlcourse.scratch")
    names = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.annotation is parameter.empty
        and parameter.name not in ("self", "cls")
        and not (in_class and parameter.default is not parameter.empty)
    ]
    return names if signature.return_annotation is not signature.empty else [*names, "return"]


def functions_of(value):
    """Return the functions of a function, method or property."""
    if isinstance(value, property):
        return [function for function in (value.fget, value.fset) if function]
    if isinstance(value, cached_property):
        return [value.func]
    if isinstance(value, classmethod | staticmethod):
        return [value.__func__]
    return [value] if inspect.isfunction(value) else []


def callables_of(value):
    """Yield a public function, or the public methods of a class and its bases in this package."""
    if not inspect.isclass(value):
        yield value
        return
    for base in value.__mro__:
        if base.__module__.startswith("mlcourse"):
            for name, member in vars(base).items():
                if name in ("__init__", "__call__") or not name.startswith("_"):
                    yield from functions_of(member)


def public_callables():
    """Return all public functions and methods."""
    found = set()
    for public in public_names():
        module, name = public.rsplit(".", 1)
        found.update(callables_of(getattr(importlib.import_module(f"mlcourse.{module}"), name)))
    return found


def test_public_functions_have_types():
    gaps = sorted(
        f"{function.__module__}.{function.__qualname__}: {', '.join(lacking(function))}"
        for function in public_callables()
        if lacking(function)
    )
    assert not gaps, "\n".join([f"{len(gaps)} without all of their types:", *gaps])


def records_of_arrays():
    """Yield the public dataclasses with an array field."""
    for public in public_names():
        module, name = public.rsplit(".", 1)
        value = getattr(importlib.import_module(f"mlcourse.{module}"), name)
        if inspect.isclass(value) and dataclasses.is_dataclass(value):
            kinds = [str(field.type) for field in dataclasses.fields(value)]
            if any(re.search(r"^(?!.*Callable).*(ndarray|ArrayLike)", kind) for kind in kinds):
                yield value


def test_records_of_arrays_are_equal_to_themselves_alone():
    records = {
        *records_of_arrays(),
        network.ForwardPass,
    }  # == of arrays is no bool, and they have no hash
    assert len(records) > 10
    assert [record for record in records if record.__eq__ is not object.__eq__] == []
    assert [record for record in records if record.__hash__ is not object.__hash__] == []


def test_what_lacks_a_type_is_named():
    class Half:
        def __init__(self, x: int, /, *more, scale: float = 0.5, **rest: int):
            self.x = x

        @property
        def value(self):
            return self.x

        @classmethod
        def of(cls, x) -> "Half":
            return cls(x)

    Half.__module__ = "mlcourse.half"
    gaps = {function.__name__: lacking(function) for function in callables_of(Half)}
    assert gaps == {"__init__": ["more", "return"], "value": ["return"], "of": ["x"]}


def test_what_the_package_loads_on_first_use_is_in_its_stub():
    stub = ast.parse(Path(mlcourse.__file__).with_suffix(".pyi").read_text("utf-8"))
    found = {
        alias.asname: statement.module
        for statement in stub.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    modules = dict.fromkeys(mlcourse._MODULES, "mlcourse")
    names = {name: f"mlcourse.{module}" for name, module in mlcourse._MODULE_BY_NAME.items()}
    assert found == modules | names
