"""What tests do that go wrong in a child, and what must be seen of it."""

from __future__ import annotations

import json
from collections.abc import Callable

from pytest_relaybench.isolation.bounds import harmless
from pytest_relaybench.isolation.pool import Reported

from .neighbours import Seen, fails, passes

MIB = 1 << 20

OUR_PIPE = """
def is_pipe(descriptor):
    try:
        is_fifo = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
        return is_fifo and fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_WRONLY
    except OSError:
        return False
pipe = next(descriptor for descriptor in range(3, 64) if is_pipe(descriptor))
"""
DOUBLE_FORK = """
there, here = os.pipe()
if os.fork():
    os.wait()
    print(os.read(there, 20).decode())
    return
os.setsid()
if os.fork():
    os._exit(0)
os.write(here, str(os.getpid()).encode())
time.sleep(600)
"""
GARBAGE = """
dice = random.Random(RANDOM)
os.write(pipe, dice.choice([
    b'{"kind": "report"}', b'{"kind": "note", "text": 1}', b'{"kind": "warning", "message": "x"}', b'null', b'{}',
    b'{"kind": "report", "report": 1, "written": [0, 0]}', b'[' * 50_000, b'{"kind": "done"', b'1e999', b'{"kind": []}',
    dice.randbytes(100).replace(b"\\n", b""),
]) + b"\\n")
"""
WITHOUT_END = f"""
for _ in range(300):
    os.write(pipe, b'x' * {MIB})
open("FOLDER/all", "w")
"""
ODD_BYTES = r"""
os.write(1, b'a\xff\xfe\x00\x1b[2J\x1b]0;t\x07\xf0\x9f' + bytes(range(256)))
os.write(2, random.Random(RANDOM).randbytes(10_000))
"""
DESCRIPTORS = """
global kept
kept = []
try:
    while True:
        kept.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
"""
FLOOD = f"""
os.rename(os.path.join("FOLDER", "empty"), os.path.join("FOLDER", os.readlink("/proc/self/fd/1").replace("/", "!")))
for _ in range(1024):
    os.write(1 + RANDOM % 2, b"x" * {MIB})
"""
DIES_IN = {
    "set-up": "@pytest.fixture\ndef it(): os._exit(7)",
    "a tear-down": "@pytest.fixture\ndef it():\n    yield\n    os._exit(7)",
    "a session's tear-down": "@pytest.fixture(scope='session')\ndef it():\n    yield\n    os._exit(7)",
}
DIES_AT_IMPORT = """
if os.path.exists("FOLDER/second"):
    os.rename("FOLDER/second", "FOLDER/third")
    os._exit(7)
def test_fault():
    os.rename("FOLDER/first", "FOLDER/second")
    os._exit(7)
"""
MILLION_WARNINGS = """
import warnings
def test_fault():
    for number in range(1_000_000):
        warnings.warn_explicit(str(number), UserWarning, "x.py", number)
"""
MILLION_LINES = """
def test_fault(tell):
    for number in range(1_000_000):
        tell(f"line {number}")
"""
LONG_FAILURE = f"def test_fault(): raise ValueError('x' * {32 * MIB})"
ESCAPED = "print(subprocess.Popen(['sleep', '600'], start_new_session=True).pid, flush=True)"
COPY_GOES_ON = "copy = os.fork()\nif copy: os.waitpid(copy, 0)\nelse: os.kill(os.getpid(), 9)"
THREAD = "threading.Thread(target=time.sleep, args=(600,), name='forgotten').start()"


def odd_bytes(seen: Seen) -> bool:
    """Every byte arrives in some form, and none that a terminal obeys reaches people."""
    shown = harmless(seen.text)
    return passes(seen) and "a\ufffd\ufffd\x00" in seen.text and not {"\x00", "\x07", "\x9b"} & set(shown)


def few(kind: type, told: int, of: str) -> Callable[[Seen], bool]:
    """A few of many are told, and how many more there were."""

    def holds(seen: Seen) -> bool:
        is_said = any(f"more {of} of" in text and "not shown" in text for text in seen.warnings)
        return is_said and sum(isinstance(event, kind) for event in seen.fault) == told

    return holds


def shortened(seen: Seen) -> bool:
    """The failure arrives with the ends of its message."""
    reports = [event.report for event in seen.fault if isinstance(event, Reported)]
    return fails(seen) and len(json.dumps(reports)) < 20 * MIB and "letters left out" in json.dumps(reports)


def is_cut_short(seen: Seen) -> bool:
    """It was ended before all of it had been taken."""
    return "a message without end came over" in seen.reason and not (seen.folder / "all").exists()
