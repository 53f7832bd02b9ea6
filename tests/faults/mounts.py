"""Small file systems in memory, to be filled, made read-only and taken away."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOMY = 64 * 2**20


def no_mounts() -> str:
    """Why no file system can be mounted here, "" where it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs root on Linux, to mount a small file system"
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else "mounting is not allowed here"


def no_setpriv() -> str:
    """Why permissions cannot be tried here: root may do everything, unless a capability is taken away."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs root on Linux"
    return "" if shutil.which("setpriv") else "needs setpriv"


@contextmanager
def mounted(folder: Path, **options: int) -> Iterator[None]:
    """A file system in memory at `folder`, of so many bytes (`size`) or files (`nr_inodes`)."""
    folder.mkdir(parents=True, exist_ok=True)
    told = ",".join(f"{key}={value}" for key, value in options.items())
    subprocess.run(["mount", "-t", "tmpfs", "-o", told, "relaybench-fault", folder], check=True)
    try:
        yield
    finally:
        unmount(folder)


def unmount(folder: Path, *options: str) -> None:
    """Let go of the file system at `folder`, at once or when nobody uses it any more."""
    if subprocess.run(["umount", *options, folder], capture_output=True, check=False).returncode:
        subprocess.run(["umount", "--lazy", folder], capture_output=True, check=False)


def remount(folder: Path, option: str) -> None:
    """Give the file system at `folder` another option: `size=64m`, `ro`."""
    subprocess.run(["mount", "-o", f"remount,{option}", folder], check=True)


def used(folder: Path) -> tuple[int, int]:
    """Bytes and files of the file system at `folder`."""
    told = os.statvfs(folder)
    return (told.f_blocks - told.f_bfree) * told.f_frsize, told.f_files - told.f_ffree
