import pytest

from mlcourse.lectures import available, catalog, find


def test_lectures_come_in_the_order_of_teaching(shelf):
    shelf("second", order=2)
    shelf("first", order=1)
    assert list(available()) == ["first", "second"]
    lecture = find("second")
    assert (lecture.title, lecture.summary) == ("The second", "What it is about.")


def test_other_notebooks_in_the_folder_are_no_lectures(shelf, capsys):
    folder = shelf("first").parent
    (folder / "Untitled.ipynb").write_text('{"cells": [], "metadata": {}}')
    (folder / "empty.ipynb").touch()
    assert list(available()) == ["first"]
    assert "empty.ipynb is not a valid notebook, and is ignored" in capsys.readouterr().err


def test_an_unknown_lecture_lists_the_known_ones(shelf):
    shelf("first")
    with pytest.raises(ValueError, match=r"lecture must be one of first\. Got 'third' instead"):
        find("third")


def test_the_real_shelf_holds_the_first_lecture():
    assert catalog.folder().is_dir()
    assert find("neural-networks").title == "Neural networks"
