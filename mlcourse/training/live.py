"""A fit that leaves the notebook free, with buttons to stop and pause it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlcourse.callbacks.controls import Controls
from mlcourse.callbacks.training_plot import TrainingPlot
from mlcourse.training.distribution import carried
from mlcourse.training.fitting import fit
from mlcourse.training.splits import callback_list

if TYPE_CHECKING:
    import keras

WAKE = 0.2  # seconds


async def fit_live(
    model: keras.Model,
    x: object = None,
    y: object = None,
    batch_size: int | None = None,
    epochs: int = 1,
    *,
    title: str = "",
    callbacks: Sequence[keras.callbacks.Callback] | None = None,
    **options: object,
) -> keras.callbacks.History:
    """Trains as `fit` does, but in a thread of its own, with a live plot and two buttons.

    The kernel goes on answering its buttons: Stop ends the fit within some batches.
    The weights and the history so far are kept. An interrupt of the cell ends the fit as well, and
    is raised once it has ended; `model.history` has the history then.

    Args:
        model: a compiled Keras model.
        x, y: examples and targets.
        batch_size: examples a batch; None for Keras's 32.
        epochs: how many epochs the fit has.
        title: of the plot.
        callbacks: a list of Keras callbacks; a `TrainingPlot` among them is the one with the
            buttons.
        options: all else that `fit` takes, a `run` too.

    Returns:
        Keras's `History`.

    Raises:
        ModuleNotFoundError: without ipywidgets.

    Example:
        >>> history = await fit_live(model, x, y, epochs=60)  # doctest: +SKIP
    """
    callbacks = callback_list(callbacks)
    plot = next((one for one in callbacks if isinstance(one, TrainingPlot)), None)
    if plot is None:
        plot = TrainingPlot(title)
        callbacks.append(plot)
    controls = Controls(plot)
    options = {"verbose": 0, **options, "callbacks": [controls, *callbacks]}
    options |= {"batch_size": batch_size, "epochs": epochs}
    hide = _show(controls)
    thread = asyncio.ensure_future(asyncio.to_thread(carried(fit), model, x, y, **options))
    try:
        while not thread.done():  # a kernel that sleeps does not notice an interrupt
            await asyncio.wait([thread], timeout=WAKE)
        return thread.result()
    except BaseException:
        controls.stop()
        await asyncio.wait([thread])
        raise
    finally:
        hide()


def _show(controls):
    """Shows the buttons, and returns a function that takes them away."""
    try:
        import ipywidgets as widgets
    except ModuleNotFoundError as error:
        rule = "fit_live needs ipywidgets for its buttons: pip install ipywidgets"
        raise ModuleNotFoundError(rule) from error
    from IPython.display import display

    stop = widgets.Button(
        description="Stop", icon="stop", tooltip="End the fit before its next batch"
    )
    pause = widgets.Button(description="Pause", icon="pause", tooltip="Let the fit stand still")

    def press_stop(_):
        controls.stop()
        stop.disabled = pause.disabled = True

    def press_pause(_):  # no ToggleButton: while a cell waits, kernels hold back its second change
        (controls.resume if controls.paused else controls.pause)()
        pause.description = "Go on" if controls.paused else "Pause"
        pause.icon = "play" if controls.paused else "pause"

    stop.on_click(press_stop)
    pause.on_click(press_pause)
    box = widgets.HBox([stop, pause])
    shown = display(box, display_id=True)

    def hide():
        if shown is not None:  # there is a notebook
            shown.update({"text/plain": ""}, raw=True)
        for widget in (stop, pause, box):  # else they would hold on to the model
            widget.close()

    return hide
