"""A local copy of a remote repository: what a branch, tag or commit of it is tonight, and the files of a commit."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from .build_log import BuildLog, short_name
from .git_names import COMMIT, FULL_COMMIT, allowed_protocols

if TYPE_CHECKING:
    from git.cmd import Git

ASK_TIMEOUT_S = 120.0
FETCH_TIMEOUT_S = 3600.0
EVERYTHING = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
# a clean-up in the background would run beside the measurements
IN_FOREGROUND = ["gc.autoDetach=false", "maintenance.autoDetach=false"]


class Mirror:
    """The mirror of `remote` below `folder`; every process that asks for the same remote shares it.

    Methods raise VariantError with what git said, and write all of it into the log.
    """

    def __init__(self, folder: Path, remote: str, log: BuildLog) -> None:
        digest = hashlib.sha256(remote.encode()).hexdigest()[:12]
        self.path = folder / f"{short_name(remote.rpartition('/')[2])}-{digest}.git"
        self._remote = remote
        self._log = log
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(self.path.with_suffix(".lock"), thread_local=False)

    def commit_of(self, ref: str) -> str:
        """The full commit that `ref` is at the remote now; fetched where it was not here."""
        if FULL_COMMIT.fullmatch(ref) and self.local_commit(ref) == ref:
            return ref
        name, told = self._ask(ref)
        if name:
            if self._local(name) != told:
                self._fetch(
                    *EVERYTHING, *([] if name.startswith(("refs/heads/", "refs/tags/")) else [f"+{name}:{name}"])
                )
        elif self.local_commit(ref) is None:
            self._fetch(*EVERYTHING)
            if self.local_commit(ref) is None and FULL_COMMIT.fullmatch(ref):
                self._fetch(ref)  # a commit of no branch, as of a pull request, where the remote gives such
        commit = self._local(f"{told or ref}^{{commit}}")
        if commit is None:
            raise self._log.failure(f"{self._remote} has no commit {ref}, or several that begin so")
        return commit

    def local_commit(self, ref: str) -> str | None:
        """The full commit that `ref` was when it was last fetched, without asking the remote; None when unknown."""
        names = [*_names(ref), *([ref] if COMMIT.fullmatch(ref) else [])]
        return next(filter(None, (self._local(f"{name}^{{commit}}") for name in names)), None)

    @contextmanager
    def checked_out(self, commit: str, path: Path, *, submodules: bool) -> Iterator[Path]:
        """The files of `commit` in the new folder `path`, with those of its submodules; gone afterwards."""
        with self._lock:
            self._run("worktree", "prune")  # what killed builds left
            self._run("worktree", "add", "--detach", "--force", "--", str(path), commit)
            if submodules and (path / ".gitmodules").is_file():
                # worktrees share the mirror's record of the submodules' addresses, which may be another commit's
                self._run("submodule", "sync", "--quiet", "--recursive", at=path)
                self._run("submodule", "update", "--init", "--recursive", at=path, timeout_s=FETCH_TIMEOUT_S)
            head = self._run("rev-parse", "HEAD", at=path)
        if head != commit:
            raise self._log.failure(f"git checked out {head} instead of {commit}")
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)
            with self._lock:
                self._git(None).worktree("prune")  # not into the log, whose end is shown for a failure

    def _ask(self, ref: str) -> tuple[str, str]:
        """The ref's full name at the remote, and the object it points to; both empty for what may be a bare commit."""
        names = _names(ref)
        told = self._run("ls-remote", "--", self._remote, *names, timeout_s=ASK_TIMEOUT_S)
        objects = {name: found for found, _, name in (line.partition("\t") for line in told.splitlines())}
        found = [name for name in names if name in objects]
        if len(found) > 1:
            either = " or ".join(name.removeprefix("refs/") for name in found)
            raise self._log.failure(f"{self._remote} has two things named {ref}: write {either}")
        if found:
            return found[0], objects[found[0]]
        if COMMIT.fullmatch(ref):
            return "", ""
        raise self._log.failure(f"{self._remote} has no branch or tag {ref}")

    def _fetch(self, *refspecs: str) -> None:
        options = ("--prune", "--force", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
        with self._lock:
            self._make()
            for left in self.path.glob("**/*.lock"):
                left.unlink()  # of a git that was killed: nobody else writes here while the lock is held
            self._run("fetch", *options, "--", "origin", *refspecs, timeout_s=FETCH_TIMEOUT_S)

    def _make(self) -> None:
        """An empty mirror, where there is none."""
        if self.path.is_dir():
            return
        beside = self.path.with_suffix(".tmp")
        shutil.rmtree(beside, ignore_errors=True)
        repository = _gitpython().Repo.init(beside, bare=True)
        repository.create_remote("origin", self._remote)
        repository.close()
        os.replace(beside, self.path)

    def _local(self, name: str) -> str | None:
        """The object of that name in the mirror."""
        if not self.path.is_dir():
            return None
        try:
            return str(self._git(None).rev_parse("--verify", "--quiet", name))
        except _gitpython().GitCommandError:
            return None

    def _run(self, command: str, *words: str, at: Path | None = None, timeout_s: float | None = None) -> str:
        """What `git command words...` printed, run in the mirror or in a worktree of it."""
        self._log.write(f"$ git {command} {' '.join(words)}")
        method = getattr(self._git(at), command.replace("-", "_"))
        try:
            printed = str(method(*words, kill_after_timeout=timeout_s))
        except _gitpython().GitCommandError as error:
            said = f"{error.stdout}\n{error.stderr}".replace("stdout: '", "").replace("stderr: '", "")
            lines = [line.strip().rstrip("'") for line in said.splitlines() if line.strip(" '")]
            self._log.write("\n".join(lines))
            fatal = (
                [line for line in lines if line.startswith(("fatal:", "error:", "ERROR:"))]
                or lines
                or ["no reason told"]
            )
            raise self._log.failure(f"git {command} failed for {self._remote}: {fatal[0]}") from None
        self._log.write(printed)
        return printed

    def _git(self, at: Path | None) -> Git:
        # the folder is named, or git would look for a repository in the folders above
        place = {"git_dir": str(self.path)} if at is None and self.path.is_dir() else {}
        git: Git = _gitpython().Git(at or self.path.parent)(c=IN_FOREGROUND, **place)
        git.update_environment(
            GIT_ALLOW_PROTOCOL=allowed_protocols(self._remote),
            GIT_SSH_COMMAND=os.environ.get("GIT_SSH_COMMAND", "ssh -o BatchMode=yes -o ConnectTimeout=30"),
            GIT_TERMINAL_PROMPT="0",  # a night has nobody to ask
            GIT_ASKPASS="true",
            LC_ALL="C",
        )
        return git


def _names(ref: str) -> list[str]:
    """The full names that the ref may stand for."""
    if ref.startswith("refs/"):
        return [ref]
    return [f"refs/heads/{ref}", f"refs/tags/{ref}", *([f"refs/{ref}"] if ref.startswith(("heads/", "tags/")) else [])]


def _gitpython() -> Any:
    # it cannot be imported where git is missing, and whoever builds nothing shall not pay for it
    return import_module("git")
