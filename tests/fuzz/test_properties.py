"""Property tests: valid arguments never raise, and the package's own checks refuse invalid ones.

`make test` runs 2 examples of each property, `make test-all` 20, and `make fuzz` 1,000.
"""

import copy
import importlib
import os
import pkgutil
import re
import traceback
from contextlib import contextmanager
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ipywidgets import Widget

import mlcourse
from tests import fuzz
from tests.fuzz import unusual
from tests.fuzz.cases import public_names

EXAMPLES = int(os.environ.get("MLCOURSE_FUZZ", "2"))
SETTINGS = settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES <= 20,  # the same examples in each run
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
PACKAGE = str(Path(mlcourse.__file__).parent)
MODULES = [
    importlib.import_module(f"tests.fuzz.{module.name}")
    for module in pkgutil.iter_modules(fuzz.__path__)
    if module.name.startswith("of_")
]
CASES = [case for module in MODULES for case in module.CASES]
ELSEWHERE = {name: why for module in MODULES for name, why in module.ELSEWHERE.items()}
WRONG = [(case, name) for case in CASES for name in case.wrong]
pytestmark = [
    pytest.mark.filterwarnings(f"ignore:{message}")
    for message in (
        "overflow encountered:RuntimeWarning",  # from very large numbers
        "invalid value encountered:RuntimeWarning",
        "Animation was deleted without rendering:UserWarning",  # created but not shown
        ".*diverged.*is not finite:RuntimeWarning",  # what our own code says of a far start
        "Do not use the `random` module inside strategies",  # Keras does, for the seeds of layers
    )
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@SETTINGS
@given(data=st.data())
def test_valid_input_never_raises(case, data):
    arguments = data.draw(case.valid)
    with closing():
        result = case.function(**arguments)
        if case.check:
            assert case.check(result, arguments)


@pytest.mark.parametrize(("case", "name"), WRONG, ids=lambda part: getattr(part, "name", part))
@SETTINGS
@given(data=st.data())
def test_wrong_input_is_refused(case, name, data):
    arguments = data.draw(case.valid) | {name: data.draw(case.wrong[name], label=name)}
    with closing(), pytest.raises((ValueError, TypeError)) as caught:
        case.function(**arguments)
    is_own_words(caught.value)


def with_own_generators(arguments):
    """Return arguments with copies of random generators, whose state a call changes."""
    return {
        name: copy.deepcopy(value) if isinstance(value, np.random.Generator) else value
        for name, value in arguments.items()
    }


@contextmanager
def closing():
    """Close the figures and the widgets that are made meanwhile; else they stay in memory."""
    made = []
    Widget.on_widget_constructed(made.append)
    try:
        yield
    finally:
        Widget.on_widget_constructed(None)
        plt.close("all")
        for widget in made:
            widget.close()


def is_own_words(error):
    """Check that an error is raised by the package, and gives the rule, then the value."""
    path = traceback.extract_tb(error.__traceback__)[-1].filename
    assert path.startswith(PACKAGE), f"{path}: an error of a library, not of the package: {error}"
    assert re.search(r"\. (Got|It has|There|The lectures are)\b", str(error)), str(error)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@SETTINGS
@given(data=st.data())
def test_an_unusual_array_is_taken_or_refused(case, data):
    arguments = data.draw(case.valid)
    arrays = unusual.arrays_in(arguments)
    if not arrays:
        return
    name = data.draw(st.sampled_from(list(arrays)), label="argument")
    forms = [form for form in unusual.FORMS if form.fits(arrays[name])]
    form = data.draw(st.sampled_from(forms), label="form")
    unusual_array = form.make(arrays[name])
    usual = copy.deepcopy(arguments[name])
    if form.is_same and not form.is_numpy:  # a tensor may have rounded the numbers
        usual = np.asarray(unusual_array).astype(arrays[name].dtype)
    with closing():
        try:
            expected = case.function(**with_own_generators(arguments) | {name: usual})
            found = case.function(**arguments | {name: unusual_array})
        except (ValueError, TypeError) as error:
            is_own_words(error)
            assert not (form.is_numpy and isinstance(arguments[name], np.ndarray)), error
        else:
            assert not form.is_same or unusual.are_equal(expected, found)


def test_each_public_function_has_a_case_or_a_reason():
    tested = {case.name for case in CASES}
    assert tested | set(ELSEWHERE) == public_names()
    assert not tested & set(ELSEWHERE)
