"""A page as a browser and a printer see it: parsed, closed, asking for nothing, with its rules for paper."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "hr", "input", "col", "source"}
ASKING = {"src", "href", "xlink:href", "srcset", "action", "data", "poster", "background", "formaction"}
RUNNING = {"script", "iframe", "object", "embed", "form", "link", "base", "foreignobject"}


@dataclass
class Page(HTMLParser):
    """The words of a page by tag, what it asks for, its identifiers, and tags left open or closed twice."""

    words: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    stack: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    @property
    def text(self) -> str:
        """All words, a line each."""
        return "\n".join(said for words in self.words.values() for said in words)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name in ASKING and value:
                self.asked.append(value)
            if name.startswith("on"):
                self.faults.append(f"{tag} has {name}")
            if name == "id":
                self.ids.append(value or "")
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.stack.pop()

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data):
        if data.strip() and self.stack:
            self.words.setdefault(self.stack[-1], []).append(" ".join(data.split()))


def read(text: str) -> Page:
    """Return the page, having seen that it is whole, runs nothing and asks nothing of a network."""
    page = Page()
    page.feed(text)
    page.close()
    assert page.faults == []
    assert page.stack == [], "every tag is closed"
    assert RUNNING.isdisjoint(page.tags)
    outside = [a for a in page.asked if not a.startswith(("data:image/", "#"))]
    assert outside == [], "it opens without a network"
    css = " ".join(page.words.get("style", []))
    assert not re.search(r"@import|url\((?!['\"]?(data:|#))", css + text)
    assert "@media print" in css, "it is made to be printed"
    assert "@page" in css
    assert text.lstrip().lower().startswith("<!doctype html>")
    assert "default-src 'none'" in text
    assert "not a medical device" in page.text
    return page
