"""Shapes as signed distance functions, for many images at once.

A canvas holds the coordinates of every pixel of n images, with a random affine transform for each
image. A shape maps coordinates to the signed distance of each pixel from the shape's edge, negative
inside; the union of shapes is the minimum of their distances. Coordinates run from -1 to 1, x to
the right and y downwards. The parameters of a shape are numbers, or one value per image, (n, 1).
"""

import functools

import numpy as np


class Canvas:
    """The pixel coordinates of n square images.

    Args:
        n: number of images.
        side: image side in pixels.
        rng: a `numpy.random.Generator`.
        shift, zoom, slant: maximum random translation, relative change of size, and shear.

    Attributes:
        x, y: pixel coordinates, float32, (n, side * side).
        pixel: width of a pixel.
    """

    def __init__(self, n, side, rng, shift=0.12, zoom=0.2, slant=0.12):
        self.n = n
        self.side = side
        self.rng = rng
        self.pixel = 2 / side
        axis = (np.arange(side, dtype=np.float32) + 0.5) * self.pixel - 1
        columns, rows = np.meshgrid(axis, axis)
        width = 1 + self.random(-zoom, zoom)
        height = 1 + self.random(-zoom, zoom)
        self.y = (rows.reshape(1, -1) - self.random(-shift, shift)) / height
        self.x = (columns.reshape(1, -1) - self.random(-shift, shift)) / width
        self.x = self.x + self.random(-slant, slant) * self.y

    def random(self, low, high):
        """Return one uniform random number per image, float32, (n, 1)."""
        return self.rng.uniform(low, high, (self.n, 1)).astype(np.float32)

    def ellipse(self, x, y, rx, ry):
        """Return the distance from an ellipse with center (x, y); approximate off the edge."""
        dx = (self.x - x) / rx
        dy = (self.y - y) / ry
        return (np.sqrt(dx * dx + dy * dy) - 1) * np.minimum(rx, ry)

    def box(self, x, y, rx, ry):
        """Return the distance from a rectangle with center (x, y) and half sides rx and ry."""
        return np.maximum(np.abs(self.x - x) - rx, np.abs(self.y - y) - ry)

    def taper(self, top, bottom, width_top, width_bottom, x=0.0):
        """Return the distance from a trapezoid with vertical axis x; widths are half widths."""
        fraction = np.clip((self.y - top) / (bottom - top), 0, 1)
        half = width_top + fraction * (width_bottom - width_top)
        return np.maximum(np.abs(self.x - x) - half, np.maximum(top - self.y, self.y - bottom))

    def line(self, x0, y0, x1, y1, radius):
        """Return the distance from a line segment of a given radius, with round ends."""
        px = self.x - x0
        py = self.y - y0
        dx = x1 - x0
        dy = y1 - y0
        fraction = px * dx
        fraction += py * dy
        fraction /= dx * dx + dy * dy + 1e-9
        np.clip(fraction, 0, 1, out=fraction)
        px -= fraction * dx
        py -= fraction * dy
        return np.sqrt(px * px + py * py) - radius

    def ink(self, distance):
        """Return the coverage of each pixel by a shape, from 0 to 1, antialiased at its edge."""
        return np.clip(0.5 - distance / (1.5 * self.pixel), 0, 1)

    def texture(self, strength):
        """Return brightness factors of random stripes, (n, side * side)."""
        angle = self.random(0, np.pi)
        frequency = self.random(4, 18)
        phase = self.random(0, 2 * np.pi)
        wave = np.sin(frequency * (np.cos(angle) * self.x + np.sin(angle) * self.y) + phase)
        return 1 - strength * (0.5 + 0.5 * wave)

    def noise(self, std):
        """Return Gaussian noise of a standard deviation, (n, side * side)."""
        size = (self.n, self.side * self.side)
        return std * self.rng.standard_normal(size, dtype=np.float32)


def union(*distances):
    """Return the distance from the union of shapes."""
    return functools.reduce(np.minimum, distances)


def to_bytes(values):
    """Return values in [0, 1] as uint8."""
    return (np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)
