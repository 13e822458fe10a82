"""Join JavaScript modules into one text, for places where a module cannot import a file.

A page opened from a file, a widget and a slide take a single script. The modules of
`mlcourse/interactive/js` keep to a few forms, so that lines can be joined without a parser:

- `import { a, b } from "./name.js";`, or "../name.js", on one line, at the top;
- `export const`, `export function` or `export class` at the start of a line;
- `export default name;` in the last line of the entry.

A live component NAME has an entry `NAME_element.js`, which defines the tag `<mlcourse-NAME>` for
pages, and an entry `NAME_widget.js` for notebooks.
"""

import functools
import posixpath
import re
from pathlib import Path

FOLDER = Path(__file__).with_name("js")
IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "(\.\.?/[\w/]+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:const|function|class) (\w+))", re.MULTILINE)
DEFAULT = re.compile(r"^export default (\w+);$", re.MULTILINE)
COMMENT = re.compile(r"^\s*//.*\n|(?<=[;,{}]) // .*", re.MULTILINE)
INDENT = re.compile(r"^ +", re.MULTILINE)
ELEMENT = re.compile(r"<mlcourse-([a-z-]+)[ >]")


@functools.cache
def bundle(*entries: str) -> str:
    """Return modules and all that they import as one script.

    Each module becomes a function that is called at once, in the order of imports. Comments
    and indentation are left out.

    Args:
        entries: names of modules in the folder `js`, without ".js".

    Returns:
        A classic script; a module with a default export if the last entry has one.

    Raises:
        ValueError: if a line of an import or an export has another form.

    Example:
        >>> "const dom = (() => {" in bundle("playground_element")
        True
    """
    names: list[str] = []
    for entry in entries:
        _add_in_order(entry, names)
    parts = "".join(map(_wrapped, names))
    default = DEFAULT.search(_source(entries[-1]))
    if default:
        return f"{parts}export default {_identifier(entries[-1])}.{default[1]};\n"
    return f"(() => {{\n{parts}}})();\n"


def element_entries(html: str | None = None) -> list[str]:
    """Return the entries of the live components in a page, by default of all, from a to z.

    >>> element_entries("<p>A <mlcourse-playground></mlcourse-playground></p>")
    ['playground_element']
    """
    entries = sorted(path.stem for path in FOLDER.glob("*_element.js"))
    if html is None:
        return entries
    names = {f"{name.replace('-', '_')}_element" for name in ELEMENT.findall(html)}
    return [entry for entry in entries if entry in names]


def with_script(html: str) -> str:
    """Return a page, or a part of one, with one inline script for its live components.

    It is at the end, within the body. An inline classic script also works in a page that is opened
    from a file.
    """
    entries = element_entries(html)
    if not entries:
        return html
    end = html.rfind("</body>")
    end = len(html) if end < 0 else end
    return f"{html[:end]}<script>\n{bundle(*entries)}</script>\n{html[end:]}"


def _source(name):
    return (FOLDER / f"{name}.js").read_text("utf-8")


def _path(name, relative):
    """Return the path in the folder `js` of what a module imports."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), relative))


def _identifier(name):
    return name.replace("/", "_")


def _add_in_order(name, names):
    """Append a module to a list of names, after all that it imports."""
    for _, relative in IMPORT.findall(_source(name)):
        imported = _path(name, relative)
        if imported not in names:
            _add_in_order(imported, names)
    if name not in names:
        names.append(name)


def _wrapped(name):
    """Return a module as a function whose result holds its exports."""
    source = _source(name)
    exports = [*EXPORT.findall(source), *DEFAULT.findall(source)]

    def destructured(line):
        return f"const {{ {line[1]} }} = {_identifier(_path(name, line[2]))};"

    source = IMPORT.sub(destructured, source)
    source = DEFAULT.sub("", EXPORT.sub("", source))
    line = re.search(r"^(?:import|export)\b.*", source, re.MULTILINE)
    if line:
        rule = (
            f"imports and exports of {name}.js must have the forms of mlcourse.interactive.bundle"
        )
        raise ValueError(f"{rule}. Got {line[0]!r} instead.")
    source = INDENT.sub("", COMMENT.sub("", source)).strip()
    head = f"const {_identifier(name)} = (() => {{"
    return f"{head}\n{source}\nreturn {{ {', '.join(exports)} }};\n}})();\n"
