"""Render an interactive figure for all values of its controls, for a page without a kernel.

The result is one piece of HTML without links to other hosts: the browser's own controls, the
images, and a short script that shows the image of the current values.
"""

import base64
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from html import escape
from itertools import product
from pathlib import Path

import ipywidgets as widgets
import numpy as np

from mlcourse.figures._shared.saving import encoded_webp, pixels, reduce_colors
from mlcourse.interactive.controls import exact_value

N_THREADS = 2  # that encode images, while the next one is drawn
MAX_WAITING = 8  # images that are drawn but not encoded
SCRIPT = Path(__file__).with_name("js").joinpath("prerender.js").read_text("utf-8")
STATIC = "A static image: its controls work in the notebook."
PAGE = "These controls work on this page."
PARTLY = "These controls work on this page; {} in the notebook."
FIGURE = """<figure class="mlcourse-figure" style="margin: 1em 0">
<div style="display: flex; flex-wrap: wrap; gap: 0.5em 2em; margin-bottom: 0.5em">{controls}</div>
<img src="{url}" alt="{alt}" width="{width}" height="{height}"
style="max-width: 100%; height: auto; background: white">
<p style="margin: 0; color: #4a4a4a; background: white; font-size: 0.9em">{note}</p>
<figcaption aria-live="polite" style="color: #a03000; background: white"></figcaption>
{scripts}</figure>"""
SCRIPTS = """<script type="application/json">{}</script>
<script>{}</script>
"""
LABEL = '<label style="display: flex; align-items: center; gap: 0.5em">{}</label>'
SLIDER = '{} <input type="range" min="0" max="{}" value="{}" autocomplete="off"><output>{}</output>'
MENU = '{} <select autocomplete="off">{}</select>'
OPTION = "<option{}>{}</option>"
CHECKBOX = '<input type="checkbox" autocomplete="off"{1}> {0}'


def html(interactive, prerender, alt):
    """Return an interactive figure as HTML with an image for each combination of values.

    Args:
        interactive: an `Interactive`. Its values are the same afterwards.
        prerender: a dict of names of controls to values, or None for all values. Other controls are
            omitted and keep their value. An empty dict gives a static image with a caption.
        alt: alternative text of the image.
    """
    controls = [interactive.controls[name] for name in prerender]
    choices = [_choices(interactive.controls[name], values) for name, values in prerender.items()]
    current = [interactive.values[name] for name in prerender]
    indices = [list(choice).index(value) for choice, value in zip(choices, current, strict=True)]
    texts = [list(choice.values()) for choice in choices]
    rows = map(_control_html, controls, texts, indices)
    width, height = interactive.figure.canvas.get_width_height()
    return FIGURE.format(
        controls="".join(LABEL.format(row) for row in rows),
        url=_data_url(reduce_colors(pixels(interactive.figure))),
        alt=escape(alt),
        width=width,
        height=height,
        note=_note(interactive, prerender),
        scripts=_scripts(_data(interactive, list(prerender), choices)) if prerender else "",
    )


def _note(interactive, prerender):
    """Return one line: the controls that work on the page, and those that need the notebook."""
    if not prerender:
        return STATIC
    others = [
        escape(control.description)
        for name, control in interactive.controls.items()
        if name not in prerender and control.description
    ]
    return PARTLY.format(", ".join(others)) if others else PAGE


def _scripts(data):
    """Return the data and the script that uses them, as HTML."""
    return SCRIPTS.format(json.dumps(data).replace("<", r"\u003c"), SCRIPT)


def _data(interactive, names, choices):
    """Return the data of the script: the images, and the image index of each combination.

    A combination that cannot be drawn has the index -1 and an error message.
    """
    initial = interactive.values
    indices = {}  # from the bytes of an image to its index
    urls = []
    order = []
    errors = {}
    reduced = None
    try:
        with ThreadPoolExecutor(N_THREADS) as pool:
            for number, values in enumerate(product(*choices)):
                interactive.render(**dict(zip(names, values, strict=True)))
                if interactive.error_message:
                    errors[number] = interactive.error_message
                    order.append(-1)
                    continue
                image = pixels(interactive.figure)
                index = indices.setdefault(sha256(image.tobytes()).digest(), len(urls))
                if index == len(urls):
                    reduced = reduce_colors(image, like=reduced)
                    urls.append(pool.submit(_data_url, reduced))
                    if len(urls) > MAX_WAITING:
                        urls[-MAX_WAITING - 1].result()
                order.append(index)
    finally:
        interactive.set(**initial)
    return {
        "labels": [interactive.controls[name].description for name in names],
        "texts": [list(choice.values()) for choice in choices],
        "images": [url.result() for url in urls],
        "order": order,
        "errors": errors,
    }


def _choices(control, values):
    """Return a dict from the values to render, with the current one, to their texts.

    Args:
        control: a check box, a menu or a slider.
        values: values to render, None for all. Values that the control cannot have are omitted.
    """
    if isinstance(control, widgets.Checkbox):
        return {False: "off", True: "on"}
    if isinstance(control, widgets.Dropdown):
        texts = _option_texts(control.options)
        if values is None:
            return texts
        selected = {*values, exact_value(control)}
        return {value: text for value, text in texts.items() if value in selected}
    all_values = _slider_values(control)
    low = exact_value(control, all_values[0])
    high = exact_value(control, all_values[-1])
    selected = {exact_value(control, v) for v in (all_values if values is None else values)}
    selected.add(exact_value(control))
    return {value: f"{value:g}" for value in sorted(selected) if low <= value <= high}


def _option_texts(options):
    """Return the options of a menu as a dict from values to texts."""
    if isinstance(options, Mapping):
        return {value: str(label) for label, value in options.items()}
    pairs = [option if isinstance(option, tuple | list) else (option, option) for option in options]
    return {value: str(label) for label, value in pairs}


def _slider_values(control):
    """Return all values of a slider, in increasing order."""
    steps = [*np.arange(control.min, control.max, control.step).tolist(), control.max]
    is_log = isinstance(control, widgets.FloatLogSlider)
    return [control.base**step for step in steps] if is_log else steps


def _data_url(image):
    """Return an image of few colors as a data URL."""
    return f"data:image/webp;base64,{base64.b64encode(encoded_webp(image)).decode()}"


def _control_html(control, texts, index):
    """Return a control as HTML.

    Args:
        control: a check box, a menu or a slider.
        texts: texts of its values.
        index: index of the current value.
    """
    label = escape(control.description)
    if isinstance(control, widgets.Checkbox):
        return CHECKBOX.format(label, " checked" if index else "")
    if isinstance(control, widgets.Dropdown):
        options = [
            OPTION.format(" selected" if i == index else "", escape(text))
            for i, text in enumerate(texts)
        ]
        return MENU.format(label, "".join(options))
    return SLIDER.format(label, len(texts) - 1, index, texts[index])
