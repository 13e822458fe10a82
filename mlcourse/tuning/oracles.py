"""Keras Tuner's oracles, which say what to try next, made to outlive a kill at any moment.

Keras Tuner writes a file a trial and one for the oracle, one after the other and each in place. A
process that is killed in between leaves files that contradict each other, or half a file: then a
trial is lost, or run again though it was done. Here all that an oracle knows is in one file,
`search.json`, which is written beside its name and renamed.
"""

import warnings

import keras_tuner
import numpy as np
from keras_tuner import oracles
from keras_tuner.engine.trial import Trial

from mlcourse import search_file

COLLISIONS = 10_000  # settings drawn that were tried before, until the space counts as exhausted


class KeptOracle:
    """What is added to each of Keras Tuner's oracles.

    - All of its state is one file.
    - A trial that was running when its process was killed is given to the worker of that id again,
      from its start; if no worker has that id any more, to the next one that asks.
    - Whoever asks for a trial while the last ones run is told to wait, not to go: one of them may
      come back.
    - A score that is no number makes a trial a failed one, and the search goes on.
    - A state that could not be written is the last one: from then on `save` and `over` raise, as
      the same search, begun again, goes on with what is in the file.
    """

    def keep(self, settings, workers):
        """Says what the state's file has besides, and which workers there are.

        Args:
            settings: of the search, in plain values.
            workers: the ids under which trials may be run.
        """
        self._settings, self._workers = settings, workers
        self._exhausted, self._broken = False, None
        self._max_collisions = COLLISIONS
        self.verbose = 0

    @keras_tuner.synchronized
    def create_trial(self, tuner_id):
        """Returns the next trial for a worker; its status says if there is none."""
        if tuner_id in self.ongoing_trials:
            return _from_the_start(self.ongoing_trials[tuner_id])
        trial = super().create_trial(tuner_id)
        if trial.status == "STOPPED" and self.ongoing_trials:
            trial.status = "IDLE"
        elif trial.status == "STOPPED" and len(self.trials) < self.max_trials:
            self._exhausted = True
            self.save()
        return trial

    @keras_tuner.synchronized
    def update_trial(self, trial_id, metrics, step=0):
        """Notes what a trial reports; a score that is no number is no reason for a warning."""
        if trial_id in self.end_order:
            return self.trials[trial_id]
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
            trial = super().update_trial(trial_id, metrics, step)
        self.save()  # its end is told next, perhaps to a chief that was started again in between
        return trial

    @keras_tuner.synchronized
    def end_trial(self, trial):
        """Notes a trial's end, once: a worker tells it again if its chief died while it listened.

        A trial that was put aside for the next one who asks, as no worker had it, is over too.
        """
        if trial.trial_id in self.end_order:
            return
        if trial.trial_id in self._retry_queue:
            self._retry_queue.remove(trial.trial_id)
        super().end_trial(trial)

    def score_trial(self, trial):
        """Takes the score that the trial was last reported with."""
        *_, last = trial.metrics.get_history(self.objective.name)
        trial.score, trial.best_step = float(last.mean()), last.step

    def over(self):
        """Whether all trials that the search is to have are over."""
        self._check_kept()
        begun = self._exhausted or len(self.trials) >= self.max_trials
        return begun and not self.ongoing_trials and not self._retry_queue

    def save(self):
        """Writes the state, trials included."""
        self._check_kept()
        trials = [trial.get_state() for trial in self.trials.values()]
        state = {**self.get_state(), "trials": trials}
        found = {"asked": self.max_trials, "exhausted": self._exhausted}
        found |= {"settings": self._settings, "oracle": state}
        try:
            search_file.write(self._project_dir, found)
        except Exception as error:
            self._broken = error
            raise

    def _check_kept(self):
        """Raises what a write has raised."""
        if self._broken is not None:
            raise self._broken

    def reload(self):
        """Takes up the state that was saved, and gives trials without a worker to the next one."""
        found = search_file.read_state(self._project_dir)
        state, self._exhausted = found["oracle"], found.get("exhausted", False)
        trials = map(Trial.from_state, state["trials"])
        self.trials = {trial.trial_id: trial for trial in trials}
        self.max_trials = max(self.max_trials, len(self.trials))
        self.set_state(state)
        running = {one.trial_id: one for one in self.trials.values() if one.status == "RUNNING"}
        self.ongoing_trials = {
            tuner_id: running.pop(trial.trial_id)
            for tuner_id, trial in self.ongoing_trials.items()
            if tuner_id in self._workers and trial.trial_id in running
        }
        self._retry_queue = [_from_the_start(trial).trial_id for trial in running.values()]

    def _save_trial(self, trial):
        """Writes nothing: the trials are in the oracle's file."""


class RandomSearch(KeptOracle, oracles.RandomSearchOracle):
    """Draws settings at random."""


class Hyperband(KeptOracle, oracles.HyperbandOracle):
    """Trains many settings for a few epochs, and the best of them on (Li et al., 2018)."""


class BayesianOptimization(KeptOracle, oracles.BayesianOptimizationOracle):
    """Draws where a Gaussian process expects a good score or knows little (Snoek et al., 2012)."""

    def populate_space(self, trial_id):
        """Returns the next setting, one that was not tried: among a few the best is soon known."""
        self._random_state.seed([self.seed, len(self.trials)])  # as if it had never been stopped
        with warnings.catch_warnings(action="ignore"):  # of a process that knows few points
            found = super().populate_space(trial_id)
        is_known = found["values"] is not None and self._duplicate(found["values"])
        return self._random_populate_space() if is_known else found


METHODS = {"random": RandomSearch, "hyperband": Hyperband, "bayesian": BayesianOptimization}


def oracle(method, objective, trials, epochs, seed):
    """Returns the oracle of a method.

    Keras Tuner counts its draws up from the seed, and takes 0 for no seed. So two searches with
    neighbouring seeds would draw nearly the same, and each gets a number far from the other's.

    Args:
        method: a key of `METHODS`.
        objective: a `keras_tuner.Objective`.
        trials: how many there are to be.
        epochs: the most that a trial is trained for.
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


def _from_the_start(trial):
    """Returns a trial without what it had reported before it was killed."""
    trial.metrics = type(trial.metrics)()
    return trial
