"""The newest nights as a JSON Feed 1.1 and as an Atom feed (RFC 4287), for whoever reads feeds."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from ..files import json_object, write_bytes, write_json
from ..times import from_iso
from .html_text import html_text
from .message import Message
from .plain import plain_text
from .shortening import clean, one_line

JSON_FEED, ATOM_FEED = "feed.json", "atom.xml"
VERSION = "https://jsonfeed.org/version/1.1"
ATOM = "http://www.w3.org/2005/Atom"
OWN = "_relaybench"  # JSON Feed leaves names with an underscore to whoever writes one
AUTHOR = "pytest-relaybench"
NEEDED = ("id", "title", "date_published", "content_html")

Item = Mapping[str, Any]


def item_of(message: Message, run_id: str, moment: str, title: str) -> Item:
    """One night's report; `moment` in ISO 8601. Its id follows from the run's: no reader sees a night twice."""
    night = uuid.uuid5(uuid.NAMESPACE_OID, f"pytest-relaybench run {run_id}")
    item = {
        "id": f"urn:uuid:{night}",
        "title": one_line(title),
        "date_published": moment,
        "content_html": html_text(message),
        "content_text": plain_text(message),
    }
    return {**item, "url": message.link} if message.link else item


def write_feeds(folder: Path, title: str, item: Item, most: int, site_url: str = "") -> None:
    """Put `item` before the nights that the feeds in `folder` have, and keep the newest `most`.

    Feeds that cannot be read begin anew.
    """
    before = json_object(folder / JSON_FEED) or {}
    others = [entry for entry in _items(before) if entry["id"] != item["id"]]
    items = sorted([item, *others], key=lambda entry: from_iso(entry["date_published"]), reverse=True)[:most]
    feed_id = _id_of(before) or f"urn:uuid:{uuid.uuid4()}"
    site = f"{site_url.rstrip('/')}/" if site_url else ""
    places = {"home_page_url": site, "feed_url": f"{site}{JSON_FEED}"} if site else {}
    feed = {"version": VERSION, "title": one_line(title), **places, "authors": [{"name": AUTHOR}]}
    write_json(folder / JSON_FEED, {**feed, OWN: {"id": feed_id}, "items": items})
    write_bytes(folder / ATOM_FEED, _atom(one_line(title), feed_id, items, site))


def _id_of(feed: Mapping[str, Any]) -> str:
    own = feed.get(OWN)
    known = own.get("id") if isinstance(own, dict) else None
    return clean(known) if isinstance(known, str) else ""


def _items(feed: Mapping[str, Any]) -> list[Item]:
    items = feed.get("items")
    return [entry for entry in items if _is_whole(entry)] if isinstance(items, list) else []


def _is_whole(entry: Any) -> bool:
    if not (isinstance(entry, dict) and all(isinstance(entry.get(key), str) for key in NEEDED)):
        return False
    try:
        return from_iso(entry["date_published"]).tzinfo is not None
    except ValueError:
        return False


def _atom(title: str, feed_id: str, items: Sequence[Item], site: str) -> bytes:
    feed = ElementTree.Element("feed", xmlns=ATOM)
    _text(feed, "id", feed_id)
    _text(feed, "title", title)
    _text(feed, "updated", items[0]["date_published"])
    _text(ElementTree.SubElement(feed, "author"), "name", AUTHOR)
    if site:
        ElementTree.SubElement(feed, "link", rel="self", type="application/atom+xml", href=f"{site}{ATOM_FEED}")
        ElementTree.SubElement(feed, "link", rel="alternate", type="text/html", href=site)
    for item in items:
        entry = ElementTree.SubElement(feed, "entry")
        _text(entry, "id", item["id"])
        _text(entry, "title", clean(item["title"]))
        _text(entry, "updated", item["date_published"])
        if item.get("url"):
            ElementTree.SubElement(entry, "link", rel="alternate", type="text/html", href=clean(str(item["url"])))
        _text(entry, "content", clean(item["content_html"])).set("type", "html")
    ElementTree.indent(feed)
    tree: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return tree + b"\n"


def _text(parent: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name)
    element.text = text
    return element
