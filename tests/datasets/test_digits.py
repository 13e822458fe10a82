"""Conversion of images of digits to MNIST's format."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from mlcourse import datasets
from mlcourse.datasets import cache, preprocess_digit, synthetic
from tests.conftest import REAL_DATA, tiny

MIDDLE = 14  # center of mass of MNIST's digits, in both directions


def generated(count=10):
    """Return one synthetic image of each digit, light on black, not centered as in MNIST."""
    entry = tiny(
        datasets.find("mnist"), image_shape=(28, 28), train_counts=(1,) * 10, test_counts=(1,) * 10
    )
    arrays = synthetic.generate(entry)
    return arrays["x_train"][np.argsort(arrays["y_train"])][:count]


DIGITS = generated()


def enlarged(image, factor=8):
    size = [factor * side for side in image.shape[::-1]]
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))


def painted(mode, ink, paper, size=(240, 300), width=18):
    """Return an image of a 4 in three strokes, drawn by Pillow."""
    image = Image.new(mode, size, paper)
    draw = ImageDraw.Draw(image)
    for stroke in ([(90, 60), (60, 170), (170, 170)], [(140, 90), (140, 240)]):
        draw.line(stroke, fill=ink, width=width)
    return image


def file_of(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    file.seek(0)
    return file


def apart(one, other):
    """Return the mean absolute difference of two images, up to a shift by one pixel.

    A center of mass halfway between two pixels may be rounded to either of them.
    """
    one, other = np.asarray(one, float), np.asarray(other, float)
    steps = (-1, 0, 1)
    shifted = [np.roll(one, (down, right), (0, 1)) for down in steps for right in steps]
    return min(np.abs(image - other).mean() for image in shifted)


def sides(image):
    """Return the height and width of the digit in pixels."""
    return tuple(int(np.ptp(places)) + 1 for places in np.nonzero(image))


def by_scipy(image):
    """Return the digit in MNIST's format, computed by functions of SciPy and Pillow."""
    (where,) = ndimage.find_objects((image > 0.15 * image.max()).astype(int))
    box = Image.fromarray(image[where])
    box.thumbnail((20, 20), Image.Resampling.BILINEAR, reducing_gap=None)
    box = np.asarray(box, float)
    made = np.zeros((28, 28))
    top, left = (round(MIDDLE - center) for center in ndimage.center_of_mass(box))
    made[top : top + box.shape[0], left : left + box.shape[1]] = box / box.max() * 255
    return made


@pytest.mark.parametrize("digit", range(10))
def test_a_digit_is_what_mnist_s_recipe_makes_of_it(digit):
    large = enlarged(DIGITS[digit])
    made = preprocess_digit(large)
    assert made.dtype == np.uint8 and made.shape == (28, 28)
    assert apart(made, by_scipy(large)) < 2
    others = [preprocess_digit(enlarged(other)) for other in np.delete(DIGITS, digit, axis=0)]
    assert min(apart(made, other) for other in others) > 5  # other digits differ


LARGE = enlarged(DIGITS[5])
COLOURED = np.stack([LARGE, LARGE // 2, LARGE // 4], axis=2)
OPAQUE = np.full((*LARGE.shape, 1), 255, np.uint8)
SAME = {
    "moved": np.pad(LARGE, ((100, 3), (7, 60))),
    "moved, dark on light": np.pad(255 - LARGE, ((100, 3), (7, 60)), constant_values=255),
    "twice as large": enlarged(DIGITS[5], 16),
    "dark on light": 255 - LARGE,
    "light on gray": (100 + 0.6 * LARGE).astype(np.uint8),
    "dark on gray": (200 - 0.7 * LARGE).astype(np.uint8),
    "RGB": COLOURED,
    "RGB, dark on light": 255 - COLOURED,
    "RGBA": np.concatenate([COLOURED, OPAQUE], axis=2),
    "RGBA, dark on light": np.concatenate([255 - COLOURED, OPAQUE], axis=2),
    "RGBA, black ink on nothing": np.dstack([0 * COLOURED, LARGE]),
    "RGBA, white ink on nothing": np.dstack([0 * COLOURED + 255, LARGE]),
    "in [0, 1]": LARGE / 255,
    "in [0, 1], float32, dark on light": (1 - LARGE / 255).astype(np.float32),
    "RGB in [0, 1]": COLOURED / 255,
    "RGBA in [0, 1]": np.dstack([0 * COLOURED, LARGE]) / 255,
    "whole numbers": LARGE.astype(int),
    "lists": LARGE.tolist(),
    "read-only": np.broadcast_to(LARGE, LARGE.shape),
}


@pytest.mark.parametrize("image", SAME.values(), ids=SAME)
def test_a_digit_is_the_same_however_it_is_given(image):
    assert apart(preprocess_digit(image), preprocess_digit(LARGE)) < 1.5


def test_a_image_is_left_as_it_was():
    before = LARGE.copy()
    preprocess_digit(LARGE)
    np.testing.assert_array_equal(LARGE, before)


PAINTED = {
    "gray": ("L", 0, 255),
    "light on dark": ("L", 230, 20),
    "colours": ("RGB", (150, 0, 20), (250, 250, 220)),
    "ink on nothing": ("RGBA", (0, 0, 0, 255), (0, 0, 0, 0)),
    "white ink on nothing": ("RGBA", (255, 255, 255, 255), (255, 255, 255, 0)),
    "black and white": ("1", 0, 1),
    "gray and alpha": ("LA", (0, 255), (0, 0)),
}


@pytest.mark.parametrize(("mode", "ink", "paper"), PAINTED.values(), ids=PAINTED)
def test_a_file_is_read_by_its_path_and_while_it_is_open(mode, ink, paper, tmp_path):
    image = painted(mode, ink, paper)
    image.save(tmp_path / "digit.png")
    expected = preprocess_digit(np.asarray(painted("L", 255, 0)))
    assert expected.mean() > 10
    for source in (tmp_path / "digit.png", str(tmp_path / "digit.png"), file_of(image)):
        assert apart(preprocess_digit(source), expected) < 1


def test_a_file_with_few_colours_is_read_by_its_colours():
    image = painted("RGB", (0, 0, 0), (255, 255, 255)).quantize(2)
    assert image.mode == "P"
    assert apart(preprocess_digit(file_of(image)), preprocess_digit(painted("L", 0, 255))) < 1


def test_a_photo_with_noise_and_a_file_that_loses_some_are_read_too():
    clean = np.asarray(painted("L", 40, 200), float)
    noise = np.random.default_rng(0).normal(0, 4, clean.shape)
    noisy = Image.fromarray(np.clip(clean + noise, 0, 255).astype(np.uint8))
    for source in (np.asarray(noisy), file_of(noisy, "JPEG", quality=80)):
        assert apart(preprocess_digit(source), preprocess_digit(clean)) < 4


@pytest.mark.parametrize("digit", range(10))
def test_a_image_like_mnist_s_is_nearly_left_as_it_is(digit):
    like = by_scipy(enlarged(DIGITS[digit])).round().astype(np.uint8)
    assert like.mean() > 10
    assert apart(preprocess_digit(like), like) < 2.5


@pytest.mark.real_data
def test_mnist_s_own_images_are_nearly_left_as_they_are(monkeypatch):
    monkeypatch.setenv("MLCOURSE_DATA", REAL_DATA)
    images = cache.read(datasets.find("mnist")).x_test[:300]
    made = [preprocess_digit(image) for image in images]
    assert max(map(apart, made, images)) < 1.5
    changes = np.abs(np.array(made, float) - images).mean(axis=(1, 2))
    assert np.mean(changes < 1.5) > 0.9  # without a shift


SHAPES = [(56, 56), (300, 60), (60, 300), (20, 20), (9, 14), (2000, 1500)]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_longest_side_is_20_pixels_and_the_shape_stays(shape):
    page = np.zeros([side + 20 for side in shape])
    page[10:-10, 10:-10] = 1
    made = preprocess_digit(page)
    expected = tuple(max(1, round(20 * side / max(shape))) for side in shape)
    assert sides(made) == expected
    assert made.max() == 255 and (made > 0).sum() == np.prod(expected)


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("turns", range(4))
def test_the_center_of_mass_is_in_the_middle(digit, turns):
    made = preprocess_digit(np.rot90(enlarged(DIGITS[digit]), turns))
    center = np.array(ndimage.center_of_mass(made))
    assert np.abs(center - MIDDLE).max() < 0.55  # whole pixels; and gray values are whole numbers
    assert max(sides(made)) == 20
    assert made.max() == 255


@pytest.mark.parametrize("turns", range(4))
def test_a_digit_whose_mass_is_at_one_end_stays_in_the_frame(turns):
    hammer = np.zeros((100, 100))
    hammer[10:20, 10:90] = 1  # a heavy head
    hammer[20:90, 49:51] = 1  # and a thin handle
    made = np.rot90(preprocess_digit(np.rot90(hammer, turns)), -turns)
    rows, columns = np.nonzero(made)
    assert np.ptp(rows) + 1 == np.ptp(columns) + 1 == 20
    head, _ = ndimage.center_of_mass(made)
    assert head < MIDDLE - 1  # centering it would cut off the handle
    assert rows.max() == 27


@pytest.mark.parametrize("ink", [0, 255])
@pytest.mark.parametrize(("shape", "sizes"), [((200, 1), (20, 1)), ((1, 200), (1, 20))])
def test_a_line_as_thin_as_a_pixel_is_seen(shape, sizes, ink):
    page = np.full((240, 260), 255 - ink, np.uint8)
    page[20 : 20 + shape[0], 30 : 30 + shape[1]] = ink
    made = preprocess_digit(page)
    assert sides(made) == sizes
    assert made.min() == 0 and (made[made > 0] == 255).all()


def test_a_thin_diagonal_on_a_large_image_is_seen():
    image = Image.new("L", (1500, 2000), 255)
    ImageDraw.Draw(image).line([(100, 100), (1400, 1900)], fill=0, width=1)
    made = preprocess_digit(image)
    assert sides(made) == (20, 14)
    rows, columns = np.nonzero(made > 100)
    assert set(rows) == set(range(rows[0], rows[0] + 20))  # without a gap
    assert np.corrcoef(rows, columns)[0, 1] > 0.95


@pytest.mark.parametrize("turns", range(4))
def test_a_bar_from_side_to_side_is_ink_though_the_border_has_of_it(turns):
    bar = np.zeros((5, 9))
    bar[1:-1] = 1
    made = np.rot90(preprocess_digit(np.rot90(bar, turns)), -turns)
    assert sides(made) == (7, 20)
    assert (made[made > 0] == 255).all()


def test_a_tiny_image_is_enlarged():
    made = preprocess_digit(np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]))
    assert sides(made) == (20, 20)
    made = preprocess_digit(np.array([[0, 255, 0], [0, 255, 0], [0, 255, 0], [0, 0, 0]], np.uint8))
    assert sides(made) == (20, 7)


def test_faint_smears_on_the_paper_are_no_ink():
    page = np.zeros((100, 100))
    page[40:60, 45:55] = 1
    clean = preprocess_digit(page)
    page[5:10, 5:95] = 0.1
    np.testing.assert_array_equal(preprocess_digit(page), clean)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.full((9, 9), 3), r"must have a digit on it\. Got a constant image of value 3 instead"),
        (
            np.zeros((28, 28), np.uint8),
            r"must have a digit on it\. Got a constant image of value 0 instead",
        ),
        (
            np.full((9, 9, 3), 0.5),
            r"must have a digit on it\. Got a constant image of value 0\.5 instead",
        ),
        (
            np.full((9, 9, 4), 255),
            r"must have a digit on it\. Got a constant image of value 255 instead",
        ),
        (np.array([[0, 1], [np.nan, 0]]), r"image must be finite\. Got nan at \[1, 0\] instead"),
        (np.array([[0, 1], [0, -np.inf]]), r"image must be finite\. Got -inf at \[1, 1\]"),
        (np.zeros(784), r"an array \(height, width\).* Got float64 of shape \(784,\) instead"),
        (np.zeros((5, 5, 2)), r"3 or 4 channels.* Got float64 of shape \(5, 5, 2\) instead"),
        (np.zeros((1, 28, 28)), r"3 or 4 channels.* Got float64 of shape \(1, 28, 28\) instead"),
        (np.zeros((1, 5, 5, 3)), r"3 or 4 channels.* Got float64 of shape \(1, 5, 5, 3\)"),
        (np.zeros((0, 5)), r"an array .* Got float64 of shape \(0, 5\) instead"),
        (np.zeros((5, 0, 3)), r"an array .* Got float64 of shape \(5, 0, 3\) instead"),
        ([], r"an array .* Got float64 of shape \(0,\) instead"),
        (np.array([["a", "b"]]), r"an array .* Got <U1 of shape \(1, 2\) instead"),
        (np.array([[1, None]]), r"an array .* Got object of shape \(1, 2\) instead"),
        (np.ones((2, 2), complex), r"an array .* Got complex128 of shape \(2, 2\) instead"),
        (b"PNG", r"an array .* or a file\. Got \|S3 of shape \(\) instead"),
        (None, r"an array .* or a file\. Got object of shape \(\) instead"),
        (7, r"an array .* or a file\. Got int64 of shape \(\) instead"),
    ],
)
def test_what_is_no_image_of_a_digit_is_refused(image, message):
    with pytest.raises(ValueError, match=message):
        preprocess_digit(image)


def test_a_blank_file_is_refused():
    with pytest.raises(
        ValueError, match=r"must have a digit on it\. Got a constant image of value 255 instead"
    ):
        preprocess_digit(file_of(Image.new("RGB", (30, 30), "white")))


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"digit\.png"):
        preprocess_digit(tmp_path / "digit.png")


@pytest.mark.parametrize("where", ["path", "open"])
def test_a_file_that_is_no_image_is_not_taken_for_one(where, tmp_path):
    path = tmp_path / "digit.png"
    path.write_text("a letter")
    with pytest.raises((OSError, ValueError), match="image"):
        preprocess_digit(path if where == "path" else io.BytesIO(path.read_bytes()))


def stroke():
    """Return an image of a thick vertical line, dark on light, 200 x 200 pixels."""
    page = np.full((200, 200), 255, np.uint8)
    page[60:140, 95:105] = 0
    return page


def test_a_speck_of_dirt_is_no_part_of_the_digit():
    dirty = stroke()
    dirty[5, 5] = dirty[190, 20] = 0
    np.testing.assert_array_equal(preprocess_digit(dirty), preprocess_digit(stroke()))


def test_a_second_stroke_is_part_of_the_digit():
    two = stroke()
    two[20:40, 60:140] = 0  # separated from the first one by a gap
    lit = preprocess_digit(two) > 128
    rows = np.flatnonzero(lit.any(axis=1))
    assert np.ptp(rows) == 19
    assert lit[rows[0]].sum() > lit[rows[-1]].sum()


def test_uneven_light_is_no_ink():
    light = np.linspace(210, 150, 200)[None].repeat(200, axis=0)
    photo = np.where(stroke() == 0, 40, light).astype(np.uint8)
    same = np.abs(preprocess_digit(photo).astype(int) - preprocess_digit(stroke())).max()
    assert same < 40


def test_a_photo_is_turned_as_the_camera_noted(tmp_path):
    page = Image.fromarray(stroke())
    exif = Image.Exif()
    exif[0x0112] = 6  # EXIF orientation: rotated by 90 degrees
    page.save(tmp_path / "photo.jpg", exif=exif)
    turned = preprocess_digit(tmp_path / "photo.jpg") > 128
    assert turned.any(axis=0).sum() > 2 * turned.any(axis=1).sum()


def test_one_transparent_pixel_does_not_make_the_rest_ink():
    page = np.dstack([stroke()] * 3 + [np.full((200, 200), 255, np.uint8)])
    page[0, 0, 3] = 0
    np.testing.assert_array_equal(preprocess_digit(page), preprocess_digit(stroke()))


def test_sixteen_bits_and_one_bit_are_gray_too(tmp_path):
    Image.fromarray(stroke().astype(np.uint16) * 200).save(tmp_path / "deep.png")
    expected = preprocess_digit(stroke())
    np.testing.assert_array_equal(preprocess_digit(tmp_path / "deep.png"), expected)
    np.testing.assert_array_equal(
        preprocess_digit(Image.fromarray(stroke()).convert("1")), expected
    )
    np.testing.assert_array_equal(preprocess_digit(stroke() > 0), expected)
    np.testing.assert_array_equal(preprocess_digit(stroke()[:, :, None]), expected)


def test_a_file_that_is_no_image_is_refused(tmp_path):
    (tmp_path / "digit.png").write_text("no image")
    with pytest.raises(ValueError, match=r"an image file \(PNG, .* Got .*digit\.png"):
        preprocess_digit(tmp_path / "digit.png")
