import pytest

from mlcourse import interactive
from mlcourse.interactive.controls import exact_value, log_slider, slider


@pytest.mark.parametrize(
    ("numbers", "places"),
    [((0.9, 1.0, 0.99, 0.005), 3), ((0.0, 0.8, 0.0, 0.1), 1), ((1.0, 3.0, 2.0, 0.25), 2)],
)
def test_a_slider_shows_each_of_its_steps(numbers, places):
    assert slider("Gamma", *numbers).readout_format == f".{places}f"


def test_whole_numbers_stay_whole():
    assert slider("Layers", 1, 4).readout_format == "d"


@pytest.mark.parametrize(
    "numbers",
    [(0.01, 0.2, 0.1, 0.01), (0.1, 1.0, 0.5, 0.05), (1.0, 3.0, 2.0, 0.25), (0.9, 1.0, 1.0, 0.005)],
)
def test_a_step_of_a_browser_is_the_number_that_is_shown(numbers):
    control = slider("Rate", *numbers)
    steps = round((control.max - control.min) / control.step)
    for step in range(steps + 1):
        control.value = control.min + step * control.step
        assert exact_value(control) == float(format(control.value, control.readout_format))


def test_a_rate_is_the_one_that_is_shown():
    rate = log_slider("Rate", -4, 1, 0.005)
    for power, shown in ((-0.7, 0.2), (-2.3, 0.005), (-4, 0.0001), (1, 10)):
        rate.value = 10**power
        assert exact_value(rate) == shown


def test_values_and_pictures_are_of_the_numbers_that_are_shown():
    drawn = []
    level = slider("Level", 0.0, 1.0, 0.0, 0.1)
    shown = interactive.Interactive(
        lambda figure, level: drawn.append(level), {"level": level}, figsize=(2, 2), alt="None."
    )
    level.value = 3 * 0.1
    assert (drawn[-1], shown.values) == (0.3, {"level": 0.3})
