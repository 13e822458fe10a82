"""Controls that are alike everywhere: a label that is not cut, and a width that holds it."""

import ipywidgets as widgets

LABEL = {"description_width": "initial"}


def slider(label, low, high, value=None, step=1):
    """Returns a slider of whole numbers, or of others if a number given is not whole.

    Args:
        label: what it sets, in words.
        low, high, step: its ends and its step.
        value: where it stands first; None for the lower end.
    """
    numbers = (low, high, step, low if value is None else value)
    kind = widgets.IntSlider if all(isinstance(one, int) for one in numbers) else None
    kind = kind or widgets.FloatSlider
    return kind(**_settings(label, numbers[3]), min=low, max=high, step=step)


def rate_slider(label, low, high, value):
    """Returns a slider on a logarithmic scale, 20 steps for ten times as much.

    A browser moves it to the nearest step: `rounded` makes 0.2 of 0.1995 again.

    Args:
        label: what it sets, in words.
        low, high: exponents of 10 of its ends.
        value: where it stands first.
    """
    options = {"min": low, "max": high, "step": 0.05, "readout_format": ".2g"}
    return widgets.FloatLogSlider(**_settings(label, value), base=10, **options)


def rounded(rate):
    """Returns a rate in the two digits that its slider shows."""
    return float(f"{rate:.2g}")


def menu(label, options, value=None):
    """Returns a drop-down menu.

    Args:
        label: what it sets, in words.
        options: what there is to choose from, as `ipywidgets.Dropdown` takes it.
        value: what is chosen first; None for the first one.
    """
    chosen = {} if value is None else {"value": value}
    return widgets.Dropdown(
        options=options, description=label, style=LABEL, layout={"width": "max-content"}, **chosen
    )


def switch(label, value=False):
    """Returns a check box."""
    return widgets.Checkbox(
        value=value, description=label, indent=False, layout={"width": "max-content"}
    )


def _settings(label, value):
    layout = {"width": "24em", "margin": "2px 1.5em 2px 2px"}
    return {"description": label, "value": value, "style": LABEL, "layout": layout}
