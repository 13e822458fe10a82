"""Compare the results of full lectures on real data with their references, over several seeds.

The results of a run are saved as JSON with the versions of the packages, and used again until the
lecture's code or a version changes. An interrupted command therefore resumes.
"""

import ast
import datetime
import hashlib
import json
import os
import platform
import re
import sys
from importlib.metadata import version
from operator import itemgetter
from pathlib import Path

import numpy as np

from mlcourse._core import checks, files, tables
from mlcourse.datasets import CATALOG, DatasetUnavailable, cache
from mlcourse.lectures import catalog, runner, session

FOLDER = "scores"
PACKAGES = "mlcourse", "keras", "tensorflow", "keras-tuner", "numpy", "scikit-learn"
KEYS = (
    "title",
    "section",
    "seed",
    "figures",
    "seconds",
    "device",
    "data",
    "machine",
    "date",
    "versions",
    "fingerprint",
)
HEAD = [
    "result",
    "reference",
    "value",
    "of",
    "lowest to highest",
    "difference (in standard errors)",
    "time",
    "device",
]
ABOUT = """# Scores

The results of the full lectures on real data, from several seeds, compared with those of the
earlier courses. The difference is the value minus the reference; in parentheses it is divided by
the standard error of the mean, s / sqrt(n), where s is the standard deviation over n seeds. The
reference is a single run of unknown spread, so a few standard errors prove nothing. The time is the
time since the result above, training included, in the fastest run; a machine with other work to do
needs longer. `make scores` makes the runs in `docs/scores` that are missing or out of date, and
this page of them all. A heading with a date is of runs before the last change of the lecture's code
or of a package.
"""


def scores(names=(), data=None, out="build", seeds=3, section=None):
    """Yield the results of full lectures, from saved runs or else from new ones.

    Args:
        names: names of lectures. Default: all.
        data: folder of the datasets. Default: `MLCOURSE_DATA`, else the cache folder.
        out: a folder; results are saved in its folder `scores`.
        seeds: number of seeds (0, 1, ...) per lecture.
        section: heading of a section that is run without the others: the cells above the first
            section, those of this section, and the last code cell, which reports the results.

    Yields:
        A dict per run, all lectures with the first seed first: "title", "seed", "section",
        "figures" (the results, as `Session.results` has them), "seconds", "device", "data",
        "machine", "date", "versions" and "fingerprint".

    Raises:
        ValueError: for an unknown name or section, or `seeds` below 1, before the first run.
        DatasetUnavailable: if a dataset is missing or damaged: scores on synthetic data have no
            meaning.
        LectureFailed, KeyboardInterrupt: as in `runner.run`; finished runs stay saved.
    """
    lectures = [catalog.find(name) for name in names] or list(catalog.available().values())
    seeds = range(checks.integer("seeds", seeds, 1))
    folder = cache.data_folder(data)
    for name in CATALOG:
        path = folder / f"{name}.npz"
        if not path.is_file():
            rule = f"scores need real data. There is no {path}"
            raise DatasetUnavailable(f"{rule}. To download it, run: mlcourse data fetch {name}")
    for lecture in lectures:
        _notebook(lecture, section)  # refuses an unknown section
    for seed in seeds:
        for lecture in lectures:
            yield _saved_or_new(lecture, section, seed, data, Path(out) / FOLDER)


def saved(out="build"):
    """Return the saved runs by lecture, then by section and seed.

    Where there are runs of the current code, those of earlier code are omitted.
    """
    folder = Path(out) / FOLDER
    all_runs = []
    for lecture in catalog.available().values():
        runs = [run for path in folder.glob(f"{lecture.name}-*.json") if (run := _load(path))]
        runs = [run for run in runs if run["title"] == lecture.title]
        for section in sorted({run["section"] for run in runs}):
            section_runs = [run for run in runs if run["section"] == section]
            current_runs = [run for run in section_runs if _is_current(run, lecture)]
            all_runs += sorted(current_runs or section_runs, key=itemgetter("seed"))
    return all_runs


def _saved_or_new(lecture, section, seed, data, folder):
    """Return the saved run of a lecture and a seed, or make and save a new one."""
    slug = "".join(f"{word}-" for word in re.findall(r"\w+", (section or "").lower()))
    path = folder / f"{lecture.name}-{slug}{seed}.json"
    run = _load(path)
    if run is not None and _is_current(run, lecture):
        return run
    folder.mkdir(parents=True, exist_ok=True)
    run = _run(lecture, section, seed, data, folder)
    run |= {"versions": _versions(), "fingerprint": _fingerprint(lecture, section)}
    files.write_text(path, json.dumps(run, indent=1))
    return run


def _load(path):
    """Return a saved run, or None if it is missing or damaged."""
    try:
        run = {"section": ""} | files.read_json(path)
        if missing := [name for name in KEYS if name not in run]:
            raise ValueError(f"{', '.join(missing)} missing")
        return run
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        print(f"{path} is damaged, and is replaced: {error}", file=sys.stderr)
        return None


def _run(lecture, section, seed, data, folder):
    """Run a full lecture or a section of it, and return its results as a dict for JSON."""
    notebook = _notebook(lecture, section)
    settings = runner.environment(quick=False, data=data, seed=seed)
    result = runner.run_notebook(lecture, notebook, folder / f"{lecture.name}.html", settings)
    facts = result.facts
    if facts.get("synthetic"):  # the files in the folder are damaged
        rule = f"scores need real data. {lecture.title!r} was run on {facts['data']}"
        raise DatasetUnavailable(f"{rule}; with a network, run: mlcourse data fetch")
    return {
        "title": lecture.title,
        "section": section or "",
        "seed": seed,
        "figures": facts.get("figures", {}),
        "seconds": round(result.seconds),
        "device": facts.get("device", "not reported"),
        "data": facts.get("data", "not reported"),
        "machine": f"{platform.system()} {platform.machine()}",
        "date": datetime.date.today().isoformat(),
    }


def _notebook(lecture, section):
    """Return the notebook of a lecture with all cells, or with those that a section needs."""
    notebook = catalog.read(lecture)
    if not section:
        return notebook
    cells_by_heading = {"": []}
    heading = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            heading = cell.source.partition("\n")[0].removeprefix("## ").strip()
            cells_by_heading[heading] = []
        cells_by_heading[heading].append(cell)
    setup_cells = cells_by_heading.pop("")
    section_cells = cells_by_heading[checks.choice("section", section, cells_by_heading)]
    report_cell = [cell for cell in notebook.cells if cell.cell_type == "code"][-1]
    notebook.cells = [*setup_cells, *section_cells, report_cell]
    return notebook


def _versions():
    """Return the versions of the packages that results depend on."""
    return {name: version(name) for name in PACKAGES}


def _is_current(run, lecture):
    """Return whether neither the code of a saved run nor a version has changed since."""
    try:
        return run.get("fingerprint") == _fingerprint(lecture, run["section"])
    except ValueError:  # the lecture has no such section any more
        return False


def _fingerprint(lecture, section):
    """Return a hash of the code of a lecture or its section, the versions and the backend.

    Comments, line breaks and the settings of a quick run do not change the results, so they are
    not part of it.
    """
    cells = _notebook(lecture, section).cells
    code = [_full_code(cell.source) for cell in cells if cell.cell_type == "code"]
    facts = repr([code, sorted(_versions().items()), os.environ.get("KERAS_BACKEND", "")])
    return hashlib.sha256(facts.encode()).hexdigest()


def _full_code(source):
    """Return the code of a cell as a full run executes it, without comments."""
    try:
        tree = compile(source, "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError:  # a command of IPython, such as %timeit
        return source
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "lecture.choose":
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != "quick"]
    return ast.unparse(tree)


def lines(runs):
    """Return a table of the runs' results as lines for a terminal."""
    return tables.as_lines(HEAD, _rows(runs, str))


def page(runs):
    """Return a page in Markdown with a table of the runs' results."""
    table = tables.as_markdown(HEAD, _rows(runs, tables.markdown_text, "**{}**"))
    circumstances = map(_circumstances, _by_heading(runs).values())
    return "\n".join([ABOUT, table, "", *circumstances, ""])


def _by_heading(runs):
    """Return the runs with results as a dict from the headings of the table to lists of runs."""
    by_heading = {}
    for run in filter(itemgetter("figures"), runs):
        by_heading.setdefault(_heading(run), []).append(run)
    return by_heading


def _heading(run):
    """Return the title, section and, if the code has changed since, the date of a run."""
    parts = [run["title"]]
    if run["section"]:
        parts.append(f'section "{run["section"]}"')
    lectures = catalog.available().values()
    if not any(lecture.title == run["title"] and _is_current(run, lecture) for lecture in lectures):
        parts.append(run["date"])
    return ", ".join(parts)


def _rows(runs, as_text, heading="{}"):
    """Return the rows of the table: a heading for each lecture, and its results.

    Args:
        runs: the runs.
        as_text: function from text of a run to text of the output.
        heading: format of a heading.
    """
    rows = []
    for title, lecture_runs in _by_heading(runs).items():
        rows.append([heading.format(as_text(title)), *[""] * (len(HEAD) - 1)])
        device = lecture_runs[0]["device"].partition(", ")[2]
        for name in lecture_runs[0]["figures"]:
            results = [run["figures"][name] for run in lecture_runs if name in run["figures"]]
            rows.append([*map(as_text, [name, *_summary(results), device])])
    return rows


def _summary(results):
    """Return the columns from "reference" to "time" for one result of several runs."""
    values = [result["value"] for result in results]
    reference = results[0]["reference"]
    n_seeds = "1 seed" if len(results) == 1 else f"{len(results)} seeds"
    if any(isinstance(value, str) for value in values):
        value = " / ".join(dict.fromkeys(map(session.format_number, values)))
        limits = ""
        difference = ""
    else:
        n_seeds = n_seeds if len(results) == 1 else f"mean of {n_seeds}"
        value = session.format_number(_mean(values))
        ends = map(session.format_number, (min(values), max(values)))
        limits = " to ".join(dict.fromkeys(ends))  # one number if both are formatted the same
        difference = "" if isinstance(reference, str) else _difference(values, reference)
    seconds = round(min(result["seconds"] for result in results))
    time = f"{seconds:,} s" if seconds else ""
    return session.format_number(reference), value, n_seeds, limits, difference, time


def _mean(values):
    """Return the mean, rounded if all values are integers."""
    mean = float(np.mean(values))
    return round(mean) if all(isinstance(value, int) for value in values) else mean


def _difference(values, reference):
    """Return mean minus reference, and the same in standard errors of the mean, as text.

    The standard error is omitted for a single value, and if all values are equal.
    """
    difference = np.mean(values) - reference
    are_integers = all(isinstance(value, int) for value in [*values, reference])
    text = f"{round(difference):+,}" if are_integers else f"{difference:+.4f}"
    if min(values) == max(values):
        return text
    standard_error = np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{text} ({difference / standard_error:+,.1f})"


def _circumstances(runs):
    """Return a line of Markdown: time, data, machine, device, date and versions of the runs."""
    last = runs[-1]
    versions = ", ".join(f"{name} {number}" for name, number in last["versions"].items())
    seconds = min(run["seconds"] for run in runs)
    details = f"{last['data']}, {last['machine']}, {last['device']}, {last['date']}, {versions}"
    title = tables.markdown_text(_heading(last))
    return f"- *{title}*: {seconds:,.0f} s in total; {tables.markdown_text(details)}"
