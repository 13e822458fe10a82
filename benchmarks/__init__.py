"""Benchmarks of mlcourse against alternatives: `python -m benchmarks [NAME...]`.

Each module is a benchmark: its docstring describes the comparison, and `rows()` measures it. The
other modules are `timing`, `records`, `page` and `readme` (measure, save, print), and `lab`.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as in setup_notebook
