"""Log records go where the program's logging sends them."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from conftest import NewClient
from sandbox import Sandbox

import dmerp


def levels(caplog: pytest.LogCaptureFixture, name: str = "dmerp") -> set[int]:
    return {record.levelno for record in caplog.records if record.name == name}


def test_each_level_is_pythons(sandbox: Sandbox, client: dmerp.Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "dmerp")
    sandbox.fault({"status": {"code": 500}})
    client.check()
    assert levels(caplog) == {logging.WARNING, logging.INFO, logging.DEBUG}
    with pytest.raises(dmerp.NotFoundError) as caught:
        client.download("Ελένη 😀 100%s")
    assert levels(caplog) == {logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG}
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert errors[0].startswith(str(caught.value))
    assert "Ελένη 😀 100%s" in errors[0]
    assert sandbox.api_key not in caplog.text


def test_the_level_can_change_later(client: dmerp.Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "dmerp")
    client.check()
    assert levels(caplog) == set()
    caplog.set_level(logging.INFO, "dmerp")
    client.check()
    assert levels(caplog) == {logging.INFO}


def test_another_logger(new_client: NewClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    new_client(logger=logging.getLogger("erp.portal")).check()
    assert levels(caplog, "erp.portal") == {logging.INFO, logging.DEBUG}
    new_client(logger=logging.LoggerAdapter(logging.getLogger("erp.adapted"), {})).check()
    assert levels(caplog, "erp.adapted") == {logging.INFO, logging.DEBUG}
    assert levels(caplog) == set()


def test_no_logger(new_client: NewClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    new_client(logger=None).check()
    assert caplog.records == []


class Raising(logging.Handler):
    """Raises at every record, or at those of one level."""

    def __init__(self, level: int) -> None:
        super().__init__()
        self.only = level
        self.problem = ZeroDivisionError("mine")

    def handle(self, record: logging.LogRecord) -> Any:
        if record.levelno == self.only:
            raise self.problem
        return True


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
def test_what_logging_raises_comes_out_unchanged(new_client: NewClient, level: int) -> None:
    """Also at the record that tells the success, when the call is over."""
    logger = logging.getLogger("raising")
    logger.setLevel(logging.DEBUG)
    handler = Raising(level)
    logger.addHandler(handler)
    client = new_client(logger=logger)
    with pytest.raises(ZeroDivisionError) as caught:
        client.check()
    logger.removeHandler(handler)
    assert caught.value is handler.problem


def test_a_program_without_logging_prints_nothing(sandbox: Sandbox, client: dmerp.Client, capfd: Any) -> None:
    sandbox.fault({"status": {"code": 500}})
    client.check()
    assert capfd.readouterr() == ("", "")


def test_the_name_of_a_logger_is_no_logger() -> None:
    with pytest.raises(TypeError, match=r"logger must be a logging\.Logger, not str"):
        dmerp.Config(logger="dmerp")  # type: ignore[arg-type]
