"""The feeds: valid, escaped, stable, bounded."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from pytest_relaybench.reports.feeds import ATOM_FEED, JSON_FEED, item_of, write_feeds
from pytest_relaybench.times import iso, run_id_of
from tests.reports.sample import NASTY, report

BEGAN = datetime(2026, 11, 1, 3, tzinfo=UTC)
NAMES = {"a": "http://www.w3.org/2005/Atom"}


def write(folder, night, most=30, title="Dashboard", site="https://e.org/d", **more):
    moment = BEGAN + timedelta(days=night)
    item = item_of(report(**more), run_id_of(moment), iso(moment), f"{night}: {NASTY}")
    write_feeds(folder, title, item, most, site)
    feed = json.loads((folder / JSON_FEED).read_text())
    return feed, ElementTree.fromstring((folder / ATOM_FEED).read_bytes())


@pytest.mark.parametrize("moment", ["yesterday", "2026-11-01T03:00:00", 3])
def test_an_item_of_an_odd_moment_is_left_out(tmp_path, moment):
    """The feeds are written all the same: somebody may have edited the file that they go on from."""
    feed, _ = write(tmp_path, 0)
    feed["items"][0] |= {"date_modified": moment, "id": "\x00"}
    (tmp_path / JSON_FEED).write_text(json.dumps(feed))
    after, atom = write(tmp_path, 1)
    assert [item["title"] for item in after["items"]] == [f"1: {NASTY}"]
    assert len(atom.findall("a:entry", NAMES)) == 1


def test_a_json_feed_has_what_the_specification_asks(tmp_path):
    """Version, title, addresses; each item with id, date and content; the content is escaped HTML."""
    feed, _ = write(tmp_path, 0)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert (feed["title"], feed["home_page_url"], feed["feed_url"]) == (
        "Dashboard",
        "https://e.org/d/",
        "https://e.org/d/feed.json",
    )
    (item,) = feed["items"]
    assert item["date_published"] == "2026-11-01T03:00:00.000000+00:00"
    assert item["title"] == f"0: {NASTY}"
    assert "<h2" in item["content_html"]
    assert "&lt;!channel&gt;" in item["content_html"]
    assert "<@U999>" not in item["content_html"]
    assert "Network 1" in item["content_text"]


def test_an_atom_feed_has_what_the_specification_asks(tmp_path):
    """RFC 4287: id, title, updated and author of the feed; id, title, updated and content of an entry; a self link."""
    feed, atom = write(tmp_path, 0)
    for name in ("id", "title", "updated", "author/a:name"):
        assert atom.findtext(f"a:{name}", namespaces=NAMES)
    entry = atom.find("a:entry", NAMES)
    assert entry.findtext("a:id", namespaces=NAMES) == feed["items"][0]["id"]
    assert entry.findtext("a:title", namespaces=NAMES) == f"0: {NASTY}"
    content = entry.find("a:content", NAMES)
    assert content.get("type") == "html"
    assert content.text == feed["items"][0]["content_html"]
    links = {link.get("rel"): link.get("href") for link in atom.findall("a:link", NAMES)}
    assert links == {"self": "https://e.org/d/atom.xml", "alternate": "https://e.org/d/"}


def test_the_newest_nights_stay_and_ids_do_not_change(tmp_path):
    """Newest first, no more than told; the feed and each night keep their ids, a night told twice is there once."""
    ids = {}
    for night in (0, 1, 2, 1, 3):
        feed, atom = write(tmp_path, night, most=3)
        for item in feed["items"]:
            assert ids.setdefault(item["title"], item["id"]) == item["id"]
        ids.setdefault("feed", atom.findtext("a:id", namespaces=NAMES))
    assert [item["title"][0] for item in feed["items"]] == ["3", "2", "1"]
    assert len(atom.findall("a:entry", NAMES)) == 3
    assert atom.findtext("a:id", namespaces=NAMES) == ids["feed"]
    assert atom.findtext("a:updated", namespaces=NAMES) == feed["items"][0]["date_published"]
    assert len(set(ids.values())) == 5


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"items": 3}', '{"items": [{}, 3, {"id": "x"}]}', '{"_relaybench": 3, "items": [null]}',
     '{"items": [{"id": "x", "title": "t", "content_html": "c", "date_published": "yesterday"}]}'],
)  # fmt: skip
def test_a_damaged_feed_begins_anew(tmp_path, content):
    """What cannot be read is left out."""
    (tmp_path / JSON_FEED).write_text(content)
    feed, atom = write(tmp_path, 0)
    assert len(feed["items"]) == len(atom.findall("a:entry", NAMES)) == 1


def test_no_character_breaks_the_xml(tmp_path):
    """Control characters and halves of pairs, which XML does not allow, are not in it; without a site no link is."""
    feed, atom = write(tmp_path, 0, title="T\x00\x1b[1m\ud800&<", site="", value="\x00\x0b\ufffe\ud800]]>")
    assert feed["title"] == atom.findtext("a:title", namespaces=NAMES) == "T&<"
    assert "feed_url" not in feed
    assert atom.find("a:link", NAMES) is None


def test_a_damaged_feed_is_kept(tmp_path):
    """The nights that it told of are in no other file."""
    (tmp_path / JSON_FEED).write_text('{"items": [')
    write(tmp_path, 0)
    assert (tmp_path / f"{JSON_FEED}.damaged").read_text() == '{"items": ['


def test_an_item_that_is_no_json_is_left_out(tmp_path):
    """Python reads NaN, which no reader of feeds does."""
    feed, _ = write(tmp_path, 0)
    feed["items"][0]["odd"] = float("nan")
    (tmp_path / JSON_FEED).write_text(json.dumps(feed))
    after, _ = write(tmp_path, 1)
    assert [item["title"] for item in after["items"]] == [f"1: {NASTY}"]
