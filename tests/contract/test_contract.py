"""Every binding declares what include/dmerp.h declares: each function, callback, struct, constant, status and option."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comparison import differences, exception_name
from conftest import ROOT
from header import Header

INCLUDE = ROOT / "include"
LANGUAGES = ["csharp", "java", "python"]


@pytest.fixture(scope="session")
def header() -> Header:
    """The committed header."""
    return Header(INCLUDE / "dmerp.h")


def declarations(contracts: Path, language: str) -> dict[str, Any]:
    """What a binding's own types say, as its `make contract` wrote it."""
    told: dict[str, Any] = json.loads((contracts / language / "contract.json").read_text("utf-8"))
    return told


def test_the_header_is_read_whole(header: Header) -> None:
    """A parser that sees nothing would find every binding true."""
    text = (INCLUDE / "dmerp.h").read_text("utf-8")
    assert set(header.functions) == set(re.findall(r"^[a-z].*?\b(dmerp_\w+)\(", text, re.MULTILINE))
    assert set(header.callbacks) == set(re.findall(r"\(\*(dmerp_\w+_callback)\)", text))
    assert set(header.structs) == {
        "dmerp_attribute",
        "dmerp_buffer",
        "dmerp_field",
        "dmerp_left",
        "dmerp_mistake",
        "dmerp_packet",
        "dmerp_progress",
        "dmerp_receipt",
        "dmerp_record",
        "dmerp_rows",
        "dmerp_stats",
        "dmerp_totals",
        "dmerp_unreadable",
        "dmerp_value",
    }
    assert sorted(header.constants[status] for status in header.statuses) == list(range(1, 25))
    table = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    assert header.options == re.findall(r"^\| `([a-z_.]+)`", table, re.MULTILINE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_binding_declares_what_the_header_declares(header: Header, contracts: Path, language: str) -> None:
    """Fails when either changes without the other."""
    assert differences(header, declarations(contracts, language)) == []


def test_the_cpp_header_uses_all_of_the_c_header(header: Header) -> None:
    """The compiler compares the types there; that nothing is left out, it does not see."""
    text = (INCLUDE / "dmerp.hpp").read_text("utf-8")
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
    # A callback type is used by passing a function for it.
    names = {*header.functions, *header.structs, *header.constants}
    unused = {name for name in names if not re.search(rf"\b{name}\b", code)}
    # The first is what each function returns as well. The others are for languages in which a call is dear.
    assert unused == {
        "dmerp_error_status",
        "dmerp_packet_reader_rows",
        "dmerp_packet_writer_rows",
        "dmerp_rows",
    }
    classes = set(re.findall(r"\bX\(\w+, (\w+)\)", code))
    assert classes == {exception_name(status) for status in header.statuses}
    options = dict(re.findall(r'Outcome<void> (\w+)\([^)]*\) \{ return set(?:_number)?\("([a-z_.]+)"', code))
    durations = set(re.findall(r"Outcome<void> (\w+)\(std::chrono::milliseconds", code))
    assert {name: key for key, name in named_options(header, durations).items()} == options


def named_options(header: Header, durations: set[str]) -> dict[str, str]:
    """Each option's key and its name in C++: with a type for durations it needs no unit."""
    names = {key: key.replace(".", "_") for key in header.options}
    return {key: name.removesuffix("_ms") if name.removesuffix("_ms") in durations else name for key, name in names.items()}


def renamed(old: str, new: str) -> Callable[[str], str]:
    """A change of the header that replaces some text once."""

    def change(text: str) -> str:
        changed = re.sub(old, new, text, count=1, flags=re.DOTALL)
        assert changed != text, f"{old} is not in the header"
        return changed

    return change


CHANGES = {
    "a new function": renamed(r"(uint32_t dmerp_abi_version\(void\);)", r"\1\nvoid dmerp_new(void);"),
    "a function less": renamed(r"size_t dmerp_live_handles\(void\);", ""),
    "another return type": renamed(r"uint32_t dmerp_error_attempts", "uint64_t dmerp_error_attempts"),
    "another parameter type": renamed(r"uint64_t timeout_ms", "uint32_t timeout_ms"),
    "a new parameter": renamed(r"(dmerp_status dmerp_client_check\()", r"\1int32_t how, "),
    "another callback": renamed(r"dmerp_progress_callback callback", "dmerp_waiting_callback callback"),
    "another callback type": renamed(r"(\(\*dmerp_read_callback\)\([^)]*)size_t capacity", r"\1uint32_t capacity"),
    "a new field": renamed(r"(int64_t size;)", r"\1 int64_t age;"),
    "a new field at the end": renamed(r"(uint64_t last_done_at;)", r"\1 uint64_t last_receive_at;"),
    "another name of a field": renamed(r"uint64_t handed_over;", "uint64_t handed;"),
    "fields in another order": renamed(
        r"const char \*company_id;(.*?)const char \*app_code;", r"const char *app_code;\1const char *company_id;"
    ),
    "a new status": renamed(r"(#define DMERP_BAD_PACKET 24)", r"\1\n#define DMERP_NEW_ERROR 25"),
    "another number": renamed(r"#define DMERP_THROTTLED 14", "#define DMERP_THROTTLED 114"),
    "a new constant": renamed(r"(#define DMERP_LOG_DEBUG 4)", r"\1\n#define DMERP_LOG_TRACE 5"),
    "a new reason": renamed(r"(#define DMERP_LEFT_MARK_UNKNOWN 8)", r"\1\n#define DMERP_LEFT_LOST 9"),
    "another kind of value": renamed(r"#define DMERP_VALUE_DATE 6", "#define DMERP_VALUE_DATE 16"),
    "another type of a field": renamed(r"double real;", "int64_t real;"),
    "another ABI": renamed(r"#define DMERP_ABI_VERSION 1", "#define DMERP_ABI_VERSION 2"),
    "a new option": renamed(r"( \*   api_key \()", r" *   new_option (text; no default)\n *       New.\n\1"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_change_of_the_header_alone_is_found(change: str, language: str, contracts: Path, tmp_path: Path) -> None:
    """The comparison above would be worth nothing if it could not fail."""
    changed = tmp_path / "dmerp.h"
    changed.write_text(CHANGES[change]((INCLUDE / "dmerp.h").read_text("utf-8")), "utf-8")
    assert differences(Header(changed), declarations(contracts, language)) != []
