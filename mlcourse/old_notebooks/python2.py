"""Python 2 in a cell, one statement at a time: what it is in Python 3."""

import ast
import re

PRINT = re.compile(r"(?P<before>^\s*|.*?[:;]\s*)print\b\s*(?P<values>[^\s(=.,)\]].*|\(.*)?$")
REPLACEMENTS = (
    (re.compile(r"^(\s*except\s+[\w.]+|\s*except\s*\([^)]*\))\s*,\s*(\w+)\s*:"), r"\1 as \2:"),
    (re.compile(r"\braise\s+([\w.]+)\s*,\s*(.+)$"), r"raise \1(\2)"),
    (re.compile(r"\bexec\s+([\"'\w].*)$"), r"exec(\1)"),
    (re.compile(r"<>"), "!="),
    (re.compile(r"\b(\d+)[lL]\b"), r"\1"),
    (re.compile(r"(?<![\w.])0(\d+)\b"), r"0o\1"),
    (re.compile(r"\bur(?=[\"'])"), "r"),
    (re.compile(r"`([^`]+)`"), r"repr(\1)"),
)
BLOCK = re.compile(r"(if|elif|else|while|for|with|def|class|try)\b.*:\s*(#.*)?$")


def repaired(lines, number):
    """Return a line as Python 3 has it, and how many lines it stands for; None if it is not 2.

    Args:
        lines: of a cell.
        number: of the line, from 0.
    """
    if statement := _printed(lines, number):
        return statement
    line = lines[number]
    for pattern, text in REPLACEMENTS:
        line = pattern.sub(text, line)
    return None if line == lines[number] else (line, 1)


def passed_over(line):
    """Return what stands in place of a line that cannot be read, so that others can."""
    indent = line[: len(line) - len(line.lstrip())]
    is_block = BLOCK.match(line.strip()) and not line.strip().startswith(("el", "try"))
    return indent + ("if True:" if is_block else "pass")


def _printed(lines, number):
    """Return a print statement as a call, and over how many lines it goes, else None."""
    match = PRINT.match(lines[number])
    if not match:
        return None
    for count in range(1, len(lines) - number + 1):
        rest = lines[number + 1 : number + count]
        values = "\n".join([match["values"] or "", *rest]).strip()
        call = _call(values)
        if call:
            return match["before"] + call, count
    return None


def _call(values):
    """Return the call that prints values; None if they are not whole."""
    stream = re.match(r">>\s*([\w.]+)\s*,?\s*(.*)", values, re.DOTALL)
    values, file = (stream[2], f"file={stream[1]}") if stream else (values, "")
    values, comment = _without_comment(values)
    values = values.rstrip(";").rstrip()
    ending = 'end=" "' if values.endswith(",") else ""
    call = f"print({', '.join(filter(None, [values.rstrip(','), file, ending]))})"
    try:
        ast.parse(call)
    except SyntaxError:
        return None
    return re.sub(r"\s*\n\s*", " ", call) + comment


def _without_comment(values):
    """Return the values of a line, and the comment behind them."""
    for match in re.finditer(r"\s*#", values):
        try:
            ast.parse(f"print({values[: match.start()].rstrip().rstrip(',')})")
        except SyntaxError:
            continue
        if "\n" not in values[match.start() :]:
            return values[: match.start()], "  " + values[match.start() :].strip()
    return values, ""
