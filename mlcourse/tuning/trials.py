"""What a search over hyperparameters has tried, and what came of it."""

from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import numpy as np

from mlcourse._core import tables

RUNNING, COMPLETED, FAILED = "running", "completed", "failed"
LARGEST = float(np.finfo(np.float32).max)  # more than that no loss can be


@dataclass(frozen=True)
class Trial:
    """One setting of the hyperparameters that was tried.

    Attributes:
        number: its place in the search, counted from 0.
        values: a dict of hyperparameters' names to values, of those that the trial asked for.
        status: "running", "completed" or "failed".
        score: the objective after the best epoch; NaN unless completed.
        epochs: how many epochs it was trained for, counted from the start of its network.
        seconds: how long that took; NaN unless it has ended.
        note: why it failed.

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
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.status == RUNNING

    @property
    def is_scored(self) -> bool:
        """Whether it has completed, with a score that is finite in float32, as a loss is."""
        return self.status == COMPLETED and bool(abs(self.score) <= LARGEST)


@dataclass(frozen=True)
class Trials:
    """All trials of a search; a notebook shows them as a table, the best first.

    Attributes:
        objective: the name of what is searched for the best of, such as "val_accuracy".
        direction: 1 where a large score is good, -1 where a small one is.
        asked: how many trials the search is to have.
        trials: a list of `Trial`, in the order in which they began.
        exhausted: whether the search has ended early, as all settings of its space were tried.

    >>> tried = [Trial(k, {"units": 8 * k}, "completed", score=k / 4) for k in (1, 2)]
    >>> print(Trials("val_accuracy", 1, 3, tried))
    2 of 3 trials · best val_accuracy 0.5000 (trial 2)
    trial  units  epochs  seconds  val_accuracy
    2         16                         0.5000
    1          8                         0.2500
    """

    objective: str
    direction: int
    asked: int
    trials: list = field(default_factory=list)
    exhausted: bool = False

    @property
    def names(self) -> list[str]:
        """The hyperparameters' names, in the order in which they first came."""
        return list(dict.fromkeys(name for trial in self.trials for name in trial.values))

    @property
    def completed(self) -> list[Trial]:
        """The trials that have a score, in their order."""
        return [trial for trial in self.trials if trial.is_scored]

    @property
    def failed(self) -> list[Trial]:
        """The trials that have none and never will."""
        return [trial for trial in self.trials if not (trial.runs or trial.is_scored)]

    @property
    def ended(self) -> int:
        """How many trials are over, whichever way."""
        return len(self.completed) + len(self.failed)

    @property
    def best(self) -> Trial | None:
        """The completed trial with the best score, the first of equals; None if there is none."""
        return next(iter(self.ranked()), None)

    def ranked(self) -> list[Trial]:
        """Returns the completed trials, the best first."""
        return sorted(self.completed, key=lambda trial: -self.direction * trial.score)

    def best_so_far(self) -> np.ndarray:
        """Returns the best score among the first trials: of 1, of 2, up to all of them.

        Returns:
            Floats, (trials,); NaN before the first trial that has completed.
        """
        scores = [trial.score if trial.is_scored else np.nan for trial in self.trials]
        return self.direction * np.fmax.accumulate(self.direction * np.array(scores, float))

    def usual_scores(self) -> tuple[float, float]:
        """Returns (worst, best) of the scores, without those far worse than most.

        Far worse is what lies farther from the median than three times the distance from there to
        the best score or to the worse quartile, whichever is larger. (nan, nan) without any score.
        """
        good = np.sort([self.direction * trial.score for trial in self.completed])
        if not len(good):
            return np.nan, np.nan
        low, middle, high = np.quantile(good, (0.25, 0.5, 1.0))
        worst = good[good >= middle - 3 * max(high - middle, middle - low)].min()
        return float(self.direction * worst), float(self.direction * high)

    def status(self) -> str:
        """Returns the state of the search in one line."""
        words = [f"{self.ended} of {self.asked} trials"]
        if self.exhausted:
            words.append("all settings of the space tried")
        if self.failed:
            words.append(f"{len(self.failed)} failed")
        if self.best:
            score = tables.number_text(self.best.score)
            words.append(f"best {self.objective} {score} (trial {self.best.number})")
        return " · ".join(words)

    @property
    def head(self) -> list[str]:
        """The table's columns."""
        return ["trial", *self.names, self._epochs, "seconds", self.objective]

    @property
    def _epochs(self):
        """The name of the column of trained epochs, other than a hyperparameter's."""
        return "trained epochs" if "epochs" in self.names else "epochs"

    @property
    def rows(self) -> list[list[str]]:
        """The table's rows, as text: the best trial first, then those that run and that failed."""
        others = [trial for trial in self.trials if not trial.is_scored]
        return [self._row(trial) for trial in [*self.ranked(), *others]]

    def to_csv(self, path: str | PathLike) -> Path:
        """Writes a line a trial, in their order, and returns the path."""
        columns = ["trial", *self.names, "status", "score", self._epochs, "seconds", "note"]
        return tables.write_csv(path, columns, map(self._record, self.trials))

    def _row(self, trial):
        values = [_text(trial.values.get(name, "")) for name in self.names]
        said = tables.number_text(trial.score) if trial.is_scored else self._why_not(trial)
        seconds = "" if np.isnan(trial.seconds) else f"{trial.seconds:.1f}"
        return [str(trial.number), *values, str(trial.epochs or ""), seconds, said]

    def _why_not(self, trial):
        """Returns why a trial has no score, on one line."""
        if trial.status == COMPLETED:
            return f"{self.objective} was {trial.score}"
        return " ".join(trial.note.split()) or trial.status

    def _record(self, trial):
        values = [trial.values.get(name) for name in self.names]
        score, seconds = (None if np.isnan(one) else one for one in (trial.score, trial.seconds))
        return [trial.number, *values, trial.status, score, trial.epochs, seconds, trial.note]

    def __str__(self):
        return "\n".join([self.status(), *tables.as_lines(self.head, self.rows)])

    __repr__ = __str__

    def _repr_html_(self):
        return tables.as_html(self.status(), self.head, self.rows)


def _text(value):
    return f"{value:g}" if isinstance(value, float) else str(value)
