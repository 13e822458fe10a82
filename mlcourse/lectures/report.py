"""A lecture's figures as a table: in its last cell, on its page, and in the terminal."""

import numbers

from mlcourse import checks, tables

MIME_TYPE = "application/vnd.mlcourse.report+json"
"""Under this type the last cell keeps its facts, for the one who ran the notebook."""

HEAD = ["figure", "this run", "reference"]


def bundle(facts):
    """Returns a report for a notebook: a table, text for those who see none, and the facts.

    Args:
        facts: a dict of "data", "mode" and "device" in words, "stand_in" (bool) and "rows", each
            a figure's name, this run's value and the reference's, as text.
    """
    caption = " · ".join(facts[key] for key in ("data", "mode", "device"))
    return {
        "text/html": tables.as_html(caption, HEAD, facts["rows"]),
        "text/plain": "\n".join([caption, *lines(facts["rows"])]),
        MIME_TYPE: facts,
    }


def find(notebook):
    """Returns the facts that a notebook's last report kept; an empty dict if there is none."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    found = [output.data[MIME_TYPE] for output in outputs if MIME_TYPE in output.get("data", {})]
    return found[-1] if found else {}


def number(value):
    """Returns a count with its thousands apart, a share with four places, and text as it is."""
    if isinstance(value, numbers.Integral):
        return f"{value:,}"
    return value if isinstance(value, str) else f"{checks.number('a figure', value):.4f}"


def lines(rows):
    """Returns the table as lines of aligned columns."""
    return tables.as_lines(HEAD, rows)
