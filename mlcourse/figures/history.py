"""The curves of one fit, kept up to date in place."""

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from mlcourse.figures import pixels
from mlcourse.figures.history_axes import HistoryAxes, together
from mlcourse.figures.redraw import Redraw
from mlcourse.figures.style import BLUE
from mlcourse.histories import EpochLog, base, epoch_log, epoch_logs, is_validation

GREYS = 0.65, 0.45, 0.3  # of the colour of text, on the background


class HistoryDisplay:
    """Losses on one Axes, metrics on others; training solid, validation dotted, one colour each.

    Metrics in [0, 1] share an Axes, counts do, and each other scale has its own. With more than two
    or three Axes, they are in rows, and the figure grows in height once, with the first values.
    Drawing the thousandth epoch costs what drawing the tenth did: artists are made once, and
    then moved. A value that is NaN or infinite is a gap with a cross at the lower edge.

    Args:
        figure: as `HistoryAxes` takes it: None for one with a canvas of its own, outside pyplot.
        compare: earlier fits, as `mlcourse.histories.epoch_logs` takes them, in grey: of each
            the validation's loss and the metric that it is judged by, or those of the training
            where there is no validation.
        options: what `HistoryAxes` takes: metrics, panels, log_scale, last, target.

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
        self.figure = self._axes.figure
        self._redraw = Redraw(self.figure)
        colours = self._axes.panels[0].grey(0.1), BLUE
        self._track, self._bar = (
            self.figure.add_artist(Rectangle((0, 0), 0, 0.012, color=colour, lw=0))
            for colour in colours
        )

    @property
    def lines(self) -> dict:
        """A dict from each curve's key to its Line2D."""
        return self._axes.lines

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
        hidden, shown = axes.hidden(log.last), axes.drawn(log)
        best = log.best(axes.metrics)
        judged = [] if best is None else [base(best[0])]
        axes.assign(together([shown, *map(axes.drawn, self._earlier.values())], set(shown)))
        for name in shown:
            label = base(name) + " (validation)" * is_validation(name)
            axes.move(name, name, log, hidden, label=label)
        for name, (when, what) in (within or {}).items():
            if name in self.lines:
                axes.panel(name).move_within(name, when, what, hidden)
        for number, (run, earlier) in enumerate(self._earlier.items() if best else ()):
            grey = axes.panels[0].grey(GREYS[number % len(GREYS)])
            axes.move_run(run, earlier, judged, grey, hidden, training=False)
        until = log.last if hidden > 0 else np.inf  # earlier fits may be longer
        title = "\n".join(filter(None, [title, axes.left_out(log)]))
        ringed = best and (best if best[1] > hidden else (None, *best[1:]))
        axes.finish(title, ringed, running=progress > 0, until=until)
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

    def asks_for(self, name: str) -> bool:
        """Whether a metric is among those asked for by name."""
        return name in (self._axes.metrics or ())

    def praise(self, log: EpochLog) -> str:
        """Returns the best value in words, of what is shown."""
        return log.praise(self._axes.metrics)
