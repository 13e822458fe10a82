"""Build the site: `python docs/site/build.py` runs the lectures and writes `build/site`.

The site has the executed lectures, also as slides; the gallery; a reference of all public names,
from their docstrings; and a search, in files without links to other hosts. Interactive figures work
without a kernel, except those whose images need one.
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
from mlcourse.interactive.bundle import bundle, element_entries
from mlcourse.lectures import (
    LectureFailed,
    catalog,
    exercises,
    page,
    runner,
    session,
    sheets,
    slides,
)

HERE = Path(__file__).parent
DOCS = HERE.parent
THUMBNAIL = 480, 1440  # maximum width and height in pixels; displayed at half the width, cropped
COMPONENTS = '<script defer src="../_static/components.js"></script>'
INLINE_IMAGE = re.compile(r"data:image/webp;base64,([A-Za-z0-9+/=]+)")
CARD = """<div class="lecture">
{image}
<div><h2><a href="lectures/{name}.html">{title}</a></h2><p>{summary}</p>{links}</div>
</div>"""
THUMBNAIL_LINK = """<a href="lectures/{name}.html" tabindex="-1" aria-hidden="true">
<img src="lectures/{name}.png" alt=""></a>"""


def build(out, quick=True, repository=None):
    """Build the site in a temporary folder, and replace the old site when it is complete.

    Args:
        out: folder of the site. The lectures' runs are cached in its parent folder.
        quick: whether to use fewer images and epochs.
        repository: OWNER/NAME of the repository on GitHub, for links to Colab. Default: no links.

    Returns:
        The path of the first page.

    Raises:
        LectureFailed: if a lecture fails.
        RuntimeError: if Sphinx reports an error or a warning.
    """
    work = out.with_name(f".{out.name}.part")
    sources = work / "sources"
    pages = work / "pages"
    old = work / "old"
    if old.exists() and not out.exists():  # a process was killed between the two renames below
        old.rename(out)
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(DOCS, sources, ignore=shutil.ignore_patterns("site", "*.py"))
    shutil.copytree(HERE, sources, ignore=shutil.ignore_patterns("build.py"), dirs_exist_ok=True)
    scripts = bundle(*element_entries())
    (sources / "static" / "components.js").write_text(scripts, "utf-8")
    cards = [
        write_lecture(lecture, sources, out.parent, quick, repository)
        for lecture in catalog.available().values()
    ]
    write_reference(sources / "reference")
    names = "\n".join(f"lectures/{name}" for name in catalog.available())
    fill(sources / "index.md", lectures="\n".join(cards), names=names)
    settings = ["-q", "-W", "--keep-going", "-d", str(work / "doctrees")]
    if build_main([*settings, str(sources), str(pages)]):
        raise RuntimeError("each page must be without a fault. Got the messages of Sphinx above.")
    if out.exists():
        out.rename(old)
    pages.rename(out)
    shutil.rmtree(work)
    return out / "index.html"


def write_lecture(lecture, sources, work, quick, repository):
    """Run a lecture, or use its cached run; write its page, slides, notebook and exercises.

    Returns:
        The lecture's card on the first page, as HTML.
    """
    run = runner.execute_cached(lecture.name, quick, out=work)
    extra = sources / "extra"
    (extra / "notebooks").mkdir(parents=True, exist_ok=True)
    shutil.copy(lecture.path, extra / "notebooks")
    (extra / "slides").mkdir(exist_ok=True)
    (extra / "slides" / f"{lecture.name}.html").write_text(slides.html(run), "utf-8")
    if exercises.of_lecture(lecture.name):
        sheets.write(lecture.name, extra / "exercises", student=True)
    (sources / "lectures").mkdir(exist_ok=True)
    links = links_to(lecture, repository)
    banner = page.banner(session.read_report(run))
    notebook = lecture_page(run, f"{links.format('../')}\n\n{banner}", extra / "lectures")
    nbformat.write(notebook, sources / "lectures" / f"{lecture.name}.ipynb")
    return CARD.format(
        name=lecture.name,
        image=thumbnail(run, extra / "lectures", lecture.name),
        title=escape(lecture.title),
        summary=escape(lecture.summary),
        links=links.format(""),
    )


def lecture_page(run, head, folder):
    """Return an executed notebook for MyST-NB, with a Markdown cell after its first one.

    The images of interactive figures become files in the folder of the page, which are loaded when
    a control gets the pointer or the focus, so that the page loads fast. Live components use one
    script for all pages.
    """
    notebook = page.static(run)
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell(head))
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    for cell in notebook.cells:
        if page.has_many_imports(cell):
            cell.metadata["tags"] = ["hide-input"]
        if alt := cell.metadata.get("alt"):
            cell.metadata["mystnb"] = {"image": {"alt": alt}}
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data:
                html = INLINE_IMAGE.sub(partial(_write_image, folder), data["text/html"])
                data["text/html"] = html + COMPONENTS if element_entries(html) else html
    return notebook


def _write_image(folder, match):
    """Write the image of a data URL to a file, and return the file's URL."""
    content = base64.b64decode(match[1])
    name = f"pictures/{hashlib.sha256(content).hexdigest()[:16]}.webp"
    (folder / name).write_bytes(content)
    return name


def links_to(lecture, repository):
    """Return links to the lecture's files as HTML, with a placeholder for the path to the root."""
    links = {
        "Slides": f"{{0}}slides/{lecture.name}.html",
        "Notebook": f"{{0}}notebooks/{lecture.name}.ipynb",
    }
    if exercises.of_lecture(lecture.name):
        links["Exercises"] = f"{{0}}exercises/{lecture.name}.ipynb"
    if repository:
        links["Open in Colab"] = catalog.colab_address(lecture, repository)
    links = [f'<a href="{url}">{text}</a>' for text, url in links.items()]
    return f'<p class="ways">{" · ".join(links)}</p>'


def thumbnail(run, folder, name):
    """Write a thumbnail of a lecture's first image, and return its HTML, or "" without images."""
    outputs = [output for cell in run.cells for output in cell.get("outputs", [])]
    images = [
        output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})
    ]
    if not images:
        return ""
    image = Image.open(io.BytesIO(base64.b64decode(images[0]))).convert("RGB")
    image.thumbnail(THUMBNAIL)
    image.save(folder / f"{name}.png")
    return THUMBNAIL_LINK.format(name=name)


def write_reference(folder):
    """Write a page for each module, and one that lists the modules and the package's names."""
    public = {name: getattr(mlcourse, name) for name in mlcourse.__all__}
    modules = _public_modules(public)
    for name in modules:
        title = f"mlcourse.{name}"
        text = f"{title}\n{'=' * len(title)}\n\n.. automodule:: {title}\n"
        (folder / f"{name}.rst").write_text(text, "utf-8")
    module_by_name = {
        name: value.__module__.split(".")[1] for name, value in public.items() if callable(value)
    }
    rows = [
        f"- {{doc}}`mlcourse.{name} <{name}>`: {_first_line(module)}"
        for name, module in modules.items()
    ]
    names = [
        f"{{py:obj}}`{name} <mlcourse.{module}.{name}>`" for name, module in module_by_name.items()
    ]
    fill(
        folder / "index.md",
        names=", ".join(names),
        modules="\n".join(rows),
        pages="\n".join(modules),
    )


def _public_modules(public):
    """Return the modules among public names, and those that they list as their own, by name."""
    modules = {}
    for name, value in public.items():
        if inspect.ismodule(value):
            modules[name] = value
            inner = {key: getattr(value, key) for key in getattr(value, "__all__", ())}
            modules |= {
                f"{name}.{key}": module for key, module in inner.items() if inspect.ismodule(module)
            }
    return modules


def fill(path, **values):
    """Replace the placeholders of a page by values."""
    path.write_text(Template(path.read_text("utf-8")).substitute(values), "utf-8")


def _first_line(module):
    return inspect.getdoc(module).splitlines()[0]


def main(argv=None):
    """Build the site for these arguments, and print its path."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--full", action="store_true", help="use all images and epochs")
    parser.add_argument(
        "--repository", metavar="OWNER/NAME", help="repository on GitHub, for links to Colab"
    )
    parser.add_argument("--out", type=Path, default=DOCS.parent / "build" / "site")
    arguments = parser.parse_args(argv)
    mlcourse.devices.configure()
    try:
        first = build(arguments.out, not arguments.full, arguments.repository)
    except (LectureFailed, RuntimeError) as error:
        sys.exit(f"site: {error}")
    print(f"The site: {first}")
    if arguments.repository is None:
        print("It has no links to Colab. To add them, use --repository OWNER/NAME.")


if __name__ == "__main__":
    main()
