import subprocess

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.animation import FFMpegWriter
from PIL import Image

from mlcourse.figures import animate_training, save_animation
from mlcourse.figures.evaluation import training_animation
from mlcourse.networks import from_model
from tests.figures.small_classifier import GrowingClassifier

X = np.array([[-1.0, -1.0], [1.0, 1.0], [-1.0, 0.0], [1.0, 0.5]])
Y = np.array([0, 1, 0, 1])
LOSSES = [0.8, 0.4, 0.3, 0.2, 0.1]


@pytest.fixture(autouse=True)
def _small():
    with mpl.rc_context({"figure.dpi": 40}):
        yield


def animated(model, **options):
    """Return an animation; one that nobody draws would complain."""
    options = {"epochs": 5, "frames": 3, "progress": False, **options}
    animation = animate_training(model, X, Y, **options)
    animation._draw_was_started = True
    return animation


def sigmoid_unit():
    """Return a compiled Keras model that is the same in each call."""
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy")
    return model


def test_the_model_is_trained_once_for_all_epochs():
    model = GrowingClassifier(LOSSES)
    frames = list(animated(model, batch_size=2).new_frame_seq())
    assert frames == [0, 2, 5]
    ((epochs, fit_options),) = model.calls
    assert epochs == 5 and fit_options["batch_size"] == 2


def test_each_frame_has_the_weights_and_the_curves_of_its_epoch():
    animation = animated(GrowingClassifier(LOSSES), validation_data=(X, Y))
    boundary, _, loss_ax = animation._fig.axes[:3]
    shades = []
    for epoch in (0, 2, 5):
        animation._func(epoch)
        training, validation = loss_ax.lines
        np.testing.assert_array_equal(training.get_ydata(), LOSSES[:epoch])
        np.testing.assert_array_equal(validation.get_ydata(), 2 * np.array(LOSSES[:epoch]))
        assert boundary.get_title().replace("\u2007", " ") == f"epoch {epoch} of 5"
        shades.append(boundary.images[0].get_array()[..., 0])
    assert np.ptp(shades[0]) == 0  # all weights are 0: a probability of 0.5 everywhere
    assert np.ptp(shades[1]) < np.ptp(shades[2])  # steeper


def test_no_axes_move_and_no_limits_change_between_frames():
    animation = animated(GrowingClassifier(LOSSES))
    states = []
    for epoch in (0, 2, 5):
        animation._func(epoch)
        animation._fig.draw_without_rendering()
        axes = animation._fig.axes
        states.append([(ax.bbox.bounds, ax.get_xlim(), ax.get_ylim()) for ax in axes])
    assert states[0] == states[1] == states[2]


def test_an_animation_is_saved_and_no_figure_is_left_open(tmp_path):
    animation = animated(GrowingClassifier(LOSSES))
    with Image.open(save_animation(animation, tmp_path / "a.gif")) as image:
        assert image.n_frames == 3
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert plt.get_fignums() == []


def test_a_loss_that_is_not_finite_is_an_error():
    with pytest.raises(ValueError, match=r"must be finite.*Got nan in epoch 3"):
        animated(GrowingClassifier([0.5, 0.5, np.nan, np.nan, np.nan]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"frames": 1}, "frames must be"),
        ({"frames": 1_001}, "frames must be at most 1,000"),
        ({"epochs": 0}, "epochs must be"),
        ({"epochs": 10**6}, "epochs must be at most 100,000"),
        ({"fps": 0}, "fps must be"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"progress": 1}, "progress must be"),
        ({"class_names": ["a"]}, "class_names"),
    ],
)
def test_an_error_comes_before_the_training(options, message):
    model = GrowingClassifier(LOSSES)
    with pytest.raises(ValueError, match=message):
        animated(model, **options)
    assert model.calls == []


def test_a_model_that_is_not_compiled_is_refused():
    model = GrowingClassifier(LOSSES)
    model.compiled = False
    with pytest.raises(ValueError, match="model must be a compiled Keras model"):
        animated(model)


@pytest.mark.slow
def test_the_model_and_its_history_are_those_of_one_fit():
    one = sigmoid_unit()
    animated(one, epochs=4, frames=3)
    other = sigmoid_unit()
    other.fit(X, Y, epochs=4, verbose=0)
    np.testing.assert_array_equal(one.get_weights()[0], other.get_weights()[0])
    assert one.optimizer.iterations == other.optimizer.iterations
    assert one.history.history == other.history.history
    assert len(one.history.history["loss"]) == 4


@pytest.mark.slow
def test_an_interrupted_training_keeps_the_weights_and_the_history(monkeypatch):
    def interrupt(model):
        if model.optimizer.iterations > 0:
            raise KeyboardInterrupt
        return from_model(model)

    monkeypatch.setattr(training_animation, "from_model", interrupt)
    model = sigmoid_unit()
    with pytest.raises(KeyboardInterrupt):
        animated(model, epochs=5, frames=3)  # in the first frame after the start
    assert model.optimizer.iterations == 2
    assert len(model.history.history["loss"]) >= 1


@pytest.mark.slow
@pytest.mark.skipif(not FFMpegWriter.isAvailable(), reason="needs ffmpeg")
def test_an_animation_is_saved_as_a_video(tmp_path):
    animation = animated(GrowingClassifier(LOSSES))
    path = save_animation(animation, tmp_path / "a.mp4")
    command = ["ffmpeg", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    ended = subprocess.run(command, capture_output=True, check=True)
    width, height = map(int, animation._fig.bbox.size)
    frames = np.frombuffer(ended.stdout, np.uint8).reshape(-1, height, width, 3)
    assert len(frames) == 3
    assert (frames[0] != frames[2]).any()
    assert frames[:, 0, 0].min() > 250  # white


@pytest.mark.slow
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_a_keras_model_is_trained_and_its_last_boundary_is_shown(n_outputs):
    import keras

    keras.utils.set_random_seed(0)
    output = keras.layers.Dense(n_outputs, "sigmoid" if n_outputs == 1 else "softmax")
    hidden = keras.layers.Dense(4, "tanh")
    model = keras.Sequential([keras.Input((2,)), hidden, output])
    loss = "binary_crossentropy" if n_outputs == 1 else "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(0.1), loss, metrics=["accuracy"])
    before = model.get_weights()
    animation = animated(model, epochs=2, frames=2)
    assert any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))
    animation._func(2)
    image = animation._fig.axes[0].images[0]
    corner = model.predict(np.array([image.get_extent()[::2]]), verbose=0)
    red, _, blue = np.asarray(image.get_array())[0, 0, :3]
    if n_outputs == 1:
        assert (red > blue) == (corner[0, 0] > 0.5)
