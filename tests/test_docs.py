import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from mlcourse import cli

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*ROOT.glob("*.md"), *DOCS.glob("*.md"), *ROOT.glob("notebooks/*.ipynb")]
TARGETS = re.compile(r"""(?:src=\\?"|\]\()([^")\s\\]+)""")
TLS = {"--tls-ca-file", "--tls-cert", "--tls-key", "--dashboard-address"}


def of_slurm(folder):
    """Return the arguments of `dask` in a task of the job array."""
    command = folder / "dask"
    command.write_text('#!/bin/sh\nprintf "%s\\n" dask "$@"\n')
    command.chmod(0o755)
    variables = {"PATH": f"{folder}:{os.environ['PATH']}", "HOME": "/home/one"}
    script = ["bash", str(DOCS / "tuning" / "worker.slurm")]
    variables["SCHEDULER"] = "tls://here:8786"
    options = {"capture_output": True, "text": True, "timeout": 20, "check": True}
    return subprocess.run(script, env=variables, **options).stdout.split()


def of_kubernetes():
    """Return the arguments of the pods, by name of their deployment."""
    text = (DOCS / "tuning" / "dask.yaml").read_text()
    found = {}
    for one in yaml.safe_load_all(text):
        if one["kind"] == "Deployment":
            (container,) = one["spec"]["template"]["spec"]["containers"]
            words = " ".join(container["command"] + container["args"]).replace("=", " ")
            found[one["metadata"]["name"]] = words.split()
    return found


def of_page():
    """Return the arguments of each command of the page."""
    text = (DOCS / "tuning.md").read_text().replace("\\\n", " ")
    return [line.split() for line in text.splitlines() if line.startswith("    dask ")]


@pytest.mark.skipif(not Path("/bin/bash").exists(), reason="there is no bash")
def test_the_commands_of_a_cluster_have_options_that_dask_knows(tmp_path):
    pytest.importorskip("distributed")
    from distributed.cli import dask_scheduler, dask_worker

    roles = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}
    known = {
        role: {name for option in main.params for name in option.opts}
        for role, main in roles.items()
    }
    commands = [of_slurm(tmp_path), *of_kubernetes().values(), *of_page()]
    assert [words[1] for words in commands].count("worker") == 3
    assert [words[1] for words in commands].count("scheduler") == 2
    for words in commands:
        options = {word for word in words if word.startswith("--")}
        assert TLS <= options <= known[words[1]]
        assert "tls" in words or any(word.startswith("tls://") for word in words)
        assert words[words.index("--dashboard-address") + 1].startswith("127.0.0.1:")


def test_the_searches_of_the_page_are_commands():
    text = (DOCS / "tuning.md").read_text().replace("\\\n", " ")
    commands = re.findall(r"^    mlcourse (tune .*)$", text, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        assert cli._parser().parse_args(command.split()).trials == 48


def anchors(page):
    """Return the anchors of the headings of a page, as GitHub writes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def missing_targets(page):
    """Return the links and images of a page that lead to no file, or to no heading of it."""
    missing = []
    for target in TARGETS.findall(page.read_text("utf-8")):
        if re.match(r"https?:|data:|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            missing.append(target)
    return missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_local_links_and_images_exist(page):
    assert missing_targets(page) == []


def test_a_missing_image_and_a_missing_heading_are_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text('# One\n<img src="no.png"> [a](page.md#one) [b](#two) ![c](none.png)\n')
    assert missing_targets(page) == ["no.png", "#two", "none.png"]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_make_refuses_a_data_folder_that_does_not_exist(tmp_path):
    command = ["make", "help", f"MLCOURSE_DATA={tmp_path / 'my data'}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert "MLCOURSE_DATA must name a folder that exists." in done.stderr
    assert done.returncode == 2
    (tmp_path / "my data").mkdir()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "lecture" in done.stdout
