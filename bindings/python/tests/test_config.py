"""The options, by keyword and by key."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pytest
from sandbox import Sandbox

import dmerp
from dmerp import Config, Format, TlsRoots
from dmerp.config import OPTIONS

# A certificate for 100 years.
PEM = """\
-----BEGIN CERTIFICATE-----
MIIBbjCCARWgAwIBAgIUK4/KurGG7ER0MtiRlTlOtyLOWSUwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBdDAgFw0yNjExMjYwMDI1MDZaGA8yMTI2MTEwMjAwMjUwNlow
DDEKMAgGA1UEAwwBdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDsG2GOkFCA1
wVbElRj/TyTkFWapPKzhmHQ7Z1zdcl7pXrD26ocUsyhdi/xyLPKXiHb9BhL2hTYn
+wwmhi/wJOCjUzBRMB0GA1UdDgQWBBS4cmV0qlskM0B593OLOlVp4Py1YjAfBgNV
HSMEGDAWgBS4cmV0qlskM0B593OLOlVp4Py1YjAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0cAMEQCIAOpYObf1SjC7s7JmCpUbeadJtX+//1M/+GB3qFTf2e+
AiAkrJVo9sUzQfAjZddTLUGkE41RjB4sijlppIriCK1DAg==
-----END CERTIFICATE-----
"""

VALUES: dict[str, tuple[Any, str]] = {
    "app_area": ("ПЛОЩ 😀", "ПЛОЩ 😀"),
    "api_key": ("key", "(set)"),
    "base_url": ("http://localhost:1/x", "http://localhost:1/x"),
    "format": (Format.XML, "xml"),
    "timeout_connect": (4.035, "4035"),  # times 1000 it is a little more than that
    "timeout_idle": (12, "12000"),
    "timeout_overall": (13.5, "13500"),
    "retry_max_attempts": (2, "2"),
    "retry_base": (0.0000001, "1"),
    "retry_max": (0.0144, "15"),
    "tls_roots": (TlsRoots.FILE, "file"),
    "tls_ca_file": (Path("/a") / "ca.pem", f"{Path('/a') / 'ca.pem'}"),
    "tls_ca_pem": (PEM, PEM),
    "temp_dir": (Path("/tmp"), f"{Path('/tmp')}"),
    "proxy": ("none", "none"),
    "user_agent": ("erp/1", "erp/1"),
    "upload_content_type": ("text/plain", "text/plain"),
    "done_batch": (16, "16"),
    "max_list_bytes": (2048, "2048"),
    "max_memory_bytes": (2049, "2049"),
    "max_download_bytes": (2**40, "1099511627776"),
    "receive_concurrency": (3, "3"),
    "receive_ahead_packets": (4, "4"),
    "receive_ahead_bytes": (2050, "2050"),
    "receive_memory_bytes": (0, "0"),
    "receive_done_count": (7, "7"),
    "receive_done": (0.25, "250"),
    "receive_close": (5.5, "5500"),
    "receive_lease": (24, "24000"),
    "receive_max_deliveries": (6, "6"),
    "receive_dead_letter_dir": (Path("/tmp"), f"{Path('/tmp')}"),
    "receive_poll": (1.5, "1500"),
    "receive_poll_max": (61, "61000"),
    "receive_max_packets": (9, "9"),
    "receive_max": (3600, "3600000"),
    "push_concurrency": (8, "8"),
}


def test_every_keyword_reaches_the_library() -> None:
    assert set(VALUES) == set(OPTIONS)
    with Config(**{name: value for name, (value, _) in VALUES.items()}) as config:
        for name, (_, text) in VALUES.items():
            assert config.get(OPTIONS[name]) == text


def test_none_leaves_the_default() -> None:
    nothing: Any = dict.fromkeys(OPTIONS)
    with Config(**nothing) as config, Config() as untouched:
        for key in OPTIONS.values():
            assert config.get(key) == untouched.get(key)
        assert config.get("app_area") is None
        assert config.get("format") == "json"


def test_set_and_get_by_key() -> None:
    with Config() as config:
        config.set("timeout.idle_ms", "30000")
        assert config.get("timeout.idle_ms") == "30000"
        with pytest.raises(dmerp.InvalidConfigError, match=r"timeout\.idle_ms"):
            config.set("timeout.idle_ms", "soon")
        assert config.get("timeout.idle_ms") == "30000"
        with pytest.raises(dmerp.InvalidConfigError, match="no_such"):
            config.set("no_such", "1")
        with pytest.raises(dmerp.InvalidConfigError, match="no_such"):
            config.get("no_such")
        with pytest.raises(dmerp.InvalidArgumentError, match="the value of proxy holds a NUL"):
            config.set("proxy", "no\0ne")
        with pytest.raises(dmerp.InvalidArgumentError, match="key holds a NUL"):
            config.get("pro\0xy")


@pytest.mark.parametrize(
    ("options", "problem", "says"),
    [
        ({"timeout_idle_ms": 5}, TypeError, "no option 'timeout_idle_ms'; there are app_area, .*logger"),
        ({"timeout_idle": "5"}, TypeError, "real number, not str"),
        ({"timeout_idle": float("nan")}, dmerp.InvalidArgumentError, "timeout_idle must be a number of seconds, not nan"),
        ({"timeout_idle": float("inf")}, dmerp.InvalidArgumentError, "timeout_idle must be a number of seconds, not inf"),
        ({"done_batch": "5"}, TypeError, "integer"),
        ({"app_area": b"A"}, TypeError, "app_area must be a str, not bytes"),
        ({"format": "xml"}, ValueError, "'xml' is not a valid Format"),
        ({"tls_roots": "system"}, ValueError, "'system' is not a valid TlsRoots"),
        ({"tls_ca_file": b"/a"}, TypeError, r"tls\.ca_file must be a str, not bytes"),
        ({"tls_ca_file": "/a\udcff"}, dmerp.InvalidArgumentError, r"tls\.ca_file holds .* half a surrogate pair"),
        ({"app_area": "a\0b"}, dmerp.InvalidArgumentError, "app_area holds a NUL"),
        ({"timeout_idle": 0}, dmerp.InvalidConfigError, r"timeout\.idle_ms"),
        ({"timeout_idle": -1}, dmerp.InvalidConfigError, r"timeout\.idle_ms"),
        ({"format": Format.DEFAULT}, dmerp.InvalidConfigError, "format"),
    ],
)
def test_what_is_no_option(options: Any, problem: Any, says: str) -> None:
    with pytest.raises(problem, match=says):
        Config(**options)
    # What was made until then is freed, even while the exception is kept.
    assert dmerp.live_handles() == 0


def test_a_client_is_made_of_a_config_or_of_keywords(sandbox: Sandbox) -> None:
    config = Config(app_area=sandbox.app_area, api_key=sandbox.api_key, base_url=sandbox.base_url)
    with dmerp.Client(config) as first:
        config.set("app_area", "OTHER")
        with dmerp.Client(config) as second:
            config.close()
            first.check()
            with pytest.raises(dmerp.UnknownAppAreaError):
                second.check()
            assert repr(first) == f"<dmerp.Client, app area {sandbox.app_area}>"
    both: Any = {"app_area": "A"}
    with Config() as config, pytest.raises(TypeError, match=r"either a dmerp\.Config or keywords"):
        dmerp.Client(config, **both)


def test_a_client_that_cannot_be_made_names_the_option(tmp_path: Path) -> None:
    with pytest.raises(dmerp.InvalidConfigError, match="api_key"):
        dmerp.Client(app_area="A")
    with pytest.raises(dmerp.InvalidConfigError, match=r"none\.pem"):
        dmerp.Client(app_area="A", api_key="k", tls_ca_file=tmp_path / "none.pem")
    with pytest.raises(dmerp.InvalidConfigError, match=r"tls\.ca_pem"):
        dmerp.Client(app_area="A", api_key="k", tls_ca_pem="no certificate")


def test_paths_may_be_any_path_like() -> None:
    class Place(os.PathLike[str]):
        def __fspath__(self) -> str:
            return "/a/ca.pem"

    with Config(tls_ca_file=Place()) as config:
        assert config.get("tls.ca_file") == "/a/ca.pem"


def test_a_config_shows_its_area_and_state() -> None:
    config = Config(app_area="DMDEV01", logger=logging.getLogger("x"))
    assert repr(config) == "<dmerp.Config, app area DMDEV01>"
    config.close()
    assert repr(config) == "<dmerp.Config, closed>"
    with pytest.raises(dmerp.InvalidHandleError, match="the configuration is closed"):
        config.get("app_area")


def test_options_are_keywords() -> None:
    with pytest.raises(TypeError, match=r"either a dmerp\.Config or keywords"):
        dmerp.Client({"app_area": "X"})  # type: ignore[arg-type]
