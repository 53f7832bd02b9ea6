"""A CPU schedule that needs no tuning: tiles that fit the registers, one vector axis, one parallel axis.

TVM's own CPU pipelines leave loops as they were written (one scalar at a time), which is 10 to 20 times slower.
A kernel that this cannot schedule keeps its plain loops.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tvm
from tvm import tirx
from tvm.s_tir import Schedule
from tvm.s_tir.schedule import LoopRV, SBlockRV, ScheduleError

# an accumulator tile of rows x lanes floats stays below the 1024 bytes that TVM puts on the stack, so in registers
MOST_ROWS = 16
MOST_LANES = 15
MOST_LANES_OF_ONE_ROW = 64
IS_SCHEDULED = "tirx.is_scheduled"  # TVM's own mark of a kernel whose loops are to be left alone

_has_condition = tvm.get_global_func("s_tir.schedule.HasIfThenElse")


class _UnknownKindError(Exception):
    """The kernel is of a kind that this schedule does not know."""


@tvm.transform.module_pass(opt_level=0, name="ScheduleForCPU")
class ScheduleForCPU:
    """A pass that schedules each kernel that has none; `left` then names those that kept their plain loops."""

    def __init__(self) -> None:
        self.left: list[str] = []

    def transform_module(self, mod: tvm.IRModule, _: tvm.transform.PassContext) -> tvm.IRModule:
        """Pass protocol of TVM."""
        mod = mod.clone()  # a pass leaves what it is given as it was
        for name, function in mod.functions_items():
            if isinstance(function, tirx.PrimFunc) and not (function.attrs and function.attrs.get(IS_SCHEDULED, False)):
                scheduled = scheduled_or_none(function)
                if scheduled is None:
                    self.left.append(name.name_hint)
                else:
                    mod[name] = scheduled
        return mod


def scheduled_or_none(kernel: tirx.PrimFunc) -> tirx.PrimFunc | None:
    """The kernel with its loops tiled, vectorised and parallel; None when it is of no kind known here."""
    sch = Schedule(kernel)
    try:
        _schedule(sch)
    except (ScheduleError, _UnknownKindError):
        return None
    return sch.mod["main"].with_attr(IS_SCHEDULED, True)


def _schedule(sch: Schedule) -> None:
    _inline(sch)
    stores = {_name(sch, _store_block(sch, block)): block for block in _blocks(sch) if _is_reduction(sch, block)}
    for store in [block for block in _blocks(sch) if not _is_reduction(sch, block)]:
        name = _name(sch, store)
        if name in stores:
            _tile(sch, stores[name], store)
        else:
            _spread(sch, store)


def _name(sch: Schedule, block: SBlockRV) -> str:
    return str(sch.get(block).name_hint)


def _blocks(sch: Schedule) -> list[SBlockRV]:
    """The kernel's blocks in program order."""
    return list(sch.get_child_blocks(sch.get_sblock("root")))


def _is_reduction(sch: Schedule, block: SBlockRV) -> bool:
    return any(var.iter_type == tirx.IterVar.CommReduce for var in sch.get(block).iter_vars)


def _extent(sch: Schedule, loop: LoopRV) -> int:
    extent = sch.get(loop).extent
    if not isinstance(extent, tirx.IntImm):
        raise _UnknownKindError
    return int(extent)


def _inline(sch: Schedule) -> None:
    """Inline element-wise blocks into what reads them, but not padding: its test would be made for each product."""
    for block in _blocks(sch):
        consumers = sch.get_consumers(block)
        if _is_reduction(sch, block) or len(consumers) != 1:
            continue
        if _has_condition(sch.get(block)) and _is_reduction(sch, consumers[0]):
            continue
        sch.compute_inline(block)


def _store_block(sch: Schedule, block: SBlockRV) -> SBlockRV:
    """The block that takes each finished sum as it is: what follows element by element, or a copy."""
    consumers = sch.get_consumers(block)
    if len(consumers) == 1 and _is_elementwise(sch, block, consumers[0]):
        return consumers[0]
    return sch.cache_write(block, 0, "global")


def _is_elementwise(sch: Schedule, block: SBlockRV, consumer: SBlockRV) -> bool:
    """Whether the consumer reads the block's buffer at just the indices at which it writes."""
    written, reader = sch.get(block).writes[0], sch.get(consumer)
    variables = [var.var for var in reader.iter_vars]
    regions = [region for region in reader.reads if _buffer(region).same_as(_buffer(written))]
    if _is_reduction(sch, consumer) or len(regions) != 1 or len(regions[0].region) != len(variables):
        return False
    pairs = zip(regions[0].region, variables, strict=True)
    return all(index.min.same_as(variable) for index, variable in pairs)


def _buffer(region: Any) -> Any:
    """The buffer of a region, which TVM 0.27 calls its source."""
    return region.source if hasattr(region, "source") else region.buffer


def _tile(sch: Schedule, block: SBlockRV, store: SBlockRV) -> None:
    """Compute a tile of rows x lanes sums in registers, then store it; all tiles in parallel."""
    loops = list(sch.get_loops(store))
    extents = [_extent(sch, loop) for loop in loops]
    spatial = len(loops)
    kinds = [var.iter_type for var in sch.get(block).iter_vars[:spatial]]
    if not loops or kinds != [tirx.IterVar.DataPar] * spatial:
        raise _UnknownKindError
    lane_axis = _last_wide(extents)
    row_axis = _row_axis(sch.get(block), extents, lane_axis)
    rows = _divisor(extents[row_axis], MOST_ROWS) if row_axis is not None else 1
    lanes = _divisor(extents[lane_axis], MOST_LANES if rows > 1 else MOST_LANES_OF_ONE_ROW)

    loops[lane_axis], lane = sch.split(loops[lane_axis], [None, lanes])
    inner = [lane]
    if row_axis is not None:
        loops[row_axis], row = sch.split(loops[row_axis], [None, rows])
        inner = [row, lane]
    sch.reorder(*loops, *inner)
    sch.compute_at(block, loops[-1], preserve_unit_loops=True)
    first_reduction = _arrange_sums(sch, block, spatial, lane_axis)
    if row_axis is not None:
        sch.unroll(inner[0])
    sch.vectorize(lane)
    sch.parallel(sch.fuse(*loops[:-1]) if spatial > 1 else loops[0])
    sch.decompose_reduction(block, first_reduction)


def _arrange_sums(sch: Schedule, block: SBlockRV, spatial: int, lane_axis: int) -> LoopRV:
    """Put the reduction's loops around the tile, unroll and vectorise the tile; returns the outermost of the former."""
    own = sch.get_loops(block)[spatial:]
    tile, reduction = list(own[:spatial]), own[spatial:]
    lane = tile.pop(lane_axis)
    sch.reorder(*reduction, *tile, lane)
    for loop in tile:
        sch.unroll(loop)
    sch.vectorize(lane)
    return reduction[0]


def _last_wide(extents: Sequence[int]) -> int:
    """The innermost axis that has more than one element; neighbours on it are neighbours in memory."""
    return next((axis for axis in reversed(range(len(extents))) if extents[axis] > 1), len(extents) - 1)


def _row_axis(block: Any, extents: Sequence[int], lane_axis: int) -> int | None:
    """The axis whose elements share what they read: the first that the first operand does not depend on.

    Output channels of a convolution read the same pixels. Where there is no such axis (pooling, depthwise
    convolution) the one before the lanes, or none.
    """
    wide = [axis for axis in range(lane_axis) if extents[axis] > 1]
    used = [var for index in block.reads[0].region for var in tirx.analysis.undefined_vars(index.min)]
    shared = [axis for axis in wide if not any(block.iter_vars[axis].var.same_as(var) for var in used)]
    return next(iter(shared or wide[-1:]), None)


def _divisor(extent: int, most: int) -> int:
    """The largest divisor of `extent` that is at most `most`."""
    return next(size for size in range(min(extent, most), 0, -1) if extent % size == 0)


def _spread(sch: Schedule, block: SBlockRV) -> None:
    """Run an element-wise block, such as padding, in parallel and with vectors."""
    loops = list(sch.get_loops(block))
    if not loops:
        raise _UnknownKindError
    lane_axis = _last_wide([_extent(sch, loop) for loop in loops])
    outer, lane = sch.split(loops[lane_axis], [None, _divisor(_extent(sch, loops[lane_axis]), MOST_LANES_OF_ONE_ROW)])
    sch.vectorize(lane)
    sch.parallel(sch.fuse(*loops[:lane_axis], outer))
