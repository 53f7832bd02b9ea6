"""What may stand in the config of `remote_device`, the predecessor's words included."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from pytest_relaybench import ExperimentConfig, axis

Network = Literal["resnet-18", "mobilenet", "nature-dqn", "vgg-16"]
NumberType = Literal["float32", "float16", "int8"]
Positive = Annotated[int, Field(ge=1)]
Port = Annotated[int, Field(ge=1, le=65535)]
OLD_MODELS: dict[str, Network] = {"resnet18_v1": "resnet-18"}
VTA = "there is no VTA in TVM any more: leave the key out, and see connection, target and number_types"


def _gone(value: Any) -> Any:
    if value is not None:
        raise ValueError(VTA)
    return value


def _model(name: str) -> str:
    if name not in OLD_MODELS:
        raise ValueError(f"the predecessor's only model is resnet18_v1, not {name}; today's key is `networks`")
    return name


class RemoteConfig(ExperimentConfig):
    """Which networks in which numbers on which board; by default a server that the experiment starts itself."""

    networks: list[Network] = axis("network", ["resnet-18"])
    number_types: list[NumberType] = axis("number_type", ["float32", "float16", "int8"])
    batch_sizes: list[Positive] = axis("batch_size", [1], description="images per call")
    connection: Literal["local", "direct", "tracker"] = Field(
        default="local", description="a server of our own on loopback, a server at `host`, or one that a tracker knows"
    )
    host: str | None = Field(default=None, description="the board's, for a direct connection")
    port: Port = Field(default=9091, description="the board's")
    tracker_host: str | None = None
    tracker_port: Port = 9190
    key: str = Field(default="", description="which kind of board; as the server was started with")
    remote_timeout_s: float = Field(
        default=300.0, gt=0, description="seconds of a session: waiting for the board, sending, running"
    )
    target: dict[str, Any] | None = Field(
        default=None, description='TVM\'s, as in {"kind": "llvm", "mtriple": "aarch64-linux-gnu"}; null: this machine'
    )
    remote_device: Literal["cpu", "cuda", "opencl", "vulkan"] = "cpu"
    cross_compiler: str | None = Field(default=None, description="C++ compiler that links for the board; null: g++")
    link_on_board: bool = Field(default=False, description="send object files; the server's compiler links them")
    n_times: int = Field(default=4, ge=1, description="calls of one sample, which is their mean")
    num_reps: int = Field(default=3, ge=1, description="samples")
    set_seed: bool = Field(default=False, description="make inputs from `seed` instead of the run's seed")
    seed: int = Field(default=0, ge=0, lt=2**32)
    models: list[Annotated[str, AfterValidator(_model)]] | None = Field(
        default=None, min_length=1, exclude=True, description="the predecessor's networks"
    )
    pynq_rpc_host: str | None = Field(default=None, exclude=True, description="the predecessor's host")
    pynq_rpc_port: Port | None = Field(default=None, exclude=True, description="the predecessor's port")
    timeout: float | None = Field(
        default=None, gt=0, exclude=True, description="the predecessor's remote_timeout_s, in seconds"
    )
    targets: Annotated[Any, AfterValidator(_gone)] = Field(default=None, exclude=True, description="the predecessor's")
    devices: Annotated[Any, AfterValidator(_gone)] = Field(default=None, exclude=True, description="the predecessor's")

    @model_validator(mode="after")
    def _in_modern_words(self) -> Self:
        words: dict[str, Any] = {}
        for old, new, value in (
            ("models", "networks", self.models and [OLD_MODELS[name] for name in self.models]),
            ("pynq_rpc_host", "host", self.pynq_rpc_host),
            ("pynq_rpc_port", "port", self.pynq_rpc_port),
            ("timeout", "remote_timeout_s", self.timeout),
        ):
            if value is not None and new in self.model_fields_set:
                raise ValueError(f"`{new}` and the predecessor's `{old}` say the same: leave out the latter")
            words |= {} if value is None else {new: value}
        return self.model_copy(update=words) if words else self

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        host = self.host or self.pynq_rpc_host
        if self.connection == "direct" and not host:
            raise ValueError('`connection` is "direct": `host` must say where the board is')
        if self.connection == "tracker" and not (self.tracker_host and self.key):
            raise ValueError('`connection` is "tracker": `tracker_host` and `key` must be stated')
        return self
