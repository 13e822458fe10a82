import base64
import io
from datetime import datetime

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import special

from mlcourse import datasets
from mlcourse.figures import plot_digit_prediction
from mlcourse.interactive import draw_digit
from mlcourse.interactive.digits import MAX_BYTES, ImageUpload
from tests.interactive.images import drawn, shown

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(60, 2)) + np.repeat([[0.0, 0.0], [3.0, 2.0]], 30, axis=0)
Y, NAMES = np.repeat([0, 1], 30), ("8", "3")


def head(places):
    return special.expit(2 * places[:, :1] + places[:, 1:] - 4)


def encoder(x):
    return np.column_stack([x[:, :392].sum(axis=1), x[:, 392:].sum(axis=1)]) / 40


MODELS = {"left": lambda x: head(encoder(x)), "upright": lambda x: x[:, 400:401]}


def paper_with(*lines, side=220, mode="L"):
    paper = Image.new(mode, (side, side), "white")
    for line in lines:
        ImageDraw.Draw(paper).line(line, fill="black", width=20)
    return paper


def png(image, kind="png"):
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def strokes(image):
    """Return the message of the canvas for this drawing."""
    return f"data:image/png;base64,{base64.b64encode(png(image)).decode()}"


def file(content, name="one.png"):
    upload = {"name": name, "type": "", "size": len(content), "content": memoryview(content)}
    return ({**upload, "last_modified": datetime(2026, 1, 1)},)


@pytest.fixture
def answers():
    return draw_digit(MODELS, encoder, head, POINTS, Y, class_names=NAMES)


def paper(interactive):
    return interactive.controls["digit"]


def assert_shows(interactive, image):
    def draw(figure):
        options = {"class_names": NAMES, "title": "A drawn digit", "fig": figure}
        digit = datasets.preprocess_digit(image)
        plot_digit_prediction(digit, MODELS, encoder, head, POINTS, Y, **options)

    assert not interactive.error_message
    np.testing.assert_array_equal(shown(interactive), drawn(draw, (10.5, 4)))


ONE, SEVEN = [(110, 40), (110, 180)], [(60, 40), (160, 40), (90, 190)]


def test_each_stroke_is_answered(answers):
    for lines in ([ONE], [ONE, SEVEN]):
        image = paper_with(*lines)
        paper(answers).canvas.value = strokes(image)
        assert_shows(answers, image)


def test_before_the_first_stroke_there_is_a_digit_to_look_at():
    first = np.asarray(paper_with(SEVEN))
    assert_shows(
        draw_digit(MODELS, encoder, head, POINTS, Y, class_names=NAMES, first=first), first
    )


def test_clear_restores_the_first_image(answers):
    before = answers.image.value
    paper(answers).canvas.value = strokes(paper_with(ONE))
    assert answers.image.value != before
    clear = paper(answers).children[-2]
    assert clear.description == "Clear"
    clear.click()
    assert paper(answers).canvas.value == ""
    assert answers.image.value == before


@pytest.mark.parametrize("kind", ["png", "jpeg", "bmp", "gif", "webp"])
def test_an_upload_is_answered_as_its_file_would_be(answers, kind):
    content = png(paper_with(SEVEN, side=300), kind)
    paper(answers).upload.value = file(content)
    assert_shows(answers, io.BytesIO(content))


def test_what_comes_last_counts(answers):
    mine = paper(answers)
    mine.canvas.value = strokes(paper_with(ONE))
    mine.upload.value = file(png(paper_with(SEVEN)))
    assert mine.canvas.value == ""
    assert_shows(answers, paper_with(SEVEN))
    mine.canvas.value = strokes(paper_with(ONE))
    assert mine.upload.value == ()
    assert_shows(answers, paper_with(ONE))


def test_a_change_is_drawn_once(answers, monkeypatch):
    calls = []
    monkeypatch.setattr(answers, "_draw", lambda figure, **_: calls.append(figure))
    paper(answers).canvas.value = strokes(paper_with(ONE))
    paper(answers).upload.value = file(png(paper_with(SEVEN)))
    assert len(calls) == 2


BOMB = png(Image.new("1", (9000, 9000)))
WHOLE = png(paper_with(ONE))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an upload must be an image (PNG, JPEG, WEBP, GIF, BMP), and whole. Got 'a.png'"),
        (b"import os", "and whole. Got 'a.png' instead."),
        (WHOLE[: len(WHOLE) // 2], "and whole. Got 'a.png' instead."),
        (WHOLE[:60] + b"\0" * 40 + WHOLE[100:], "and whole. Got 'a.png' instead."),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "and whole. Got 'a.png' instead."),
        (b"\x89PNG" + b"x" * MAX_BYTES, "of at most 10 MiB. Got 10.0 MiB instead."),
        (BOMB, "of at most 40 million pixels. Got 9,000 x 9,000 instead."),
        (png(Image.new("L", (50, 50), "white")), "image must have a digit on it"),
    ],
)
def test_a_broken_or_hostile_upload_is_a_line_and_the_picture_stays(answers, content, message):
    before = answers.image.value
    paper(answers).upload.value = file(content, "a.png")
    assert message in answers.error_message
    assert "\n" not in answers.error_message
    assert answers.image.value == before
    paper(answers).upload.value = file(WHOLE)
    assert_shows(answers, io.BytesIO(WHOLE))


def test_a_large_picture_is_made_smaller():
    image = ImageUpload("large", png(paper_with(ONE, side=3000))).image()
    assert image.size == (1000, 1000)


def test_a_drawing_is_named_in_the_text(answers):
    paper(answers).canvas.value = strokes(paper_with(ONE))
    words = answers._repr_mimebundle_()["text/plain"]
    assert words.endswith("digit a drawing")
    assert len(repr(paper(answers).value)) < 40
