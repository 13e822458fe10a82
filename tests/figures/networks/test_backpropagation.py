import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse import activations, plot_backpropagation
from mlcourse.figures.networks.backpropagation import FACTOR_COLORS
from mlcourse.figures.networks.labels import number_text
from mlcourse.networks import from_model
from mlcourse.networks.backpropagation import chain_rule
from mlcourse.networks.network import Layer, Network

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def network(sizes, hidden, output):
    functions = [hidden] * (len(sizes) - 2) + [output]
    return Network(
        tuple(
            Layer(RNG.normal(size=(a, b)), RNG.normal(size=b), (activations.find(name),))
            for a, b, name in zip(sizes, sizes[1:], functions, strict=False)
        )
    )


CASES = [
    ([2, 2, 1], "sigmoid", "sigmoid"),
    ([2, 3, 2], "tanh", "sigmoid"),
    ([3, 2, 4, 3], "elu", "softmax"),
    ([2, 3, 2], "softmax", "sigmoid"),
    ([2, 1], "relu", "linear"),
]


@pytest.mark.parametrize(("sizes", "hidden", "output"), CASES)
def test_the_factors_multiply_to_the_gradient(sizes, hidden, output):
    net = network(sizes, hidden, output)
    x, y = RNG.normal(size=sizes[0]), np.eye(sizes[-1])[0]
    run = net.run(x, y)
    for layer, gradients in enumerate(run.gradients, start=1):
        for (start, end), gradient in np.ndenumerate(gradients):
            factors, given = chain_rule(net, x, y, (layer, start + 1, end + 1))
            values = {factor.place: factor.values for factor in factors}
            product = values["into"][0] * values.get("slope", [1.0])[0]
            product *= values.get("onward", np.ones(1)) @ values["loss"]
            assert product == pytest.approx(gradient)
            assert given == gradient


@pytest.mark.parametrize(("sizes", "hidden", "output"), CASES)
def test_each_number_is_in_the_figure_and_no_text_is_cut_off(sizes, hidden, output):
    net = network(sizes, hidden, output)
    x, y = RNG.normal(size=sizes[0]), np.eye(sizes[-1])[0]
    for layer in range(1, len(sizes)):
        ax = plot_backpropagation(net, x, y, (layer, 1, 1))
        ax.figure.canvas.draw()
        texts = [text for text in ax.texts if text.get_text() and text.get_visible()]
        frame = ax.figure.bbox
        for text in texts:
            box = text.get_window_extent()
            assert frame.x0 <= box.x0 and box.x1 <= frame.x1, text.get_text()
            assert frame.y0 <= box.y0 and box.y1 <= frame.y1, text.get_text()
        factors, gradient = chain_rule(net, x, y, (layer, 1, 1))
        in_figure = {(text.get_text(), text.get_color()) for text in texts}
        for factor in factors:
            for value in factor.values:
                assert (number_text(value, decimals=3), FACTOR_COLORS[factor.place]) in in_figure
        assert texts[-1].get_text() == number_text(gradient, decimals=3)


def test_the_edges_of_the_path_have_the_colors_of_their_factors():
    net = network([2, 3, 2], "sigmoid", "sigmoid")
    ax = plot_backpropagation(net, [1, -1], [1, 0], (1, 2, 3))
    factors, _ = chain_rule(net, [1, -1], [1, 0], (1, 2, 3))
    thick = [c for c in ax.collections if np.all(c.get_linewidth() == 3)]
    colors = [tuple(np.round(c.get_color()[0][:3], 3)) for c in thick]
    expected = [plt.matplotlib.colors.to_rgb(FACTOR_COLORS[factor.place]) for factor in factors]
    names = ["into", "slope", "onward", "loss"]
    expected_colors = {
        name: tuple(np.round(rgb, 3)) for name, rgb in zip(names, expected, strict=True)
    }
    assert colors.count(expected_colors["into"]) == 1
    assert colors.count(expected_colors["onward"]) == 2
    assert colors.count(expected_colors["loss"]) == 2


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ((1, 1), r"weight must be \(layer, unit before, unit after\)\. Got \(1, 1\)"),
        ((3, 1, 1), r"the layer of weight must be .* from 1 to 2\. Got 3"),
        ((1, 3, 1), r"the unit before weight must be .* from 1 to 2\. Got 3"),
        ((1, 1, 0), r"the unit after weight must be .* from 1 to 3\. Got 0"),
    ],
)
def test_an_invalid_weight_raises(weight, message):
    with pytest.raises(ValueError, match=message):
        plot_backpropagation(network([2, 3, 1], "relu", "linear"), [1, 2], [1], weight)


def test_a_network_may_be_anything_with_weights():
    matrices = [np.ones((2, 1)), np.zeros(1)]
    factors, gradient = chain_rule(matrices, [1, 2], [0], (1, 2, 1))
    assert [factor.values.tolist() for factor in factors] == [[2], [1], [6]]
    assert gradient == 12
    assert from_model(matrices).run([1, 2], [0]).loss == 9


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.0, 2, "0.00"),
        (-0.0, 2, "0.00"),
        (-0.731, 2, "\N{MINUS SIGN}0.73"),
        (0.7314, 3, "0.731"),
        (9.999, 2, "10.0"),
        (123.4, 2, "123"),
        (4567.8, 2, "4568"),
        (45678.9, 2, "5e4"),
        (-1234567, 2, "\N{MINUS SIGN}1e6"),
        (0.0049, 2, "5e-3"),
    ],
)
def test_numbers_are_short(value, decimals, text):
    assert number_text(value, decimals) == text


def test_a_slope_that_underflows_is_joined_with_the_gradient_of_the_loss():
    net = Network((Layer(np.array([[40.0]]), None, (activations.find("sigmoid"),)),))
    factors, gradient = chain_rule(net, [1.0], [0.0], (1, 1, 1))
    assert [factor.values.tolist() for factor in factors] == [[1.0], [1.0]]
    assert gradient == 1.0


@pytest.mark.parametrize("size", [(6, 4), (6.4, 4.8), (12, 5)])
def test_the_numbers_can_be_read_in_axes_of_any_common_size(size):
    _, ax = plt.subplots(figsize=size)
    net = network([2, 2, 1], "sigmoid", "sigmoid")
    plot_backpropagation(net, [1, -1], [1], (1, 1, 1), ax=ax)
    ax.figure.draw_without_rendering()
    colored = [text for text in ax.texts if text.get_color() != "black"]
    assert all(text.get_visible() for text in colored)


@pytest.mark.parametrize("color", FACTOR_COLORS.values())
def test_the_colors_of_text_are_legible_on_white(color):
    parts = np.array(plt.matplotlib.colors.to_rgb(color))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    assert 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05) > 4.5  # WCAG 2.2, level AA
