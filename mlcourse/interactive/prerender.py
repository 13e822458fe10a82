"""A picture with controls for a page without a kernel: all its pictures, drawn beforehand.

The controls are a browser's own, and a few lines of JavaScript show the picture that belongs to
them. It is one piece of HTML, which asks nothing of any other host.
"""

import base64
import json
from collections.abc import Mapping
from html import escape
from itertools import product
from pathlib import Path

import ipywidgets as widgets
import numpy as np

from mlcourse.figures._shared.saving import webp
from mlcourse.interactive.controls import exact

SCRIPT = Path(__file__).with_name("js").joinpath("prerender.js").read_text("utf-8")
STILL = "A still picture: its controls work in the notebook."
FIGURE = """<figure class="mlcourse-picture" style="margin: 1em 0">
<div style="display: flex; flex-wrap: wrap; gap: 0.5em 2em; margin-bottom: 0.5em">{controls}</div>
<img src="{picture}" alt="{alt}" width="{width}" height="{height}"
style="max-width: 100%; height: auto; background: white">
<figcaption aria-live="polite" style="color: #a03000; background: white">{caption}</figcaption>
{scripts}</figure>"""
SCRIPTS = """<script type="application/json">{}</script>
<script>{}</script>
"""
LABEL = '<label style="display: flex; align-items: center; gap: 0.5em">{}</label>'
SLIDER = '{} <input type="range" min="0" max="{}" value="{}" autocomplete="off"><output>{}</output>'
MENU = '{} <select autocomplete="off">{}</select>'
OPTION = "<option{}>{}</option>"
SWITCH = '<input type="checkbox" autocomplete="off"{1}> {0}'


def html(shown, frames, alt):
    """Returns controls and all their pictures as HTML.

    Args:
        shown: an `Interactive`; it stands afterwards as it stood before.
        frames: a dict of a control's name to the values that are drawn, None for all that it has.
            Other controls are left away, and stay as they are. An empty one gives a still
            picture, which says so.
        alt: what the picture shows.
    """
    controls = [shown.controls[name] for name in frames]
    choices = [_choices(shown.controls[name], some) for name, some in frames.items()]
    now = [shown.values[name] for name in frames]
    places = [list(known).index(value) for known, value in zip(choices, now, strict=True)]
    words = [list(known.values()) for known in choices]
    rows = map(_control, controls, words, places)
    width, height = shown.figure.canvas.get_width_height()
    return FIGURE.format(
        controls="".join(LABEL.format(row) for row in rows),
        picture=_address(shown),
        alt=escape(alt),
        width=width,
        height=height,
        caption="" if frames else STILL,
        scripts=_scripts(_data(shown, list(frames), choices)) if frames else "",
    )


def _scripts(data):
    """Returns what the script has to know, and the script, as HTML."""
    return SCRIPTS.format(json.dumps(data).replace("<", r"\u003c"), SCRIPT)


def _data(shown, names, choices):
    """Returns what the script has to know: the pictures, and which belongs to which setting.

    A setting that cannot be drawn has the number of no picture, and words that say why.
    """
    before, pictures, order, problems = shown.values, {}, [], {}
    try:
        for number, values in enumerate(product(*choices)):
            shown.set(**dict(zip(names, values, strict=True)))
            if shown.problem:
                problems[number] = shown.problem
                order.append(-1)
            else:
                order.append(pictures.setdefault(_address(shown), len(pictures)))
    finally:
        shown.set(**before)
    return {
        "labels": [shown.controls[name].description for name in names],
        "words": [list(known.values()) for known in choices],
        "pictures": list(pictures),
        "order": order,
        "problems": problems,
    }


def _choices(control, some):
    """Returns the values that are drawn, each with its word; the one it has now is among them."""
    if isinstance(control, widgets.Checkbox):
        return {False: "off", True: "on"}
    if isinstance(control, widgets.Dropdown):
        options = control.options
        options = options.items() if isinstance(options, Mapping) else options
        pairs = (one if isinstance(one, tuple | list) else (one, one) for one in options)
        known = {value: str(label) for label, value in pairs}
        return {one: known[one] for one in known if some is None or one in {*some, exact(control)}}
    every = _values(control)
    known = {exact(control, one) for one in (every if some is None else some)}
    low, high = exact(control, every[0]), exact(control, every[-1])
    chosen = sorted({*known, exact(control)})
    return {value: f"{value:g}" for value in chosen if low <= value <= high}


def _values(control):
    """Returns all values of a slider, from its lowest to its highest one."""
    places = [*np.arange(control.min, control.max, control.step).tolist(), control.max]
    is_log = isinstance(control, widgets.FloatLogSlider)
    return [control.base**place for place in places] if is_log else places


def _address(shown):
    """Returns the address of the picture that is shown, which holds all of it."""
    return f"data:image/webp;base64,{base64.b64encode(webp(shown.figure)).decode()}"


def _control(control, words, at):
    """Returns a control as HTML: its label, what there is to choose from, and where it stands."""
    label = escape(control.description)
    if isinstance(control, widgets.Checkbox):
        return SWITCH.format(label, " checked" if at else "")
    if isinstance(control, widgets.Dropdown):
        chosen = [OPTION.format(" selected" * (i == at), escape(w)) for i, w in enumerate(words)]
        return MENU.format(label, "".join(chosen))
    return SLIDER.format(label, len(words) - 1, at, words[at])
