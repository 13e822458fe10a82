import numpy as np
import pytest

from mlcourse.figures import draw_neural_net
from mlcourse.interactive import network_size, weight_updates
from tests.interactive.images import assert_shows


def test_network_size_draws_what_the_sliders_say():
    shown = network_size(inputs=3, outputs=2, layers=1, units=4)
    for layers, units in ((1, 4), (0, 4), (6, 12)):
        shown.set(layers=layers, units=units)
        sizes = [3, *[units] * layers, 2]
        assert_shows(
            shown,
            lambda figure, sizes=sizes: draw_neural_net(figure.add_axes((0, 0, 1, 1)), sizes),
            (7, 5),
            "none",
        )


def test_weight_updates_show_each_iteration_on_one_scale_of_colors():
    rng = np.random.default_rng(0)
    shapes = (3, 4), (4,), (4, 2), (2,)
    weights = [[size * rng.normal(size=shape) for shape in shapes] for size in (1, 3, 2)]
    largest = max(np.abs(array).max() for array in weights[1])
    shown = weight_updates(weights, title="A network")
    for iteration in (0, 2, 1):
        shown.set(iteration=iteration)

        def draw(figure, iteration=iteration):
            axes = figure.add_axes((0, 0, 1, 0.9))
            draw_neural_net(axes, weights[iteration], limit=largest)
            axes.set_title(f"A network · update {iteration}")

        assert_shows(shown, draw, (8, 5), "none")


def test_weight_updates_need_an_iteration():
    with pytest.raises(ValueError, match=r"number of iterations in weights must be .* Got 0"):
        weight_updates([])
