"""Runs: fits saved in folders, with their settings, history, checkpoints and best weights.

`training.fit(model, ..., run="name")` begins a run, or resumes it. `runs.list_runs()` returns the
names of the saved runs, `runs.load(name)` reads one, `runs.compare(names)` compares several. They
are in the folder that `MLCOURSE_RUNS` names, by default `runs`:

- `run.json`: settings, network, seed, versions.
- `history.jsonl`: one line for each epoch.
- `last.keras`: the model after the last complete epoch, with the state that resuming needs.
- `best.keras`: the model after its best epoch.
"""

from mlcourse.training.runs.run import (
    Comparison,
    RunUnreadable,
    TrainingRun,
    compare,
    list_runs,
    load,
)

__all__ = ["Comparison", "RunUnreadable", "TrainingRun", "compare", "list_runs", "load"]
