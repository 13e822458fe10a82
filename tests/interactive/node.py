"""Run JavaScript modules of the live components in Node."""

import json
import shutil
import subprocess

import pytest

from mlcourse.interactive.bundle import FOLDER

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed: it runs JavaScript")


def run_node(*arguments, **options):
    return subprocess.run(
        [NODE, *arguments], capture_output=True, text=True, timeout=300, check=False, **options
    )


def evaluate(source, data):
    """Return the value of `result` at the end of a module.

    Args:
        source: JavaScript. MODULES is the path of the folder js, DATA is `data`.
        data: values for JSON.
    """
    source = source.replace("MODULES", FOLDER.as_posix()).replace("DATA", json.dumps(data))
    end = "\nconsole.log(JSON.stringify(result));"
    process = run_node("--input-type=module", input=source + end)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)
