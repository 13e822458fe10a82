"""Keras Tuner's oracles, which propose trials, with their state in one file.

Keras Tuner writes one file for the oracle and one for each trial. If a process is killed between
two writes, the files contradict each other. Here the whole state is in `search.json`.
"""

import contextlib
import warnings

import keras_tuner
import numpy as np
from keras_tuner import oracles
from keras_tuner.engine.trial import Trial

from mlcourse._core.private_names import seed_bayesian_oracle, without_trial_files
from mlcourse.tuning import search_file

MAX_DRAWS = 500  # of up to 21 settings each, all tried before, until the space is exhausted


class PersistentOracle:
    """A mixin for Keras Tuner's oracles: ask for a trial, tell its score, save all in one file.

    - A trial that was running when the process was killed runs again, under the same number.
    - A score of NaN marks the trial as failed, and the search continues.
    """

    def begin(self, build, folder, settings):
        """Load the state of a search, or start a new one, and save it.

        Args:
            build: a function of `keras_tuner.HyperParameters`, or a `keras_tuner.HyperModel`.
            folder: folder of the search.
            settings: a dict of the search's settings, plain values, saved in the same file.
        """
        without_trial_files(self)
        self.verbose = 0
        self._folder = folder
        self._settings = settings
        self._results = {}  # of the trials that have ended, by id
        self._exhausted = False
        try:
            self._load(search_file.read_state(folder))
        except FileNotFoundError:
            _add_conditional_space(build, self)
        self.save()

    def unfinished(self):
        """Return the trials that have not ended."""
        return [trial for trial in self.trials.values() if trial.status == "RUNNING"]

    def ask(self):
        """Return the next trial; None if there is none, or none until another one has ended."""
        if self._exhausted:
            return None
        trial = self.create_trial(f"tuner{len(self.trials)}")  # a tuner for each parallel trial
        if trial.status == "RUNNING":
            return trial
        if len(self.trials) < self.max_trials and not self.ongoing_trials:
            self._exhausted = True
            self.save()
        return None

    def tell(self, trial, result):
        """End a trial, with the fields of `trials.Trial` that are its result, a dict.

        Without a score the trial has failed.
        """
        self._results[trial.trial_id] = result
        score = result.get("score", np.nan)
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # about NaN
            self.update_trial(trial.trial_id, {self.objective.name: score})
            trial.status = "COMPLETED"
            self.end_trial(trial)

    def populate_space(self, trial_id):
        """Return the next setting, after more attempts than Keras Tuner's 20."""
        return _draw_new(super().populate_space, trial_id)

    def save(self):
        """Write the state, including the trials."""
        trials = [trial.get_state() for trial in self.trials.values()]
        state = {"asked": self.max_trials, "exhausted": self._exhausted}
        state |= {"settings": self._settings, "results": self._results}
        search_file.write(self._folder, {**state, "oracle": self.get_state(), "trials": trials})

    def _load(self, saved):
        """Restore a saved state; unfinished trials start again."""
        self._exhausted = saved["exhausted"]
        self._results = saved["results"]
        trials = map(Trial.from_state, saved["trials"])
        self.trials = {trial.trial_id: trial for trial in trials}
        self.max_trials = max(self.max_trials, len(self.trials))
        ongoing = {f"tuner{int(one.trial_id)}": one.trial_id for one in self.unfinished()}
        self.set_state({**saved["oracle"], "ongoing_trials": ongoing})


class RandomSearch(PersistentOracle, oracles.RandomSearchOracle):
    """Draw settings at random."""


class Hyperband(PersistentOracle, oracles.HyperbandOracle):
    """Train many settings for a few epochs, and continue the best of them (Li et al., 2018)."""


class BayesianOptimization(PersistentOracle, oracles.BayesianOptimizationOracle):
    """Choose settings by a Gaussian process and an acquisition function (Snoek et al., 2012)."""

    def populate_space(self, trial_id):
        """Return the next setting, drawn at random if the process proposes one tried before."""
        seed_bayesian_oracle(self, [self.seed, len(self.trials)])
        with warnings.catch_warnings(action="ignore"):  # about few or equal points
            proposal = super().populate_space(trial_id)
        tried = [trial.hyperparameters.values for trial in self.trials.values()]
        if proposal["values"] not in tried:
            return proposal

        def draw(trial_id):
            return oracles.RandomSearchOracle.populate_space(self, trial_id)

        return _draw_new(draw, trial_id)


METHODS = {"random": RandomSearch, "hyperband": Hyperband, "bayesian": BayesianOptimization}


def make_oracle(method, objective, trials, epochs, seed):
    """Return the oracle of a method.

    Keras Tuner increments its seed with each draw, and treats 0 as no seed. Searches with
    neighboring seeds would draw nearly the same settings, so the seed is hashed.

    Args:
        method: a key of `METHODS`.
        objective: a `keras_tuner.Objective`.
        trials: number of trials.
        epochs: maximum number of epochs of a trial.
        seed: an integer of at least 0.
    """
    hashed = int(np.random.SeedSequence(seed).generate_state(1)[0])
    options = {"objective": objective, "seed": 1 + hashed // 2}
    options["max_consecutive_failed_trials"] = np.inf
    if method == "hyperband":
        oracle = Hyperband(max_epochs=epochs, hyperband_iterations=None, **options)
        oracle.max_trials = trials
        return oracle
    if method == "bayesian":  # Keras Tuner's default, three per hyperparameter, may be all
        options["num_initial_points"] = max(3, trials // 3)
    return METHODS[method](max_trials=trials, **options)


def _add_conditional_space(build, oracle):
    """Add to an oracle's space the hyperparameters of all conditional scopes."""
    visited = []
    hp = oracle.get_space()
    if isinstance(build, keras_tuner.HyperModel):
        build.declare_hyperparameters(hp)
        oracle.update_space(hp)
        build = build.build
    with contextlib.suppress(Exception):  # a setting that cannot be built becomes a failed trial
        while True:
            build(hp)
            oracle.update_space(hp)
            visited += hp.active_scopes
            todo = [scope for scope in hp.inactive_scopes if scope not in visited]
            if not todo:
                return
            hp = oracle.get_space()
            for condition in todo[0]:
                hp.values[condition.name] = condition.values[0]
            hp.ensure_active_values()


def _draw_new(draw, trial_id):
    """Return a setting that was not tried before, after at most `MAX_DRAWS` attempts."""
    for _ in range(MAX_DRAWS):
        proposal = draw(trial_id)
        if proposal["status"] == "RUNNING":
            break
    return proposal
