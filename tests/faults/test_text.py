"""Text from data is text in each output: one hostile string in each field that can hold it."""

import csv
import json
import re
import unicodedata
from types import SimpleNamespace
from xml.etree import ElementTree

import mistune
import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from matplotlib import pyplot as plt
from matplotlib.text import Text

from mlcourse import evaluation, figures
from mlcourse._core import tables
from mlcourse.cli import main
from mlcourse.history import as_history
from mlcourse.lectures import page, scores, session, slides
from mlcourse.optimizers import schedules
from mlcourse.tuning.trials import Trial, Trials
from tests.lectures.conftest import put_lecture

HOSTILE = (
    "=1+1 <script>alert(1)</script><img src=http://evil.example/a> $\\frac{$ \x1b[2J\x07\x9b31m"
    " ![p](http://evil.example/b) [q](http://evil.example) www.evil.example \u202e|`a`*b*_c_ &lt;"
)
SHOWN = re.sub(r"\s+", " ", tables.terminal_text(HOSTILE))


def executed():
    """Return an executed lecture with the text as source, result, title, output and metadata."""
    facts = {"data": HOSTILE, "mode": HOSTILE, "device": HOSTILE, "synthetic": False, "seed": 0}
    facts["figures"] = {HOSTILE: {"value": HOSTILE, "reference": HOSTILE, "seconds": 0}}
    report = nbformat.v4.new_output("display_data", session.mime_bundle(facts))
    printed = nbformat.v4.new_output("stream", name="stdout", text=HOSTILE)
    cells = [nbformat.v4.new_markdown_cell("# Title"), nbformat.v4.new_code_cell("report()")]
    cells[1].outputs = [report, printed]
    cells[1].metadata["alt"] = HOSTILE
    return nbformat.v4.new_notebook(cells=cells, metadata={"title": HOSTILE})


def class_report():
    return evaluation.class_report([0, 1], [0, 1], [HOSTILE, "b"])


def assert_plain_html(html):
    """Assert that HTML asks no other host, runs nothing, and shows the text as it is."""
    soup = BeautifulSoup(html, "html.parser")
    tags = soup.find_all(["script", "img", "a", "iframe", "h1"])
    assert not [tag for tag in tags if "evil" in str(tag) or "alert(1)" in str(tag)]
    assert SHOWN in re.sub(r"\s+", " ", soup.get_text())


def check_html(tmp_path):
    notebook = executed()
    banner = page.banner(session.read_report(notebook))
    page.write(notebook, HOSTILE, banner, tmp_path / "page.html")
    for html in (
        (tmp_path / "page.html").read_text("utf-8"),
        slides.html(notebook),
        tables.as_html(HOSTILE, [HOSTILE, "n"], [[HOSTILE, "1"]]),
        class_report()._repr_html_(),
    ):
        assert_plain_html(html)


def check_markdown(tmp_path):
    facts = session.read_report(executed())
    facts |= {
        "title": HOSTILE,
        "section": HOSTILE,
        "fingerprint": "",
        "machine": HOSTILE,
        "date": HOSTILE,
        "seconds": 1,
    }
    facts["versions"] = {HOSTILE: HOSTILE}
    markdown = scores.page([facts])
    render = mistune.create_markdown(escape=False, plugins=["table", "strikethrough", "url"])
    assert_plain_html(render(markdown.partition("| result")[2].join(["| result", ""])))


def hostile_figures():
    """Yield figures with the text in each field."""
    x, y, names = np.zeros((4, 8, 8)), [0, 1, 1, 0], [HOSTILE, "b"]
    y_pred = [0.1, 0.2, 0.9, 0.8]
    named = {"class_names": names, "title": HOSTILE}
    yield figures.plot_samples(x, y, 2, 2, **named)
    yield figures.plot_predictions(x, y, y_pred, rows=2, cols=2, **named)
    yield figures.plot_misclassified(x, y, y_pred, rows=1, cols=2, **named)
    yield figures.plot_probabilities(x[0], [0.25, 0.75], label=0, **named)
    yield figures.plot_class_balance({HOSTILE: y}, **named)
    yield figures.plot_confusion_matrix(np.eye(2), names, title=HOSTILE)
    yield figures.plot_calibration({HOSTILE: evaluation.calibration(y, y_pred)}, title=HOSTILE)
    points = np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 0.5], [0.0, 0.5]])
    yield figures.plot_decision_boundary(lambda x: x[:, 0] > 0.5, points, y, **named)
    yield figures.plot_neighbors(x, y, points, 0, axis_names=[HOSTILE] * 2, **named)
    yield figures.plot_feature_maps(x[0], {HOSTILE: np.ones((4, 4, 2))}, title=HOSTILE)
    yield figures.plot_grad_cam(x, np.ones(x.shape), captions=[HOSTILE] * 4, title=HOSTILE)
    yield figures.draw_neural_net(None, [2, 1], input_names=[HOSTILE] * 2, figsize=(12, 6))
    yield figures.plot_layer_bars({HOSTILE: 1.0}, label=HOSTILE, title=HOSTILE)
    yield figures.plot_update_ratios({"iterations": [0, 1], HOSTILE: [0.1, 0.2]}, title=HOSTILE)
    yield figures.plot_history({"loss": [0.5, 0.3], HOSTILE: [0.5, 0.6]}, title=HOSTILE)
    yield figures.plot_history({HOSTILE: {"loss": [0.5]}, "b": {"loss": [0.4]}}, title=HOSTILE)
    yield figures.plot_schedules({HOSTILE: schedules.constant(0.1)}, title=HOSTILE)
    yield figures.plot_optimizers(None, 3, {HOSTILE: "sgd", "b": "adam"}, title=HOSTILE)
    values = [{HOSTILE: HOSTILE, "b": 1}, {HOSTILE: "c", "b": 2}]
    ended = [Trial(k, value, "completed", k / 4) for k, value in enumerate(values)]
    search = Trials(HOSTILE, 1, 2, ended)
    yield figures.plot_optimization_history({HOSTILE: search}, title=HOSTILE)
    yield figures.plot_slice(search, title=HOSTILE)
    yield figures.plot_parallel_coordinates(search, title=HOSTILE)


def check_figures(tmp_path):
    for number, figure in enumerate(hostile_figures()):
        root = figure.get_figure(root=True)
        texts = [text for text in root.findobj(Text) if "=1+1" in text.get_text()]
        assert texts, f"figure {number} does not show the text"
        for text in texts:
            shown = text.get_text()
            assert not text.get_parse_math() or not re.search(r"(?<!\\)\$", shown), shown
            assert (
                not [char for char in shown if unicodedata.category(char) == "Cc"] or "\n" in shown
            )
            assert shown.replace("\n", "").isprintable()
        svg = figures.save_figure(root, tmp_path / "figure.svg").read_text("utf-8")
        tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg).iter()}
        assert not tags & {"script", "image", "a"} - (
            {"image"} if root.findobj(is_image) else set()
        )
        plt.close(root)


def is_image(artist):
    """Return whether an artist is saved as an image in an SVG file."""
    return hasattr(artist, "get_array") and artist.get_array() is not None


def check_csv(tmp_path):
    search = Trials("val_loss", -1, 1, [Trial(0, {HOSTILE: HOSTILE}, "completed", 0.5)])
    paths = [
        tables.write_csv(tmp_path / "a.csv", [HOSTILE], [[HOSTILE]]),
        as_history({"loss": [0.5], HOSTILE: [1.0]}).to_csv(tmp_path / "b.csv"),
        search.to_csv(tmp_path / "c.csv"),
    ]
    for path in paths:
        with path.open(newline="", encoding="utf-8") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert [tables.from_csv(cell) for cell in cells].count(HOSTILE) >= 1
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


def check_terminal(tmp_path, capsys, monkeypatch, cache, entry, arrays):
    put_lecture(tmp_path, "short", "1 + 1")
    path = tmp_path / "short.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    notebook["cells"][0]["source"] = f"# {HOSTILE}\n\n{HOSTILE}"
    path.write_text(json.dumps(notebook), "utf-8")
    monkeypatch.setattr("mlcourse.lectures.catalog.folder", lambda: tmp_path)
    np.savez(cache / "fashion_mnist.npz", **arrays, source=np.array(HOSTILE))
    result = SimpleNamespace(lecture=SimpleNamespace(title="T"), seconds=1, page=tmp_path)
    result.facts = session.read_report(executed())
    result.facts["rows"] = [[HOSTILE, HOSTILE, HOSTILE]]
    monkeypatch.setattr("mlcourse.lectures.run", lambda *_: result)
    assert main(["lectures"]) == 0
    assert main(["data", "verify"]) == 0
    assert main(["lecture", "short"]) == 0
    assert main(["slides", HOSTILE]) == 1
    printed = "".join(capsys.readouterr())
    assert printed.count("alert(1)") >= 5
    bundle = session.mime_bundle(session.read_report(executed()))
    for text in (printed, str(class_report()), bundle["text/plain"]):
        assert all(line.isprintable() for line in text.split("\n"))


CHECKS = {"HTML": check_html, "Markdown": check_markdown, "CSV": check_csv}


@pytest.mark.parametrize(
    "output", [*CHECKS, "terminal", pytest.param("figures", marks=pytest.mark.slow)]
)
def test_text_from_data_is_text_in_each_output(
    output, tmp_path, capsys, monkeypatch, cache, entry, arrays
):
    if output == "terminal":
        check_terminal(tmp_path, capsys, monkeypatch, cache, entry, arrays)
    elif output == "figures":
        check_figures(tmp_path)
    else:
        CHECKS[output](tmp_path)
