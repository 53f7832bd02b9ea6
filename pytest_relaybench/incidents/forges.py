"""Where to look at the commits between two builds: pages of forges whose addresses are known."""

from __future__ import annotations

import re

from ..config import HomeConfig
from ..variants.parsing import parse_table, parse_variant
from ..variants.spec import DEFAULT_REMOTE, Git

_REMOTE = re.compile(
    r"(?:https://|ssh://|git://)?(?:[\w.-]+@)?(?P<host>[A-Za-z0-9.-]+)(?::\d+)?[/:](?P<path>[\w./-]+?)(?:\.git)?/?"
)
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_OF_A_WHEEL = re.compile(r".*\+g(?P<commit>[0-9a-f]{7,40})")


def remote_of(variant: str, config: HomeConfig) -> str:
    """The git remote that a variant's builds come from: its own, else TVM's; empty where nobody knows."""
    try:
        spec = parse_variant(variant, parse_table(config.variants, config.tvm_remote), config.tvm_remote)
    except ValueError:
        return ""
    return spec.remote if isinstance(spec, Git) else DEFAULT_REMOTE


def commit_of(build: str) -> str:
    """The commit that a build's hash tells, `0.27.0+g7b5acb32b` or the commit itself; empty where it tells none."""
    wheel = _OF_A_WHEEL.fullmatch(build)
    if wheel:
        return wheel["commit"]
    return build if _COMMIT.fullmatch(build) else ""


def compare_url(remote: str, before: str, after: str) -> str:
    """The page of the commits between two builds; empty where the forge or a commit is not known."""
    first, last = commit_of(before), commit_of(after)
    repository = _repository(remote)
    return f"{repository}/compare/{first}...{last}" if first and last and repository else ""


def commit_url(remote: str, build: str) -> str:
    """The page of the commit that a build is of; empty where the forge or the commit is not known."""
    commit, pattern = commit_of(build), commit_url_pattern(remote)
    return pattern.replace("{commit}", commit) if commit else ""


def commit_url_pattern(remote: str) -> str:
    """The page of a commit with `{commit}` for its hash; empty where the forge is not known."""
    repository = _repository(remote)
    return f"{repository}/commit/{{commit}}" if repository else ""


def _repository(remote: str) -> str:
    """What the addresses of a repository's pages begin with; empty for a forge that is not known."""
    found = _REMOTE.fullmatch(remote)
    if not found or "." not in found["host"]:
        return ""
    host, path = found["host"].lower(), found["path"].strip("/")
    if host in {"github.com", "codeberg.org"}:
        return f"https://{host}/{path}"
    return f"https://{host}/{path}/-" if host == "gitlab.com" or host.startswith("gitlab.") else ""
