"""Valid input never raises; what is wrong is refused by our own code, with the rule and the value.

`make test` tries 2 examples of each, `make test-all` 8, and `make fuzz` 300.
"""

import importlib
import os
import pkgutil
import re
import traceback
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mlcourse
from tests import fuzz
from tests.fuzz.cases import public_names

EXAMPLES = int(os.environ.get("MLCOURSE_FUZZ", "2"))
ANYWAY = settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES <= 8,  # the suite tries the same ones each time
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
PACKAGE = str(Path(mlcourse.__file__).parent)
MODULES = [
    importlib.import_module(f"tests.fuzz.{found.name}")
    for found in pkgutil.iter_modules(fuzz.__path__)
    if found.name.startswith("of_")
]
CASES = [case for module in MODULES for case in module.CASES]
ELSEWHERE = {name: why for module in MODULES for name, why in module.ELSEWHERE.items()}
WRONG = [(case, name) for case in CASES for name in case.wrong]
pytestmark = [
    pytest.mark.filterwarnings(f"ignore:{words}")
    for words in (
        "overflow encountered:RuntimeWarning",  # of the largest numbers, as everywhere in NumPy
        "invalid value encountered:RuntimeWarning",
        "Animation was deleted without rendering:UserWarning",  # it is made, not shown
        ".* diverged.*:RuntimeWarning",  # `descend` warns for a distant start
        "Do not use the `random` module inside strategies",  # Keras does, for its layers' seeds
    )
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@ANYWAY
@given(data=st.data())
def test_valid_input_never_raises(case, data):
    arguments = data.draw(case.valid)
    try:
        result = case.function(**arguments)
        if case.check:
            assert case.check(result, arguments)
    finally:
        plt.close("all")


@pytest.mark.parametrize(("case", "name"), WRONG, ids=lambda part: getattr(part, "name", part))
@ANYWAY
@given(data=st.data())
def test_wrong_input_is_refused(case, name, data):
    arguments = data.draw(case.valid) | {name: data.draw(case.wrong[name], label=name)}
    try:
        with pytest.raises((ValueError, TypeError)) as caught:
            case.function(**arguments)
    finally:
        plt.close("all")
    where = traceback.extract_tb(caught.tb)[-1].filename
    assert where.startswith(PACKAGE), f"{where}: a library's error, not ours: {caught.value}"
    assert re.search(r"\. (Got|It has|There)\b", str(caught.value)), str(caught.value)


def test_each_public_function_has_a_case_or_a_reason():
    tried = {case.name for case in CASES}
    assert tried | set(ELSEWHERE) == public_names()
    assert not tried & set(ELSEWHERE)
