"""Compare this package with the usual ways to do the same: `python -m benchmarks [NAME...]`.

Each module is a benchmark. Its docstring says what is compared, and its function `rows` measures
it. The modules `timing`, `records`, `page`, `readme` and `lab` are helpers.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as in setup_notebook
