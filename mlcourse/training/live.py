"""`fit_live`: a fit in another thread, with buttons to stop and pause it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator, Sequence
from typing import TYPE_CHECKING, Any

from mlcourse.callbacks.controls import Controls
from mlcourse.callbacks.training_plot import TrainingPlot
from mlcourse.training.distribution import with_devices
from mlcourse.training.fitting import fit
from mlcourse.training.splits import callback_list

if TYPE_CHECKING:
    import keras

POLL_INTERVAL = 0.2  # seconds


class LiveFit(Coroutine):
    """A coroutine whose text says that the fit starts when it is awaited."""

    def __init__(self, coroutine: Coroutine) -> None:
        self._coroutine = coroutine

    def __repr__(self) -> str:
        return "The fit has not started. Write: history = await training.fit_live(...)"

    def __await__(self) -> Generator:
        """Start the fit, and wait for its end."""
        return self._coroutine.__await__()

    def send(self, value: object) -> object:
        """Continue until the next wait."""
        return self._coroutine.send(value)

    def throw(self, *error: Any) -> object:
        """Raise an error in the coroutine."""
        return self._coroutine.throw(*error)

    def close(self) -> None:
        """End the coroutine."""
        self._coroutine.close()


def fit_live(
    model: keras.Model,
    x: object = None,
    y: object = None,
    batch_size: int | None = None,
    epochs: int = 1,
    *,
    title: str = "",
    callbacks: Sequence[keras.callbacks.Callback] | None = None,
    **options: object,
) -> Coroutine[Any, Any, keras.callbacks.History]:
    """Train a model in another thread, with a live plot and the buttons Stop and Pause.

    The fit starts when it is awaited: `history = await training.fit_live(...)`.

    Stop ends the fit within some batches; the weights and the history so far remain. An
    interrupt of the cell ends the fit as well, and is raised after its end; then `model.history`
    has the history.

    Args:
        model: a compiled Keras model.
        x, y: examples and targets.
        batch_size: number of examples in a batch; None for Keras's 32.
        epochs: number of epochs.
        title: title of the plot.
        callbacks: a list of Keras callbacks; a `TrainingPlot` in it replaces the default plot.
        options: other arguments of `training.fit`, including `run`.

    Returns:
        A coroutine; await it for Keras's `History`.

    Raises:
        ModuleNotFoundError: without ipywidgets.

    Example:
        >>> history = await fit_live(model, x, y, epochs=60)  # doctest: +SKIP
    """
    options |= {"batch_size": batch_size, "epochs": epochs}
    return LiveFit(_fit_live(model, x, y, title, callbacks, options))


async def _fit_live(model, x, y, title, callbacks, options):
    """Train a model, as `fit_live` describes."""
    callbacks = callback_list(callbacks)
    plots = [item for item in callbacks if isinstance(item, TrainingPlot)]
    if not plots:
        plots = [TrainingPlot(title)]
        callbacks += plots
    controls = Controls(plots[0])
    options = {"verbose": 0, **options, "callbacks": [controls, *callbacks]}
    hide = _show_buttons(controls)
    thread = asyncio.ensure_future(asyncio.to_thread(with_devices(fit), model, x, y, **options))
    try:
        while not thread.done():  # poll: a kernel that sleeps does not notice an interrupt
            await asyncio.wait([thread], timeout=POLL_INTERVAL)
        return thread.result()
    except BaseException:
        controls.stop()
        await asyncio.wait([thread])
        raise
    finally:
        hide()


def _show_buttons(controls):
    """Display the buttons, and return a function that removes them."""
    try:
        import ipywidgets as widgets
    except ModuleNotFoundError as error:
        rule = "fit_live needs ipywidgets for its buttons: pip install ipywidgets"
        raise ModuleNotFoundError(rule) from error
    from IPython.display import display

    stop = widgets.Button(
        description="Stop", icon="stop", tooltip="End the fit before its next batch"
    )
    pause = widgets.Button(description="Pause", icon="pause", tooltip="Pause the fit")

    def press_stop(_):
        controls.stop()
        stop.disabled = True
        pause.disabled = True

    def press_pause(_):  # no ToggleButton: while a cell awaits, kernels delay its second change
        if controls.paused:
            controls.resume()
        else:
            controls.pause()
        pause.description = "Resume" if controls.paused else "Pause"
        pause.icon = "play" if controls.paused else "pause"

    stop.on_click(press_stop)
    pause.on_click(press_pause)
    box = widgets.HBox([stop, pause])
    handle = display(box, display_id=True)

    def hide():
        if handle is not None:  # in a notebook
            handle.update({"text/plain": ""}, raw=True)
        for widget in (stop, pause, box):  # release the references to the model
            widget.close()

    return hide
