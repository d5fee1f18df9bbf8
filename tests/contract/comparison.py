"""Where a binding's declarations differ from the header's."""

from __future__ import annotations

from typing import Any

from header import Header


def exception_name(status: str) -> str:
    """The name of a status's exception class: its own in camel case, less a final FAILED or ERROR, with Error behind."""
    words = status.removeprefix("DMERP_").removesuffix("_FAILED").removesuffix("_ERROR").split("_")
    return "".join(word.capitalize() for word in words) + "Error"


def differences(header: Header, declared: dict[str, Any]) -> list[str]:
    """Each difference in a line; none when the binding is true to the header."""
    found = []
    for what in ("functions", "callbacks", "structs", "constants"):
        # By way of lists, since JSON has no tuples.
        wanted = {name: _plain(value) for name, value in getattr(header, what).items()}
        found += _different(what, wanted, declared.get(what, {}))
    # Where the language has an exception class for each status; the others have one with the status in it.
    if "exceptions" in declared:
        exceptions = {status: exception_name(status) for status in header.statuses}
        found += _different("exceptions", exceptions, declared["exceptions"])
    # What an option is called is the language's to say; that it has a name is not.
    options = declared.get("options", {})
    found += [f"options: {key} has no name of its own" for key in header.options if not options.get(key)]
    found += [f"options: {key} is not in the header" for key in options if key not in header.options]
    if len(set(options.values())) != len(options):
        found.append("options: two have the same name")
    return found


def _different(what: str, wanted: dict[str, Any], declared: dict[str, Any]) -> list[str]:
    found = [f"{what}: {name} is missing" for name in wanted.keys() - declared.keys()]
    found += [f"{what}: {name} is not in the header" for name in declared.keys() - wanted.keys()]
    found += [
        f"{what}: {name} is {wanted[name]} in the header, but declared as {declared[name]}"
        for name in wanted.keys() & declared.keys()
        if wanted[name] != declared[name]
    ]
    return sorted(found)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
