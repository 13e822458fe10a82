"""Keras Tuner's oracles, which choose the next trial, with all of their state in one file.

Keras Tuner writes one file for the oracle and one for each trial. If a process is killed between
two writes, the files contradict each other. Here the whole state is in `search.json`.

Two private names of Keras Tuner are used, in this module alone; `tests/tuning/test_oracles.py`
fails first if they move:

- `Oracle._save_trial` writes the file of a trial. It is overridden, and writes nothing.
- `BayesianOptimizationOracle._random_state` is a generator that `get_state` does not contain. It is
  seeded for each trial, so that a resumed search draws the same values as one that never stopped.
"""

import contextlib
import warnings

import keras_tuner
import numpy as np
from keras_tuner import oracles
from keras_tuner.engine.trial import Trial

from mlcourse.tuning import search_file

DRAWS = 500  # of up to 21 settings each, all of them known, until the space counts as exhausted


class PersistentOracle:
    """Add to each of Keras Tuner's oracles: ask, tell, and a state in one file.

    - A trial that was running when the process was killed is run again, under the same number.
    - A score that is not a number makes the trial a failed one, and the search continues.
    """

    def begin(self, folder, settings):
        """Load the state of a search from its folder, if there is one, and save it.

        Args:
            folder: of the search.
            settings: of the search, in plain values, which the file has too.
        """
        self.verbose = 0
        self._folder, self._settings = folder, settings
        self._exhausted = False
        with contextlib.suppress(FileNotFoundError):
            self._load(search_file.read_state(folder))
        self.save()

    def unfinished(self):
        """Return the trials that have not ended."""
        return [trial for trial in self.trials.values() if trial.status == "RUNNING"]

    def ask(self):
        """Return the next trial; None if there is none, or none before another one has ended."""
        if self._exhausted:
            return None
        trial = self.create_trial(f"tuner{len(self.trials)}")  # an id a trial: many run at once
        if trial.status == "RUNNING":
            return trial
        if len(self.trials) < self.max_trials and not self.ongoing_trials:
            self._exhausted = True
            self.save()
        return None

    def tell(self, trial, metrics):
        """Save the end of a trial, with a dict of its metrics after the best epoch."""
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # of a NaN
            self.update_trial(trial.trial_id, metrics)
        trial.status = "COMPLETED"
        self.end_trial(trial)

    def populate_space(self, trial_id):
        """Return the next setting; Keras Tuner gives up after 20 draws that are known."""
        return _drawn(super().populate_space, trial_id)

    def score_trial(self, trial):
        """Take the score that the trial was told with."""
        *_, last = trial.metrics.get_history(self.objective.name)
        trial.score, trial.best_step = float(last.mean()), last.step

    def save(self):
        """Write the state, trials included."""
        trials = [trial.get_state() for trial in self.trials.values()]
        state = {"asked": self.max_trials, "exhausted": self._exhausted}
        state |= {"settings": self._settings, "oracle": {**self.get_state(), "trials": trials}}
        search_file.write(self._folder, state)

    def _load(self, saved):
        """Take a saved state; trials that had not ended begin again."""
        state, self._exhausted = saved["oracle"], saved.get("exhausted", False)
        trials = map(Trial.from_state, state["trials"])
        self.trials = {trial.trial_id: trial for trial in trials}
        self.max_trials = max(self.max_trials, len(self.trials))
        for trial in self.unfinished():
            trial.metrics = type(trial.metrics)()
        ongoing = {f"tuner{int(one.trial_id)}": one.trial_id for one in self.unfinished()}
        self.set_state({**state, "ongoing_trials": ongoing, "retry_queue": []})

    def _save_trial(self, trial):
        """Write nothing: the trials are in the oracle's file."""


class RandomSearch(PersistentOracle, oracles.RandomSearchOracle):
    """Draw settings at random."""


class Hyperband(PersistentOracle, oracles.HyperbandOracle):
    """Train many settings for a few epochs, and continue the best of them (Li et al., 2018)."""


class BayesianOptimization(PersistentOracle, oracles.BayesianOptimizationOracle):
    """Draw where a Gaussian process expects a good score or is uncertain (Snoek et al., 2012)."""

    def populate_space(self, trial_id):
        """Return the next setting, drawn at random if the process proposes a known one."""
        self._random_state.seed([self.seed, len(self.trials)])
        with warnings.catch_warnings(action="ignore"):  # of a process that knows few points
            proposed = super().populate_space(trial_id)
        known = [trial.hyperparameters.values for trial in self.trials.values()]
        if proposed["values"] not in known:
            return proposed
        return _drawn(lambda one: oracles.RandomSearchOracle.populate_space(self, one), trial_id)


METHODS = {"random": RandomSearch, "hyperband": Hyperband, "bayesian": BayesianOptimization}


def oracle(method, objective, trials, epochs, seed):
    """Return the oracle of a method.

    Keras Tuner counts its draws up from the seed, and takes 0 for no seed. Two searches with
    neighbouring seeds would draw nearly the same, so each gets a number far from the other's.

    Args:
        method: a key of `METHODS`.
        objective: a `keras_tuner.Objective`.
        trials: number of trials.
        epochs: the largest number of epochs of a trial.
        seed: a whole number from 0 on.
    """
    drawn = np.random.SeedSequence(seed).generate_state(1)[0]
    options = {"objective": objective, "seed": 1 + int(drawn) // 2}
    options["max_consecutive_failed_trials"] = np.inf
    if method == "bayesian":  # Keras Tuner would draw three a hyperparameter, which may be all
        options["num_initial_points"] = max(3, trials // 3)
    if method == "hyperband":
        found = Hyperband(max_epochs=epochs, hyperband_iterations=None, **options)
        found.max_trials = trials
        return found
    return METHODS[method](max_trials=trials, **options)


def explore(build, oracle):
    """Add to an oracle's space the hyperparameters under conditions, as far as a model is built.

    Args:
        build: a function of `keras_tuner.HyperParameters`, or a `keras_tuner.HyperModel`.
        oracle: of this module.
    """
    tried = []
    hp = oracle.get_space()
    if isinstance(build, keras_tuner.HyperModel):
        build.declare_hyperparameters(hp)
        oracle.update_space(hp)
        build = build.build
    with contextlib.suppress(Exception):  # where a model cannot be built, its trial fails
        while True:
            build(hp)
            oracle.update_space(hp)
            tried += hp.active_scopes
            todo = [scope for scope in hp.inactive_scopes if scope not in tried]
            if not todo:
                return
            hp = oracle.get_space()
            hp.values.update({one.name: one.values[0] for one in todo[0]})
            hp.ensure_active_values()


def _drawn(draw, trial_id):
    """Return a setting from a function that draws it, after many attempts if need be."""
    for _ in range(DRAWS):
        found = draw(trial_id)
        if found["status"] == "RUNNING":
            break
    return found
