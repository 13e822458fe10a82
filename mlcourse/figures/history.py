"""The curves of one fit, kept up to date in place."""

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from mlcourse.figures import pixels
from mlcourse.figures.history_axes import HistoryAxes
from mlcourse.figures.legends import look
from mlcourse.figures.redraw import Redraw
from mlcourse.figures.style import BLUE
from mlcourse.histories import EpochLog, base, epoch_log, epoch_logs, is_loss, is_validation

GREYS = ("0.35", "0.55", "0.7")


class HistoryDisplay:
    """Losses on one Axes, metrics on another; training solid, validation dotted, one colour each.

    Drawing the thousandth epoch costs what drawing the tenth did: artists are made once, and
    then moved.

    Args:
        figure: as `HistoryAxes` takes it: None for one with a canvas of its own, outside pyplot.
        compare: earlier fits, as `mlcourse.histories.epoch_logs` takes them, in grey: of each
            the validation's loss and the metric that it is judged by, or those of the training
            where there is no validation.
        options: what `HistoryAxes` takes: metrics, log_scale, last, target.

    Attributes:
        figure: the Figure.
        lines: a dict from a history's name to its Line2D, and from a pair of an earlier fit's
            name and the history's to that one's.

    Raises:
        ValueError: for a setting that cannot be.

    Example:
        >>> display = HistoryDisplay()
        >>> figure = display.update({"loss": [0.5, 0.3], "val_loss": [0.6, 0.5]})
        >>> list(display.lines)
        ['loss', 'val_loss']
    """

    def __init__(
        self,
        figure: Figure | Callable[[], Figure] | None = None,
        *,
        compare: object = None,
        **options: object,
    ) -> None:
        self._earlier = {} if compare is None else epoch_logs(compare)
        self._axes = HistoryAxes(figure, **options)
        self.figure, self.lines = self._axes.figure, self._axes.lines
        self._redraw = Redraw(self.figure)
        self._track, self._bar = (
            self.figure.add_artist(Rectangle((0, 0), 0, 0.012, color=colour, lw=0))
            for colour in ("0.9", BLUE)
        )

    def update(
        self,
        log: object,
        title: str = "",
        progress: float = 0.0,
        within: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    ) -> Figure:
        """Moves the curves to the values of a fit.

        Args:
            log: what `mlcourse.histories.epoch_log` makes a log of.
            title: text above both Axes.
            progress: the share of the fit that is done, as a bar at the bottom; 0 for no bar.
            within: what happened within the epochs: a dict of names to pairs of arrays, when
                (in epochs) and what.

        Returns:
            The Figure.
        """
        log, axes = epoch_log(log), self._axes
        hidden = axes.hidden(log.last)
        for name in filter(axes.shows, log.history):
            axes.move(name, name, log, hidden, **self._look(name))
        for name, (when, what) in (within or {}).items():
            if name in self.lines:
                axes.panel(name).move_within(name, when, what, hidden)
        best = log.best(axes.metrics)
        if best is not None:
            for number, (run, earlier) in enumerate(self._earlier.items()):
                grey = GREYS[number % len(GREYS)]
                axes.move_run(run, earlier, base(best[0]), grey, hidden, training=False)
        until = log.last if hidden > 0 else np.inf  # earlier fits may be longer
        axes.finish(title, best and best[1], running=progress > 0, until=until)
        for panel in axes.panels:
            panel.mark(best if best and best[0] in panel.lines and best[1] > hidden else None)
        self._track.set_width(float(progress > 0))
        self._bar.set_width(progress)
        return self.figure

    def png(self) -> bytes:
        """Returns the picture as the bytes of a PNG, drawing no more than has changed."""
        moving = [*self._axes.moving(), self._track, self._bar]
        self._redraw.draw(moving, self._axes.standing())
        return pixels.png(self.figure)

    def unknown(self, log: EpochLog) -> list[str]:
        """Returns those of the metrics asked for that a log does not have."""
        return self._axes.unknown(log)

    def praise(self, log: EpochLog) -> str:
        """Returns the best value in words, of what is shown."""
        return log.praise(self._axes.metrics)

    def _look(self, name):
        """Returns the colour that a value has in training and validation, and its label."""
        partner = self.lines.get(base(name)) or self.lines.get(f"val_{base(name)}")
        others = {base(key) for key in self.lines if isinstance(key, str)}
        taken = sum(is_loss(other) == is_loss(name) for other in others)
        colour = partner.get_color() if partner else look(taken)[0]
        return {"label": base(name) + " (validation)" * is_validation(name), "colour": colour}
