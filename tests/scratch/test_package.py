"""The imports of the package."""

import subprocess
import sys

import pytest

HEAVY = ("tensorflow", "keras", "sklearn", "jax", "torch", "pandas", "matplotlib.pyplot")


@pytest.mark.slow
def test_import_loads_nothing_heavy():
    code = f"import sys, mlcourse.scratch; print([m for m in {HEAVY} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
