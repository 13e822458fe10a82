"""The figures of whole lectures on real data, from several seeds, beside their references: a table.

The figures of one run are kept as JSON, with the versions that they are of, and taken again as long
as nothing has changed that they follow from. So whoever is interrupted goes on where he was.
"""

import datetime
import hashlib
import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import nbformat
import numpy as np

from mlcourse._core import checks, files, tables
from mlcourse.datasets import CATALOG, DatasetUnavailable
from mlcourse.lectures import catalog, runner, session

FOLDER = "scores"
PACKAGES = "mlcourse", "keras", "tensorflow", "keras-tuner", "numpy", "scikit-learn"
HEAD = [
    *("figure", "reference", "value", "of", "lowest to highest"),
    *("difference (in standard errors)", "time", "device"),
]
ABOUT = """# Scores

The figures of the whole lectures on real data, from several seeds, compared with those of the
courses that came before. The difference is the value minus the reference; in parentheses it is
divided by the standard error of the mean, s / sqrt(n), where s is the standard deviation of n
seeds. The reference is one run of unknown spread, so a few standard errors prove nothing. The time
is what passed since the figure above, training included, in the quickest run. `make scores` makes
the runs in `docs/scores` that are missing or out of date, and this page of them all.
"""


def scores(names=(), data=None, out="build", seeds=3):
    """Yields the figures of lectures, of which those that are not known yet are run, whole.

    Args:
        names: of lectures; none for all of them.
        data: the folder of the datasets; None leaves `MLCOURSE_DATA` as it is.
        out: a folder; figures are kept in its folder `scores`.
        seeds: from how many seeds, 0 and up, each lecture is run.

    Yields:
        A dict for each run, of all lectures from the first seed first: "title", "seed", "figures"
        as `Session` keeps them, "seconds", "device", "data", "machine", "date" and "versions".

    Raises:
        ValueError: for an unknown name, or less than one seed, before anything is run.
        DatasetUnavailable: if a dataset is not in the folder, or cannot be read: generated pictures
            have no scores.
        LectureFailed, KeyboardInterrupt: as `lectures.run`; what was known before stays known.
    """
    found = [catalog.find(name) for name in names] or list(catalog.catalogue().values())
    seeds = range(checks.integer("seeds", seeds, 1))
    folder = Path(runner.environment(quick=False, data=data)["MLCOURSE_DATA"])
    for name in CATALOG:
        path = folder / f"{name}.npz"
        if not path.is_file():
            rule = f"scores need real data. There is no {path}"
            raise DatasetUnavailable(f"{rule}; with a network, run: mlcourse data fetch {name}")
    for seed in seeds:
        for lecture in found:
            yield _known(lecture, seed, data, Path(out) / FOLDER)


def known(out="build"):
    """Returns the runs in a folder that `scores` would take again, by lecture, then by seed."""
    folder, found = Path(out) / FOLDER, []
    for lecture in catalog.catalogue().values():
        runs = [_kept(path, lecture) for path in folder.glob(f"{lecture.name}-*.json")]
        found += sorted(filter(None, runs), key=lambda run: run["seed"])
    return found


def _known(lecture, seed, data, folder):
    path = folder / f"{lecture.name}-{seed}.json"
    if kept := _kept(path, lecture):
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    run = _figures(lecture, seed, data, folder)
    run |= {"versions": _versions(), "fingerprint": _fingerprint(lecture)}
    files.write_text(path, json.dumps(run, indent=1))
    return run


def _kept(path, lecture):
    """Returns a lecture's run that is kept at a path; None if there is none, or an old one."""
    try:
        run = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        print(f"{path} cannot be read, and is made again: {error}", file=sys.stderr)
        return None
    is_new = isinstance(run, dict) and run.get("fingerprint") == _fingerprint(lecture)
    return run if is_new else None


def _figures(lecture, seed, data, folder):
    done = runner.run(lecture.name, quick=False, data=data, out=folder, seed=seed)
    if done.facts.get("synthetic"):  # what is in the folder cannot be read
        rule = f"scores need real data. {lecture.title!r} was run on {done.facts['data']}"
        raise DatasetUnavailable(f"{rule}; with a network, run: mlcourse data fetch")
    return {
        "title": lecture.title,
        "seed": seed,
        "figures": done.facts.get("figures", {}),
        "seconds": round(done.seconds),
        "device": done.facts.get("device", "not reported"),
        "data": done.facts.get("data", "not reported"),
        "machine": f"{platform.system()} {platform.machine()}",
        "date": datetime.date.today().isoformat(),
    }


def _versions():
    return {name: version(name) for name in PACKAGES}


def _fingerprint(lecture):
    """Returns a number for what figures follow from, besides seed and data: code and versions."""
    cells = nbformat.read(lecture.path, as_version=4).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    facts = repr([code, sorted(_versions().items()), os.environ.get("KERAS_BACKEND", "")])
    return hashlib.sha256(facts.encode()).hexdigest()


def lines(found):
    """Returns the figures of runs as lines for a terminal."""
    return tables.as_lines(HEAD, _rows(found, "{}".format))


def page(found):
    """Returns the figures of runs as a page in Markdown."""
    table = tables.as_markdown(HEAD, _rows(found, "**{}**".format))
    return "\n".join([ABOUT, table, "", *map(_circumstances, _by_lecture(found).values())])


def _by_lecture(found):
    titles = dict.fromkeys(run["title"] for run in found)
    return {title: [run for run in found if run["title"] == title] for title in titles}


def _rows(found, as_heading):
    rows = []
    for title, runs in _by_lecture(found).items():
        rows.append([as_heading(title), *[""] * (len(HEAD) - 1)])
        for what in runs[0]["figures"]:
            each = [run["figures"][what] for run in runs if what in run["figures"]]
            rows.append([what, *_summary(each), runs[0]["device"].partition(", ")[2]])
    return rows


def _summary(each):
    """Returns what the columns from "reference" to "time" have for one figure."""
    values, reference = [figure["value"] for figure in each], each[0]["reference"]
    seeds = "1 seed" if len(each) == 1 else f"{len(each)} seeds"
    difference = limits = ""
    if any(isinstance(value, str) for value in values):
        value = " / ".join(dict.fromkeys(map(session.number, values)))
    else:
        seeds = seeds if len(each) == 1 else f"mean of {seeds}"
        whole = all(isinstance(value, int) for value in values)
        value = session.number(round(np.mean(values)) if whole else float(np.mean(values)))
        ends = map(session.number, (min(values), max(values)))
        limits = " to ".join(dict.fromkeys(ends))  # one number where both read the same
        difference = "" if isinstance(reference, str) else _difference(values, reference)
    seconds = round(min(figure["seconds"] for figure in each))
    time = f"{seconds:,} s" if seconds else ""
    return session.number(reference), value, seeds, limits, difference, time


def _difference(values, reference):
    """Returns mean minus reference, and the same in standard errors of the mean, as text.

    The standard error is left out for a single value, and for values that are all the same.
    """
    difference = np.mean(values) - reference
    whole = all(isinstance(value, int) for value in [*values, reference])
    text = f"{round(difference):+,}" if whole else f"{difference:+.4f}"
    if min(values) == max(values):
        return text
    standard_error = np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{text} ({difference / standard_error:+,.1f})"


def _circumstances(runs):
    last = runs[-1]
    versions = ", ".join(f"{name} {number}" for name, number in last["versions"].items())
    seconds = min(run["seconds"] for run in runs)
    where = f"{last['data']}, {last['machine']}, {last['device']}, {last['date']}, {versions}"
    return f"- *{last['title']}*: {seconds:,.0f} s in all; {where}"
