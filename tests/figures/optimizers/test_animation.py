import base64
import io
import itertools
import re

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import animation
from matplotlib import pyplot as plt
from PIL import Image

from mlcourse import optimizers
from mlcourse.figures import animate_descent, save_animation
from mlcourse.optimizers import surfaces

KINDS = [".gif", ".html", *([".mp4"] if animation.writers.is_available("ffmpeg") else [])]


@pytest.fixture(autouse=True)
def _small():
    with mpl.rc_context({"figure.dpi": 30}):
        yield


@pytest.fixture
def film():
    made = animate_descent(["sgd", "adam"], steps=9, frames=3, fps=4)
    yield made
    made._draw_was_started = True  # or else one that nobody draws complains


def shown(film):
    """Return the number of steps in each frame."""
    return list(film.new_frame_seq())


@pytest.mark.parametrize(
    ("iterations", "frames", "expected"),
    [(9, 3, [0, 4, 9]), (100, 5, [0, 25, 50, 75, 100]), (2, 50, [0, 1, 2]), (7, 2, [0, 7])],
)
def test_the_pictures_go_from_the_start_to_the_last_step(iterations, frames, expected):
    film = animate_descent("adam", steps=iterations, frames=frames)
    film._draw_was_started = True
    assert shown(film) == expected


def test_the_last_picture_has_all_steps(film):
    (ax,) = film._fig.axes
    path = optimizers.descend("adam", "beale", steps=9)
    (end,) = [line for line in ax.lines if line.get_label() == "adam"]
    for frame in shown(film):
        film._func(frame)
        np.testing.assert_array_equal(np.ravel(end.get_data()), path[frame])
        assert ax.get_title() == f"{frame} steps"


def test_no_figure_is_left_open_and_settings_are_left_alone():
    before = dict(mpl.rcParams)
    film = animate_descent("adam", steps=5, frames=2)
    film._draw_was_started = True
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before


def test_a_gif_has_a_picture_for_each_frame(film, tmp_path):
    path = save_animation(film, tmp_path / "descent.gif")
    assert path == tmp_path / "descent.gif"
    with Image.open(path) as image:
        assert image.n_frames == 3
        pictures = []
        for number in range(3):
            image.seek(number)
            pictures.append(np.asarray(image.convert("RGB")))
    assert all((one != other).any() for one, other in itertools.pairwise(pictures))
    assert [file.name for file in tmp_path.iterdir()] == ["descent.gif"]


def test_a_page_has_all_pictures_in_it(film, tmp_path):
    path = save_animation(film, str(tmp_path / "descent.html"))
    page = path.read_text()
    pictures = re.findall(r'frames\[\d+\] = "(.{30})', page)
    assert len(pictures) == 3
    assert all(picture.startswith("data:image/png;base64,") for picture in pictures)
    sources = re.findall(r'<(?:img|script|iframe)[^>]*\ssrc="([^"]+)"', page)
    assert all(source.startswith("data:") for source in sources)
    assert [file.name for file in tmp_path.iterdir()] == ["descent.html"]


def test_the_kind_is_that_of_the_suffix_whatever_its_case(film, tmp_path):
    path = save_animation(film, tmp_path / "descent.GIF")
    assert path.read_bytes()[:3] == b"GIF"


def test_a_notebook_shows_a_film_as_a_gif(film):
    found = re.fullmatch(
        r'<img alt="[^"]+" src="data:image/gif;base64,([^"]+)">', film._repr_html_()
    )
    with Image.open(io.BytesIO(base64.b64decode(found[1]))) as image:
        assert (image.format, image.n_frames) == ("GIF", 3)


@pytest.mark.parametrize("suffix", [".gif", ".html"])
def test_an_old_file_is_left_alone_when_it_fails(suffix, tmp_path):
    old = tmp_path / f"descent{suffix}"
    old.write_text("old")
    film = animate_descent("adam", steps=9, frames=3)

    def fail(frame):
        if frame == 9:
            raise RuntimeError("no more ink")
        return film._fig.axes

    film._func = fail
    with pytest.raises(RuntimeError, match="no more ink"):
        save_animation(film, old)
    assert old.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir() if not p.name.startswith(".")] == [old.name]


@pytest.mark.parametrize("name", ["descent.png", "descent", "descent.gif.zip"])
def test_an_unknown_kind_lists_the_known_ones(film, tmp_path, name):
    with pytest.raises(ValueError, match=rf"must be one of {', '.join(KINDS)}\. Got"):
        save_animation(film, tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("args", "settings", "message"),
    [
        (("adam",), {"frames": 1}, r"frames must be a whole number of at least 2\. Got 1"),
        (("adam",), {"fps": 0}, r"fps must be positive\. Got 0"),
        (("adam",), {"steps": 0}, r"steps must be a whole number of at least 1\. Got 0"),
        (("adm",), {}, r"optimizer must be one of sgd, .*\. Got 'adm'"),
        (("adam",), {"surface": "bowl"}, rf"{', '.join(surfaces.SURFACES)}\. Got 'bowl'"),
    ],
)
def test_what_cannot_be_is_refused(args, settings, message):
    with pytest.raises(ValueError, match=message):
        animate_descent(*args, **settings)


def test_the_colors_are_the_same_in_all_pictures_of_a_gif(film, tmp_path):
    colors = set()
    with Image.open(save_animation(film, tmp_path / "film.gif")) as gif:
        for number in range(gif.n_frames):
            gif.seek(number)
            shown = gif.convert("RGB")
            colors |= {color for _, color in shown.getcolors(shown.width * shown.height)}
        assert gif.info["duration"] == 1000  # the last one stays
    assert len(colors) <= 256


def test_a_page_asks_no_other_host(film, tmp_path):
    text = save_animation(film, tmp_path / "film.html").read_text()
    assert "<link" not in text and not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", text)
    assert ".fa-play::before" in text


def test_what_cannot_be_leaves_no_figure_behind():
    with pytest.raises(ValueError, match="surface must be one of"):
        animate_descent("adam", steps=5, surface="bowl")
    assert plt.get_fignums() == []
