"""Synthetic handwritten digits, in place of MNIST."""

import itertools
import math

import numpy as np

from mlcourse.datasets.synthetic.canvas import Canvas, to_bytes, union

SIDE = 28
JITTER = 0.18  # maximum displacement of each point


def draw(label, n, rng):
    """Return n images of a digit, uint8, (n, 28, 28), white on black."""
    canvas = Canvas(n, SIDE, rng, shift=0.2, zoom=0.3, slant=0.45)
    radius = canvas.random(0.04, 0.11)
    strokes = [_stroke(canvas, points, radius) for points in STROKES[label]]
    ink = canvas.ink(union(*strokes, _stray_stroke(canvas)))
    brightness = ink * canvas.random(0.7, 1.0) + ink * canvas.noise(0.1)
    return to_bytes(brightness).reshape(n, SIDE, SIDE)


def _stray_stroke(canvas):
    """Return the distance from a short stroke that does not belong to the digit."""
    x = canvas.random(-0.6, 0.6)
    y = canvas.random(-0.7, 0.7)
    return canvas.line(x, y, x + canvas.random(-0.4, 0.4), y + canvas.random(-0.4, 0.4), 0.05)


def _stroke(canvas, points, radius):
    """Return the distance from a line through points, which are jittered for each image."""
    jittered = [
        (x + canvas.random(-JITTER, JITTER), y + canvas.random(-JITTER, JITTER)) for x, y in points
    ]
    if points[0] == points[-1]:
        jittered[-1] = jittered[0]
    segments = itertools.pairwise(jittered)
    return union(*(canvas.line(*start, *end, radius) for start, end in segments))


def _arc(x, y, rx, ry, start, stop, points):
    """Return points of an elliptic arc with center (x, y).

    start and stop are angles in turns, clockwise from the right.
    """
    turns = np.linspace(start, stop, points) * 2 * np.pi
    return [(x + rx * math.cos(turn), y + ry * math.sin(turn)) for turn in turns]


def _loop(x, y, rx, ry, points):
    """Return points of a closed ellipse with center (x, y), from its top."""
    ring = _arc(x, y, rx, ry, 0.75, 1.75, points)
    return [*ring[:-1], ring[0]]


STROKES = (
    [_loop(0, 0, 0.36, 0.62, 9)],
    [[(-0.15, -0.45), (0.05, -0.65), (0.05, 0.65)]],
    [[*_arc(0, -0.3, 0.32, 0.32, 0.5, 1.05, 6), (-0.35, 0.62)], [(-0.35, 0.62), (0.4, 0.6)]],
    [_arc(-0.05, -0.32, 0.33, 0.3, 0.55, 1.25, 6), _arc(-0.05, 0.3, 0.38, 0.34, 0.75, 1.42, 6)],
    [[(0.05, -0.65), (-0.42, 0.12), (0.42, 0.12)], [(0.18, -0.3), (0.15, 0.65)]],
    [[(0.35, -0.62), (-0.28, -0.6), (-0.3, -0.08)], _arc(-0.02, 0.25, 0.36, 0.37, 0.62, 1.4, 7)],
    [[(0.22, -0.65), (-0.2, -0.25), (-0.33, 0.25)], _loop(0, 0.3, 0.33, 0.32, 8)],
    [[(-0.38, -0.6), (0.38, -0.6), (0.05, 0.0), (-0.1, 0.65)]],
    [_loop(0, -0.31, 0.27, 0.29, 7), _loop(0, 0.32, 0.33, 0.33, 7)],
    [_loop(0, -0.28, 0.32, 0.32, 8), [(0.32, -0.28), (0.25, 0.2), (0.1, 0.65)]],
)
"""The strokes of each digit: lists of points."""
