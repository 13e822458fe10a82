import threading
import time

import numpy as np
import pytest
from matplotlib.text import Text

from mlcourse.interactive import overfitting, playground
from mlcourse.interactive.overfitting import EPOCHS, MoonFit, draw_moon_fit
from tests.conftest import PATIENCE, slow
from tests.interactive.images import drawn, shown


@pytest.fixture
def play(monkeypatch):
    """Yield a playground, and stop it at the end of the test."""
    monkeypatch.setattr(overfitting, "EPOCHS_PER_SECOND", 100)
    play = playground(layers=1, units=8)
    yield play
    play.stop()
    assert play.wait(PATIENCE)


def wait_for(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def names(play):
    return [button.description for button in play.box.children[0].children]


def trained(epochs, hidden=(8,), l2=0.0, dropout=0.0, noise=0.25):
    fit = MoonFit(hidden, l2, dropout, noise)
    for _ in range(epochs):
        fit.train()
    return fit


def assert_shows(play, fit):
    expected = drawn(lambda figure: draw_moon_fit(figure, fit), (10.5, 4.6), "none")
    np.testing.assert_array_equal(shown(play), expected)


def test_the_first_picture_is_of_the_untrained_network(play):
    assert_shows(play, trained(0))
    assert names(play) == ["Start", "Pause"]
    assert play.box.children[0].children[1].disabled
    assert play.wait(0)


def test_without_a_training_a_control_draws_the_new_start(play):
    play.controls["noise"].value = 0.1
    assert_shows(play, trained(0, noise=0.1))
    assert not play.is_training


def test_the_last_picture_is_of_all_that_was_trained(play):
    before = threading.active_count()
    play.start()
    wait_for(lambda: play.fit.log.last > 3)
    assert names(play) == ["Stop", "Pause"]
    play.stop()
    assert play.wait(PATIENCE)
    assert threading.active_count() == before
    assert_shows(play, trained(play.fit.log.last))
    assert names(play) == ["Start", "Pause"]


def test_a_pause_stands_still_without_a_thread_and_resumes(play):
    play.start()
    wait_for(lambda: play.fit.log.last > 3)
    play.box.children[0].children[1].click()
    assert play.wait(PATIENCE)
    epochs, picture = play.fit.log.last, play.image.value
    assert names(play) == ["Stop", "Resume"]
    time.sleep(0.2)
    assert (play.fit.log.last, play.image.value) == (epochs, picture)
    play.box.children[0].children[1].click()
    wait_for(lambda: play.fit.log.last > epochs)
    play.pause()
    assert play.wait(PATIENCE)
    assert_shows(play, trained(play.fit.log.last))


@pytest.mark.parametrize("paused", [True, *slow(False)])
def test_a_control_begins_a_new_training_with_the_latest_values(play, paused):
    play.start()
    wait_for(lambda: play.fit.log.last > 3)
    if paused:
        play.pause()
    old = play.fit
    for noise in (0.1, 0.15, 0.2):
        play.controls["noise"].value = noise
    play.controls["l2"].value = 0.01
    wait_for(lambda: play.fit is not old and play.fit.log.last > 3)
    assert play.is_training
    play.stop()
    assert play.wait(PATIENCE)
    assert_shows(play, trained(play.fit.log.last, l2=0.01, noise=0.2))


def test_start_trains_a_new_network(play):
    play.start()
    wait_for(lambda: play.fit.log.last > 3)
    old = play.fit
    play.stop()
    play.box.children[0].children[0].click()
    wait_for(lambda: play.fit is not old and play.fit.log.last > 3)


@pytest.mark.slow
def test_a_training_ends_by_itself(monkeypatch, play):
    monkeypatch.setattr("mlcourse.interactive.overfitting.EPOCHS", 12)
    play.controls["units"].value = 9
    play.start()
    assert play.wait(PATIENCE)
    assert play.fit.log.last == 12 < EPOCHS
    assert names(play) == ["Start", "Pause"]
    assert_shows(play, trained(12, hidden=(9,)))


@pytest.mark.parametrize("last", [1, 2])
def test_a_control_moved_while_a_last_picture_is_drawn_is_not_lost(monkeypatch, play, last):
    monkeypatch.setattr("mlcourse.interactive.overfitting.EPOCHS", 3)
    draw, pictures, begun, moved = play._draw, [], threading.Event(), threading.Event()

    def slow(figure, **settings):
        draw(figure, **settings)
        pictures.append(play.fit.log.last)
        if pictures.count(3) == last and not begun.is_set():
            begun.set()
            moved.wait(0.2)  # no longer: once the training has ended, the move waits for the thread

    play._draw = slow
    play.start()
    assert begun.wait(PATIENCE)
    play.controls["noise"].value = 0.1
    moved.set()
    assert play.wait(PATIENCE)
    assert not play.is_started
    assert_shows(play, trained(3 if last == 1 else play.fit.log.last, noise=0.1))


def test_an_error_in_the_thread_is_said_in_a_line(monkeypatch, play):
    def fail(self):
        raise FloatingPointError("the loss must be finite.\nGot nan instead.")

    monkeypatch.setattr(MoonFit, "train", fail)
    play.start()
    assert play.wait(PATIENCE)
    assert play.error_message == "FloatingPointError: the loss must be finite. Got nan instead."
    assert names(play) == ["Start", "Pause"]


@pytest.mark.slow
def test_frames_take_a_small_share_of_the_time(play):
    frames = []
    draw = play._draw

    def timed(figure, **settings):
        begin = time.perf_counter()
        draw(figure, **settings)
        frames.append((begin, time.perf_counter()))

    play._draw = timed
    play.start()
    wait_for(lambda: len(frames) > 4)
    play.stop()
    spent = sum(end - begin for begin, end in frames[:4])
    assert spent < 0.35 * (frames[4][0] - frames[0][0])


@pytest.mark.slow
def test_no_call_waits_for_the_training(play):
    play.start()
    wait_for(lambda: play.fit.log.last > 3)
    begin = time.perf_counter()
    play.controls["units"].value = 20
    play.pause()
    play.resume()
    play.stop()
    assert time.perf_counter() - begin < 0.5


@pytest.mark.slow
def test_l2_and_dropout_keep_the_weights_small_and_the_losses_together():
    free, bound, dropped = trained(400), trained(400, l2=0.01), trained(400, (32, 32), dropout=0.5)
    sizes = [
        sum((layer.params["w"] ** 2).sum() for layer in fit._body.layers if layer.params)
        for fit in (free, bound)
    ]
    assert sizes[1] < sizes[0] / 3
    gaps = [
        fit.log.history["val_loss"][-1] - fit.log.history["loss"][-1]
        for fit in (trained(400, (32, 32)), dropped)
    ]
    assert gaps[1] < gaps[0] / 2


def test_the_gradient_of_l2_is_that_of_keras_penalty():
    fit = trained(0, l2=0.05)
    weights = [layer.params["w"].copy() for layer in fit._body.layers if layer.params]
    grads = []
    fit._updates.apply = lambda: grads.append(
        [layer.grads["w"].copy() for layer in fit._body.layers if layer.params]
    )
    fit.train()
    plain = trained(0)
    others = []
    plain._updates.apply = lambda: others.append(
        [layer.grads["w"].copy() for layer in plain._body.layers if layer.params]
    )
    plain.train()
    for with_l2, without, w in zip(grads[0], others[0], weights, strict=True):
        np.testing.assert_allclose(with_l2 - without, 2 * 0.05 * w, atol=1e-6)


def test_a_page_without_a_kernel_shows_the_trained_network(monkeypatch):
    monkeypatch.setattr("mlcourse.interactive.overfitting.EPOCHS", 3)
    monkeypatch.setenv("MLCOURSE_INTERACTIVE", "prerender")
    still = playground(layers=1, units=2)
    assert still.fit.log.last == 0
    still._repr_mimebundle_()
    assert still.fit.log.last == 3
    texts = [text.get_text() for text in still.figure.findobj(Text)]
    assert "not trained yet" not in texts
