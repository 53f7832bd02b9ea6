"""What telemetry can tell: each topic with its unit and its words."""

from __future__ import annotations

from dataclasses import dataclass

Values = dict[str, float]  # label, such as "core 0" or "GPU 0" → value in the topic's unit
Readings = dict[str, Values]  # topic → its values


@dataclass(frozen=True)
class Topic:
    """`name` is used in files; `title` and `unit` are for people. A flag is 1 while something holds, else 0."""

    name: str
    unit: str
    title: str
    is_flag: bool = False


CPU_TOPICS = (
    Topic("cpu_frequency", "Hz", "CPU clock"),
    Topic("cpu_temperature", "°C", "CPU temperature"),
    Topic("cpu_throttling", "events", "CPU thermal throttling since the start"),
    Topic("cpu_use", "%", "CPU use, of all cores"),
    Topic("load_average", "processes", "load average"),
    Topic("memory_available", "B", "memory available"),
    Topic("steal_time", "%", "CPU time taken by the hypervisor"),
    Topic("context_switches", "1/s", "context switches"),
)
GPU_TOPICS = (
    Topic("gpu_clock", "Hz", "GPU graphics clock"),
    Topic("gpu_memory_clock", "Hz", "GPU memory clock"),
    Topic("gpu_use", "%", "GPU use"),
    Topic("gpu_memory_use", "%", "GPU memory bandwidth use"),
    Topic("gpu_memory_used", "B", "GPU memory in use"),
    Topic("gpu_power", "W", "GPU power"),
    Topic("gpu_temperature", "°C", "GPU temperature"),
    Topic("gpu_fan", "%", "GPU fan speed"),
    Topic("gpu_performance_state", "P-state", "GPU performance state, 0 is the fastest"),
    Topic("gpu_throttling", "", "GPU clock held back", is_flag=True),
)
ALL_OF_GPU = "GPU"  # stands for every topic of the GPU where there is none
TOPICS = {topic.name: topic for topic in (*CPU_TOPICS, *GPU_TOPICS)}


class NotOfferedError(Exception):
    """The machine does not tell this; the message says why in a few words."""
