"""A figure that is drawn again and again: what stands still is drawn once, and kept."""


class Redraw:
    """Draws a figure on its Agg canvas; while nothing else changes, only what moves.

    Ticks, labels and legends take most of the time that a figure takes. They are kept as pixels,
    and the artists that move are drawn over them.

    Args:
        figure: a `matplotlib.figure.Figure` with an Agg canvas.
    """

    def __init__(self, figure):
        self._figure, self._key, self._background = figure, None, None

    def draw(self, moving, key):
        """Draws the figure.

        Args:
            moving: the artists that may have changed since the last time.
            key: of all else: where it is another one than the last time, everything is drawn.
        """
        canvas = self._figure.canvas
        if key != self._key:
            shown = [artist for artist in moving if artist.get_visible()]
            for artist in shown:
                artist.set_visible(False)
            canvas.draw()
            for artist in shown:
                artist.set_visible(True)
            self._key, self._background = key, canvas.copy_from_bbox(self._figure.bbox)
        canvas.restore_region(self._background)
        for artist in moving:
            self._figure.draw_artist(artist)
