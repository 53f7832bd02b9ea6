"""What the table of variants in a config may hold."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..strict_model import StrictModel


class InstalledEntry(StrictModel):
    """The TVM that the environment has, under another name."""

    kind: Literal["installed"]


class ReleaseEntry(StrictModel):
    """A release from the package index."""

    kind: Literal["release"]
    version: str = Field(description="exact, as in 0.26.0 or 0.27.0.post1")


class GitEntry(StrictModel):
    """A branch, tag or commit, and how it is built."""

    kind: Literal["git"]
    ref: str = Field(description="branch, tag or commit")
    remote: str | None = Field(default=None, description="URL or absolute path; the dashboard's remote by default")
    cmake: dict[str, str] = Field(default_factory=dict, description='CMake settings, as in {"USE_LLVM": "ON"}')
    submodules: bool = Field(default=True, description="check submodules out, recursively")
    build_isolation: bool = Field(default=True, description="false: build with the tools that the environment has")


VariantEntry = Annotated[InstalledEntry | ReleaseEntry | GitEntry, Field(discriminator="kind")]
