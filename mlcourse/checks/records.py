"""Checks of what is kept: whether it was begun as what is to go on with it."""


def as_begun(what, where, mine, kept):
    """Raises unless what is kept was begun as it is to go on; what is not there is None.

    Args:
        what: the setting's name.
        where: what is kept, in words.
        mine, kept: the setting's values.
    """
    if found := _first_difference(mine, kept):
        place, mine, kept = found
        rule = f"{where} was begun with another {what}, and must go on as it began"
        rule = f"{rule}, or begin anew under another name"
        raise ValueError(f"{rule}. Got {place}{_short(mine)} instead of {_short(kept)}.")


def _first_difference(mine, kept, place=""):
    """Returns where two values differ first, by the names of the dicts there, and both of it.

    None if they are the same.
    """
    if isinstance(mine, dict) and isinstance(kept, dict):
        pairs = [(f"{place}{name} ", mine.get(name), kept.get(name)) for name in {**kept, **mine}]
    elif isinstance(mine, list) and isinstance(kept, list) and len(mine) == len(kept):
        pairs = [(place, *both) for both in zip(mine, kept, strict=True)]
    else:
        return None if _are_same(mine, kept) else (place, mine, kept)
    found = (_first_difference(one, other, inner) for inner, one, other in pairs)
    return next(filter(None, found), None)


def _are_same(mine, kept):
    """Whether two values are the same, or mine says more: of some there was once the type alone."""
    return mine == kept or (isinstance(mine, str) and mine.startswith(f"{kept}: "))


def _short(value):
    text = repr(value)
    return text if len(text) < 100 else f"{text[:97]}..."
