"""Descents as films."""

from pathlib import Path

from matplotlib import animation
from matplotlib import pyplot as plt

from mlcourse import checks
from mlcourse.figures.descent import DescentDisplay

WRITERS = {".gif": "pillow", ".html": "html", ".mp4": "ffmpeg"}


def animate_descent(
    iterations, optimizers, *, surface="beale", start=None, noise=None, seed=0, frames=50, fps=10
):
    """Animates paths of optimizers as they grow, and returns a `FuncAnimation`.

    Keep it, show it with `IPython.display.HTML(animation.to_jshtml())`, or give it to
    `save_animation`.

    Args:
        iterations, optimizers, surface, start, noise, seed: see `plot_optimizers`.
        frames: at most how many pictures there are; those between them are left out.
        fps: how many of them a second has.

    Returns:
        A `matplotlib.animation.FuncAnimation`.

    Raises:
        ValueError: for a name or a number that cannot be; the message says which can.

    >>> film = animate_descent(20, "adam", frames=5)  # doctest: +SKIP
    >>> save_animation(film, "build/adam.gif")  # doctest: +SKIP
    PosixPath('build/adam.gif')
    """
    frames = checks.integer("frames", frames, 2)
    interval = 1000 / checks.positive("fps", fps)
    where = {"surface": surface, "start": start, "noise": noise, "seed": seed}
    display = DescentDisplay(None, iterations, optimizers, **where)
    figure = display.ax.figure
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # the layout stays as it is: it need not be found each time
    shown = [round(iterations * k / (frames - 1)) for k in range(frames)]
    film = animation.FuncAnimation(
        figure, display.update, sorted(set(shown)), interval=interval, repeat_delay=1000
    )
    plt.close(figure)  # or else its first picture is shown beside the film
    return film


def save_animation(film, path):
    """Writes an animation beside its name, then renames it.

    Args:
        film: a `matplotlib.animation.Animation`.
        path: of the file: .gif, .html with all pictures in it, or .mp4 where ffmpeg is installed.

    Returns:
        The path.

    Raises:
        ValueError: if the file cannot be of that kind.
    """
    path = Path(path)
    known = {kind: name for kind, name in WRITERS.items() if name in animation.writers.list()}
    checks.choice("the end of path", path.suffix.lower(), known)
    part = path.with_name(f".{path.stem}.part{path.suffix.lower()}")
    options = {"embed_frames": True} if path.suffix.lower() == ".html" else {}
    writer = animation.writers[known[path.suffix.lower()]](fps=1000 / film._interval, **options)
    film.save(part, writer=writer)
    part.replace(path)
    return path
