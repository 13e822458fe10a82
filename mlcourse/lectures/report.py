"""A lecture's figures as a table: in its last cell, on its page, and in the terminal."""

import numbers

from mlcourse import checks, tables

MIME_TYPE = "application/vnd.mlcourse.report+json"
"""Under this type the last cell keeps its facts, for the one who ran the notebook."""

HEAD = ["figure", "this run", "reference"]


def bundle(facts):
    """Returns a report for a notebook: a table, text for those who see none, and the facts.

    Args:
        facts: a dict of "data", "mode" and "device" in words, "stand_in" (bool), "seed", and
            "figures" as `Session` keeps them. "rows" is added: each figure's name, this run's
            value and the reference's, as text.
    """
    rows = [
        [what, number(each["value"]), number(each["reference"])]
        for what, each in facts["figures"].items()
    ]
    facts = {**facts, "rows": rows}
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


def plain(value):
    """Returns a figure as JSON can have it: a whole number, another number, or text.

    Raises:
        ValueError: for anything else, and for what is not finite.
    """
    if isinstance(value, numbers.Integral):
        return int(value)
    return value if isinstance(value, str) else checks.number("a figure", value)


def number(value):
    """Returns a count with its thousands apart, a share with four places, and text as it is."""
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else tables.number_text(value)


def lines(rows):
    """Returns the table as lines of aligned columns."""
    return tables.as_lines(HEAD, rows)
