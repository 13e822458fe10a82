import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from mlcourse.figures import draw_neural_net, save_figure
from mlcourse.figures._shared.saving import reduce_colors


def axes():
    return Figure(figsize=(3, 2)).add_axes((0, 0, 1, 1))


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_same_figure_gives_the_same_bytes(suffix, tmp_path):
    options = {"random_weights": True, "dropout": 0.5, "seed": 0}
    files = [
        save_figure(
            draw_neural_net(axes(), [3, 4, 2], True, True, **options),
            tmp_path / f"{name}.{suffix}",
        )
        for name in "ab"
    ]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"a.{suffix}", f"b.{suffix}"]


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = save_figure(axes().figure, tmp_path / "a.png")
    before = path.read_bytes()

    def fail(*_, **__):
        raise OSError("disk full")

    figure = axes().figure
    monkeypatch.setattr(figure, "savefig", fail)
    with pytest.raises(OSError, match="disk full"):
        save_figure(figure, path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["net", "net.doc", "net.PNG2"])
def test_an_unsupported_format_raises(name, tmp_path):
    with pytest.raises(ValueError, match=rf"path must end in one of .*\.png.* Got '.*{name}'"):
        save_figure(axes().figure, tmp_path / name)


def test_fewer_colors_keep_white_and_are_close():
    gradient = np.linspace(0, 255, 300).astype(np.uint8)
    pixels = np.full((200, 300, 3), 255, np.uint8)
    pixels[50:100] = np.stack([gradient, gradient[::-1], np.full(300, 128)], axis=1)
    reduced = np.array(reduce_colors(Image.fromarray(pixels)).convert("RGB")).astype(int)
    assert (reduced[:50] == 255).all()
    assert np.abs(reduced - pixels).max() <= 8


def test_white_stays_white_beside_a_frequent_color_that_is_nearly_white():
    image = Image.new("RGB", (40, 40), (30, 30, 30))
    image.paste((250, 250, 250), (5, 0, 40, 40))
    image.paste("white", (20, 20, 25, 25))
    reduced = np.array(reduce_colors(image).convert("RGB"))
    assert (reduced[20:25, 20:25] == 255).all()
    assert (reduced[0, 0] == 30).all()


def test_a_palette_is_used_again_only_where_it_fits():
    red = Image.new("RGB", (40, 40), "white")
    red.paste((200, 20, 20), (5, 5, 30, 30))
    moved = Image.new("RGB", (40, 40), "white")
    moved.paste((200, 20, 20), (10, 10, 35, 35))
    blue = Image.new("RGB", (40, 40), "white")
    blue.paste((20, 20, 200), (5, 5, 30, 30))
    first = reduce_colors(red)
    again = reduce_colors(moved, like=first)
    other = reduce_colors(blue, like=first)
    assert again.getpalette() == first.getpalette()
    assert other.getpalette() != first.getpalette()
    for image, reduced in ((red, first), (moved, again), (blue, other)):
        np.testing.assert_array_equal(reduced.convert("RGB"), image)
