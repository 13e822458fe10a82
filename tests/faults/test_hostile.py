"""Malicious files: their code does not run, and nothing is written outside a folder."""

import csv
import hashlib
import io
import json
import os
import struct
import tarfile
import threading
import tracemalloc
import zipfile
import zlib

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup

from mlcourse import datasets
from mlcourse._core import files, tables
from mlcourse.datasets import DatasetCorrupt, catalog, preprocess_digit, sources
from mlcourse.datasets import cache as cache_module
from mlcourse.history import as_history
from mlcourse.interactive import prerender
from mlcourse.interactive.digits import ImageUpload
from mlcourse.lectures import catalog as lecture_catalog
from mlcourse.lectures import page, session, slides
from mlcourse.lectures.old_notebooks.reading import read_sources
from mlcourse.training import runs
from mlcourse.training.runs import run
from tests.conftest import make_arrays, tiny
from tests.faults import children, fits

SCRIPT = "<script>alert(1)</script>"
OUTSIDE_PATHS = ("../../canary", "/tmp/mlcourse-canary", "..\\canary")


class Pickled:
    """Object that creates a file when it is unpickled."""

    def __init__(self, canary):
        self.canary = canary

    def __reduce__(self):
        return open, (str(self.canary), "w")


@pytest.mark.parametrize("key", ["x_train", "source"])
def test_a_pickle_in_a_dataset_is_not_opened(cache, entry, arrays, tmp_path, key):
    canary = tmp_path / "canary"
    arrays[key] = np.array([Pickled(canary)], dtype=object)
    np.savez(cache / "fashion_mnist.npz", **arrays)
    canary.unlink(missing_ok=True)
    with pytest.raises(DatasetCorrupt, match="fashion_mnist"):
        cache_module.read(entry)
    assert not canary.exists()


def add(archive, name, content=b"", kind=tarfile.REGTYPE, to=""):
    member = tarfile.TarInfo(name)
    member.size, member.type, member.linkname = len(content), kind, to
    archive.addfile(member, io.BytesIO(content))


@pytest.fixture
def put_cifar(server, cache, monkeypatch):
    """A function that puts an archive of a small CIFAR-10 on the mirror."""
    small = tiny(catalog.CATALOG["cifar10"], image_shape=(32, 32, 3))
    monkeypatch.setitem(catalog.CATALOG, "cifar10", small)
    arrays = make_arrays(small)

    def put(hostile):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w:gz") as archive:
            hostile(archive)
            for number in range(6):
                part = "train" if number < 5 else "test"
                some = slice(6 * number, 6 * number + 6) if number < 5 else slice(None)
                x, y = (arrays[f"{one}_{part}"][some] for one in "xy")
                planes = x.transpose(0, 3, 1, 2).reshape(len(x), -1)
                name = f"data_batch_{number + 1}.bin" if number < 5 else "test_batch.bin"
                content = np.concatenate([y[:, None], planes], axis=1).tobytes()
                add(archive, f"cifar-10-batches-bin/{name}", content)
        body = file.getvalue()
        server.files["/cifar-10-binary.tar.gz"] = body
        monkeypatch.setattr(sources, "CIFAR_SHA256", hashlib.sha256(body).hexdigest())

    return put


def test_an_archive_with_paths_outside_its_folder_writes_nothing(put_cifar, tmp_path):
    def hostile(archive):
        for name in OUTSIDE_PATHS:
            add(archive, name, b"out")
        add(archive, "cifar-10-batches-bin/link", kind=tarfile.SYMTYPE, to="/etc")
        add(archive, "cifar-10-batches-bin/link/passwd", b"out")

    put_cifar(hostile)
    assert datasets.load("cifar10").source == "Keras mirror"
    assert not list(tmp_path.rglob("*canary*"))
    assert not (tmp_path.parent / "canary").exists()


def test_a_link_in_an_archive_is_not_followed_out_of_it(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(3073))
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        name = "cifar-10-batches-bin/data_batch_1.bin"
        add(archive, name, kind=tarfile.SYMTYPE, to=str(secret))
    with tarfile.open(tmp_path / "a.tar") as archive, pytest.raises(KeyError):
        sources._read_cifar(archive, "data_batch_1.bin")


def python_code(canary):
    """Return the configuration of a model with Python byte code in a layer."""
    import keras

    code = compile(f"lambda x: open({str(canary)!r}, 'w') and x", "canary", "eval")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(eval(code))])
    return keras.saving.serialize_keras_object(model)


def tensorflow_graph(canary):
    """Return the configuration of a model with a layer that loads a TensorFlow graph."""
    import keras

    config = keras.saving.serialize_keras_object(keras.Sequential([keras.layers.Identity()]))
    layer = config["config"]["layers"][0]
    layer |= {"class_name": "TFSMLayer", "config": {"filepath": str(canary)}}
    return config


def replace_config(path, config):
    """Replace the configuration in a model's file, and add members with outside paths."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**members, "config.json": json.dumps(config)}.items():
            archive.writestr(name, content)
        for name in OUTSIDE_PATHS:
            archive.writestr(name, b"out")


@pytest.mark.parametrize(
    ("hostile", "layer"), [(python_code, "Lambda layer"), (tensorflow_graph, "`TFSMLayer`")]
)
def test_a_model_with_code_is_refused_and_the_code_not_run(tmp_path, monkeypatch, hostile, layer):
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path / "runs"))
    where = {"MLCOURSE_RUNS": str(tmp_path / "runs")}
    assert children.run(fits.fit, "one", 2, **where)[0] == 0
    canary = tmp_path / "canary"
    config = hostile(canary)
    canary.unlink(missing_ok=True)
    for name in ("last", "best"):
        replace_config(tmp_path / "runs" / "one" / f"{name}.keras", config)
    for which in ("last", "best"):
        with pytest.raises(ValueError, match=layer):
            runs.load("one").model(which)
    status, history = children.run(fits.fit, "one", 3, **where)  # reads only the weights
    assert (status, len(history["loss"])) == (0, 3)
    assert not list(tmp_path.rglob("*canary*"))


def harmless(html):
    """Return whether HTML contains the script only as data or as escaped text."""
    soup = BeautifulSoup(html, "html.parser")
    scripts = [tag for tag in soup.find_all("script") if "alert(1)" in tag.get_text()]
    is_data = all(tag.get("type") == "application/json" for tag in scripts)
    return is_data and SCRIPT not in html


def test_names_like_html_are_text_in_tables():
    html = tables.as_html(SCRIPT, [SCRIPT, "n"], [[SCRIPT, SCRIPT]])
    assert harmless(html)
    assert BeautifulSoup(html, "html.parser").caption.get_text() == SCRIPT


def executed(source):
    """Return the notebook of an executed lecture, with the source that a dataset's file has."""
    facts = {"data": f"MNIST ({source})", "mode": source, "device": "CPU", "synthetic": False}
    facts |= {"seed": 0, "figures": {source: {"value": source, "reference": source}}}
    output = nbformat.v4.new_output("display_data", session.mime_bundle(facts))
    printed = nbformat.v4.new_output("stream", name="stdout", text=source)
    cells = [nbformat.v4.new_markdown_cell("# Title"), nbformat.v4.new_code_cell("report()")]
    cells[1].outputs = [output, printed]
    cells[1].metadata["alt"] = source
    return nbformat.v4.new_notebook(cells=cells)


@pytest.mark.parametrize("synthetic", [False, True])
def test_names_like_html_are_text_on_a_page_and_on_slides(tmp_path, synthetic):
    notebook = executed(SCRIPT)
    facts = session.read_report(notebook)
    facts["synthetic"] = synthetic
    page.write(notebook, SCRIPT, page.banner(facts), tmp_path / "page.html")
    assert harmless((tmp_path / "page.html").read_text("utf-8"))
    assert harmless(slides.html(notebook))


def test_an_origin_like_html_in_a_dataset_is_text_on_a_page(cache, entry, arrays):
    np.savez(cache / "fashion_mnist.npz", **arrays, source=np.array(SCRIPT))
    source = datasets.load("fashion_mnist").source
    assert source == SCRIPT
    assert harmless(page.banner({"data": source}))


MARKUP = """*x* ![pixel](http://evil.example/a.png) [grade](http://evil.example) `y`

# Grade: 1.0

![pixel](http://evil.example/b.png)

<h1>Grade: 1.0</h1>"""


@pytest.mark.parametrize("synthetic", [False, True])
def test_an_origin_like_markdown_is_text_on_a_page_and_on_slides(tmp_path, synthetic):
    notebook = executed("figure")
    facts = session.read_report(notebook)
    facts |= {"data": MARKUP, "synthetic": synthetic}
    page.write(notebook, "Title", page.banner(facts), tmp_path / "page.html")
    for html in ((tmp_path / "page.html").read_text("utf-8"), slides.html(notebook)):
        soup = BeautifulSoup(html, "html.parser")
        assert [tag for tag in soup.find_all("h1") if "Grade" in tag.get_text()] == []
        addresses = [tag.get("src") or tag.get("href") for tag in soup.find_all(["img", "a"])]
        assert [url for url in addresses if url and "evil.example" in url] == []
        assert " ".join(MARKUP.split()) in soup.get_text()


def test_text_like_a_formula_is_text_in_a_csv_file_and_read_back_as_it_was(tmp_path):
    names = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "'=1", "-1", "plain"]
    path = tables.write_csv(tmp_path / "a.csv", ["name", "=head"], [[one, -1.5] for one in names])
    with path.open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head == ["name", "'=head"]
    assert [row[0] for row in rows] == [
        *["'=1+1", "'+1+1", "'-1+1", "'@SUM(1)", "'\t=1", "'=1", "-1", "plain"]
    ]
    assert {row[1] for row in rows} == {"-1.5"}
    log = as_history({"loss": [0.5], "=cmd()": [1.0]})
    assert as_history(log.to_csv(tmp_path / "b.csv")).history == log.history


def test_control_characters_in_names_do_not_reach_a_terminal():
    name = "a\x1b[2J\rb\x07\u009b31m"
    for line in tables.as_lines([name, "n"], [[name, "1"], ["b\nc", "2"]]):
        assert line.isprintable()


def test_names_like_html_are_text_in_an_interactive_figure():
    from mlcourse.interactive.controls import menu
    from mlcourse.interactive.live import Interactive

    names = [SCRIPT, f"<!--{SCRIPT}"]
    shown = Interactive(
        lambda figure, name: figure.text(0, 0, "x"),
        {"name": menu(SCRIPT, names)},
        figsize=(2, 1),
        alt=SCRIPT,
    )
    html = prerender.html(shown, {"name": None}, SCRIPT)
    assert harmless(html)
    assert "<!--" not in html


def bomb(width, height):
    """Return a small PNG file with a large size in its header."""

    def chunk(kind, content):
        sum_ = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + sum_

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(60_000, 60_000), (12_000, 10_000), (7_000, 6_000)])
def test_an_image_with_a_huge_size_in_its_header_is_refused(tmp_path, size):
    (tmp_path / "digit.png").write_bytes(bomb(*size))
    for read in (
        lambda: preprocess_digit(tmp_path / "digit.png"),
        lambda: preprocess_digit(io.BytesIO(bomb(*size))),
        ImageUpload("digit.png", bomb(*size)).image,
    ):
        with pytest.raises(ValueError, match="of at most 40 million pixels"):
            read()


def test_an_image_that_is_a_program_is_not_run(tmp_path):
    (tmp_path / "digit.eps").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(ValueError, match=r"an image file \(PNG"):
        preprocess_digit(tmp_path / "digit.eps")


def read_dataset(path):
    return cache_module.read(catalog.CATALOG[path.stem])


REFUSED = (OSError, ValueError, DatasetCorrupt, runs.RunUnreadable)
READERS = {  # by name of the file
    "fashion_mnist.npz": read_dataset,
    "history.json": as_history,
    "history.csv": as_history,
    "digit.png": preprocess_digit,
    "run.json": run.read_config,
    "last.keras": run.read_state,
    "history.jsonl": run.read_lines,
    "search.json": lambda path: files.read_state(path, 1, ()),
    "old.ipynb": read_sources,
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("name", READERS)
def test_a_pipe_with_the_name_of_a_file_is_refused_at_once(cache, name):
    path = cache / name
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.open("wb").close(), daemon=True)
    writer.start()  # a reader gets an empty file, instead of waiting forever
    with pytest.raises(REFUSED, match="is not a file but a pipe or a device"):
        READERS[name](path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writer.join()
    os.close(reader)


@pytest.mark.parametrize("name", ["fashion_mnist.npz", "last.keras"])
def test_a_small_file_that_would_fill_the_memory_is_refused_before_it_is_unpacked(cache, name):
    path = cache / name
    megabyte = bytes(10**6)
    header = {"descr": "|u1", "fortran_order": False, "shape": (100 * len(megabyte),)}
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x_train.npy", "w") as member,
    ):
        np.lib.format.write_array_header_1_0(member, header)
        for _ in range(100):
            member.write(megabyte)
    assert path.stat().st_size < len(megabyte)
    tracemalloc.start()
    with pytest.raises(REFUSED, match=f"{name}.* unpacked size must be at most"):
        READERS[name](path)
    assert tracemalloc.get_traced_memory()[1] < len(megabyte)
    tracemalloc.stop()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_or_a_folder_among_the_notebooks_is_ignored(tmp_path, monkeypatch, capsys):
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    monkeypatch.setattr(lecture_catalog, "folder", lambda: tmp_path)
    assert lecture_catalog.available() == {}
    assert capsys.readouterr().err.count("is not a valid notebook, and is ignored") == 2
