"""What TVM compiles for, and where the result runs."""

from __future__ import annotations

import os

import tvm


def device_of(name: str) -> tvm.runtime.Device:
    """TVM's device for `"cpu"` or `"cuda"`, the first one where there are several."""
    return tvm.device(name, 0)


def target_for(name: str) -> tvm.target.Target:
    """The target of this machine's CPU or first GPU, with the instructions it has rather than any CPU's."""
    if name != "cpu":
        return tvm.target.Target.from_device(device_of(name))
    return tvm.target.Target(
        {
            "kind": "llvm",
            # "native" would silently become a generic CPU
            "mcpu": tvm.target.codegen.llvm_get_system_cpu(),
            "num-cores": int(os.environ.get("TVM_NUM_THREADS", "1")),
        }
    )
