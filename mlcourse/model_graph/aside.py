"""Computations aside from the main path of a model, such as those of masks."""

from mlcourse.model_graph.kinds import is_operation
from mlcourse.model_graph.operation_words import is_tensor


def calls_aside(calls):
    """Return the numbers of the operations whose results are masks, or join the main path.

    An operation is aside if each of its results is a mask where it is used, or the condition of a
    `where`, or is used aside. So is one that inputs and constants lead to without any layer, if
    its results are used together with the output of a layer.

    Args:
        calls: a list of `Call`, each behind its sources.
    """
    is_direct = _direct(calls)
    uses = [[] for _ in calls]  # by the number of a call: who uses it, and whether as a mask
    for number, call in enumerate(calls):
        for (source, _), is_mask in zip(call.sources, _mask_flags(call), strict=False):
            uses[source].append((number, is_mask))
    aside = set()
    for number in reversed(range(len(calls))):
        if calls[number].layer is None or not is_operation(calls[number].layer):
            continue
        joins = [
            is_mask or user in aside or (is_direct[number] and _joins(calls[user], is_direct))
            for user, is_mask in uses[number]
        ]
        if joins and all(joins) and not calls[number].is_output:
            aside.add(number)
    return aside


def source_in_chain(call, aside, n_uses):
    """Return the call aside whose only use is in this one, which is aside too; None if none is.

    Args:
        call: a call that is aside.
        aside: numbers of all calls aside.
        n_uses: by the number of a call, how many others use it.
    """
    sources = {source for source, _ in call.sources if source in aside}
    is_chain = len(sources) == 1 and n_uses[min(sources)] == 1
    return min(sources) if is_chain else None


def _direct(calls):
    """Return for each call whether no layer is on any way from an input to it."""
    direct = []
    for call in calls:
        is_step = call.layer is None or is_operation(call.layer)
        direct.append(is_step and all(direct[source] for source, _ in call.sources))
    return direct


def _joins(user, is_direct):
    """Return whether a call takes the output of a layer, too."""
    return any(not is_direct[source] for source, _ in user.sources)


def _mask_flags(call):
    """Return for each tensor that a call takes whether it is a mask or a condition."""
    flags = list(_flags(call.arguments)) or [False] * len(call.sources)
    if type(call.layer).__name__ == "Where" and is_tensor(call.arguments.get("args", [None])[0]):
        flags[0] = True
    return flags


def _flags(part, is_mask=False):
    """Yield for each tensor in arguments, in the order of `Call.sources`, whether it is a mask."""
    if is_tensor(part):
        yield is_mask
    elif isinstance(part, dict):
        for name in sorted(part):
            yield from _flags(part[name], is_mask or "mask" in name)
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from _flags(inner, is_mask)
