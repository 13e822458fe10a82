import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot as plt

from mlcourse.figures._shared.text import fallback_fonts, fold, label_x


@given(st.text("abc _-\n", max_size=60), st.integers(1, 30))
def test_no_line_is_too_long_and_no_letter_lost(text, width):
    lines = fold(text, width).split("\n")
    assert max(map(len, lines)) <= width
    assert "".join("".join(lines).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("batch 64", "batch 64"),
        ("learning_rate_of_adam", "learning_\nrate_of_\nadam"),
        ("leaky ReLU instead", "leaky ReLU\ninstead"),
        ("abcdefghijklm", "abcdefghij\nklm"),
        ("", ""),
    ],
)
def test_lines_end_after_a_space_or_an_underscore(text, folded):
    assert fold(text, 10) == folded


def test_tick_labels_are_rotated_only_if_they_would_overlap():
    _, ax = plt.subplots(figsize=(6, 3))
    label_x(ax, {0.0: "sgd", 1.0: "adam"}, 20, 10)
    assert [label.get_rotation() for label in ax.get_xticklabels()] == [0, 0]
    label_x(ax, {k / 10: "a long label" for k in range(11)}, 20, 10)
    assert {label.get_rotation() for label in ax.get_xticklabels()} == {30}


def test_installed_fonts_with_chinese_characters_are_fallbacks(monkeypatch):
    installed = ["DejaVu Sans", "Yu Gothic", "Noto Sans CJK JP"]
    monkeypatch.setattr("matplotlib.font_manager.get_font_names", lambda: installed)
    assert fallback_fonts() == ["Noto Sans CJK JP", "Yu Gothic"]
