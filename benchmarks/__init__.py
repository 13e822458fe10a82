"""Our ways and the plain ways to do the same, side by side: `python -m benchmarks [NAME...]`.

Each module is a benchmark, whose docstring says what is compared and whose `rows()` measures it,
but for `timing`, `records` and `page`: how it is measured, kept and shown.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as setup_notebook has it
