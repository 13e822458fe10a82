import threading
from contextlib import contextmanager

import keras
import numpy as np
import pytest

from mlcourse.callbacks import Controls, Stopped
from tests.conftest import PATIENCE


class Fit:
    """A long fit in a thread, with controls; it is also the plot that they pause."""

    def __init__(self):
        self.epoch_done = threading.Event()
        self.is_paused = threading.Event()
        self.is_resumed = threading.Event()
        self.is_marked_stopped = False
        self.epochs = 0
        self.error = None
        self.controls = Controls(self)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        keras.utils.set_random_seed(0)
        network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        network.compile("sgd", "mse")
        note = keras.callbacks.LambdaCallback(on_epoch_end=self._note)
        try:
            network.fit(
                np.ones((4, 2)),
                np.ones((4, 1)),
                epochs=10**6,
                verbose=0,
                callbacks=[self.controls, note],
            )
        except BaseException as error:
            self.error = error

    def _note(self, epoch, logs):
        self.epochs += 1
        self.epoch_done.set()

    @contextmanager
    def paused(self):
        self.is_paused.set()
        yield
        self.is_resumed.set()

    def mark_stopped(self):
        self.is_marked_stopped = True

    def start(self):
        self._thread.start()
        assert self.epoch_done.wait(PATIENCE)

    def has_ended(self):
        self._thread.join(PATIENCE)
        return not self._thread.is_alive()


@pytest.fixture
def fit():
    one = Fit()
    one.start()
    yield one
    one.controls.stop()
    assert one.has_ended()


def test_stop_ends_a_fit(fit):
    fit.controls.stop()
    assert fit.has_ended()
    assert isinstance(fit.error, Stopped)
    assert fit.is_marked_stopped
    assert 0 < fit.epochs < 10**6


def test_a_paused_fit_waits_until_it_is_resumed(fit):
    assert not fit.controls.paused
    fit.controls.pause()
    assert fit.controls.paused
    assert fit.is_paused.wait(PATIENCE)
    before = fit.epochs
    assert not fit.is_resumed.wait(0.1)
    assert fit.epochs == before
    fit.epoch_done.clear()
    fit.controls.resume()
    assert not fit.controls.paused
    assert fit.is_resumed.wait(PATIENCE)
    assert fit.epoch_done.wait(PATIENCE)
    assert fit.epochs > before
    assert fit.error is None


def test_stop_ends_a_paused_fit(fit):
    fit.controls.pause()
    assert fit.is_paused.wait(PATIENCE)
    fit.controls.stop()
    assert fit.has_ended()
    assert isinstance(fit.error, Stopped)
    assert not fit.controls.paused


def test_after_stop_there_is_no_pause():
    controls = Controls()
    controls.stop()
    controls.pause()
    assert not controls.paused
    with pytest.raises(Stopped):
        controls.on_train_batch_begin(0)


def test_a_fit_without_a_plot_can_be_paused():
    controls, passed = Controls(), threading.Event()
    controls.pause()
    batch = threading.Thread(target=lambda: (controls.on_train_batch_begin(0), passed.set()))
    batch.start()
    assert not passed.wait(0.1)
    controls.resume()
    assert passed.wait(PATIENCE)
    batch.join(PATIENCE)
