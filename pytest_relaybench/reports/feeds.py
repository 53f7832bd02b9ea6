"""What is news as a JSON Feed 1.1 and as an Atom feed (RFC 4287), for whoever reads feeds: nights, incidents."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from ..files import json_bytes, json_object, set_aside, write_bytes
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
    return news_of(message, f"urn:uuid:{night}", title, published=moment)


def news_of(message: Message, item_id: str, title: str, *, published: str, modified: str = "") -> Item:
    """One thing that is told; moments in ISO 8601, `modified` only of what may become another later."""
    item = {
        "id": item_id,
        "title": one_line(title),
        "date_published": published,
        "content_html": html_text(message),
        "content_text": plain_text(message),
    }
    later = {"date_modified": modified} if modified else {}
    return {**item, **later, **({"url": message.link} if message.link else {})}


@dataclass(frozen=True)
class Feed:
    """What a feed says of itself; `updated` is for one without an item. Both files lie on the site at `site_url`."""

    id: str
    title: str
    updated: str
    site_url: str = ""
    json_name: str = JSON_FEED
    atom_name: str = ATOM_FEED

    @property
    def site(self) -> str:
        """The address of the site, empty where nobody knows it."""
        return f"{self.site_url.rstrip('/')}/" if self.site_url else ""


def feed_files(feed: Feed, items: Sequence[Item]) -> dict[str, bytes]:
    """Both feeds by their files' names; `items` in the order in which readers show them."""
    title, site = one_line(feed.title), feed.site
    places = {"home_page_url": site, "feed_url": f"{site}{feed.json_name}"} if site else {}
    head = {"version": VERSION, "title": title, **places, "authors": [{"name": AUTHOR}]}
    content = {**head, OWN: {"id": feed.id}, "items": list(items)}
    return {feed.json_name: json_bytes(content), feed.atom_name: _atom(feed, items)}


def write_feeds(folder: Path, title: str, item: Item, most: int, site_url: str = "") -> None:
    """Put `item` before the nights that the feeds in `folder` have, and keep the newest `most`.

    Feeds that cannot be read begin anew; the damaged file is moved aside.
    """
    before = json_object(folder / JSON_FEED)
    if before is None:
        before = {}
        if os.path.lexists(folder / JSON_FEED):
            set_aside(folder / JSON_FEED)
    others = [entry for entry in _items(before) if entry["id"] != item["id"]]
    items = sorted([item, *others], key=lambda entry: from_iso(entry["date_published"]), reverse=True)[:most]
    feed = Feed(_id_of(before) or f"urn:uuid:{uuid.uuid4()}", title, item["date_published"], site_url)
    for name, content in feed_files(feed, items).items():
        write_bytes(folder / name, content)


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
    moments = (entry["date_published"], _updated(entry))
    try:
        json_bytes(entry)
        return all(from_iso(moment).tzinfo is not None for moment in moments)
    except (ValueError, RecursionError):
        return False


def _atom(about: Feed, items: Sequence[Item]) -> bytes:
    feed = ElementTree.Element("feed", xmlns=ATOM)
    _text(feed, "id", about.id)
    _text(feed, "title", one_line(about.title))
    _text(feed, "updated", max((_updated(item) for item in items), key=from_iso, default=about.updated))
    _text(ElementTree.SubElement(feed, "author"), "name", AUTHOR)
    if about.site:
        own = f"{about.site}{about.atom_name}"
        ElementTree.SubElement(feed, "link", rel="self", type="application/atom+xml", href=own)
        ElementTree.SubElement(feed, "link", rel="alternate", type="text/html", href=about.site)
    for item in items:
        entry = ElementTree.SubElement(feed, "entry")
        _text(entry, "id", clean(item["id"]))
        _text(entry, "title", clean(item["title"]))
        if "date_modified" in item:
            _text(entry, "published", item["date_published"])
        _text(entry, "updated", _updated(item))
        if item.get("url"):
            ElementTree.SubElement(entry, "link", rel="alternate", type="text/html", href=clean(str(item["url"])))
        _text(entry, "content", clean(item["content_html"])).set("type", "html")
    ElementTree.indent(feed)
    tree: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return tree + b"\n"


def _updated(item: Item) -> str:
    return str(item.get("date_modified", item["date_published"]))


def _text(parent: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name)
    element.text = text
    return element
