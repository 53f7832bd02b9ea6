"""The page of the subsystems: how each ended, what it reported, how it fared lately, what it left for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path
from typing import Any

from pytest_relaybench.dashboard import REPORT_FILE
from pytest_relaybench.home import Home
from pytest_relaybench.render.format import count_text, duration_text, value_text

from .inert import slug
from .nights import Night
from .shell import shell
from .site import Part, Site
from .subsystems import SubsystemNote
from .told import Told

LATELY = 30  # runs
MOST_FILES = 12
SITE_WORDS = "It writes this site, so how it ends is known tomorrow."


@dataclass(frozen=True)
class Outcome:
    """How it ended in one run: `fine`, `failed`, or "" where that run says nothing of it."""

    night: Night
    kind: str
    told: str


@dataclass(frozen=True)
class LeftFile:
    """A file, or a folder of files, in an output folder, as people know it; `place` is where the site has it."""

    name: str
    size: str
    place: str = ""


@dataclass(frozen=True)
class Shown:
    """One subsystem on the page; `outcomes` newest first, `folder` as it lies in the home."""

    note: SubsystemNote
    outcomes: Sequence[Outcome]
    files: Sequence[LeftFile]
    more_files: int
    folder: str
    report_place: str

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return slug(self.note.name)

    @property
    def lately(self) -> str:
        """How it fared in words, where any run tells."""
        known = [one for one in self.outcomes if one.kind]
        failed = sum(one.kind == "failed" for one in known)
        return (
            f"failed in {failed} of {count_text(len(known), 'run')}"
            if failed
            else f"fine in {count_text(len(known), 'run')}"
        )


def subsystems(site: Site) -> Part:
    """Each subsystem in full, those that failed first."""
    shown = [_shown(site, note) for note in sorted(site.told.subsystems, key=lambda note: (not note.failed, note.name))]
    body = site.jinja.get_template("subsystems.html").render(
        shown=shown, line=site.told.subsystems_line, lately=LATELY, site_words=SITE_WORDS, own=_own(site)
    )
    return Part({"subsystems.md": shell("Subsystems", body)}, nav=[("Subsystems", "subsystems.md")])


def _own(site: Site) -> Sequence[Outcome]:
    """The outcomes of the subsystem that writes the site."""
    return _outcomes(site.nights, site.own_name)


def _shown(site: Site, note: SubsystemNote) -> Shown:
    home = site.dashboard.home
    folder = home.subsys_output_dir(note.name)
    files = list(_files(folder, _places(site.told, note)))
    return Shown(
        note=note,
        outcomes=_outcomes(site.nights, note.name),
        files=files[:MOST_FILES],
        more_files=len(files[MOST_FILES:]),
        folder=_folder_text(home, folder) if files else "",
        report_place=_report_place(site.told, note),
    )


def _report_place(told: Told, note: SubsystemNote) -> str:
    """Where else the site tells its report; places of the overview are on another page than this."""
    place = told.report_place(note)
    return f"index.html{place}" if place.startswith("#") else place


def _outcomes(nights: Sequence[Night], name: str) -> list[Outcome]:
    """Of the runs that have ended, the newest first, as far back as one tells anything of it."""
    ended = [night for night in nights[: LATELY + 1] if night.outcome][:LATELY]
    found = (_outcome(night, night.subsystems.get(name)) for night in reversed(ended))
    return list(dropwhile(lambda one: not one.kind, found))[::-1]


def _outcome(night: Night, entry: Any) -> Outcome:
    day = f"{night.when:%Y-%m-%d}" if night.when else night.run_id
    if not isinstance(entry, dict) or not isinstance(entry.get("success"), bool):
        return Outcome(night, "", f"{day}: not told")
    spent = entry.get("duration_s")
    took = f", {duration_text(float(spent))}" if isinstance(spent, int | float) else ""
    said = f", {entry.get('message')}" if not entry["success"] else ""
    return Outcome(night, "fine" if entry["success"] else "failed", f"{day}: {_word(entry)}{took}{said}")


def _word(entry: Mapping[str, Any]) -> str:
    return "fine" if entry["success"] else "failed"


def _folder_text(home: Home, folder: Path) -> str:
    return f"HOME/{home.shown(folder)}"


def _files(folder: Path, places: Mapping[str, str]) -> Iterator[LeftFile]:
    """What lies right in the folder; of a folder how many files, and how large together. Its report stands beside."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name == REPORT_FILE or path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_file():
            yield LeftFile(path.name, value_text(float(path.stat().st_size), "B"), places.get(path.name, ""))
        elif path.is_dir():
            sizes = [one.stat().st_size for one in path.rglob("*") if one.is_file()]
            size = f"{count_text(len(sizes), 'file')}, {value_text(float(sum(sizes)), 'B')}"
            yield LeftFile(f"{path.name}/", size, places.get(f"{path.name}/", ""))


def _places(told: Told, note: SubsystemNote) -> dict[str, str]:
    """Which of its files the site shows, and where; what it does not show is not copied: nobody meant it to be."""
    if note.canonical == "exp_reports":
        return {feed.path.name: feed.path.name for feed in told.feeds.files}
    if note.canonical == "score" and told.scores:
        return {"scores.json": "scores.html", "graphs/": "scores.html", "data/": "scores.html"}
    if note.canonical == "post_process" and told.figures:
        return {"figures/": "figures.html"}
    return {}
