"""Fixtures of a browser: one notebook in JupyterLab for a module, and pages that ask nobody."""

from contextlib import ExitStack

import pytest

from tests.browser.lab import Lab, start_browser

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A component</title>
<meta name="viewport" content="width=device-width">
<style>:root {{ color-scheme: {scheme}; }}</style></head>
<body><main><h1>A component</h1>{body}</main></body></html>"""


@pytest.fixture(scope="module")
def one_notebook(request, tmp_path_factory):
    """Yield a notebook after its first cell, the module's `BEGIN`, has run."""
    with Lab(tmp_path_factory.mktemp("lab")) as lab:
        notebook = lab.open("interactive", request.module.BEGIN)
        notebook.run(0)
        yield notebook


@pytest.fixture
def show(request, one_notebook):
    """Return a function that runs a cell with an interactive figure, and adds others below it."""

    def run(source, *more):
        one_notebook.replace(request.module.BEGIN, source, *more)
        one_notebook.run(1)
        return one_notebook

    return run


@pytest.fixture(scope="module")
def browser():
    with ExitStack() as stack:
        yield start_browser(stack)


@pytest.fixture
def open_file(browser, tmp_path):
    """Return a function that opens HTML as a file; an error or a request elsewhere fails."""
    problems = []
    contexts = []

    def open_html(html, hash_="", viewport=None, javascript=True):
        file = tmp_path / "page.html"
        file.write_text(html, "utf-8")
        context = browser.new_context(
            viewport=viewport or {"width": 1280, "height": 900}, java_script_enabled=javascript
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text))
        page.on("request", lambda request: problems.append(request.url))
        page.goto(file.as_uri() + hash_)
        return page

    yield open_html
    for context in contexts:
        context.close()
    own = (tmp_path / "page.html").as_uri(), "data:"
    assert [problem for problem in problems if not problem.startswith(own)] == []


@pytest.fixture
def open_component(open_file):
    """Return a function that opens the HTML of a live component in a page around it."""

    def open_page(html, scheme="light", **options):
        return open_file(PAGE.format(scheme=scheme, body=html), **options)

    return open_page
