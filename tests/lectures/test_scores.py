import datetime
import json
import re

import pytest

from mlcourse import lectures
from mlcourse.cli import main
from mlcourse.datasets import CATALOG, SYNTHETIC, DatasetUnavailable
from mlcourse.lectures import scores
from tests.lectures.conftest import REPORT, SETUP

pytestmark = pytest.mark.usefixtures("execution")
COUNT = "open('../runs.txt', 'a').write('x')"
SEED = "lecture.record('the seed', 10 * lecture.seed, 7)"
NEARLY = "lecture.record('nearly the same', 1 + lecture.seed / 1e6, 1.0)"


@pytest.fixture
def real(cache):
    """Put an empty file for each dataset into the cache."""
    cache.mkdir(exist_ok=True)
    for name in CATALOG:
        (cache / f"{name}.npz").touch()


def runs(folder):
    return len((folder / "runs.txt").read_text())


def test_results_are_of_the_full_lecture_and_saved_with_their_versions(shelf, tmp_path, real):
    shelf("short", SETUP, REPORT)
    (run,) = scores.scores(out=tmp_path, seeds=1)
    results = {
        name: (result["value"], result["reference"]) for name, result in run["figures"].items()
    }
    assert results == {"epochs": (25, 25), "accuracy": (0.5, "")}
    assert all(result["seconds"] >= 0 for result in run["figures"].values())
    assert run["data"] == "MNIST (real, source: SOURCE)"
    assert run["versions"]["keras"]
    saved = json.loads((tmp_path / "scores" / "short-0.json").read_text())
    assert saved == run


def test_one_that_is_known_is_not_run_again_unless_it_changes(shelf, tmp_path, real):
    shelf("first", SETUP, COUNT, REPORT)
    shelf("second", SETUP, COUNT, "1 / 0", order=2)
    for _ in range(2):
        with pytest.raises(lectures.LectureFailed, match="ZeroDivisionError"):
            list(scores.scores(out=tmp_path, seeds=1))
    assert runs(tmp_path) == 3  # the first one once, the second one twice
    shelf("second", SETUP, COUNT, REPORT, order=2)
    assert [found["title"] for found in scores.scores(out=tmp_path, seeds=1)] == [
        "The first",
        "The second",
    ]
    assert runs(tmp_path) == 4


def test_each_seed_is_a_run_of_its_own_and_words_do_not_make_one_out_of_date(shelf, tmp_path, real):
    shelf("short", SETUP, COUNT, SEED, REPORT)
    list(scores.scores(out=tmp_path, seeds=1))
    shelf("short", "md:Other words.", SETUP, COUNT, SEED, REPORT)
    found = list(scores.scores(out=tmp_path, seeds=3))
    assert [run["figures"]["the seed"]["value"] for run in found] == [0, 10, 20]
    assert runs(tmp_path) == 3  # the first one was known


def test_missing_datasets_have_no_scores(shelf, tmp_path, cache):
    shelf("short", COUNT)
    with pytest.raises(DatasetUnavailable, match=r"There is no .*data fetch fashion_mnist"):
        list(scores.scores(out=tmp_path))
    assert not (tmp_path / "runs.txt").exists()


def test_synthetic_data_have_no_scores(shelf, tmp_path, real):
    shelf("short", SETUP, REPORT.replace("SOURCE", SYNTHETIC))
    with pytest.raises(DatasetUnavailable, match=rf"'The short' was run on .*MNIST .*{SYNTHETIC}"):
        list(scores.scores(out=tmp_path, seeds=1))
    assert not list((tmp_path / "scores").glob("*.json"))


def test_an_unknown_lecture_is_refused_before_anything_is_run(shelf, tmp_path, real):
    shelf("short", COUNT)
    with pytest.raises(ValueError, match="There is no lecture 'other'"):
        list(scores.scores(["short", "other"], out=tmp_path))
    assert not (tmp_path / "runs.txt").exists()


def test_the_command_prints_the_figures_and_makes_a_page(shelf, tmp_path, real, capsys):
    shelf("short", SETUP, SEED, NEARLY, REPORT)
    assert main(["scores", "--out", str(tmp_path), "--seeds", "2"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^the seed +7 +5 +mean of 2 seeds +0 to 10 +-2 \(-0\.4\) +CPU", out, re.M)
    same = r"^nearly the same +1\.0000 +1\.0000 +mean of 2 seeds +1\.0000 +\+0\.0000 \(\+1\.0\) "
    assert re.search(same, out, re.M)
    assert re.search(r"^accuracy +0\.5000 +mean of 2 seeds +0\.5000 +CPU", out, re.M)
    assert f"Page: {tmp_path / 'scores.md'}" in out
    page = (tmp_path / "scores.md").read_text("utf-8")
    assert "| result | reference | value | of | lowest to highest | difference (in st" in page
    row = "| the seed | 7 | 5 | mean of 2 seeds | 0 to 10 | -2 (-0.4) |  | CPU, "
    assert row in page.partition("| **The short** | ")[2]


@pytest.mark.parametrize(
    ("values", "reference", "cells"),
    [  # the difference over the standard error: the t statistic of scipy.stats.ttest_1samp
        (
            [0.86, 0.87, 0.88],
            0.88,
            ["0.8700", "mean of 3 seeds", "0.8600 to 0.8800", "-0.0100 (-1.7)"],
        ),
        ([10, 10, 10], 772, ["10", "mean of 3 seeds", "10", "-762"]),  # no spread
        ([0.9], 0.88, ["0.9000", "1 seed", "0.9000", "+0.0200"]),
        ([7, 9], "6 and 8", ["8", "mean of 2 seeds", "7 to 9", ""]),  # two numbers
        ([0.9, 0.8], "", ["0.8500", "mean of 2 seeds", "0.8000 to 0.9000", ""]),
        (["(1, 2)", "(1, 2)"], "(1, 3)", ["(1, 2)", "2 seeds", "", ""]),
    ],
)
def test_a_row_says_of_how_many_seeds_it_is_and_how_far_from_the_reference(
    values, reference, cells
):
    figures = [{"value": one, "reference": reference, "seconds": 0} for one in values]
    found = [
        {"title": "One", "figures": {"it": figure}, "device": "Keras, CPU"} for figure in figures
    ]
    circumstances = {"versions": {}, "seconds": 1, "data": "", "machine": "", "date": ""}
    circumstances |= {"section": "", "fingerprint": ""}
    page = scores.page([{**run, **circumstances} for run in found])
    (row,) = [line for line in page.split("\n") if line.startswith("| it | ")]
    assert row.split(" | ")[2:6] == cells


def test_the_page_has_all_saved_runs_and_dates_those_of_earlier_code(shelf, tmp_path, real):
    shelf("first", SETUP, SEED, REPORT)
    shelf("second", SETUP, SEED, REPORT, order=2)
    command = ["scores", "--out", str(tmp_path), "--seeds"]
    assert main([*command, "2", "first"]) == main([*command, "1", "second"]) == 0
    page = (tmp_path / "scores.md").read_text("utf-8")
    first, _, second = page.partition("**The second**")
    assert "| the seed | 7 | 5 | mean of 2 seeds | 0 to 10 |" in first
    assert "| the seed | 7 | 0 | 1 seed | 0 | -7 |" in second
    shelf("first", SETUP, COUNT, SEED, REPORT)
    assert main([*command, "1", "second"]) == 0
    page = (tmp_path / "scores.md").read_text("utf-8")
    assert f"| **The first, {datetime.date.today().isoformat()}** | " in page
    assert "| **The second** | " in page
    assert main([*command, "1", "first"]) == 0
    page = (tmp_path / "scores.md").read_text("utf-8")
    assert "| **The first** | " in page
    assert "| the seed | 7 | 0 | 1 seed |" in page.partition("**The second**")[0]


def test_a_section_is_run_without_the_others(shelf, tmp_path, real):
    one = "lecture.record('one', 1)"
    shelf("short", SETUP, "md:## One\n\nText.", one, "md:## Two", SEED, "1 / 0", REPORT)
    (run,) = scores.scores(["short"], out=tmp_path, seeds=1, section="One")
    assert list(run["figures"]) == ["one", "epochs", "accuracy"]
    assert (tmp_path / "scores" / "short-one-0.json").is_file()
    shelf("short", SETUP, "md:## One", one, "md:## Two", "other code", REPORT)
    assert scores.saved(tmp_path) == [run]
    assert '**The short, section "One"**' in scores.page(scores.saved(tmp_path))
    with pytest.raises(ValueError, match="section must be one of One, Two"):
        list(scores.scores(["short"], out=tmp_path, section="Three"))


def test_comments_and_quick_settings_do_not_make_a_run_out_of_date(shelf, tmp_path, real):
    length = "n = lecture.choose(full=3, quick={})"
    shelf("short", SETUP, length.format(1), COUNT, SEED, REPORT)
    (run,) = scores.scores(out=tmp_path, seeds=1)
    shelf("short", SETUP, "# few\n" + length.format(2), COUNT, SEED, REPORT)
    assert list(scores.scores(out=tmp_path, seeds=1)) == [run]
    assert runs(tmp_path) == 1
    shelf("short", SETUP, "n = lecture.choose(full=4, quick=2)", COUNT, SEED, REPORT)
    list(scores.scores(out=tmp_path, seeds=1))
    assert runs(tmp_path) == 2
