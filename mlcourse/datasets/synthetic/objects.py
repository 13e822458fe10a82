"""Synthetic color images of ten kinds of object, in place of CIFAR-10.

Each function of an object returns the signed distances of its body and of its dark details.
"""

import numpy as np

from mlcourse.datasets.synthetic.canvas import Canvas, to_bytes, union

SIDE = 32

# Background colors, RGB in [0, 1]
SKY = (0.55, 0.72, 0.9)
SEA = (0.2, 0.4, 0.6)
ROAD = (0.5, 0.5, 0.52)
GRASS = (0.4, 0.55, 0.28)
ROOM = (0.66, 0.58, 0.5)

# Palettes: the lowest and the highest color
ANY = ((0.1, 0.1, 0.1), (0.9, 0.9, 0.9))
FUR = ((0.25, 0.15, 0.08), (0.8, 0.62, 0.45))
GREEN = ((0.15, 0.3, 0.08), (0.55, 0.7, 0.3))
PALE = ((0.5, 0.5, 0.55), (0.95, 0.95, 1.0))
BLACK = ((0, 0, 0), (0.3, 0.3, 0.3))


def draw(label, n, rng):
    """Return n images of a class, uint8, (n, 32, 32, 3)."""
    shape, palette, backgrounds = OBJECTS[label]
    canvas = Canvas(n, SIDE, rng, shift=0.08, zoom=0.12, slant=0.08)
    canvas.x *= np.where(canvas.random(-1, 1) < 0, -1, 1).astype(np.float32)  # random flip
    body, details = shape(canvas)
    images = _background(canvas, backgrounds)
    _paint(images, canvas.ink(body), _random_colors(canvas, *palette), canvas.texture(0.2))
    _paint(images, canvas.ink(details), _random_colors(canvas, *BLACK), 1.0)
    images *= canvas.random(0.6, 1.1)[..., None]
    images += 0.04 * canvas.rng.standard_normal(images.shape, dtype=np.float32)
    return to_bytes(images).reshape(n, 3, SIDE, SIDE).transpose(0, 2, 3, 1)


def _random_colors(canvas, low, high):
    """Return one random color per image, (n, 3, 1), near the line between two colors."""
    low = np.array(low, np.float32)[:, None]
    high = np.array(high, np.float32)[:, None]
    is_any_color = high.min() - low.max() > 0.5
    std = 0.3 if is_any_color else 0.06
    colors = low + canvas.random(0, 1)[..., None] * (high - low)
    return colors + canvas.rng.normal(0, std, colors.shape).astype(np.float32)


def _paint(images, coverage, colors, shade):
    """Paint a color on images, (n, 3, pixels), where the coverage, (n, pixels), is 1."""
    images *= (1 - coverage)[:, None]
    images += colors * (coverage * shade)[:, None]


def _background(canvas, backgrounds):
    """Return images of two textured areas, with random background colors, and a horizon."""
    indices = canvas.rng.integers(len(backgrounds), size=(2, canvas.n))
    noise = canvas.rng.normal(0, 0.06, (2, canvas.n, 3)).astype(np.float32)
    upper, lower = (np.array(backgrounds, np.float32)[indices] + noise)[..., None]
    horizon = canvas.ink(canvas.random(-0.6, 0.9) - canvas.y)[:, None]
    images = (lower - upper) * horizon
    images += upper
    images *= canvas.texture(0.15)[:, None]
    return images


def _wheels(canvas, y, *centers):
    """Return the distance from wheels at height y."""
    return union(*(canvas.ellipse(x, y, 0.15, 0.15) for x in centers))


def _legs(canvas, top, length, thickness, *starts):
    """Return the distance from legs, slanted at random, from their starting points."""
    legs = [
        canvas.line(x, top, x + canvas.random(-0.1, 0.1), top + length, thickness) for x in starts
    ]
    return union(*legs)


def _airplane(canvas):
    hull = canvas.ellipse(0.0, 0.0, 0.75, canvas.random(0.1, 0.17))
    wing = canvas.line(0.05, 0.0, canvas.random(-0.5, 0.0), canvas.random(0.3, 0.6), 0.09)
    tail = canvas.line(-0.6, 0.0, -0.75, canvas.random(-0.45, -0.25), 0.07)
    return union(hull, wing, tail), canvas.line(-0.3, -0.04, 0.45, -0.04, 0.02)


def _automobile(canvas):
    body = canvas.box(0.0, 0.2, 0.72, canvas.random(0.14, 0.22))
    cabin = canvas.taper(canvas.random(-0.3, -0.15), 0.1, 0.28, canvas.random(0.4, 0.55))
    windows = canvas.box(0.0, -0.02, 0.26, 0.08)
    return union(body, cabin), union(windows, _wheels(canvas, 0.4, -0.42, 0.42))


def _truck(canvas):
    cargo = canvas.box(-0.2, -0.08, 0.52, canvas.random(0.3, 0.42))
    cab = canvas.box(0.52, 0.12, 0.2, canvas.random(0.16, 0.26))
    window = canvas.box(0.56, 0.04, 0.1, 0.07)
    return union(cargo, cab), union(window, _wheels(canvas, 0.42, -0.5, -0.1, 0.5))


def _ship(canvas):
    hull = canvas.taper(0.15, 0.5, 0.78, canvas.random(0.4, 0.65))
    deck = canvas.box(canvas.random(-0.3, 0.2), 0.0, canvas.random(0.15, 0.4), 0.16)
    mast = canvas.line(0.1, -0.1, 0.1, canvas.random(-0.75, -0.35), 0.035)
    return union(hull, deck, mast), canvas.box(0.0, 0.42, 0.6, 0.04)


def _bird(canvas):
    body = canvas.ellipse(0.0, 0.05, canvas.random(0.3, 0.48), canvas.random(0.18, 0.28))
    head = canvas.ellipse(0.42, -0.22, 0.15, 0.15)
    tail = canvas.line(-0.3, 0.1, -0.75, canvas.random(0.0, 0.35), 0.06)
    wing = canvas.line(-0.05, 0.0, canvas.random(-0.4, 0.0), canvas.random(-0.6, 0.3), 0.09)
    legs = _legs(canvas, 0.25, 0.35, 0.025, 0.02)
    return union(body, head, tail, wing), union(canvas.line(0.5, -0.2, 0.68, -0.16, 0.03), legs)


def _animal(canvas, leg, neck, thickness):
    """Return the distance from an animal with four legs, facing right."""
    body = canvas.ellipse(-0.1, 0.05, canvas.random(0.36, 0.48), thickness)
    legs = _legs(canvas, 0.12, leg, 0.05, -0.42, -0.3, 0.12, 0.24)
    raised = canvas.line(0.22, 0.0, 0.45, -neck, 0.1)
    head = canvas.line(0.45, -neck, 0.65, 0.08 - neck, 0.1)
    return union(body, legs, raised, head)


def _horse(canvas):
    neck = canvas.random(0.35, 0.55)
    mane = canvas.line(0.2, -0.05, 0.4, -neck - 0.1, 0.05)
    tail = canvas.line(-0.52, 0.0, -0.68, 0.4, 0.045)
    return _animal(canvas, canvas.random(0.5, 0.65), neck, 0.22), union(mane, tail)


def _deer(canvas):
    neck = canvas.random(0.35, 0.55)
    antlers = [
        canvas.line(0.45, -neck - 0.05, 0.45 + canvas.random(-0.3, 0.3), -neck - 0.4, 0.03)
        for _ in range(3)
    ]
    return _animal(canvas, canvas.random(0.5, 0.65), neck, 0.18), union(*antlers)


def _face(canvas, size):
    """Return the distances from a face, and from its eyes and nose."""
    eyes = [canvas.ellipse(side * 0.16, -0.2, 0.05, 0.05) for side in (-1, 1)]
    nose = canvas.ellipse(0.0, 0.0, 0.07, 0.04)
    return canvas.ellipse(0.0, -0.15, size, size), union(*eyes, nose)


def _cat(canvas):
    face, details = _face(canvas, canvas.random(0.34, 0.46))
    ears = [
        canvas.line(side * 0.25, -0.42, side * canvas.random(0.28, 0.4), -0.68, 0.07)
        for side in (-1, 1)
    ]
    whiskers = [canvas.line(0.1 * side, 0.02, 0.55 * side, 0.05, 0.012) for side in (-1, 1)]
    body = canvas.ellipse(canvas.random(-0.3, 0.3), 0.62, canvas.random(0.35, 0.6), 0.38)
    return union(face, body, *ears), union(details, *whiskers)


def _dog(canvas):
    face, details = _face(canvas, canvas.random(0.34, 0.46))
    ears = [
        canvas.line(
            side * 0.32, -0.38, side * canvas.random(0.42, 0.55), canvas.random(-0.3, 0.1), 0.1
        )
        for side in (-1, 1)
    ]
    muzzle = canvas.ellipse(0.0, 0.08, 0.2, 0.16)
    body = canvas.ellipse(canvas.random(-0.3, 0.3), 0.62, canvas.random(0.35, 0.6), 0.38)
    return union(face, muzzle, body, *ears), details


def _frog(canvas):
    body = canvas.ellipse(0.0, 0.2, canvas.random(0.45, 0.65), canvas.random(0.28, 0.42))
    eyes = [canvas.ellipse(side * 0.25, -0.18, 0.13, 0.13) for side in (-1, 1)]
    legs = [canvas.line(side * 0.5, 0.35, side * 0.75, 0.55, 0.1) for side in (-1, 1)]
    pupils = [canvas.ellipse(side * 0.25, -0.2, 0.06, 0.06) for side in (-1, 1)]
    return union(body, *eyes, *legs), union(*pupils, canvas.line(-0.25, 0.2, 0.25, 0.2, 0.02))


OBJECTS = (
    (_airplane, PALE, (SKY, SKY, ROAD)),
    (_automobile, ANY, (ROAD, GRASS, SKY)),
    (_bird, ANY, (SKY, GRASS, GRASS)),
    (_cat, FUR, (ROOM, ROOM, GRASS)),
    (_deer, FUR, (GRASS, GRASS, SKY)),
    (_dog, FUR, (ROOM, GRASS, ROOM)),
    (_frog, GREEN, (GRASS, ROOM, SEA)),
    (_horse, FUR, (GRASS, SKY, ROAD)),
    (_ship, ANY, (SEA, SKY, SEA)),
    (_truck, ANY, (ROAD, SKY, ROAD)),
)
"""The function, palette and backgrounds of each class, in label order."""
