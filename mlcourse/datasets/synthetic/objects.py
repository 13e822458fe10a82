"""Ten kinds of coloured object before a background: the stand-in for CIFAR-10."""

import numpy as np

from mlcourse.datasets.synthetic.canvas import Canvas, to_bytes, union

SIDE = 32
SKY, SEA, ROAD, GRASS, ROOM = (
    (0.55, 0.72, 0.9),
    (0.2, 0.4, 0.6),
    (0.5, 0.5, 0.52),
    (0.4, 0.55, 0.28),
    (0.66, 0.58, 0.5),
)
ANY, FUR, GREEN, PALE = (
    ((0.1, 0.1, 0.1), (0.9, 0.9, 0.9)),
    ((0.25, 0.15, 0.08), (0.8, 0.62, 0.45)),
    ((0.15, 0.3, 0.08), (0.55, 0.7, 0.3)),
    ((0.5, 0.5, 0.55), (0.95, 0.95, 1.0)),
)


def draw(label, n, rng):
    """Returns n pictures, uint8 (n, 32, 32, 3), of the class with this label."""
    shape, palette, places = OBJECTS[label]
    canvas = Canvas(n, SIDE, rng, shift=0.08, zoom=0.12, slant=0.08)
    canvas.x *= np.where(canvas.random(-1, 1) < 0, -1, 1).astype(np.float32)  # facing either way
    body, dark = shape(canvas)
    picture = _background(canvas, places)
    picture = _paint(picture, canvas.ink(body), _colours(canvas, *palette), canvas.texture(0.2))
    picture = _paint(picture, canvas.ink(dark), _colours(canvas, (0, 0, 0), (0.3, 0.3, 0.3)), 1.0)
    noise = canvas.rng.standard_normal(picture.shape, dtype=np.float32)
    return to_bytes(picture * canvas.random(0.6, 1.1)[..., None] + 0.04 * noise).reshape(
        n, SIDE, SIDE, 3
    )


def _colours(canvas, low, high):
    """One colour a picture, (n, 1, 3), on the way between two, and a little off it."""
    low, high = np.array(low, np.float32), np.array(high, np.float32)
    own = 0.3 if high.min() - low.max() > 0.5 else 0.06  # a wide range means any colour at all
    mixed = low + canvas.random(0, 1)[..., None] * (high - low)
    return mixed + canvas.rng.normal(0, own, mixed.shape).astype(np.float32)


def _paint(picture, cover, colours, shade):
    """Lays a colour over the picture where `cover` is 1."""
    cover = cover[..., None]
    return picture * (1 - cover) + colours * (
        cover * np.broadcast_to(shade, cover.shape[:2])[..., None]
    )


def _background(canvas, places):
    """Two fields that meet at a horizon, each of the colour of one of the `places`, uneven."""
    chosen = canvas.rng.integers(len(places), size=(2, canvas.n, 1))
    upper, lower = np.array(places, np.float32)[chosen] + canvas.rng.normal(
        0, 0.06, (2, canvas.n, 1, 3)
    ).astype(np.float32)
    horizon = canvas.ink(canvas.random(-0.6, 0.9) - canvas.y)
    uneven = canvas.texture(0.15)[..., None]
    return (upper + (lower - upper) * horizon[..., None]) * uneven


def _wheels(canvas, low, *places):
    return union(*(canvas.ellipse(x, low, 0.15, 0.15) for x in places))


def _legs(canvas, top, length, thickness, *places):
    return union(
        *(
            canvas.line(x, top, x + canvas.random(-0.1, 0.1), top + length, thickness)
            for x in places
        )
    )


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
    return union(cargo, cab), union(
        canvas.box(0.56, 0.04, 0.1, 0.07), _wheels(canvas, 0.42, -0.5, -0.1, 0.5)
    )


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


def _beast(canvas, leg, neck, thickness):
    """A body on four legs, its head to the right."""
    body = canvas.ellipse(-0.1, 0.05, canvas.random(0.36, 0.48), thickness)
    legs = _legs(canvas, 0.12, leg, 0.05, -0.42, -0.3, 0.12, 0.24)
    raised = canvas.line(0.22, 0.0, 0.45, -neck, 0.1)
    head = canvas.line(0.45, -neck, 0.65, 0.08 - neck, 0.1)
    return union(body, legs, raised, head)


def _horse(canvas):
    neck = canvas.random(0.35, 0.55)
    mane = canvas.line(0.2, -0.05, 0.4, -neck - 0.1, 0.05)
    tail = canvas.line(-0.52, 0.0, -0.68, 0.4, 0.045)
    return _beast(canvas, canvas.random(0.5, 0.65), neck, 0.22), union(mane, tail)


def _deer(canvas):
    neck = canvas.random(0.35, 0.55)
    horns = union(
        *(
            canvas.line(0.45, -neck - 0.05, 0.45 + canvas.random(-0.3, 0.3), -neck - 0.4, 0.03)
            for _ in range(3)
        )
    )
    return _beast(canvas, canvas.random(0.5, 0.65), neck, 0.18), horns


def _face(canvas, size):
    eyes = [canvas.ellipse(side * 0.16, -0.2, 0.05, 0.05) for side in (-1, 1)]
    return canvas.ellipse(0.0, -0.15, size, size), union(
        *eyes, canvas.ellipse(0.0, 0.0, 0.07, 0.04)
    )


def _cat(canvas):
    face, dark = _face(canvas, canvas.random(0.34, 0.46))
    ears = [
        canvas.line(side * 0.25, -0.42, side * canvas.random(0.28, 0.4), -0.68, 0.07)
        for side in (-1, 1)
    ]
    whiskers = [canvas.line(0.1 * side, 0.02, 0.55 * side, 0.05, 0.012) for side in (-1, 1)]
    body = canvas.ellipse(canvas.random(-0.3, 0.3), 0.62, canvas.random(0.35, 0.6), 0.38)
    return union(face, body, *ears), union(dark, *whiskers)


def _dog(canvas):
    face, dark = _face(canvas, canvas.random(0.34, 0.46))
    ears = [
        canvas.line(
            side * 0.32, -0.38, side * canvas.random(0.42, 0.55), canvas.random(-0.3, 0.1), 0.1
        )
        for side in (-1, 1)
    ]
    muzzle = canvas.ellipse(0.0, 0.08, 0.2, 0.16)
    body = canvas.ellipse(canvas.random(-0.3, 0.3), 0.62, canvas.random(0.35, 0.6), 0.38)
    return union(face, muzzle, body, *ears), dark


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
