"""The feeds of incidents: valid, stable, an entry each, and text only."""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from pytest_relaybench.files import write_json
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.incidents import Decision, read_incidents, write_decision
from pytest_relaybench.incidents.keeping import Kept, keep
from tests.subsystems.loading import load
from tests.subsystems.sample_experiments import ATTACK
from tests.subsystems.sample_home import dashboard_of, make_home
from tests.subsystems.sample_incidents import add_incidents, cases, run

NIGHTS = 3
PACKAGE = load("website").__name__
ATOM = {"a": "http://www.w3.org/2005/Atom"}
FEEDS = ("regressions.atom.xml", "regressions.json")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """With an incident of every state."""
    home = make_home(tmp_path / "home", nights=NIGHTS, pick=["matmul"])
    add_incidents(home)
    return home


@cache
def site_of(root: Path) -> Any:
    """The home there, with the incidents of its beginning."""
    return sys.modules[f"{PACKAGE}.site"].site_of(dashboard_of(open_home(root), NIGHTS), "website")


def files(home: Home) -> tuple[bytes, bytes]:
    """Both feeds as the site gets them now."""
    site = site_of(home.root)
    site = replace(site, told=replace(site.told, incidents=read_incidents(home)))
    part = sys.modules[f"{PACKAGE}.regressions"].regressions(site)
    assert [feed.file for feed in part.feeds] == list(FEEDS)
    atom, feed = (part.files[name] for name in FEEDS)
    return atom, feed


def read(home: Home) -> tuple[ElementTree.Element, Mapping[str, Any]]:
    """Both feeds, parsed."""
    atom, feed = files(home)
    return ElementTree.fromstring(atom), json.loads(feed)


def item(home: Home, incident_id: str) -> dict[str, Any]:
    """The entry of one incident."""
    return next(one for one in read(home)[1]["items"] if f"{incident_id}, " in one["content_text"])


def test_both_are_as_their_specifications_ask(home: Home) -> None:
    """RFC 4287, section 4.1, and JSON Feed 1.1: what every feed and entry must have, once, and moments with a zone."""
    atom, feed = read(home)
    entries = atom.findall("a:entry", ATOM)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert len(entries) == len(feed["items"]) == len(cases())
    for element in (atom, *entries):
        for name in ("id", "title", "updated"):
            (found,) = element.findall(f"a:{name}", ATOM)
            assert found.text
        assert uuid.UUID(element.findtext("a:id", "", ATOM).removeprefix("urn:uuid:")).version == 5
        assert datetime.fromisoformat(element.findtext("a:updated", "", ATOM)).tzinfo is not None
    assert atom.findtext("a:author/a:name", namespaces=ATOM)
    for entry, told in zip(entries, feed["items"], strict=True):
        assert entry.findtext("a:id", namespaces=ATOM) == told["id"]
        assert entry.findtext("a:published", "", ATOM) <= entry.findtext("a:updated", "", ATOM)
        (content,) = entry.findall("a:content", ATOM)
        assert (content.get("type"), content.text) == ("html", told["content_html"])
    updated = [entry.findtext("a:updated", "", ATOM) for entry in entries]
    assert updated == sorted(updated, reverse=True)
    assert atom.findtext("a:updated", namespaces=ATOM) == updated[0]
    assert len({told["id"] for told in feed["items"]}) == len(entries)


def test_an_entry_says_what_happened(home: Home) -> None:
    """State and headline; each series with its change; who decided what until when; that it has recovered."""
    assert item(home, "2026-11-20-a")["title"].startswith("open: resnet-18 on cpu: 4 series slower by 4 to 10 %")
    assert "+10.0 % [+8.8 %, +11.2 %], 31.1 ms → 34.2 ms" in item(home, "2026-11-20-a")["content_text"]
    assert item(home, "2026-11-10-a")["title"].startswith("accepted: ")
    assert "Accepted by Ada <b>L</b> on 2026-11-21, until 9999-01-01" in item(home, "2026-11-10-a")["content_text"]
    assert item(home, "2026-11-02-a")["title"].startswith("fixed: ")
    assert "Recovered: 2026-11-19, back at its old level" in item(home, "2026-11-02-a")["content_text"]


def test_equal_homes_have_equal_feeds(home: Home) -> None:
    """Nothing in them is of the moment of writing."""
    assert files(home) == files(home)


def test_an_entry_is_updated_when_something_becomes_of_it(home: Home) -> None:
    """Its id and beginning stay; an acknowledgement, its end and a recovery are news, another night's number is not."""
    first = item(home, "2026-11-17-a")
    assert first["date_modified"] == first["date_published"]
    grown = [replace(case, members=tuple(replace(m, ratio=m.ratio * 1.01) for m in case.members)) for case in cases()]
    keep(home, Kept(run(0), tuple(grown)))
    assert item(home, "2026-11-17-a")["date_modified"] == first["date_modified"]
    looked, ended = datetime(2026, 11, 20, 9, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
    write_decision(home, Decision("ack", "2026-11-17-a", "looking", "Ada", looked, ended))
    over = item(home, "2026-11-17-a")
    assert datetime.fromisoformat(over["date_modified"]) == ended
    back = {"recovered_run": run(0), "recovery": "back at its old level"}
    mended = [replace(case, members=tuple(replace(m, **back) for m in case.members)) for case in cases()]
    keep(home, Kept(run(0), tuple(mended)))
    fixed = item(home, "2026-11-17-a")
    assert fixed["date_modified"] > over["date_modified"]
    assert fixed["title"].startswith("fixed: ")
    assert (fixed["id"], fixed["date_published"]) == (first["id"], first["date_published"])


def test_addresses_are_told_where_the_home_knows_them(home: Home) -> None:
    """A report's config says where the site is; without it nothing claims an address."""
    atom, feed = read(home)
    assert atom.find(".//a:link", ATOM) is None
    assert "url" not in feed["items"][0]
    write_json(home.subsys_config_file("exp_reports"), {"active": True, "site_url": "https://e.org/d"})
    atom, feed = read(home)
    assert feed["feed_url"] == "https://e.org/d/regressions.json"
    links = {link.get("rel"): link.get("href") for link in atom.findall("a:link", ATOM)}
    assert links == {"self": "https://e.org/d/regressions.atom.xml", "alternate": "https://e.org/d/"}
    assert item(home, "2026-11-20-a")["url"] == "https://e.org/d/incidents/2026-11-20-a.html"


def test_text_of_any_origin_is_text(home: Home) -> None:
    """Titles are plain text, and the HTML of an entry has only our own elements."""
    _, feed = read(home)
    assert any(ATTACK in told["title"] for told in feed["items"])
    ours = {"p", "br", "h2", "h3", "pre", "a"}
    for told in feed["items"]:
        assert set(re.findall(r"<\s*/?\s*([\w!?-]+)", told["content_html"])) <= ours
        assert not re.search(r"<[^>]*\son\w+\s*=", told["content_html"])


def test_a_home_without_incidents_has_a_valid_empty_feed(home: Home) -> None:
    """So that who subscribes before the first regression has something to subscribe to."""
    keep(home, Kept(run(0)))
    atom, feed = read(home)
    assert feed["items"] == []
    assert atom.findtext("a:updated", "", ATOM).startswith("2026-11-22T03:00:00")
