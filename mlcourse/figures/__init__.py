"""Pictures: arrays and plain objects in, Axes or a Figure out. They never show, clear or configure.

`HistoryDisplay` draws a fit's curves, `plot_samples` pictures with their classes,
`plot_probabilities` one picture with what a network makes of it.
"""

from mlcourse.figures.history import HistoryDisplay
from mlcourse.figures.samples import plot_probabilities, plot_samples
from mlcourse.figures.style import STYLE

__all__ = ["STYLE", "HistoryDisplay", "plot_probabilities", "plot_samples"]
