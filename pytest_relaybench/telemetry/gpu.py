"""NVIDIA GPUs, as their management library (NVML) tells of them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from .cpu import Reader
from .topics import NotOfferedError, Values

# bits of "clocks event reasons", NVML API reference (group nvmlClocksEventReasons); those that cost speed.
# Not among them: idle 0x1, an application's own setting 0x2, synchronised boost 0x10, the display's setting 0x100.
HELD_BACK = {
    0x004: "power cap",
    0x008: "hardware slowdown",
    0x020: "heat (software)",
    0x040: "heat (hardware)",
    0x080: "power brake",
    0x200: "board limit",
    0x400: "reliability",
}
MEGA, MILLI = 1e6, 1e-3

DeviceReader = Callable[[Any], Values]  # takes a handle; "" is the label of the device itself


def load_nvml() -> Any:
    """The library, begun; raises NotOfferedError where it, the driver or a GPU is not there."""
    try:
        nvml = importlib.import_module("pynvml")  # optional, in the extra `gpu`
    except ImportError:
        raise NotOfferedError("nvidia-ml-py is not installed (extra `gpu`)") from None
    try:
        nvml.nvmlInit()
        count = nvml.nvmlDeviceGetCount()
    except nvml.NVMLError as error:
        raise NotOfferedError(f"no NVIDIA driver answers: {error}") from None
    if not count:
        raise NotOfferedError("there is no NVIDIA GPU")
    return nvml


class Gpu:
    """Reads all GPUs through `nvml`, the module pynvml after `nvmlInit`."""

    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml
        count = nvml.nvmlDeviceGetCount()
        self._handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]

    def readers(self) -> dict[str, Reader]:
        """Topic → what reads it."""
        read = {
            "gpu_clock": self._clock(self._nvml.NVML_CLOCK_GRAPHICS),
            "gpu_memory_clock": self._clock(self._nvml.NVML_CLOCK_MEM),
            "gpu_use": self._use("gpu"),
            "gpu_memory_use": self._use("memory"),
            "gpu_memory_used": self._memory,
            "gpu_power": self._power,
            "gpu_temperature": self._temperature,
            "gpu_fan": lambda handle: {"": float(self._nvml.nvmlDeviceGetFanSpeed(handle))},
            "gpu_performance_state": lambda handle: {"": float(self._nvml.nvmlDeviceGetPerformanceState(handle))},
            "gpu_throttling": self._held_back,
        }
        return {topic: self._of_all(reader) for topic, reader in read.items()}

    def _of_all(self, read: DeviceReader) -> Reader:
        """The reader for every GPU; one that does not tell is left out while another does."""

        def reader(_elapsed_s: float) -> Values:
            found: Values = {}
            errors = []
            for number, handle in enumerate(self._handles):
                try:
                    values = read(handle)
                except self._nvml.NVMLError as error:
                    errors.append(str(error))
                    continue
                found |= {f"GPU {number} {part}".strip(): value for part, value in values.items()}
            if errors and not found:
                raise NotOfferedError(errors[0])
            return found

        return reader

    def _clock(self, kind: int) -> DeviceReader:
        return lambda handle: {"": self._nvml.nvmlDeviceGetClockInfo(handle, kind) * MEGA}

    def _use(self, part: str) -> DeviceReader:
        return lambda handle: {"": float(getattr(self._nvml.nvmlDeviceGetUtilizationRates(handle), part))}

    def _memory(self, handle: Any) -> Values:
        return {"": float(self._nvml.nvmlDeviceGetMemoryInfo(handle).used)}

    def _power(self, handle: Any) -> Values:
        drawn = {"": self._nvml.nvmlDeviceGetPowerUsage(handle) * MILLI}
        try:
            limit = self._nvml.nvmlDeviceGetEnforcedPowerLimit(handle) * MILLI
        except self._nvml.NVMLError:
            return drawn
        return {**drawn, "limit": limit}

    def _temperature(self, handle: Any) -> Values:
        return {"": float(self._nvml.nvmlDeviceGetTemperature(handle, self._nvml.NVML_TEMPERATURE_GPU))}

    def _held_back(self, handle: Any) -> Values:
        """1 for every reason that holds the clock back now, 0 for every other one."""
        read = getattr(self._nvml, "nvmlDeviceGetCurrentClocksEventReasons", None)
        # nvidia-ml-py before 12.535 has it under its older name only
        bits = (read or self._nvml.nvmlDeviceGetCurrentClocksThrottleReasons)(handle)
        return {reason: float(bool(bits & bit)) for bit, reason in HELD_BACK.items()}
