"""The figures of whole lectures on real data, beside those of the courses before: a table.

The figures of a lecture are kept as JSON, with the versions that they are of, and taken again as
long as nothing has changed that they follow from. So whoever is interrupted goes on where he was.
"""

import json
import platform
from importlib.metadata import version
from pathlib import Path

from mlcourse import files, tables
from mlcourse.datasets import CATALOGUE, DatasetUnavailable
from mlcourse.lectures import index, kept, report, runner

FOLDER = "scores"
PACKAGES = "mlcourse", "keras", "tensorflow", "keras-tuner", "numpy", "scikit-learn"
ABOUT = """# Scores

The figures of the whole lectures on real data. `make scores` makes this page.
"""


def scores(names=(), data=None, out="build"):
    """Yields the figures of lectures, of which those that are not known yet are run, whole.

    Args:
        names: of lectures; none for all of them.
        data: the folder of the datasets; None leaves `MLCOURSE_DATA` as it is.
        out: the folder for pages; figures are kept in its folder `scores`.

    Yields:
        A dict for each lecture: "title", "rows" (each a figure's name, its value and the
        reference's, as text), "seconds", "device", "data", "machine" and
        "versions".

    Raises:
        ValueError: for an unknown name, before anything is run.
        DatasetUnavailable: if a dataset is not in the folder: generated pictures have no scores.
        LectureFailed, KeyboardInterrupt: as `lectures.run`; what was known before stays known.
    """
    found = [index.find(name) for name in names] or list(index.catalogue().values())
    settings = runner.environment(quick=False, data=data)
    for name in CATALOGUE:
        path = Path(settings["MLCOURSE_DATA"]) / f"{name}.npz"
        if not path.is_file():
            rule = f"scores need real data. There is no {path}"
            raise DatasetUnavailable(f"{rule}; with a network, run: mlcourse data fetch {name}")
    for lecture in found:
        target = Path(out) / FOLDER / f"{lecture.name}.json"
        fingerprint = kept.fingerprint(lecture, settings)
        known = json.loads(target.read_text("utf-8")) if target.exists() else {}
        if known.get("fingerprint") != fingerprint:
            known = {**_figures(lecture, data, out), "fingerprint": fingerprint}
            target.parent.mkdir(parents=True, exist_ok=True)
            files.write_text(target, json.dumps(known, indent=1))
        yield known


def _figures(lecture, data, out):
    done = runner.run(lecture.name, quick=False, data=data, out=out)
    return {
        "title": lecture.title,
        "rows": done.facts.get("rows", []),
        "seconds": round(done.seconds),
        "device": done.facts.get("device", "not reported"),
        "data": done.facts.get("data", "not reported"),
        "machine": platform.platform(),
        "versions": {name: version(name) for name in PACKAGES},
    }


def lines(found):
    """Returns the figures of a lecture as lines for a terminal."""
    return [found["title"], *report.lines(found["rows"]), _circumstances(found)]


def page(all_found):
    """Returns the figures of all lectures as a page in Markdown."""
    parts = [ABOUT]
    for found in all_found:
        table = tables.as_markdown(report.HEAD, found["rows"])
        parts.append(f"## {found['title']}\n\n{table}\n\n{_circumstances(found)}\n")
    return "\n".join(parts)


def _circumstances(found):
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    return f"{found['seconds']:,} s · {found['data']} · {found['device']} · {versions}"
