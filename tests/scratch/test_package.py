import subprocess
import sys
from pathlib import Path

from mlcourse import scratch

HEAVY = ("tensorflow", "keras", "sklearn", "jax", "torch", "pandas", "matplotlib.pyplot")


def test_import_loads_nothing_heavy():
    code = f"import sys, mlcourse.scratch; print([m for m in {HEAVY} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_it_can_be_read_at_a_sitting():
    files = sorted(Path(scratch.__file__).parent.glob("*.py"))
    lines = {file.name: len(file.read_text().splitlines()) for file in files}
    assert lines.pop("convolution.py") > 0 and lines["layers.py"] > 0
    assert sum(lines.values()) < 450
