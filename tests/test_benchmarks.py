import ast
import doctest
import itertools
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import injected_faults, page, readme, records, timing

ROOT = Path(__file__).parents[1]


class Clock:
    """A clock on which nothing takes time but what says so."""

    def __init__(self):
        self.now, self.calls = 0.0, []

    def way(self, name, *lengths):
        """Returns a way that takes so many seconds, call by call."""
        each = itertools.cycle(lengths)

        def call():
            self.calls.append(name)
            self.now += next(each)

        return call


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timing.time, "perf_counter", lambda: clock.now)
    return clock


def cells(line):
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def results(text):
    """Returns what the tables of a page in Markdown say, by what is compared."""
    rows = [cells(line) for line in text.splitlines() if line.startswith("| ")]
    ratios = {f"{what} vs. {way}": ratio for what, way, _, _, ratio, _ in by(6, rows)}
    return ratios | dict(by(2, rows))


def by(length, rows):
    return [row for row in rows if len(row) == length]


def test_a_way_that_is_slower_has_a_ratio_above_one_and_the_first_call_does_not_count(clock):
    ours = clock.way("ours", 50, 1, 2, 1)
    others = {"slow": clock.way("slow", 90, 3, 4, 4), "quick": clock.way("quick", 9, 0.5, 0.5, 1)}
    slow, quick = timing.compare("a thing", ours, others, runs=3)
    assert clock.calls == ["ours", "slow", "quick"] * 4
    assert (slow.ours, slow.theirs) == ([1, 2, 1], [3, 4, 4])
    assert (slow.name, slow.result) == ("a thing vs. slow", "3.00 (2.00 to 4.00)")
    assert slow.amounts == ["1.00 s", "4.00 s"]
    assert quick.result == "0.50 (0.25 to 1.00)"


def test_a_ratio_is_of_the_runs_of_one_round():
    ratio = timing.Ratio("a thing", "another", [1, 10, 100], [2, 30, 200])
    assert ratio.result == "2.00 (2.00 to 3.00)"  # of the medians, 3.00
    assert timing.Ratio("a thing", "another", [2], [5]).result == "2.50"


def test_numbers_are_written_as_the_examples_say():
    assert doctest.testmod(timing) == (0, 2)


def test_a_benchmark_has_a_process_of_its_own():
    assert timing.in_new_process(os.getpid) != os.getpid()


@pytest.mark.parametrize("name", records.names())
def test_a_benchmark_says_what_it_compares_and_has_rows(name):
    tree = ast.parse((records.HERE / f"{name}.py").read_text("utf-8"))
    assert ast.get_docstring(tree)
    assert "rows" in [one.name for one in tree.body if isinstance(one, ast.FunctionDef)]


@pytest.fixture
def shelf(monkeypatch, tmp_path):
    """Two benchmarks, of which the second one fails at first; returns which have been run."""
    run, file = [], tmp_path / "README.md"
    file.write_text("| first a vs. b | 9.00 |\n| other | 9 |\n| second | |\n")

    def in_new_process(measure, name):
        run.append(name)
        if run == ["first", "second"]:
            raise RuntimeError("no browser")
        ratio, finding = (
            timing.Ratio("first a", "b", [1, 2], [3, 6]),
            timing.Finding("second", "20"),
        )
        return "About.", [ratio if name == "first" else finding]

    for name in ("first", "second"):
        (tmp_path / f"{name}.py").touch()
    for module, attribute, value in (
        (records, "HERE", tmp_path),
        (records, "FOLDER", tmp_path / "results"),
        (records.timing, "in_new_process", in_new_process),
        (readme, "ROOT", tmp_path),
        (readme, "README", file),
        (command, "PAGE", tmp_path / "page.md"),
    ):
        monkeypatch.setattr(module, attribute, value)
    return run


def test_a_run_that_is_broken_off_goes_on_and_its_page_says_what_is_missing(
    shelf, tmp_path, capsys
):
    assert command.main([]) == 1
    assert "page.md has all benchmarks but second;" in capsys.readouterr().out
    assert page.MISSING in (tmp_path / "page.md").read_text()
    assert command.main([]) == 0
    assert "page.md has all benchmarks;" in capsys.readouterr().out
    assert shelf == ["first", "second", "second"]
    found = results((tmp_path / "page.md").read_text())
    assert (found["first a vs. b"], found["second"]) == ("3.00 (3.00 to 3.00)", "20")
    rows = (tmp_path / "README.md").read_text().splitlines()
    assert rows[0] == "| first a vs. b | 3.00 (3.00 to 3.00) |"
    assert rows[1] == "| other | 9 |"


def test_what_has_changed_or_is_named_is_run_again(shelf, tmp_path, monkeypatch):
    for _ in range(2):
        command.main([])
    (tmp_path / "first.py").write_text("changed")
    command.main([])
    assert shelf[3:] == ["first"]
    command.main(["second"])
    assert shelf[4:] == ["second"]
    monkeypatch.setattr(records, "processor", lambda: "another one")
    command.main([])
    assert shelf[5:] == ["first", "second"]


def test_a_name_that_is_wrong_is_refused_with_the_right_ones(shelf, capsys):
    with pytest.raises(SystemExit):
        command.main(["third"])
    assert "must be one of first, second. Got third instead." in capsys.readouterr().err
    assert not shelf


def test_the_page_has_a_section_for_each_benchmark_but_the_long_ones():
    sections = re.split(r"^## ", (ROOT / "docs" / "benchmarks.md").read_text("utf-8"), flags=re.M)
    parts = {part.partition("\n")[0]: part for part in sections[1:]}
    assert set(records.names()) - command.LONG <= set(parts) <= set(records.names())
    assert all(len(results(part)) > 0 or page.MISSING in part for part in parts.values())


def test_the_readme_quotes_the_page():
    text = (ROOT / "README.md").read_text("utf-8")
    section = text.partition("## Benchmarks")[2].partition("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("| ")][1:]
    found = results((ROOT / "docs" / "benchmarks.md").read_text("utf-8"))
    assert len(table) == 5
    for name, result in map(cells, table):
        assert found[name] == result
    assert readme.quoted(text, []) == text


def test_a_benchmark_is_out_of_date_when_the_way_of_measuring_changes(tmp_path, monkeypatch):
    (tmp_path / "timing.py").touch()
    before = records.fingerprint("drawing")
    monkeypatch.setattr(records.timing, "__file__", str(tmp_path / "timing.py"))
    assert records.fingerprint("drawing") != before


def test_the_readme_quotes_the_scores():
    text, scores = (path.read_text("utf-8") for path in (readme.README, readme.SCORES))
    rows = scores.split("\n")
    quotes = [line for line in text.split("\n") if line in rows and line.startswith("| ")]
    assert len(quotes) == 1 + 5  # the head, and five results
    assert readme.quoted(text, rows) == text


def diagnosed(fault, *names, setting="moons", alarms=()):
    return injected_faults.Result(injected_faults.Case(setting, fault, 0), names, alarms)


def test_the_row_of_a_fault_has_its_recall_and_what_is_first_instead():
    row = injected_faults.fault_row(
        "dead units",
        [
            diagnosed("dead units", "dead units", "overfitting"),
            diagnosed("dead units", "overfitting", "dead units"),
            diagnosed("dead units", "overfitting"),
            diagnosed("dead units", setting="MNIST"),
        ],
    )
    assert row.name == "dead units"
    assert row.result == (
        "found in 2, first in 1 of 4; missed on moons 1, MNIST 1; "
        "first instead: overfitting 2, nothing 1"
    )
    perfect = injected_faults.fault_row("overfitting", [diagnosed("overfitting", "overfitting")])
    assert perfect.result == "found in 1, first in 1 of 1"


def test_an_alarm_in_a_healthy_fit_is_a_finding_above_low():
    quiet = diagnosed("healthy", "underfitting")
    loud = diagnosed("healthy", "underfitting", alarms=("underfitting",))
    assert injected_faults.healthy_row([quiet]).result == "false alarms in 0 of 1"
    assert injected_faults.healthy_row([quiet, loud]).result == (
        "false alarms in 1 of 2: underfitting (moons) 1"
    )


def test_the_benchmark_has_every_fault_and_a_hundred_healthy_fits():
    from mlcourse.diagnosis import FAULTS

    cases = injected_faults.cases(injected_faults.SEEDS)
    by_fault = Counter(case.fault for case in cases)
    assert by_fault.pop("healthy") == 100
    assert by_fault.keys() == FAULTS.keys()
    assert by_fault.pop("validation images augmented") == 40  # the moons are no images
    assert set(by_fault.values()) == {60}
    assert len(set(cases)) == len(cases)
    assert {case.setting for case in cases if case.fault == "healthy"} == set(
        injected_faults.healthy_settings()
    )


def test_saved_cases_are_not_run_again_until_the_code_changes(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(injected_faults, "SAVED", tmp_path / "bench" / "cases.json")
    chosen = injected_faults.cases(1)
    first = {case: injected_faults.Result(case, (case.fault, "x"), ("x",)) for case in chosen}
    injected_faults.save(first)
    assert injected_faults.load() == first
    assert injected_faults.results(chosen) == list(first.values())
    injected_faults.main(["--saved", "--faults", "dead units"])
    assert capsys.readouterr().out == "dead units: found in 3, first in 3 of 3\n"
    monkeypatch.setattr(injected_faults, "fingerprint", lambda: "of other code")
    assert injected_faults.load() == {}


def test_cases_of_more_seeds_start_with_those_of_fewer():
    more = injected_faults.cases(3)
    assert more[: len(more) // 3] == injected_faults.cases(1)
    assert more[len(more) // 3 :] == injected_faults.cases(2, first_seed=1)


def test_a_fit_of_few_examples_has_as_many_steps_as_a_healthy_one():
    setting = injected_faults.settings()["moons"]
    case = injected_faults.Case("moons", "overfitting", 0)
    _, (x, _, _), _, fit = injected_faults.prepare(setting, case)
    n_seen = len(x) * fit["epochs"]
    assert n_seen == pytest.approx(injected_faults.N_TRAIN * setting.epochs, rel=0.05)


@pytest.mark.slow
def test_a_quick_benchmark_finds_an_obvious_fault():
    case = injected_faults.Case("moons", "NaN in inputs", 0)
    assert injected_faults.run(case).first == "NaN in inputs"
