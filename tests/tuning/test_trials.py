import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcourse.tuning.trials import COMPLETED, FAILED, RUNNING, Trial, Trials

HOSTILE = "<script>alert('x')</script>"


def trials(direction=1, max_trials=4):
    return Trials(
        "val_accuracy",
        direction,
        max_trials,
        [
            Trial(0, {"units": 8, "rate": 1e-4}, COMPLETED, 0.5, epochs=3, seconds=1.25),
            Trial(1, {"units": 16}, FAILED, note=f"diverged {HOSTILE}"),
            Trial(2, {"units": 32, "rate": 0.01}, COMPLETED, 0.75, epochs=3, seconds=2.0),
            Trial(3, {"units": 64, "kind": "adam"}, RUNNING),
        ],
    )


def test_the_best_is_the_largest_or_the_smallest_score():
    assert trials().best.number == 2
    assert trials(direction=-1).best.number == 0
    assert [trial.number for trial in trials().ranked()] == [2, 0]


def test_of_equal_scores_the_first_is_the_best():
    tied = Trials("val_loss", -1, 2, [Trial(k, {}, COMPLETED, 0.5) for k in range(2)])
    assert tied.best.number == 0


def test_without_a_completed_trial_there_is_no_best():
    nothing = Trials("val_loss", -1, 2, [Trial(0, {}, FAILED), Trial(1, {}, RUNNING)])
    assert nothing.best is None
    assert nothing.ended == 1
    assert np.isnan(nothing.score_range()).all()
    assert np.isnan(nothing.best_so_far()).all()
    assert nothing.status() == "1 of 2 trials · 1 failed"


@given(
    st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=20),
    st.sampled_from([1, -1]),
)
def test_the_best_so_far_is_that_of_the_trials_until_then(scores, direction):
    ended = [
        Trial(k, {}, FAILED if score is None else COMPLETED, np.nan if score is None else score)
        for k, score in enumerate(scores)
    ]
    found = Trials("goal", direction, 99, ended).best_so_far()
    for k, best in enumerate(found):
        known = [score for score in scores[: k + 1] if score is not None]
        expected = (max if direction > 0 else min)(known) if known else np.nan
        np.testing.assert_equal(best, expected)


@pytest.mark.parametrize("score", [np.nan, np.inf, -np.inf, 1e39])
@pytest.mark.parametrize("direction", [1, -1])
def test_a_completed_trial_whose_score_is_no_number_counts_as_failed(score, direction):
    odd = trials(direction)
    odd.trials.insert(0, Trial(9, {}, COMPLETED, score))
    assert odd.best.number == trials(direction).best.number
    assert [trial.number for trial in odd.failed] == [9, 1]
    assert odd.ended == 4
    np.testing.assert_equal(odd.best_so_far()[1:], trials(direction).best_so_far())
    assert np.isfinite(odd.score_range()).all()
    assert odd.rows[2][-1] == f"val_accuracy was {score}"
    assert "2 failed" in odd.status()


@pytest.mark.parametrize("direction", [1, -1])
def test_the_best_so_far_counts_nothing_that_is_not_completed(direction):
    found = trials(direction).best_so_far()
    best = 0.75 if direction > 0 else 0.5
    np.testing.assert_allclose(found, [0.5, 0.5, best, best])


def test_a_note_of_many_lines_is_one_line_of_the_table():
    long = Trials("goal", 1, 1, [Trial(0, {}, FAILED, note="ValueError: no\n  such\nlayer\n")])
    assert long.rows[0][-1] == "ValueError: no such layer"
    assert len(str(long).splitlines()) == 3


def test_an_empty_search_has_a_table():
    nothing = Trials("val_loss", -1, 5)
    assert nothing.status() == "0 of 5 trials"
    assert nothing.best_so_far().shape == (0,)
    assert nothing.rows == [] and nothing.best is None
    assert "<table>" in nothing._repr_html_()
    assert repr(nothing).splitlines()[0] == "0 of 5 trials"


def test_small_scores_are_not_rounded_to_nothing():
    small = Trials("val_loss", -1, 1, [Trial(0, {}, COMPLETED, 1.23456e-6)])
    assert small.rows[0][-1] == "1.23e-06"
    assert "best val_loss 1.23e-06" in small.status()


def test_hostile_names_values_and_objectives_are_escaped():
    hostile = Trials(HOSTILE, 1, 1, [Trial(0, {HOSTILE: HOSTILE}, COMPLETED, 0.5)])
    page = hostile._repr_html_()
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 4


def test_csv_has_each_score_and_value_in_full(tmp_path):
    score, rate = 0.1 + 0.2, 1e-4 / 3
    values = {"rate": rate, "kind": 'a, "b"\nc', "flag": True}
    found = Trials("goal", 1, 1, [Trial(0, values, COMPLETED, score, 2, 0.5)])
    with found.to_csv(tmp_path / "trials.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert float(row["score"]) == score and float(row["rate"]) == rate
    assert row["kind"] == 'a, "b"\nc' and row["flag"] == "True" and row["epochs"] == "2"


def test_names_come_in_the_order_in_which_they_were_first_seen():
    assert trials().names == ["units", "rate", "kind"]


def test_status_counts_and_names_the_best():
    assert trials().status() == ("3 of 4 trials · 1 failed · best val_accuracy 0.7500 (trial 2)")


def test_the_table_has_the_best_first_and_says_why_others_failed():
    lines = str(trials()).splitlines()
    assert lines[0] == trials().status()
    assert [line.split()[0] for line in lines[2:]] == ["2", "0", "1", "3"]
    assert "diverged" in lines[4]
    assert lines[5].endswith("running")
    assert lines[1].split() == [
        "trial",
        "units",
        "rate",
        "kind",
        "epochs",
        "seconds",
        "val_accuracy",
    ]


def test_html_is_escaped():
    assert HOSTILE not in trials()._repr_html_()
    assert "&lt;script&gt;" in trials()._repr_html_()


def test_csv_has_a_line_a_trial(tmp_path):
    path = trials().to_csv(tmp_path / "trials.csv")
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == [COMPLETED, FAILED, COMPLETED, RUNNING]
    assert [row["score"] for row in rows] == ["0.5", "", "0.75", ""]
    assert rows[1]["note"] == f"diverged {HOSTILE}"
    assert rows[3]["rate"] == ""
    assert [one.name for one in tmp_path.iterdir()] == ["trials.csv"]


@pytest.mark.parametrize("direction", [1, -1])
def test_scores_far_worse_than_most_are_not_usual(direction):
    scores = [0.9, 0.91, 0.92, 0.93, 0.1]
    ended = [Trial(k, {}, COMPLETED, direction * score) for k, score in enumerate(scores)]
    worst, best = Trials("goal", direction, 5, ended).score_range()
    assert (worst, best) == (direction * 0.9, direction * 0.93)
