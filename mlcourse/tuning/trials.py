"""The trials of a hyperparameter search, as a table."""

from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import numpy as np

from mlcourse._core import tables

RUNNING = "running"
COMPLETED = "completed"
FAILED = "failed"
MAX_SCORE = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Trial:
    """One setting of the hyperparameters, and its result.

    Attributes:
        number: index of the trial, from 0.
        values: a dict of the active hyperparameters' names to values.
        status: "running", "completed" or "failed".
        score: the objective after the best epoch; NaN unless completed.
        epochs: number of epochs, counted from the start of its model.
        seconds: duration; NaN while it runs.
        note: the reason why it failed.

    Example:
        >>> Trial(3, {"units": 64}, "completed", score=0.9).is_scored
        True
    """

    number: int
    values: dict
    status: str
    score: float = np.nan
    epochs: int = 0
    seconds: float = np.nan
    note: str = ""

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.status == RUNNING

    @property
    def is_scored(self) -> bool:
        """Whether it has completed with a score that is finite in float32."""
        return self.status == COMPLETED and bool(abs(self.score) <= MAX_SCORE)


@dataclass(frozen=True, repr=False)
class Trials(tables.Table):
    """All trials of a search; a notebook shows them as a table, the best first.

    Attributes:
        objective: name of the objective, such as "val_accuracy".
        direction: 1 to maximize the objective, -1 to minimize it.
        max_trials: number of trials of the complete search.
        trials: a list of `Trial`, by number.
        exhausted: whether the search ended early because all settings of its space were tried.

    >>> tried = [Trial(k, {"units": 8 * k}, "completed", score=k / 4) for k in (1, 2)]
    >>> print(Trials("val_accuracy", 1, 3, tried))
    2 of 3 trials · best val_accuracy 0.5000 (trial 2)
    trial  units  epochs  seconds  val_accuracy
    2         16                         0.5000
    1          8                         0.2500
    """

    objective: str
    direction: int
    max_trials: int
    trials: list = field(default_factory=list)
    exhausted: bool = False

    @property
    def names(self) -> list[str]:
        """The names of the hyperparameters, in the order of their first use."""
        return list(dict.fromkeys(name for trial in self.trials for name in trial.values))

    @property
    def completed(self) -> list[Trial]:
        """The trials with a score, by number."""
        return [trial for trial in self.trials if trial.is_scored]

    @property
    def failed(self) -> list[Trial]:
        """The trials that ended without a score, by number."""
        return [trial for trial in self.trials if not (trial.is_running or trial.is_scored)]

    @property
    def ended(self) -> int:
        """The number of trials that completed or failed."""
        return len(self.completed) + len(self.failed)

    @property
    def best(self) -> Trial | None:
        """The trial with the best score, the first of equals; None without any."""
        return next(iter(self.ranked()), None)

    def ranked(self) -> list[Trial]:
        """Return the completed trials, the best first."""
        return sorted(self.completed, key=lambda trial: -self.direction * trial.score)

    def best_so_far(self) -> np.ndarray:
        """Return the best score after each trial, floats, (trials,); NaN before the first one."""
        scores = [trial.score if trial.is_scored else np.nan for trial in self.trials]
        return self.direction * np.fmax.accumulate(self.direction * np.array(scores, float))

    def score_range(self) -> tuple[float, float]:
        """Return (worst, best) of the scores, without outliers among the bad ones.

        An outlier is farther from the median than three times the distance from the median to the
        best score or to the worse quartile, whichever is larger. (NaN, NaN) without any score.
        """
        scores = np.sort([self.direction * trial.score for trial in self.completed])
        if not len(scores):
            return np.nan, np.nan
        low, median, best = np.quantile(scores, (0.25, 0.5, 1.0))
        worst = scores[scores >= median - 3 * max(best - median, median - low)].min()
        return float(self.direction * worst), float(self.direction * best)

    def status(self) -> str:
        """Return the progress of the search as one line of text."""
        parts = [f"{self.ended} of {self.max_trials} trials"]
        if self.exhausted:
            parts.append("all settings of the space tried")
        if self.failed:
            parts.append(f"{len(self.failed)} failed")
        if self.best:
            score = tables.number_text(self.best.score)
            parts.append(f"best {self.objective} {score} (trial {self.best.number})")
        return " · ".join(parts)

    _caption = status

    @property
    def head(self) -> list[str]:
        """The column names of the table."""
        return ["trial", *self.names, self._epochs_column, "seconds", self.objective]

    @property
    def _epochs_column(self):
        """The name of the column of trained epochs, other than that of a hyperparameter."""
        return "trained epochs" if "epochs" in self.names else "epochs"

    @property
    def rows(self) -> list[list[str]]:
        """The rows of the table as text: the best trial first, then trials without a score."""
        others = [trial for trial in self.trials if not trial.is_scored]
        names = self.names
        return [self._row(trial, names) for trial in [*self.ranked(), *others]]

    def to_csv(self, path: str | PathLike) -> Path:
        """Write one line for each trial, by number, and return the path."""
        names = self.names
        columns = ["trial", *names, "status", "score", self._epochs_column, "seconds", "note"]
        rows = []
        for trial in self.trials:
            values = [trial.values.get(name) for name in names]
            score = None if np.isnan(trial.score) else trial.score
            seconds = None if np.isnan(trial.seconds) else trial.seconds
            result = [trial.status, score, trial.epochs, seconds, trial.note]
            rows.append([trial.number, *values, *result])
        return tables.write_csv(path, columns, rows)

    def _row(self, trial, names):
        values = [_text(trial.values.get(name, "")) for name in names]
        if trial.is_scored:
            score = tables.number_text(trial.score)
        elif trial.status == COMPLETED:
            score = f"{self.objective} was {trial.score}"
        else:
            score = " ".join(trial.note.split()) or trial.status
        seconds = "" if np.isnan(trial.seconds) else f"{trial.seconds:.1f}"
        return [str(trial.number), *values, str(trial.epochs or ""), seconds, score]


def _text(value):
    return f"{value:g}" if isinstance(value, float) else str(value)
