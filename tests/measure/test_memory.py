"""Peak memory, in a fresh interpreter since this one's heap is anybody's."""

from __future__ import annotations

import subprocess
import sys

from pytest_relaybench.measure.memory import PeakMemory

MIB = 1024**2
PROBE = """
from pytest_relaybench.measure.memory import PEAK, resident_bytes

def use(mib):
    block = bytearray(mib * 1024**2)
    block[::4096] = b"x" * len(block[::4096])

found = []
for mib in (1, 300, 1):
    PEAK.restart()
    use(mib)
    found.append(PEAK.read_bytes())
PEAK.restart()
use(100)
with PEAK.aside():
    use(300)
found.append(PEAK.read_bytes())
PEAK.restart()
with PEAK.aside():
    use(300)
use(100)
found.append(PEAK.read_bytes())
print(*found, resident_bytes())
"""


def test_peak_is_of_what_came_since_the_start() -> None:
    """300 MB used before do not count, nor does what is done aside, while the peak before and after it does."""
    printed = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True).stdout
    before, large, after, aside_last, aside_first, resident = (int(word) / MIB for word in printed.split())
    assert large > 300
    assert before < 100
    assert after < 100
    assert 100 < aside_last < 200
    assert 100 < aside_first < 200
    assert 0 < resident < 100


def test_no_peak_before_the_first_start() -> None:
    """What nobody has started to measure is unknown, also after something was done aside."""
    peak = PeakMemory()
    with peak.aside():
        assert peak.read_bytes() is None
    assert peak.read_bytes() is None
