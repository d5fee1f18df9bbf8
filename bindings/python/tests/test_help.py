"""What tools and people see of the package: its types, its help, its names."""

from __future__ import annotations

import inspect
import pydoc
import typing
from typing import Any

import pytest

import dmerp
import dmerp.aio
from dmerp.config import OPTIONS, Options

PUBLIC: dict[str, Any] = {name: getattr(dmerp, name) for name in dmerp.__all__} | {"aio.Client": dmerp.aio.Client}


@pytest.mark.parametrize("name", PUBLIC)
def test_everything_public_has_types_and_help(name: str) -> None:
    it = PUBLIC[name]
    typing.get_type_hints(it)
    assert inspect.getdoc(it)
    for member, value in inspect.getmembers(it) if inspect.isclass(it) else ():
        function = value.fget if isinstance(value, property) else inspect.unwrap(value)
        if inspect.isfunction(function) and function.__module__.startswith("dmerp"):
            hints = typing.get_type_hints(function)
            assert "return" in hints or member.startswith("__"), member
            assert member.startswith("_") or inspect.getdoc(function), member


def test_the_package_has_its_names_and_no_others() -> None:
    assert set(dmerp.__all__) > {"Client", "Packets", "ThrottledError", "live_handles"}
    public = {name for name, it in vars(dmerp).items() if name[0] != "_" and not inspect.ismodule(it)}
    assert public == set(dmerp.__all__)
    assert not [name for name in dmerp.__all__ if not getattr(dmerp, name).__module__.startswith("dmerp")]


def test_the_help_of_config_tells_every_option() -> None:
    told = pydoc.plain(pydoc.render_doc(dmerp.Config))
    with dmerp.Config() as config:
        for name, hint in typing.get_type_hints(Options, include_extras=True).items():
            default, meaning = hint.__metadata__
            (line,) = [each for each in told.splitlines() if f" {name} (" in each]
            assert f"; default: {default}): {meaning}" in line
            assert hint.__origin__.__args__[0].__name__ in line
            if name == "logger":
                continue
            value = config.get(OPTIONS[name])
            if hint.__origin__.__args__[0] in (int, float):
                assert float(default.split(";")[0]) * (1000 if OPTIONS[name].endswith("_ms") else 1) == float(value or "")
            elif name in ("format", "tls_roots"):
                assert default == f"{hint.__origin__.__args__[0].__name__}.{(value or '').upper()}"
            elif name == "user_agent":
                assert value == default.replace("<version>", dmerp.version())
            else:
                assert default == value or ((value is None and default in ("required", "none")) or " " in default)
