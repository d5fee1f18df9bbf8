"""Log records go where the program's logging sends them."""

from __future__ import annotations

import concurrent.futures
import contextvars
import logging
import sys
from typing import Any

import pytest
from conftest import NewClient
from sandbox import SOON, Sandbox

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
    """Raises at the records of one level."""

    def __init__(self, level: int, problem: BaseException) -> None:
        super().__init__()
        self.only = level
        self.problem = problem

    def handle(self, record: logging.LogRecord) -> Any:
        if record.levelno == self.only:
            raise self.problem
        return True


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
@pytest.mark.parametrize("problem", [ZeroDivisionError("mine"), SystemExit(3)])
@pytest.mark.parametrize("on_main_thread", [True, False])
def test_what_logging_raises_changes_no_outcome(
    sandbox: Sandbox, new_client: NewClient, monkeypatch: Any, level: int, problem: BaseException, on_main_thread: bool
) -> None:
    """It goes where Python sends what nobody can catch."""
    unraisable: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda each: unraisable.append(each.exc_value))
    logger = logging.getLogger("raising")
    logger.setLevel(logging.DEBUG)
    handler = Raising(level, problem)
    logger.addHandler(handler)
    client = new_client(logger=logger)
    try:
        if on_main_thread:
            client.push("anna", b"<p/>")
        else:
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                pool.submit(client.push, "anna", b"<p/>").result(SOON)
    finally:
        logger.removeHandler(handler)
        monkeypatch.undo()
    assert unraisable
    assert set(unraisable) == {problem}
    assert sandbox.pushed()[0]["uploads"] == 1


def test_a_broken_handler_is_told_by_logging_itself(new_client: NewClient, capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("broken")
    logger.propagate = False
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(no_such_thing)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    new_client(logger=logger).check()
    logger.removeHandler(handler)
    assert "--- Logging error ---" in capsys.readouterr().err


def test_records_are_made_in_the_callers_context(new_client: NewClient) -> None:
    job: contextvars.ContextVar[str] = contextvars.ContextVar("job")
    job.set("nightly")
    seen: list[str] = []
    logger = logging.getLogger("contextual")
    logger.setLevel(logging.DEBUG)

    def note(_record: logging.LogRecord) -> bool:
        seen.append(job.get("lost"))
        return False

    logger.addFilter(note)
    new_client(logger=logger).check()
    logger.removeFilter(note)
    assert set(seen) == {"nightly"}


def test_a_program_without_logging_prints_nothing(sandbox: Sandbox, client: dmerp.Client, capfd: Any) -> None:
    sandbox.fault({"status": {"code": 500}})
    client.check()
    assert capfd.readouterr() == ("", "")


def test_the_name_of_a_logger_is_no_logger() -> None:
    with pytest.raises(TypeError, match=r"logger must be a logging\.Logger, not str"):
        dmerp.Config(logger="dmerp")  # type: ignore[arg-type]
