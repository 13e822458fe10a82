"""Fits that are kept in folders: what they were, what they said, the weights they left.

`training.fit(model, ..., run="name")` begins a run, or goes on with it. `runs.list()` names those
there are, `runs.load(name)` reads one, `runs.compare(names)` sets several side by side. They are in
the folder that `MLCOURSE_RUNS` names, or else in `runs`:

- `run.json`: settings, network, seed, versions.
- `history.jsonl`: a line an epoch.
- `last.keras`: the model after the last whole epoch, with all that is needed to go on.
- `best.keras`: the model after its best epoch.
"""

from mlcourse.training.runs.run import Comparison, Run, RunUnreadable, compare, list_runs, load

list = list_runs

__all__ = ["Comparison", "Run", "RunUnreadable", "compare", "list", "load"]
