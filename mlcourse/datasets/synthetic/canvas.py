"""Shapes as signed distances, for many pictures at once.

A canvas holds the coordinates of every pixel of n pictures, each moved, scaled
and slanted in its own way. A shape is a function from these to the distance of
each pixel from the shape's edge, negative inside, so that the union of two
shapes is the smaller of their distances. Coordinates run from -1 to 1, x to
the right and y downwards; a shape's measures may be numbers or one value a
picture, shape (n, 1).
"""

import numpy as np


class Canvas:
    """The pixels of `n` square pictures, seen by shapes that lie about the origin.

    Args:
        n: how many pictures.
        side: pixels along one side.
        rng: a `numpy.random.Generator`.
        shift, zoom, slant: the largest random displacement, change of size and shear.

    Attributes:
        x, y: float32, (n, side * side): where each pixel lies in the shape's own coordinates.
        pixel: the width of a pixel.
    """

    def __init__(self, n, side, rng, shift=0.12, zoom=0.2, slant=0.12):
        self.n, self.side, self.rng, self.pixel = n, side, rng, 2 / side
        axis = (np.arange(side, dtype=np.float32) + 0.5) * self.pixel - 1
        across, down = np.meshgrid(axis, axis)
        width, height = (1 + self.random(-zoom, zoom) for _ in range(2))
        self.y = (down.reshape(1, -1) - self.random(-shift, shift)) / height
        self.x = (across.reshape(1, -1) - self.random(-shift, shift)) / width
        self.x = self.x + self.random(-slant, slant) * self.y

    def random(self, low, high):
        """Returns one number a picture, float32, (n, 1), uniform between the two."""
        return self.rng.uniform(low, high, (self.n, 1)).astype(np.float32)

    def ellipse(self, x, y, rx, ry):
        """An ellipse about (x, y); its distance is true on the edge, nearly true beside it."""
        dx, dy = (self.x - x) / rx, (self.y - y) / ry
        return (np.sqrt(dx * dx + dy * dy) - 1) * np.minimum(rx, ry)

    def box(self, x, y, rx, ry):
        """A rectangle about (x, y) of half sides rx and ry."""
        return np.maximum(np.abs(self.x - x) - rx, np.abs(self.y - y) - ry)

    def taper(self, top, bottom, width_top, width_bottom, x=0.0):
        """A body about the line x, from `top` to `bottom`, of half widths that change evenly."""
        share = np.clip((self.y - top) / (bottom - top), 0, 1)
        half = width_top + share * (width_bottom - width_top)
        return np.maximum(np.abs(self.x - x) - half, np.maximum(top - self.y, self.y - bottom))

    def line(self, x0, y0, x1, y1, radius):
        """A straight stroke with round ends."""
        px, py, dx, dy = self.x - x0, self.y - y0, x1 - x0, y1 - y0
        share = np.clip((px * dx + py * dy) / (dx * dx + dy * dy + 1e-9), 0, 1)
        px, py = px - share * dx, py - share * dy
        return np.sqrt(px * px + py * py) - radius

    def ink(self, distance):
        """How much of each pixel the shape covers: 1 inside, 0 outside, soft along its edge."""
        return np.clip(0.5 - distance / (1.5 * self.pixel), 0, 1)

    def texture(self, strength):
        """Stripes of random direction and pace: factors about 1, (n, side * side)."""
        angle, pace, phase = self.random(0, np.pi), self.random(4, 18), self.random(0, 2 * np.pi)
        wave = np.sin(pace * (np.cos(angle) * self.x + np.sin(angle) * self.y) + phase)
        return 1 - strength * (0.5 + 0.5 * wave)

    def noise(self, deviation):
        """Normal noise, (n, side * side)."""
        size = (self.n, self.side * self.side)
        return deviation * self.rng.standard_normal(size, dtype=np.float32)


def union(*distances):
    """The shape that covers whatever one of the shapes covers."""
    return np.minimum.reduce(np.broadcast_arrays(*distances))


def to_bytes(values):
    """Returns brightness in [0, 1] as uint8."""
    return (np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)
