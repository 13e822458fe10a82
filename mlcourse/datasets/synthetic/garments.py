"""Synthetic gray images of ten kinds of garment, in place of Fashion-MNIST.

Each function of a garment returns the signed distance of its shape, and that of its dark details
or None.
"""

import numpy as np

from mlcourse.datasets.synthetic.canvas import Canvas, to_bytes, union

SIDE = 28


def draw(label, n, rng):
    """Return n images of a class, uint8, (n, 28, 28)."""
    canvas = Canvas(n, SIDE, rng)
    shape, details = GARMENTS[label](canvas)
    shade = canvas.random(0.45, 1.0) * canvas.texture(canvas.random(0.0, 0.5))
    gray = canvas.ink(shape) * (shade + canvas.noise(0.10))
    if details is not None:
        gray = gray * (1 - 0.6 * canvas.ink(details))
    return to_bytes(gray).reshape(n, SIDE, SIDE)


def _top(canvas, length, sleeve):
    """Return a body with sleeves, and its neckline; sleeve is from 0 (none) to 1 (long)."""
    width = canvas.random(0.34, 0.46)
    body = canvas.taper(-0.72, length, width, width * canvas.random(0.9, 1.15))
    reach = 1.15 * sleeve
    spread = canvas.random(0.16, 0.38)
    radius = canvas.random(0.10, 0.16)
    arms = [
        canvas.line(
            side * (width - 0.06), -0.6, side * (width + spread * reach), -0.6 + reach, radius
        )
        for side in (-1, 1)
    ]
    return union(body, *arms), canvas.ellipse(0.0, -0.76, 0.17, canvas.random(0.06, 0.2))


def _front(canvas):
    """Return the distance from the front line of a coat or a shirt."""
    return canvas.box(canvas.random(-0.04, 0.04), 0.0, canvas.random(0.01, 0.04), 0.7)


def _t_shirt(canvas):
    return _top(canvas, canvas.random(0.4, 0.7), canvas.random(0.1, 0.48))


def _pullover(canvas):
    return _top(canvas, canvas.random(0.45, 0.75), canvas.random(0.72, 1.0))


def _coat(canvas):
    body, neck = _top(canvas, canvas.random(0.58, 0.9), canvas.random(0.75, 1.05))
    return body, union(neck, _front(canvas))


def _shirt(canvas):
    body, neck = _top(canvas, canvas.random(0.45, 0.8), canvas.random(0.25, 1.0))
    offset = np.where(canvas.random(0, 1) < 0.6, 0, 9)  # 9 moves the line out of the image
    return body, union(neck, _front(canvas) + offset)


def _trouser(canvas):
    gap = canvas.random(0.1, 0.24)
    leg = canvas.random(0.1, 0.17)
    bottom = canvas.random(0.65, 0.9)
    waist = canvas.box(0.0, -0.7, gap + leg, 0.16)
    legs = [canvas.line(side * gap, -0.6, side * gap * 1.2, bottom, leg) for side in (-1, 1)]
    return union(waist, *legs), None


def _dress(canvas):
    waist = canvas.random(0.16, 0.28)
    bust = canvas.taper(-0.75, -0.1, waist * canvas.random(1.0, 1.4), waist)
    skirt = canvas.taper(-0.1, canvas.random(0.7, 0.92), waist, waist + canvas.random(0.02, 0.3))
    arm = canvas.random(0.0, 0.8)
    radius = canvas.random(0.04, 0.1)
    arms = [
        canvas.line(side * waist, -0.6, side * (waist + 0.25 * arm), -0.6 + arm, radius)
        for side in (-1, 1)
    ]
    return union(bust, skirt, *arms), canvas.ellipse(0.0, -0.78, 0.12, 0.14)


def _sole(canvas, thickness):
    return canvas.line(-0.72, 0.42, 0.72, 0.42 + canvas.random(-0.05, 0.05), thickness)


def _sandal(canvas):
    heel = canvas.random(0.0, 0.45)
    sole = canvas.line(-0.72, 0.4 - heel, 0.1, 0.45, canvas.random(0.04, 0.1))
    toe = canvas.line(0.1, 0.45, 0.75, 0.45, canvas.random(0.04, 0.1))
    straps = [
        canvas.line(x, 0.4, x + canvas.random(-0.2, 0.2), canvas.random(-0.35, 0.15), 0.05)
        for x in (-0.55, 0.15, 0.5)
    ]
    ankle = canvas.line(-0.6, canvas.random(-0.3, 0.1), 0.2, canvas.random(-0.3, 0.1), 0.05)
    return union(sole, toe, ankle, *straps), None


def _sneaker(canvas):
    top = canvas.random(-0.2, 0.12)
    upper = canvas.taper(top, 0.42, canvas.random(0.3, 0.5), 0.72, x=-0.08)
    laces = canvas.line(0.05, top + 0.05, 0.45, 0.25, 0.04)
    return union(_sole(canvas, canvas.random(0.07, 0.13)), upper), laces


def _ankle_boot(canvas):
    top = canvas.random(-0.75, -0.12)
    shaft = canvas.box(-0.38, (top + 0.4) / 2, canvas.random(0.22, 0.34), (0.4 - top) / 2)
    foot = canvas.taper(canvas.random(-0.1, 0.15), 0.42, 0.35, 0.7)
    heel = canvas.box(-0.5, 0.5, 0.18, canvas.random(0.02, 0.2))
    return union(_sole(canvas, canvas.random(0.05, 0.12)), shaft, foot, heel), None


def _bag(canvas):
    width = canvas.random(0.45, 0.8)
    height = canvas.random(0.28, 0.5)
    body = canvas.taper(0.25 - height, 0.25 + height, width * canvas.random(0.7, 1.0), width)
    ring = canvas.ellipse(
        0.0, 0.25 - height, width * canvas.random(0.3, 0.8), canvas.random(0.1, 0.5)
    )
    return union(body, np.abs(ring) - 0.05), canvas.box(0.0, 0.25 - height * 0.4, width, 0.02)


GARMENTS = (
    *(_t_shirt, _trouser, _pullover, _dress, _coat),
    *(_sandal, _shirt, _sneaker, _bag, _ankle_boot),
)
"""The function of each class, in label order."""
