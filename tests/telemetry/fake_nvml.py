"""The part of `pynvml` that telemetry uses, for GPUs that are not there."""
# ruff: noqa: N802, the names are the library's

from __future__ import annotations

from types import SimpleNamespace


class FakeNvml:
    """The part of `pynvml` that is used, for two GPUs of which the second has no fan; `reasons` can be set."""

    class NVMLError(Exception):
        """As the library's."""

    NVML_CLOCK_GRAPHICS, NVML_CLOCK_MEM, NVML_TEMPERATURE_GPU = 0, 2, 0

    def __init__(self) -> None:
        self.reasons = 0x1
        self.begun = 0
        self.gpus = 2

    def nvmlInit(self) -> None:
        self.begun += 1

    def nvmlDeviceGetCount(self) -> int:
        return self.gpus

    def nvmlDeviceGetHandleByIndex(self, index: int) -> str:
        return f"handle {index}"

    def nvmlDeviceGetClockInfo(self, handle: str, kind: int) -> int:
        return {self.NVML_CLOCK_GRAPHICS: 1410, self.NVML_CLOCK_MEM: 1215}[kind]

    def nvmlDeviceGetUtilizationRates(self, handle: str) -> SimpleNamespace:
        return SimpleNamespace(gpu=87, memory=21)

    def nvmlDeviceGetMemoryInfo(self, handle: str) -> SimpleNamespace:
        return SimpleNamespace(total=40 * 2**30, used=3 * 2**30)

    def nvmlDeviceGetPowerUsage(self, handle: str) -> int:
        return 251_500

    def nvmlDeviceGetEnforcedPowerLimit(self, handle: str) -> int:
        if handle == "handle 1":
            raise self.NVMLError("Not Supported")
        return 400_000

    def nvmlDeviceGetTemperature(self, handle: str, sensor: int) -> int:
        return 61

    def nvmlDeviceGetFanSpeed(self, handle: str) -> int:
        if handle == "handle 1":
            raise self.NVMLError("Not Supported")
        return 40

    def nvmlDeviceGetPerformanceState(self, handle: str) -> int:
        return 2

    def nvmlDeviceGetCurrentClocksEventReasons(self, handle: str) -> int:
        return self.reasons
