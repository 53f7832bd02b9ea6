"""Fewer bits by torch: half precision by casting, int8 by its FX graph mode, dynamic int8 by exchanging layers."""

from __future__ import annotations

import copy
import io
import time
import warnings

import torch
from torch import Tensor, nn

from ..engines import prepare
from ..engines.threads import threads
from .converted import Converted, NotThereError, Samples

DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


class Cast(nn.Module):
    """A model in another floating point type, which takes and returns single precision as all engines do."""

    def __init__(self, model: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.model, self.dtype = copy.deepcopy(model).to(dtype), dtype

    def forward(self, *inputs: Tensor) -> Tensor:
        """The model's outputs."""
        outputs: Tensor = self.model(*(value.to(self.dtype) for value in inputs))
        return outputs.float()


def convert_torch(model: nn.Module, precision: str, calibration: Samples) -> Converted:
    """The model in eager mode. Raises NotThereError where this torch has no quantisation."""
    start = time.perf_counter()
    if precision == "fp32":
        converted = model
    elif precision in DTYPES:
        converted = Cast(model, DTYPES[precision])
    else:
        converted = _quantised(model, precision, calibration)
    seconds = None if precision == "fp32" else time.perf_counter() - start
    return Converted(prepare("torch-eager", converted, calibration[0]), _bytes_of(converted), seconds)


def _quantised(model: nn.Module, precision: str, calibration: Samples) -> nn.Module:
    try:
        from torch.ao.quantization import get_default_qconfig_mapping, quantize_dynamic
        from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx
    except ImportError as error:
        raise NotThereError(f"torch {torch.__version__} has no torch.ao.quantization any more: {error}") from None
    torch.set_num_threads(threads())
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.ao says at each call that torchao takes its place one day
        if precision == "int8-dynamic":  # of what it knows, linear layers alone occur in our networks
            exchanged: nn.Module = quantize_dynamic(copy.deepcopy(model), {nn.Linear}, dtype=torch.qint8)  # type: ignore[no-untyped-call]
            return exchanged
        mapping = get_default_qconfig_mapping(torch.backends.quantized.engine)
        observed = prepare_fx(copy.deepcopy(model), mapping, calibration[0])
        for inputs in calibration:
            observed(*inputs)
        return convert_fx(observed)


def _bytes_of(model: nn.Module) -> int:
    """Bytes of the model's weights as torch saves them."""
    written = io.BytesIO()
    torch.save(model.state_dict(), written)
    return written.tell()
