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
    with pytest.raises(
        ValueError, match=r"There is no lecture 'third'. The lectures are: first\.$"
    ):
        find("third")
    with pytest.raises(ValueError, match=r"first\. Did you mean 'first'\?"):
        find("frist")


def test_a_notebook_is_found_by_its_path_without_metadata(shelf, tmp_path):
    unlisted = shelf("first").with_name("mine.ipynb")
    unlisted.write_text('{"cells": [{"source": ["import os"]}], "metadata": {}}')
    lecture = find(str(unlisted))
    assert (lecture.name, lecture.title, lecture.path) == ("mine", "mine", unlisted)
    with pytest.raises(
        ValueError, match=r"must have \"mlcourse\": .* mlcourse lecture .*mine.ipynb"
    ):
        find("mine")
    unlisted.write_text("[]")
    with pytest.raises(ValueError, match="must be a Jupyter notebook"):
        find(str(unlisted))
    with pytest.raises(FileNotFoundError, match=r"There is no notebook 'gone.ipynb'"):
        find("gone.ipynb")


def test_the_real_shelf_holds_the_first_lecture():
    assert catalog.folder().is_dir()
    assert find("neural-networks").title == "Neural networks"


@pytest.mark.parametrize("name", ["-x", "--help", "../evil", "a/b", "", "..", "x\ny", "a b"])
def test_the_name_of_a_new_lecture_is_neither_a_path_nor_an_option(tmp_path, monkeypatch, name):
    folder = tmp_path / "a"
    folder.mkdir()
    monkeypatch.chdir(folder)
    with pytest.raises(ValueError, match=r"name must .*\. Got "):
        catalog.create(name)
    assert list(tmp_path.glob("**/*.ipynb")) == []
