"""CPU and memory, as psutil and the kernel tell of them."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from .topics import NotOfferedError, Values

CPU_CHIPS = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "cpu-thermal", "soc_thermal")
CPU_FOLDER = Path("/sys/devices/system/cpu")
IDLE_FIELDS = ("idle", "iowait")
GUEST_FIELDS = ("guest", "guest_nice")  # already in `user` and `nice`
PERCENT = 100.0

Reader = Callable[[float], Values]  # takes the elapsed seconds; nothing to tell yet is an empty answer


class Rate:
    """What counters grew by since the sample before, for each second; nothing at the first sample."""

    def __init__(self) -> None:
        self._before: tuple[float, Mapping[str, float]] | None = None

    def growth(self, elapsed_s: float, counters: Mapping[str, float]) -> dict[str, float]:
        """Growth per second of each counter; one that went back, as a process that ended makes it, counts as still."""
        before, self._before = self._before, (elapsed_s, dict(counters))
        if before is None or elapsed_s <= before[0]:
            return {}
        seconds = elapsed_s - before[0]
        return {name: max(0.0, value - before[1].get(name, 0.0)) / seconds for name, value in counters.items()}


class Cpu:
    """Reads the machine; `session_pid` is the pytest process: it and all its descendants count as ours."""

    def __init__(self, session_pid: int) -> None:
        self._session_pid = session_pid
        self._use, self._steal, self._switches = Rate(), Rate(), Rate()
        self._throttled_before: Values | None = None

    def readers(self) -> dict[str, Reader]:
        """Topic → what reads it."""
        return {
            "cpu_frequency": self.frequency,
            "cpu_temperature": self.temperature,
            "cpu_throttling": self.throttling,
            "cpu_use": self.use,
            "load_average": self.load,
            "memory_available": self.memory,
            "steal_time": self.steal,
            "context_switches": self.switches,
        }

    def frequency(self, _elapsed_s: float) -> Values:
        """Hz of each core, and their mean."""
        cores = psutil.cpu_freq(percpu=True) or []
        found = {f"core {number}": core.current * 1e6 for number, core in enumerate(cores) if core.current}
        if not found:
            raise NotOfferedError("the system tells no clock frequency")
        mean = {"mean": sum(found.values()) / len(found)}
        return {**mean, **found} if len(found) > 1 else mean

    def temperature(self, _elapsed_s: float) -> Values:
        """Degrees Celsius of the CPU's sensors; where none is known to be the CPU's, of all."""
        read = getattr(psutil, "sensors_temperatures", None)  # some systems have none
        chips = read() if read else {}
        own = {name: sensors for name, sensors in chips.items() if name in CPU_CHIPS} or chips
        found: Values = {}
        seen: Counter[str] = Counter()
        for chip, sensors in own.items():
            for sensor in sensors:
                label = f"{chip} {sensor.label}".strip()
                seen[label] += 1
                found[label if seen[label] == 1 else f"{label} {seen[label]}"] = sensor.current
        if not found:
            raise NotOfferedError("the system shows no temperature sensor")
        return found

    def throttling(self, _elapsed_s: float) -> Values:
        """How often the CPU has slowed down for heat since the first sample, as Linux counts it on Intel's."""
        now = {"core": _counts("core", sum), "package": _counts("package", max)}
        if self._throttled_before is None:
            self._throttled_before = now
        return {label: count - self._throttled_before[label] for label, count in now.items()}

    def use(self, elapsed_s: float) -> Values:
        """Percent of all cores in use since the sample before: by everybody, by us, by others."""
        times = psutil.cpu_times()._asdict()
        busy = sum(times.values()) - sum(times.get(name, 0.0) for name in (*IDLE_FIELDS, *GUEST_FIELDS, "steal"))
        grown = self._use.growth(elapsed_s, {"all": busy, "ours": self._own_seconds()})
        if not grown:
            return {}
        # counted in hundredths of a second, a short step may come to a little more than all
        share = {name: min(PERCENT, PERCENT * cpus / (os.cpu_count() or 1)) for name, cpus in grown.items()}
        return {**share, "others": max(0.0, share["all"] - share["ours"])}

    def _own_seconds(self) -> float:
        """CPU seconds of the session's processes, of those that have ended and were waited for, too."""
        session = psutil.Process(self._session_pid)
        total = 0.0
        for process in [session, *session.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):  # ended meanwhile
                total += sum(process.cpu_times()[:4])  # user, system, and both of waited-for children
        return total

    @staticmethod
    def load(_elapsed_s: float) -> Values:
        """Processes that run or wait, on average."""
        return dict(zip(("1 min", "5 min", "15 min"), os.getloadavg(), strict=True))

    @staticmethod
    def memory(_elapsed_s: float) -> Values:
        """Bytes that could be had without swapping."""
        return {"available": float(psutil.virtual_memory().available)}

    def steal(self, elapsed_s: float) -> Values:
        """Percent of all cores' time that a hypervisor gave to others."""
        stolen = getattr(psutil.cpu_times(), "steal", None)
        if stolen is None:
            raise NotOfferedError("the system does not count it")
        grown = self._steal.growth(elapsed_s, {"steal": stolen})
        return {name: PERCENT * seconds / (os.cpu_count() or 1) for name, seconds in grown.items()}

    def switches(self, elapsed_s: float) -> Values:
        """Context switches a second, of the whole machine."""
        return self._switches.growth(elapsed_s, {"all": float(psutil.cpu_stats().ctx_switches)})


def _counts(part: str, together: Callable[[list[int]], int]) -> float:
    files = CPU_FOLDER.glob(f"cpu[0-9]*/thermal_throttle/{part}_throttle_count")
    counts = [int(path.read_text(encoding="ascii")) for path in files]
    if not counts:
        raise NotOfferedError("the kernel counts none")
    return float(together(counts))
