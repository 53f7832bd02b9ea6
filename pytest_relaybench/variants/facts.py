"""What is known of TVM's releases and is told nowhere in them; one row a release, with where it was learnt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Release:
    """A release of TVM as a wheel: its version, its commit, the tvm-ffi it works with, what differs."""

    version: str
    commit: str
    ffi: str
    note: str


# Commits: `tvm/_version.py` of each wheel; those of 0.25.0 and 0.26.0 are the tags v0.25.0 and v0.26.0. Each pair of
# wheel and tvm-ffi was tried with import, `tvm.ir.save_json` and `load_json` (Linux x86-64, Python 3.11); the wheels
# themselves state only a lower bound. The newest tvm-ffi, which pip would take, was tried too: 0.1.15.post2 breaks
# 0.25.0 by an undefined symbol at import, and those since 0.26.0 by a crash in `tvm::ffi::ToJSONGraph` (saving IR,
# tuning).
RELEASES = (
    Release("0.25.0", "gc7ba0735a", "0.1.12", "does not import with a newer tvm-ffi"),
    Release("0.25.0.post1", "gb3e249b7d", "0.1.12", "as 0.25.0, whose tvm-ffi it is; no newer one was tried"),
    Release("0.26.0", "gc7b458e94", "0.1.13.post2", "crashes when tuning with a newer tvm-ffi"),
    Release("0.27.0", "g4d0ac168c", "0.1.14.post0", "crashes when tuning with a newer tvm-ffi"),
    Release("0.27.0.post1", "g7b5acb32b", "0.1.14.post1", "as 0.27.0, but for one Python file"),
)


def release_of(version: str) -> Release | None:
    """What is known of this version; None when nothing is, as for what was built from source."""
    return next((release for release in RELEASES if release.version == version), None)
