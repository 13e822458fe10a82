"""`mlcourse lecture`, `lectures`, `slides` and `app`: lectures run, listed and served."""

import webbrowser
from pathlib import Path

from mlcourse.cli.commands import add

LISTED = "as `mlcourse lectures` lists them"


def lecture(arguments):
    """Run a lecture and write it as a page.

    Runs a lecture's notebook without a browser and writes it as one HTML page that
    needs no network. A bar shows the cell and, within it, the fit; at the end come the
    page's path, the device, the source of the data and the lecture's figures. Exit
    status 1 if a cell fails, 130 after Ctrl-C: the page then shows how far it came.
    """
    from mlcourse import lectures
    from mlcourse.datasets import SYNTHETIC_NOTICE
    from mlcourse.lectures import session

    done = lectures.run(arguments.name, arguments.quick, arguments.data, arguments.out)
    print(f"\n{done.lecture.title}, {done.seconds:.0f} s\nPage:   {done.page}")
    for fact in ("mode", "device", "data"):
        print(f"{fact.capitalize() + ':':8}{done.facts.get(fact, 'not reported')}")
    print("", *session.lines(done.facts.get("rows", [])), sep="\n")
    if done.facts.get("synthetic"):
        print(f"\n{SYNTHETIC_NOTICE}")
    if arguments.open:
        webbrowser.open(done.page.resolve().as_uri())


def list_lectures(arguments):
    """List the lectures."""
    from mlcourse import lectures

    for found in lectures.catalogue().values():
        print(f"{found.name}: {found.title}\n    {found.summary}")


def slides(arguments):
    """Write lectures as slides.

    Runs lectures without a browser, all of them if none is named, and writes each as slides: one
    HTML file, DIR/slides/NAME.html, that needs no network. Arrow keys turn the slides, Esc opens
    an overview, s the speaker's view with the notes, f fills the screen, b makes it black, and
    printing gives a slide a page. A lecture that was run for its slides is not run again unless
    something has changed.
    """
    from mlcourse import lectures
    from mlcourse.lectures import slides

    names = [lectures.find(name).name for name in arguments.names] or list(lectures.catalogue())
    for name in names:
        written = slides.write(name, arguments.quick, arguments.data, arguments.out)
        print(f"Slides: {written}")
        if arguments.open:
            webbrowser.open(written.resolve().as_uri())


def scores(arguments):
    """Run whole lectures on real data and print their figures.

    Each lecture is run as `mlcourse lecture --full` does, from several seeds, which takes from
    minutes to hours, and its figures are kept in DIR/scores. The same command goes on where it was
    interrupted: a lecture is run again only if its code or a version has changed. The figures
    become one table, which is printed; DIR/scores.md has it with all others that are kept there.
    """
    from mlcourse._core import files
    from mlcourse.lectures import scores

    found, target = [], Path(arguments.out) / "scores.md"
    for run in scores.scores(arguments.names, arguments.data, arguments.out, arguments.seeds):
        found.append(run)
        files.write_text(target, scores.page(scores.known(arguments.out)))
        said = f"{run['title']}, seed {run['seed']}: {run['seconds']:,} s, {run['date']}"
        print(said, flush=True)
    print("", *scores.lines(found), f"\nPage: {target}", sep="\n")


def app(arguments):
    """Serve a lecture, or a picture with controls, as an app in a browser.

    NAME is a lecture, or a function of mlcourse.interactive that needs no arguments, such as
    network_size. The app shows results and controls, but no code. It is for this machine alone,
    and for those who have the address that is printed. Each open page has its own kernel, in
    which the lecture is run from its start; it ends soon after the page is closed. Ctrl-C ends
    the app. Needs Voila.
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
    """Adds these subcommands."""
    parser = add(commands, "lecture", lecture)
    default = {
        "nargs": "?",
        "default": "neural-networks",
        "help": f"{LISTED} (default: %(default)s)",
    }
    parser.add_argument("name", metavar="NAME", **default)
    _add_run_options(parser)
    _add_target(parser)
    add(commands, "lectures", list_lectures)
    parser = add(commands, "slides", slides)
    _add_names(parser)
    _add_run_options(parser)
    _add_target(parser)
    parser = add(commands, "scores", scores)
    _add_names(parser)
    say = "from how many seeds each lecture is run (default: %(default)s)"
    parser.add_argument("--seeds", type=int, default=3, help=say)
    _add_data(parser)
    _add_out(parser)
    parser = add(commands, "app", app)
    parser.add_argument(
        "name", metavar="NAME", help="a lecture, or an interactive such as network_size"
    )
    _add_run_options(parser)
    parser.add_argument(
        "--port", type=int, default=0, help="where to listen (default: a port that is free)"
    )
    say = "pages that can be open at a time, each with a kernel (default: %(default)s)"
    parser.add_argument("--max-visitors", metavar="N", type=int, default=4, help=say)
    parser.add_argument(
        "--no-browser", dest="browser", action="store_false", help="only print the address"
    )


def _add_run_options(parser):
    speed = parser.add_mutually_exclusive_group()
    speed.add_argument(
        "--quick",
        action="store_true",
        default=True,
        help="fewer pictures and epochs, some two minutes on 2 cores (the default)",
    )
    speed.add_argument(
        "--full",
        dest="quick",
        action="store_false",
        help="every picture and epoch, as the lecture says",
    )
    _add_data(parser)


def _add_names(parser):
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{LISTED} (default: all)")


def _add_data(parser):
    say = "the folder of the datasets (default: see `mlcourse data`)"
    parser.add_argument("--data", metavar="DIR", help=say)


def _add_target(parser):
    _add_out(parser)
    parser.add_argument("--open", action="store_true", help="open it in a browser")


def _add_out(parser):
    say = "the folder for what is written (default: %(default)s)"
    parser.add_argument("--out", metavar="DIR", default="build", help=say)
