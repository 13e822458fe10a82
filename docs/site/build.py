"""Builds the site: `python docs/site/build.py` runs the lectures and writes `build/site`.

The lectures with what they show, and as slides; the gallery; a reference of all that has a name,
from its docstring; and a search through all of it, in files that ask nothing of any other host.
Pictures with controls work there without a kernel, if they need no training.
"""

import argparse
import base64
import hashlib
import inspect
import io
import re
import shutil
import sys
from functools import partial
from html import escape
from pathlib import Path
from string import Template

import nbformat
from PIL import Image
from sphinx.cmd.build import build_main

import mlcourse
from mlcourse.lectures import LectureFailed, catalog, page, runner, session, slides

HERE = Path(__file__).parent
DOCS = HERE.parent
COLAB = "https://colab.research.google.com/github/{}/blob/HEAD/notebooks/{}.ipynb"
THUMBNAIL = 480, 1440  # pixels: twice as wide as it is shown; of high ones the top is shown
MANY = 8  # lines of imports, which are folded
INLINE = re.compile(r"data:image/webp;base64,([A-Za-z0-9+/=]+)")
CARD = """<div class="lecture">
{picture}
<div><h2><a href="lectures/{name}.html">{title}</a></h2><p>{summary}</p>{ways}</div>
</div>"""
PICTURE = """<a href="lectures/{name}.html" tabindex="-1" aria-hidden="true">
<img src="lectures/{name}.png" alt=""></a>"""


def build(out, quick=True, repository=None):
    """Builds the site in a folder beside its own, and puts it there when it is whole.

    Args:
        out: the folder of the site. The lectures' runs are kept beside it, and taken again as long
            as nothing has changed.
        quick: whether to take fewer pictures and epochs.
        repository: OWNER/NAME of the repository on GitHub that Colab opens notebooks of; None for
            no links to Colab.

    Returns:
        The path of its first page.

    Raises:
        LectureFailed: if a lecture fails.
        RuntimeError: if a page has a fault; Sphinx has said which.
    """
    work = out.with_name(f".{out.name}.part")
    sources, pages = work / "sources", work / "pages"
    before = work / "before"
    if before.exists() and not out.exists():  # killed between the two steps at the end
        before.rename(out)
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(DOCS, sources, ignore=shutil.ignore_patterns("site", "*.py"))
    shutil.copytree(HERE, sources, ignore=shutil.ignore_patterns("build.py"), dirs_exist_ok=True)
    entries = [
        write_lecture(lecture, sources, out.parent, quick, repository)
        for lecture in catalog.available().values()
    ]
    write_reference(sources / "reference")
    names = "\n".join(f"lectures/{name}" for name in catalog.available())
    fill(sources / "index.md", lectures="\n".join(entries), names=names)
    settings = ["-q", "-W", "--keep-going", "-d", str(work / "doctrees")]
    if build_main([*settings, str(sources), str(pages)]):
        raise RuntimeError("each page must be without a fault. Sphinx has said what it found.")
    if out.exists():
        out.rename(before)
    pages.rename(out)
    shutil.rmtree(work)
    return out / "index.html"


def write_lecture(lecture, sources, work, quick, repository):
    """Runs a lecture, or takes its last run, and writes its page, its slides and its notebook.

    Returns:
        What the first page says of it, in HTML.
    """
    run = runner.execute_cached(lecture.name, quick, out=work)
    extra = sources / "extra"
    (extra / "notebooks").mkdir(parents=True, exist_ok=True)
    shutil.copy(lecture.path, extra / "notebooks")
    (extra / "slides").mkdir(exist_ok=True)
    (extra / "slides" / f"{lecture.name}.html").write_text(slides.html(run), "utf-8")
    (sources / "lectures").mkdir(exist_ok=True)
    ways, banner = ways_to(lecture, repository), page.banner(session.read_report(run))
    notebook = lecture_page(run, f"{ways.format('../')}\n\n{banner}", extra / "lectures")
    nbformat.write(notebook, sources / "lectures" / f"{lecture.name}.ipynb")
    return CARD.format(
        name=lecture.name,
        picture=thumbnail(run, extra / "lectures", lecture.name),
        title=escape(lecture.title),
        summary=escape(lecture.summary),
        ways=ways.format(""),
    )


def lecture_page(run, head, folder):
    """Returns a notebook that has been run as MyST-NB takes it, with a cell after its first one.

    Pictures that a slider or a menu shows become files in the folder of its page, so that the page
    is quick to load; they are loaded when somebody comes to the control.
    """
    notebook = page.static(run)
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell(head))
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    for cell in notebook.cells:
        if cell.source.startswith(("import ", "from ")) and cell.source.count("\n") > MANY:
            cell.metadata["tags"] = ["hide-input"]
        if alt := cell.metadata.get("alt"):
            cell.metadata["mystnb"] = {"image": {"alt": alt}}
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data:
                data["text/html"] = INLINE.sub(partial(_as_file, folder), data["text/html"])
    return notebook


def _as_file(folder, match):
    """Writes a picture that an address holds, and returns the address of its file."""
    content = base64.b64decode(match[1])
    name = f"pictures/{hashlib.sha256(content).hexdigest()[:16]}.webp"
    (folder / name).write_bytes(content)
    return name


def ways_to(lecture, repository):
    """Returns links to a lecture's other forms, in HTML, with a place for the way to the root."""
    links = {
        "Slides": f"{{0}}slides/{lecture.name}.html",
        "Notebook": f"{{0}}notebooks/{lecture.name}.ipynb",
    }
    if repository:
        links["Open in Colab"] = COLAB.format(repository, lecture.name)
    links = [f'<a href="{address}">{words}</a>' for words, address in links.items()]
    return f'<p class="ways">{" · ".join(links)}</p>'


def thumbnail(run, folder, name):
    """Writes the first picture of a lecture, small, and returns it in HTML, if it has one."""
    outputs = [output for cell in run.cells for output in cell.get("outputs", [])]
    found = [one.data["image/png"] for one in outputs if "image/png" in one.get("data", {})]
    if not found:
        return ""
    picture = Image.open(io.BytesIO(base64.b64decode(found[0]))).convert("RGB")
    picture.thumbnail(THUMBNAIL)
    picture.save(folder / f"{name}.png")
    return PICTURE.format(name=name)


def write_reference(folder):
    """Writes a page for each module, and one that lists them and what the package itself names."""
    public = {name: getattr(mlcourse, name) for name in mlcourse.__all__}
    modules = [name for name, one in public.items() if inspect.ismodule(one)]
    for name in modules:
        title = f"mlcourse.{name}"
        text = f"{title}\n{'=' * len(title)}\n\n.. automodule:: {title}\n"
        (folder / f"{name}.rst").write_text(text, "utf-8")
    homes = {name: one.__module__.split(".")[1] for name, one in public.items() if callable(one)}
    rows = [f"- {{doc}}`mlcourse.{name} <{name}>`: {_first_line(public[name])}" for name in modules]
    names = [f"{{py:obj}}`{name} <mlcourse.{home}.{name}>`" for name, home in homes.items()]
    fill(
        folder / "index.md",
        names=", ".join(names),
        modules="\n".join(rows),
        pages="\n".join(modules),
    )


def fill(path, **values):
    """Puts values into the places of a page that have their names."""
    path.write_text(Template(path.read_text("utf-8")).substitute(values), "utf-8")


def _first_line(module):
    return inspect.getdoc(module).splitlines()[0]


def main(argv=None):
    """Builds the site that the arguments describe, and says where it is."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--full", action="store_true", help="every picture and epoch")
    parser.add_argument("--repository", metavar="OWNER/NAME", help="on GitHub: for links to Colab")
    parser.add_argument("--out", type=Path, default=DOCS.parent / "build" / "site")
    arguments = parser.parse_args(argv)
    mlcourse.devices.configure()
    try:
        first = build(arguments.out, not arguments.full, arguments.repository)
    except (LectureFailed, RuntimeError) as error:
        sys.exit(f"site: {error}")
    print(f"The site: {first}")
    if arguments.repository is None:
        print("It has no links to Colab: --repository OWNER/NAME says where Colab finds notebooks.")


if __name__ == "__main__":
    main()
