"""Sessions with real servers of `tvm.rpc`: reached, refused, busy, silent, dying."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import tvm
from tvm import rpc

from bench.models import build, example_inputs
from bench.models.relax_import import import_module
from bench.remote.artifact import board_target, build_artifact
from bench.remote.local_server import SERVER, LocalServer
from bench.remote.place import Place
from bench.remote.sessions import BoardError, in_session
from bench.remote.timing import Plan, time_on_board
from bench.remote.tolerance import Tolerance
from pytest_relaybench.measure.correctness import OutputMismatchError

from .rpc import LOOPBACK, THREADS, free_port, silent_port, tracker_with_servers

PATIENCE_S = 20.0


@pytest.fixture(scope="module")
def boards():
    """A tracker with two servers of one key, and a third server that it does not know."""
    with tracker_with_servers(["board", "board"]) as found:
        yield found


@pytest.fixture(scope="module")
def network():
    """Nature-DQN and an input."""
    return build("nature-dqn"), example_inputs("nature-dqn", 1, seed=0)


@pytest.fixture(scope="module")
def artifact(network, tmp_path_factory):
    """Nature-DQN compiled for this machine."""
    model, inputs = network
    return build_artifact(import_module(model, inputs), board_target(None), tmp_path_factory.mktemp("artifact"))


def threads(session):
    """Something that only the other side can answer."""
    return session.get_function("runtime.NumThreads")()


def established(connection):
    """Whether both sides still hold the connection."""
    return connection.status == psutil.CONN_ESTABLISHED


@pytest.mark.parametrize("way", ["direct", "tracker"])
def test_times_and_output(boards, network, artifact, way):
    """A network is sent, judged and timed, over both ways to a board; the session leaves nothing open behind it."""
    model, inputs = network
    tolerance = Tolerance(model(*inputs).numpy(), 1e-4)
    arrays = (inputs[0].numpy(),)
    found = in_session(
        getattr(boards, way),
        PATIENCE_S,
        lambda session: time_on_board(session, artifact.path, arrays, Plan(3, 2), tolerance.check),
    )
    assert len(found.seconds) == 3
    assert 0 < found.round_trip_s < min(found.seconds) < 1
    assert found.upload_s > 0
    np.testing.assert_allclose(found.output, model(*inputs).numpy(), rtol=1e-4, atol=1e-4)
    ports = {connection.raddr.port for connection in psutil.Process().net_connections("tcp") if established(connection)}
    assert ports == set()


def test_wrong_output_is_not_timed(boards, network, artifact):
    """An output unlike torch's ends the session before the clock starts; the error says that it is the output."""
    model, inputs = network
    tolerance = Tolerance(model(*inputs).numpy() + 1, 1e-4)
    arrays = (inputs[0].numpy(),)
    endless = Plan(repeats=10**6, calls=10**6)  # would not end if it began
    with pytest.raises(OutputMismatchError):
        in_session(
            boards.direct,
            PATIENCE_S,
            lambda session: time_on_board(session, artifact.path, arrays, endless, tolerance.check),
        )
    assert in_session(boards.direct, PATIENCE_S, threads) >= 1


def test_right_only_once(boards, network, artifact):
    """The output of the last timed call is judged too: what is right in the first call alone has no time."""
    _, inputs = network
    seen = []

    def check(output):
        seen.append(output)
        if len(seen) > 1:
            raise OutputMismatchError("output differs from the reference")

    arrays = (inputs[0].numpy(),)
    with pytest.raises(OutputMismatchError):
        in_session(
            boards.direct,
            PATIENCE_S,
            lambda session: time_on_board(session, artifact.path, arrays, Plan(2, 2), check),
        )
    np.testing.assert_array_equal(*seen)


def test_threads_are_those_of_the_plan(boards, network, artifact):
    """The board runs on as many threads as the experiment says, where its server was started with more."""
    _, inputs = network
    arrays = (inputs[0].numpy(),)

    def work(session):
        time_on_board(session, artifact.path, arrays, Plan(1, 1, threads=1), lambda output: None)
        return threads(session)

    assert in_session(boards.direct, PATIENCE_S, threads) == THREADS
    assert in_session(boards.direct, PATIENCE_S, work) == 1


def test_deadline_while_working(boards, network, artifact):
    """Work that takes too long is ended in time, in one line with host and port, and the board is free again."""
    model, inputs = network
    tolerance = Tolerance(model(*inputs).numpy(), 1e-4)
    arrays = (inputs[0].numpy(),)
    endless = Plan(repeats=10**6, calls=10**3)
    started = time.monotonic()
    place = boards.direct
    with pytest.raises(BoardError, match=rf"^{LOOPBACK}:{place.port} \(key direct\) has not finished: 2 s are over$"):
        in_session(place, 2.0, lambda session: time_on_board(session, artifact.path, arrays, endless, tolerance.check))
    assert time.monotonic() - started < 6
    assert in_session(place, PATIENCE_S, threads) >= 1


def test_one_session_at_a_time(boards):
    """A server that serves somebody else is busy; once that session is over, the next one is served."""
    held = rpc.connect(boards.direct.host, boards.direct.port, "direct")
    with pytest.raises(BoardError, match=rf":{boards.direct.port} .*busy.*1 s are over"):
        in_session(boards.direct, 1.0, threads)
    del held
    assert in_session(boards.direct, PATIENCE_S, threads) >= 1


def test_a_client_that_is_gone_does_not_hold_the_board(boards):
    """The server ends a session when its time is over, so that one that nobody ends is not for ever."""
    held = rpc.connect(boards.direct.host, boards.direct.port, "direct", session_timeout=2)
    assert in_session(boards.direct, PATIENCE_S, threads) >= 1
    del held


def test_two_boards_of_a_key(boards):
    """The tracker hands out both servers at once; a third request waits and is given up in time, naming the tracker."""

    def third(session):
        threads(session)
        with pytest.raises(BoardError, match=rf"^tracker {LOOPBACK}:{boards.tracker.port} \(key board\) is busy"):
            in_session(boards.tracker, 1.0, threads)
        return True

    assert in_session(boards.tracker, PATIENCE_S, lambda session: in_session(boards.tracker, PATIENCE_S, third))


def test_unknown_key(boards):
    """A key that no server has is told with those that there are, and waits for nobody."""
    place = Place(LOOPBACK, boards.tracker.port, "typo", is_tracker=True)
    with pytest.raises(
        BoardError, match=rf"{boards.tracker.port} \(key typo\): no server has this key; there are board"
    ):
        in_session(place, PATIENCE_S, threads)


def test_wrong_key(boards):
    """A server refuses a key that is not its own, and goes on to serve others."""
    with pytest.raises(BoardError, match=rf"{boards.direct.port} \(key other\): .*key"):
        in_session(Place(LOOPBACK, boards.direct.port, "other"), PATIENCE_S, threads)
    assert in_session(boards.direct, PATIENCE_S, threads) >= 1


@pytest.mark.parametrize("is_tracker", [False, True])
def test_nobody_there(is_tracker):
    """A closed port is told at once, in one line with host and port."""
    place = Place(LOOPBACK, free_port(), "board", is_tracker)
    started = time.monotonic()
    with pytest.raises(BoardError, match=f"{LOOPBACK}:{place.port}") as caught:
        in_session(place, PATIENCE_S, threads)
    assert time.monotonic() - started < 5
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("is_tracker", [False, True])
def test_silent_board(is_tracker):
    """A port that takes the connection and says nothing costs its timeout and no more."""
    started = time.monotonic()
    with silent_port() as port, pytest.raises(BoardError, match=f":{port} .*1 s are over"):
        in_session(Place(LOOPBACK, port, "board", is_tracker), 1.0, threads)
    assert time.monotonic() - started < 4


def test_local_server():
    """A server of our own is on loopback alone; dying in mid-session it is told, and started anew when asked for."""
    server = LocalServer()
    place = server.place()
    (group,) = [child for child in psutil.Process().children() if str(SERVER) in child.cmdline()]
    listening = [c.laddr.ip for p in [group, *group.children(recursive=True)] for c in p.net_connections("tcp")]
    assert set(listening) == {LOOPBACK}

    def die(session):
        tensor = tvm.runtime.tensor(np.ones(2), session.cpu(0))
        serving = max(group.children(recursive=True), key=psutil.Process.create_time)
        serving.kill()
        return tensor.numpy()

    with pytest.raises(BoardError, match=f"working with {place}"):
        in_session(place, PATIENCE_S, die)
    server.stop()
    assert not group.is_running()
    assert in_session(server.place(), PATIENCE_S, threads) >= 1
    server.stop()


def test_local_server_answers_nobody_else():
    """Another user of this machine who finds the port has neither its key, nor sees it in a list of processes."""
    server = LocalServer()
    place = server.place()
    with pytest.raises(BoardError, match="cannot find server that matches key"):
        in_session(Place(place.host, place.port, "board"), PATIENCE_S, threads)
    told = [" ".join(p.cmdline()) for p in psutil.Process().children(recursive=True)]
    assert len(place.key) == 32
    assert not [words for words in told if place.key in words]
    assert in_session(place, PATIENCE_S, threads) >= 1
    server.stop()


def test_local_server_dies_with_who_started_it(tmp_path):
    """Nothing is left of a server whose owner was killed: neither itself nor its children."""
    code = (
        "import time; from bench.remote.local_server import *; print(LocalServer().place(), flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    assert re.match(rf"{LOOPBACK}:\d+", owner.stdout.readline())
    left = psutil.Process(owner.pid).children(recursive=True)
    assert len(left) >= 2
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    _, alive = psutil.wait_procs(left, timeout=5)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def test_linked_by_the_board(boards, network, tmp_path):
    """A board links object files by itself, and refuses in one line what it cannot load, and goes on."""
    model, inputs = network
    made = build_artifact(import_module(model, inputs), board_target(None), tmp_path, link_on_board=True)
    tolerance = Tolerance(model(*inputs).numpy(), 1e-4)

    def send(path):
        arrays = (inputs[0].numpy(),)
        return in_session(
            boards.direct,
            PATIENCE_S,
            lambda session: time_on_board(session, path, arrays, Plan(1, 1), tolerance.check),
        )

    broken = tmp_path / "broken.so"
    broken.write_bytes(b"\x7fELF and no more")
    with pytest.raises(BoardError, match=f":{boards.direct.port} .*broken.so") as caught:
        send(broken)
    assert "\n" not in str(caught.value)
    assert len(send(made.path).seconds) == 1


def test_cross_compiling(network, tmp_path):
    """For another processor than this one, parts are made that a board of that kind links itself."""
    model, inputs = network
    target = board_target({"kind": "llvm", "mtriple": "aarch64-linux-gnu", "mcpu": "cortex-a53"})
    made = build_artifact(import_module(model, inputs), target, tmp_path, link_on_board=True)
    listed = subprocess.check_output(["tar", "-xvf", made.path, "-C", tmp_path], text=True).split()
    machines = {
        int.from_bytes((tmp_path / name).read_bytes()[18:20], "little") for name in listed if name.endswith(".o")
    }
    assert machines == {183}  # EM_AARCH64


def test_unknown_target():
    """What TVM does not know is told in one line."""
    with pytest.raises(ValueError, match=r"target: .*mcpuu") as caught:
        board_target({"kind": "llvm", "mcpuu": "x"})
    assert "\n" not in str(caught.value)
