"""`mlcourse lecture`, `lectures`, `slides`, `scores` and `app`: run, list and serve lectures."""

import webbrowser
from pathlib import Path

from mlcourse._core.tables import terminal_text
from mlcourse.cli.commands import add, add_data_option

LECTURE_HELP = "a lecture that `mlcourse lectures` lists, or the path of a notebook"


def lecture(arguments):
    """Run a lecture, and write it as an HTML page.

    Runs the lecture's notebook without a browser and writes one HTML file that needs no network. A
    progress bar shows the cell and the epoch. At the end the command prints the path of the page,
    the device, the source of the data and the lecture's results. The exit status is 1 if a cell
    fails and 130 after Ctrl-C; the page then has the outputs up to there.
    """
    from mlcourse import lectures
    from mlcourse.datasets import SYNTHETIC_NOTICE
    from mlcourse.lectures import session

    result = lectures.run(arguments.name, arguments.quick, arguments.data, arguments.out)
    print(f"\n{result.lecture.title}, {result.seconds:.0f} s\nPage:   {result.page}")
    for fact in ("mode", "device", "data"):
        print(f"{fact.capitalize() + ':':8}{terminal_text(result.facts.get(fact, 'not reported'))}")
    print("", *session.table_lines(result.facts.get("rows", [])), sep="\n")
    if result.facts.get("synthetic"):
        print(f"\n{SYNTHETIC_NOTICE}")
    if arguments.open:
        webbrowser.open(result.page.resolve().as_uri())


def new(arguments):
    """Write the notebook of a new lecture, NAME.ipynb, into the current folder.

    It has the first and the last cell of each lecture, a figure and an exercise. Move it into the
    folder `notebooks` of a checkout to list it with the other lectures, or run it by its path.
    """
    from mlcourse.lectures import catalog

    path = catalog.create(arguments.name)
    print(f"Notebook: {path}\nTo run it: mlcourse lecture {path}")


def list_lectures(arguments):
    """List the lectures."""
    from mlcourse import lectures

    for lecture in lectures.available().values():
        print(f"{lecture.name}: {lecture.title}\n    {lecture.summary}")


def slides(arguments):
    """Write lectures as slides.

    Runs the named lectures, or all of them, without a browser, and writes each as slides: one HTML
    file, DIR/slides/NAME.html, that needs no network. Arrow keys turn the slides, Esc opens an
    overview, s opens the speaker's view with the notes, f fills the screen, b blanks it, and
    printing puts each slide on a page. Runs are cached: a lecture is run again only if its
    notebook, its data or a version has changed.
    """
    from mlcourse import lectures
    from mlcourse.lectures import slides

    names = [lectures.find(name).name for name in arguments.names] or list(lectures.available())
    for name in names:
        path = slides.write(name, arguments.quick, arguments.data, arguments.out)
        print(f"Slides: {path}")
        if arguments.open:
            webbrowser.open(path.resolve().as_uri())


def scores(arguments):
    """Run full lectures on real data, and print their results.

    Runs each lecture as `mlcourse lecture --full` does, from several seeds, and saves the results
    in DIR/scores. This takes minutes to hours. After an interruption the same command resumes: a
    lecture is run again only if its code or a version has changed. The results are printed as a
    table; DIR/scores.md has the table of all saved results.
    """
    from mlcourse._core import files
    from mlcourse.lectures import scores

    runs = []
    page = Path(arguments.out) / "scores.md"
    options = arguments.data, arguments.out, arguments.seeds, arguments.section
    for run in scores.scores(arguments.names, *options):
        runs.append(run)
        files.write_text(page, scores.page(scores.saved(arguments.out)))
        summary = f"{run['title']}, seed {run['seed']}: {run['seconds']:,} s, {run['date']}"
        print(terminal_text(summary), flush=True)
    print("", *scores.lines(runs), f"\nPage: {page}", sep="\n")


def app(arguments):
    """Serve a lecture or an interactive figure as an app in a browser.

    NAME is a lecture, or a function of mlcourse.interactive that needs no arguments, for example
    network_size. The app shows results and controls, but no code. Only this machine can reach it,
    with the address that is printed. Each visitor gets a separate kernel, which runs the lecture
    from the start and stops soon after the page is closed. Ctrl-C stops the app. Requires Voila.
    """
    from mlcourse.lectures import app

    app.serve(
        arguments.name,
        arguments.quick,
        arguments.data,
        arguments.port,
        arguments.browser,
        arguments.max_visitors,
    )


def add_to(commands):
    """Add the subcommands that run, list and serve lectures."""
    _add_lecture(commands)
    add(commands, "lectures", list_lectures)
    parser = add(commands, "new", new, extras="lectures")
    parser.add_argument("name", metavar="NAME", help="such as my-lecture")
    _add_slides(commands)
    _add_scores(commands)
    _add_app(commands)


def _add_lecture(commands):
    parser = add(commands, "lecture", lecture, extras="lectures")
    parser.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        default="neural-networks",
        help=f"{LECTURE_HELP} (default: %(default)s)",
    )
    _add_run_options(parser)
    _add_page_options(parser)


def _add_slides(commands):
    parser = add(commands, "slides", slides, extras="lectures")
    _add_names(parser)
    _add_run_options(parser)
    _add_page_options(parser)


def _add_scores(commands):
    parser = add(commands, "scores", scores, extras="lectures")
    _add_names(parser)
    parser.add_argument(
        "--seeds", type=int, default=3, help="number of seeds per lecture (default: %(default)s)"
    )
    parser.add_argument(
        "--section", metavar="HEADING", help="run only this section, after the first cells"
    )
    add_data_option(parser)
    _add_out(parser)


def _add_app(commands):
    parser = add(commands, "app", app, extras="lectures,lab")
    parser.add_argument(
        "name", metavar="NAME", help="a lecture, or an interactive figure such as network_size"
    )
    _add_run_options(parser)
    parser.add_argument(
        "--port", type=int, default=0, help="the port to listen on (default: a free one)"
    )
    parser.add_argument(
        "--max-visitors",
        metavar="N",
        type=int,
        default=4,
        help="maximum number of open pages, each with a kernel (default: %(default)s)",
    )
    parser.add_argument(
        "--no-browser",
        dest="browser",
        action="store_false",
        help="print the address, but do not open it",
    )


def _add_run_options(parser):
    speed = parser.add_mutually_exclusive_group()
    speed.add_argument(
        "--quick",
        action="store_true",
        default=True,
        help="use fewer images and epochs; takes about two minutes on 2 cores (default)",
    )
    speed.add_argument(
        "--full",
        dest="quick",
        action="store_false",
        help="use all images and epochs of the lecture",
    )
    add_data_option(parser)


def _add_names(parser):
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{LECTURE_HELP} (default: all)")


def _add_page_options(parser):
    _add_out(parser)
    parser.add_argument("--open", action="store_true", help="open the result in a browser")


def _add_out(parser):
    parser.add_argument(
        "--out", metavar="DIR", default="build", help="the output folder (default: %(default)s)"
    )
