"""What a search over hyperparameters has tried, and what came of it."""

from dataclasses import dataclass, field

import numpy as np

from mlcourse import tables

RUNNING, COMPLETED, FAILED = "running", "completed", "failed"


@dataclass(frozen=True)
class Trial:
    """One setting of the hyperparameters that was tried.

    Attributes:
        number: its place in the search, counted from 0.
        values: a dict of hyperparameters' names to what they were.
        status: "running", "completed" or "failed".
        score: the objective after the best epoch; NaN unless completed.
        epochs: how many epochs it was trained for, counted from the start of its network.
        seconds: how long that took; NaN unless it has ended.
        note: why it failed.
    """

    number: int
    values: dict
    status: str
    score: float = np.nan
    epochs: int = 0
    seconds: float = np.nan
    note: str = ""

    @property
    def runs(self):
        """Whether it has not ended."""
        return self.status == RUNNING


@dataclass(frozen=True)
class Trials:
    """All trials of a search; a notebook shows them as a table, the best first.

    Attributes:
        objective: the name of what is searched for the best of, such as "val_accuracy".
        direction: 1 where a large score is good, -1 where a small one is.
        asked: how many trials the search is to have.
        trials: a list of `Trial`, in the order in which they began.
    """

    objective: str
    direction: int
    asked: int
    trials: list = field(default_factory=list)

    @property
    def names(self):
        """The hyperparameters' names, in the order in which they first came."""
        return list(dict.fromkeys(name for trial in self.trials for name in trial.values))

    @property
    def completed(self):
        """The trials that have a score, in their order."""
        return [trial for trial in self.trials if trial.status == COMPLETED]

    @property
    def failed(self):
        """The trials that have none and never will."""
        return [trial for trial in self.trials if trial.status == FAILED]

    @property
    def ended(self):
        """How many trials are over, whichever way."""
        return len(self.completed) + len(self.failed)

    @property
    def best(self):
        """The completed trial with the best score, the first of equals; None if there is none."""
        return next(iter(self.ranked()), None)

    def ranked(self):
        """Returns the completed trials, the best first."""
        return sorted(self.completed, key=lambda trial: -self.direction * trial.score)

    def best_so_far(self):
        """Returns the best score among the first trials: of 1, of 2, up to all of them.

        Returns:
            Floats, (trials,); NaN before the first trial that has completed.
        """
        scores = np.array([trial.score for trial in self.trials], float)
        return self.direction * np.fmax.accumulate(self.direction * scores)

    def usual_scores(self):
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

    def status(self):
        """Returns the state of the search in one line."""
        words = [f"{self.ended} of {self.asked} trials"]
        if self.failed:
            words.append(f"{len(self.failed)} failed")
        if self.best:
            words.append(f"best {self.objective} {self.best.score:.4f} (trial {self.best.number})")
        return " · ".join(words)

    @property
    def head(self):
        """The table's columns."""
        return ["trial", *self.names, "epochs", "seconds", self.objective]

    @property
    def rows(self):
        """The table's rows, as text: the best trial first, then those that run and that failed."""
        others = [trial for trial in self.trials if trial.status != COMPLETED]
        return [self._row(trial) for trial in [*self.ranked(), *others]]

    def to_csv(self, path):
        """Writes a line a trial, in their order, and returns the path."""
        columns = ["trial", *self.names, "status", "score", "epochs", "seconds", "note"]
        return tables.write_csv(path, columns, map(self._record, self.trials))

    def _row(self, trial):
        values = [_text(trial.values.get(name, "")) for name in self.names]
        said = f"{trial.score:.4f}" if trial.status == COMPLETED else trial.note or trial.status
        seconds = "" if np.isnan(trial.seconds) else f"{trial.seconds:.1f}"
        return [str(trial.number), *values, str(trial.epochs or ""), seconds, said]

    def _record(self, trial):
        values = [trial.values.get(name) for name in self.names]
        numbers = [None if np.isnan(one) else one for one in (trial.score, trial.seconds)]
        return [
            trial.number,
            *values,
            trial.status,
            numbers[0],
            trial.epochs,
            numbers[1],
            trial.note,
        ]

    def __str__(self):
        return "\n".join([self.status(), *tables.as_lines(self.head, self.rows)])

    __repr__ = __str__

    def _repr_html_(self):
        return tables.as_html(self.status(), self.head, self.rows)


def _text(value):
    return f"{value:g}" if isinstance(value, float) else str(value)
