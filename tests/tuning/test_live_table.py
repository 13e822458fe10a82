from types import SimpleNamespace

import IPython.display  # noqa: F401
import pytest

from mlcourse.callbacks.live_output import LiveTable


class Table:
    """A fake table."""

    def status(self):
        return "1 of 3 trials"

    def _repr_html_(self):
        return "<table></table>"


@pytest.fixture
def notebook(monkeypatch):
    """Return the displayed bundles by output, and the callbacks for the end of the cell."""
    outputs, waiting = [], []

    def display(bundle, raw, display_id):
        outputs.append([])
        return SimpleNamespace(update=lambda bundle, raw: outputs[-1].append(bundle))

    events = SimpleNamespace(
        register=lambda name, callback: waiting.append(callback),
        unregister=lambda name, callback: waiting.remove(callback),
    )
    shell = SimpleNamespace(events=events, kernel="a kernel")
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr("IPython.display.display", display)
    return SimpleNamespace(outputs=outputs, waiting=waiting)


def test_a_notebook_has_one_output_that_is_updated(notebook, capsys):
    with LiveTable(3, "trial") as live:
        live.show(Table(), 1, "<b>trial</b> 1")
        live.show(Table(), 2)
        assert len(notebook.waiting) == 1
    ((first, second),) = notebook.outputs
    assert first["text/plain"] == "1 of 3 trials · <b>trial</b> 1"
    assert first["text/html"].startswith('<table></table><p><progress value="1" max="3">')
    assert "&lt;b&gt;trial&lt;/b&gt; 1" in first["text/html"]
    assert "<b>" not in first["text/html"]
    assert second == {"text/html": "<table></table>", "text/plain": "1 of 3 trials"}
    assert not notebook.waiting
    assert capsys.readouterr() == ("", "")


def test_an_interrupted_cell_leaves_nobody_waiting(notebook):
    with pytest.raises(KeyboardInterrupt), LiveTable(3, "trial"):
        raise KeyboardInterrupt
    assert not notebook.waiting


def test_elsewhere_there_is_a_bar(capsys):
    with LiveTable(3, "trial") as live:
        live.show(Table(), 1, "trial 1")
        live.show(Table(), 3)
    out, err = capsys.readouterr()
    last = err.split("\r")[-1]
    assert (out, "3/3" in last, "1 of 3 trials" in last) == ("", True, True)
    assert "trial 1" not in last
    assert err.endswith("\n")


def test_a_bar_has_room_for_what_was_done_before(capsys):
    with LiveTable(2, "trial") as live:
        live.show(Table(), 5)
    assert "5/5" in capsys.readouterr().err
