"""Old builds go, and never one that somebody uses."""

from __future__ import annotations

import subprocess
import sys

from pytest_relaybench.variants.build_log import KEPT_LOGS

from .conftest import Workshop, ask
from .fake_tvm import commit_change

USER = """
import sys
from pathlib import Path
from pytest_relaybench.variants.provision import Provisioner
from pytest_relaybench.variants.spec import Git
folder, remote, ref = sys.argv[1:]
night = Provisioner(Path(folder), build=False, jobs=None, keep=0, note=print)
night.provide(Git(remote, ref, build_isolation=False))
print("in use", flush=True)
sys.stdin.read()
"""


def build_three(workshop: Workshop) -> list[str]:
    """Three commits, built on three nights; their names among the builds, oldest first."""
    names = []
    for work in (1, 2, 3):
        commit_change(workshop.repo, work=work)
        names.append(workshop.provide().variant.path.parents[2].name)
    return names


def test_most_recently_used_stay(workshop):
    """Of builds that nobody uses, those stay that were used last, however old they are."""
    first, second, third = build_three(workshop)
    workshop.provide(workshop.repo.git("rev-parse", "HEAD~2"))
    assert workshop.provisioner(keep=2).prune() == [second]
    assert workshop.entries() == sorted([first, third])


def test_what_tonight_uses_stays(workshop):
    """What a night has provided stays while it lasts, whatever the retention says."""
    first, second, third = build_three(workshop)
    night = workshop.provisioner(keep=0)
    oldest = night.provide(workshop.git(workshop.repo.git("rev-parse", "HEAD~2")))
    assert sorted(night.prune()) == sorted([second, third])
    assert workshop.entries() == [first]
    assert ask(oldest)["work"] == 1


def test_what_another_process_uses_stays(workshop):
    """So does what another process has provided, until that process ends."""
    sha = workshop.provide().variant.commit
    command = [sys.executable, "-c", USER, str(workshop.folder), workshop.repo.remote, sha]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "in use\n"
        assert workshop.provisioner(keep=0).prune() == []
        other.communicate("")
    assert len(workshop.provisioner(keep=0).prune()) == 1
    assert workshop.entries() == []


def test_pruned_build_is_built_again(workshop):
    """A build that went is built again when it is asked for."""
    workshop.provide()
    workshop.provisioner(keep=0).prune()
    assert ask(workshop.provide())["work"] == 1000
    assert workshop.builds == 2


def test_nothing_to_prune(workshop):
    """A folder in which nothing was ever built has nothing to prune."""
    assert workshop.provisioner(keep=0).prune() == []


def test_old_logs_go(workshop):
    """Of the logs the newest stay; a build has a copy of its own."""
    logs = workshop.folder / "logs"
    logs.mkdir(parents=True)
    for number in range(KEPT_LOGS + 5):
        (logs / f"20200101T000000.{number:06}-x-1.log").touch()
    provided = workshop.provide()
    workshop.provisioner().prune()
    left = sorted(path.name for path in logs.iterdir())
    assert len(left) == KEPT_LOGS
    assert not left[-1].startswith("2020")
    assert (provided.variant.path.parents[1] / "build.log").is_file()
