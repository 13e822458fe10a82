"""Test the live plot, its buttons and an interrupt, in JupyterLab in a browser."""

import pytest

from tests.browser.lab import Lab, missing

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(missing()), reason=missing())]

BEGIN = """
import time
import keras, numpy as np
from mlcourse import TrainingPlot, training

rng = np.random.default_rng(0)
x, y = rng.normal(size=(256, 4)).astype("float32"), rng.integers(0, 2, 256)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
slow = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: time.sleep(0.05))
plot = TrainingPlot("data", max_overhead=0.5)  # enough frames for a short fit
"""
SHORT = """
print("before")
model.fit(x, y, epochs=40, verbose=0, callbacks=[plot, slow])
print("after")
"""
MINUTES = "model.fit(x, y, epochs=5000, verbose=0, callbacks=[plot, slow])"
LIVE = """
history = await training.fit_live(model, x, y, epochs=5000, callbacks=[plot, slow])
"""
STEPS = """
begin = int(model.optimizer.iterations)
time.sleep(0.5)
steps = int(model.optimizer.iterations) - begin
print(len(plot.history["loss"]), "epochs,", steps, "steps meanwhile")
"""


@pytest.fixture(scope="module")
def one_notebook(tmp_path_factory):
    with Lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab.open("plot", BEGIN)


@pytest.fixture
def notebook(one_notebook):
    yield one_notebook
    one_notebook.be_idle()


def pictures(outputs):
    return [output["data"] for output in outputs if "image/png" in output.get("data", {})]


def check_that_it_is_live(frames):
    assert frames, "no picture was shown"
    changes = frames[-1]["picture"] - 1
    assert changes >= 3, f"the picture changed {changes} times"
    blank = sum(frame["images"] != 1 for frame in frames)
    assert not blank, f"{blank} of {len(frames)} animation frames show no picture, or several"
    sizes = {tuple(frame["size"]) for frame in frames}
    assert len(sizes) == 1, f"the picture had the sizes {sizes}"


def test_a_plot_changes_in_place_while_a_plain_fit_runs(notebook):
    notebook.replace(BEGIN, SHORT)
    notebook.run_all()
    notebook.wait_for_end(1)
    check_that_it_is_live(notebook.frames())
    assert notebook.text(1).split() == ["before", "after"]
    kept = notebook.save().cells[1].outputs
    (picture,) = pictures(kept)
    assert picture["text/plain"].startswith("epoch 40 of 40")
    assert [output.output_type for output in kept].count("display_data") == 1


def test_a_plot_that_leaves_out_its_frames_is_found_out(notebook):
    still = BEGIN.replace("max_overhead=0.5", "max_overhead=1e-9")
    notebook.replace(still, SHORT)
    notebook.run_all()
    notebook.wait_for_end(1)
    with pytest.raises(AssertionError, match="the picture changed 1 times"):
        check_that_it_is_live(notebook.frames())


def test_the_buttons_of_fit_live_pause_go_on_and_stop(notebook):
    notebook.replace(BEGIN, LIVE, 'print(len(history.history["loss"]))')
    notebook.run_all()
    notebook.wait_for_picture(3)

    notebook.click("Pause")
    notebook.wait("document.body.innerText.includes('Resume')", "the button Resume")
    notebook.page.wait_for_timeout(500)
    paused = notebook.picture()
    notebook.page.wait_for_timeout(1000)
    assert notebook.picture() == paused, "the picture changes in a pause"

    notebook.click("Resume")
    notebook.wait_for_picture(paused + 2)
    assert "Pause" in notebook.buttons()

    notebook.click("Stop")
    notebook.wait_for_end(2, 20)
    assert 0 < int(notebook.text(2)) < 1000
    assert not notebook.buttons()
    assert pictures(notebook.outputs(1))[0]["text/plain"].startswith("epoch")


@pytest.mark.parametrize("fit", [LIVE, MINUTES], ids=["fit_live", "fit"])
def test_an_interrupt_ends_the_fit_and_keeps_its_plot(notebook, fit):
    notebook.replace(BEGIN, fit, STEPS)
    notebook.run_all()
    notebook.wait_for_words(1, "loss")  # there is none before the first epoch has ended
    notebook.interrupt()
    notebook.wait_for_end(1, 20)
    assert notebook.text(1).endswith(("KeyboardInterrupt", "CancelledError"))
    assert not notebook.buttons()

    notebook.run(2)
    epochs, _, steps, *_ = notebook.text(2).split()
    assert steps == "0", "the fit goes on behind the cell"
    (picture,) = pictures(notebook.outputs(1))
    assert picture["text/plain"].startswith(f"epoch {epochs} of 5000")
    assert "left" not in picture["text/plain"]
