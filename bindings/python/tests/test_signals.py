"""Ctrl-C and other signals while the main thread is inside a call."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest
from conftest import StartChild, finish
from sandbox import HANG, SOON, Sandbox

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

VERBS = """
verbs = {
    "check": lambda: erp.check(),
    "call": lambda: erp.check(call=dmerp.Call(timeout=60.0)),
    "push": lambda: erp.push("anna", b"<p/>"),
    "download": lambda: erp.download("x"),
}
"""

WAITS = (
    VERBS
    + """
import signal
class Stop(Exception): pass
def stop(*_): raise stopped
stopped = Stop("mine")
# Python's own at the start; but what runs the tests in the background may have it ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGUSR1, stop)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
signal.signal(signal.SIGUSR2, lambda *_: print("noticed", flush=True))
with new_client() as erp:
    print("ready", flush=True)
    try:
        verbs[sys.argv[1]]()
    except KeyboardInterrupt as why:
        print("interrupted", time.time(), flush=True)
    except Stop as why:
        assert why is stopped
        print("stopped", type(why.__context__).__name__, flush=True)
    finally:
        print("left", time.time(), flush=True)
    assert threading.active_count() == 1
assert dmerp.live_handles() == 0
"""
)


TWICE = """
import signal
class Stop(Exception): pass
def stop(*_): raise Stop
signal.signal(signal.SIGUSR1, stop)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
with new_client() as erp:
    print("ready", flush=True)
    try:
        erp.check()
    except BaseException as why:
        print(*(type(each).__name__ for each in (why, why.__context__, why.__context__.__context__)), flush=True)
assert dmerp.live_handles() == 0
assert threading.active_count() == 1
"""

AGAIN = """
import signal
def stop(*_):
    if dmerp.live_handles() > 1:  # beside the client there is a call
        raise KeyboardInterrupt
signal.signal(signal.SIGINT, stop)
with new_client() as erp:
    print("ready", flush=True)
    try:
        erp.check()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
assert dmerp.live_handles() == 0
assert threading.active_count() == 1
sys.stdin.readline()
"""


def line(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def waiting(start: StartChild, sandbox: Sandbox, script: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a child and wait until it hangs in a call."""
    sandbox.fault(**HANG)
    child = start(script, *arguments)
    assert line(child) == "ready"
    sandbox.await_request()
    return child


@pytest.mark.parametrize("verb", ["check", "call", "push", "download"])
def test_ctrl_c_comes_out_of_every_verb(sandbox: Sandbox, start: StartChild, verb: str) -> None:
    child = waiting(start, sandbox, WAITS, verb)
    sent = time.time()
    child.send_signal(signal.SIGINT)
    told, at = line(child).split()
    assert told == "interrupted"
    assert float(at) - sent < SOON
    finish(child)


def test_any_exception_of_a_handler_comes_out(sandbox: Sandbox, start: StartChild) -> None:
    child = waiting(start, sandbox, WAITS, "check")
    child.send_signal(signal.SIGUSR1)
    assert line(child) == "stopped CancelledError"
    finish(child)


def test_two_signals_at_once(sandbox: Sandbox, start: StartChild) -> None:
    """As in any Python program the later exception comes out, and its context leads to the first one; and nothing goes on."""
    child = waiting(start, sandbox, TWICE)
    for each in (signal.SIGSTOP, signal.SIGUSR1, signal.SIGTERM, signal.SIGCONT):
        child.send_signal(each)
    assert finish(child) == "SystemExit CancelledError Stop\n"


def test_ctrl_c_twice_leaves_no_call_behind(sandbox: Sandbox, start: StartChild) -> None:
    sandbox.fault(**HANG)
    child = start(AGAIN)
    assert line(child) == "ready"
    sandbox.await_request()
    for _ in range(20):
        child.send_signal(signal.SIGINT)
        time.sleep(0.005)
    assert finish(child) == "interrupted\n"


def test_sigterm_that_ends_the_program(sandbox: Sandbox, start: StartChild) -> None:
    child = waiting(start, sandbox, WAITS, "check")
    sent = time.time()
    child.send_signal(signal.SIGTERM)
    assert float(line(child).split()[1]) - sent < SOON
    child.wait(SOON)
    assert child.returncode == 7


def test_a_handler_that_returns_ends_nothing(sandbox: Sandbox, start: StartChild) -> None:
    child = waiting(start, sandbox, WAITS, "check")
    for _ in range(3):
        child.send_signal(signal.SIGUSR2)
        assert line(child) == "noticed"
    child.send_signal(signal.SIGUSR1)
    assert line(child) == "stopped CancelledError"
    finish(child)


AMID = """
import signal
class Stop(BaseException): pass
def stop(*_): raise Stop
signal.signal(signal.SIGALRM, stop)
class Endless:
    piece = bytes(65536)
    def read(self, size): return self.piece

with new_client(logger=None) as erp:  # without records, fewer callbacks could make up for one that goes wrong
    verbs = {
        "read": lambda: erp.push_stream("anna", Endless()),
        "progress": lambda: erp.download(sys.argv[2], call=dmerp.Call(progress=lambda progress: None)),
    }
    handles = dmerp.live_handles()
    kept = []
    for attempt in range(60):
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.002 + attempt * 0.0003)
            verbs[sys.argv[1]]()
        except Stop as why:
            kept.append(why)
    assert dmerp.live_handles() == handles
    print(len(kept))
"""


@pytest.mark.parametrize("callback", ["read", "progress"])
def test_a_signal_may_come_at_any_step_of_a_callback(sandbox: Sandbox, start: StartChild, callback: str) -> None:
    """None is lost, and nothing is stored of a content that was cut short."""
    url = sandbox.send(bytes(3_000_000))["url"]
    sandbox.fault({"trickle": {"bytes_per_chunk": 2000, "ms": 1}}, on="storage", method="GET", times=0)
    assert finish(start(AMID, callback, url)) == "60\n"
    assert sandbox.pushed() == []


BLOCKED = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
class Blocked:
    def read(self, size):
        assert threading.current_thread() is threading.main_thread()
        print("ready", flush=True)
        return sys.stdin.buffer.raw.read(size)
with new_client() as erp:
    try:
        erp.push_stream("anna", Blocked())
    except KeyboardInterrupt:
        print("interrupted", flush=True)
assert dmerp.live_handles() == 0
"""


def test_ctrl_c_comes_out_of_a_callback_that_waits(sandbox: Sandbox, start: StartChild) -> None:
    child = start(BLOCKED)
    assert line(child) == "ready"
    child.send_signal(signal.SIGINT)
    assert line(child) == "interrupted"
    finish(child)
    assert sandbox.pushed() == []


NESTED = """
import signal
def handler(*_):
    erp.push("anna", b"<p/>", packet_id="from the handler")
    raise KeyboardInterrupt
signal.signal(signal.SIGUSR1, handler)
with new_client() as erp:
    print("ready", flush=True)
    try:
        erp.pull()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


def test_a_handler_may_use_the_client(sandbox: Sandbox, start: StartChild) -> None:
    sandbox.fault("hang", on="portal", path="/pull/", times=0)
    child = start(NESTED)
    assert line(child) == "ready"
    sandbox.await_request()
    child.send_signal(signal.SIGUSR1)
    assert finish(child) == "interrupted\n"
    assert sandbox.pushed()[0]["packetUniqueId"] == "from the handler"


HOOKED = """
import signal
seen = []
sys.unraisablehook = lambda unraisable: seen.append(unraisable.exc_type.__name__)
class Bad:
    def __del__(self): raise ZeroDivisionError
with new_client() as erp:
    def progress(progress):
        Bad()
    try:
        erp.push("anna", b"<p/>", call=dmerp.Call(progress=progress))
    finally:
        print(set(seen), flush=True)
"""


def test_other_unraisable_exceptions_stay_the_programs(start: StartChild) -> None:
    assert finish(start(HOOKED)) == "{'ZeroDivisionError'}\n"


RECEIVES = """
import signal
def handler(*_):
    if sys.argv[1] == "raise":
        raise KeyboardInterrupt
    getattr(receiver, sys.argv[1])()
signal.signal(signal.SIGINT, handler)
with new_client(receive_poll=0.02, receive_poll_max=0.02, receive_done=60.0) as erp:
    try:
        with erp.receive() as receiver:
            for packet in receiver:
                packet.done()
                print("ready", flush=True)
        print("ended", flush=True)
    except BaseException as why:
        print(type(why).__name__, flush=True)
    print(receiver.summary.handed_over, receiver.summary.marked, flush=True)
del packet
assert dmerp.live_handles() == 0
assert threading.active_count() == 1
"""


@pytest.mark.parametrize(
    ("handler", "comes"), [("raise", "KeyboardInterrupt"), ("stop", "ended"), ("close", "InvalidArgumentError")]
)
def test_a_signal_ends_a_wait_for_packets_in_good_order(sandbox: Sandbox, start: StartChild, handler: str, comes: str) -> None:
    sandbox.send()
    child = start(RECEIVES, handler)
    assert line(child) == "ready"
    sandbox.await_request(6)
    child.send_signal(signal.SIGINT)
    assert finish(child) == f"{comes}\n1 1\n"
    assert sandbox.waiting() == []


CLOSES = """
import logging, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
logging.basicConfig(level=logging.DEBUG, stream=open(os.devnull, "w"))
with new_client(receive_close=0.5, receive_done=60.0) as erp:
    receiver = erp.receive()
    receiver.next().done()
    print("ready", flush=True)
    try:
        receiver.close()
    except KeyboardInterrupt:
        print("interrupted", receiver.closed, [left.why.name for left in receiver.summary.left], flush=True)
assert dmerp.live_handles() == 0
"""


def test_ctrl_c_waits_for_the_end_of_close(sandbox: Sandbox, start: StartChild) -> None:
    sandbox.send()
    sandbox.fault("hang", path="/done", times=0)
    child = start(CLOSES)
    assert line(child) == "ready"
    sandbox.await_request(4)
    child.send_signal(signal.SIGINT)
    assert finish(child) == "interrupted True ['MARK_UNKNOWN']\n"


AT_HAND = """
import signal
class Stop(BaseException): pass
armed, raised, caught, received = False, 0, 0, 0
def stop(*_):
    global armed, raised
    if armed:
        armed, raised = False, raised + 1
        raise Stop
signal.signal(signal.SIGALRM, stop)
with new_client() as erp, erp.receive() as receiver:
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0007)
    packet = receiver
    while packet is not None:
        try:
            armed = receiver.is_ready
            packet = receiver.next()
            armed = False
            if packet is not None:
                packet.done()
                received += 1
        except Stop:
            caught += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    del packet
print(raised - caught, caught > 20, received > 20)
"""


def test_a_signal_may_come_at_any_step_of_a_next_that_need_not_wait(sandbox: Sandbox, start: StartChild) -> None:
    """None is lost in a log record."""
    sandbox.send(count=1000)
    assert finish(start(AT_HAND)) == "0 True True\n"
