"""Authors' Markdown, and what must not come through it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.text import markdown
from lms.text.markdown import to_html

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](  JaVaScRiPt:alert(1))",
    "[a](java&#x73;cript:alert(1))",
    "[a](&#x01;javascript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    '![x" onerror="alert(1)](x)',
    '[a](http://x "\\" onmouseover=\\"alert(1)")',
    "[x]: javascript:alert(1)\n\n[x]",
    "```<script>\n</code></pre><script>alert(1)</script>\n```",
    '``` "onclick=alert(1)\nx\n```',
    "    </code></pre><script>alert(1)</script>",
    "| <script>a</script> |\n|--|\n| <iframe src=x> |",
    "<style>*{display:none}</style>",
    "<a href='x' style='x' onclick='x'>y</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<details open ontoggle=alert(1)>",
    "<!--<img src=--><img src=x onerror=alert(1)>-->",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
]


def tags_of(html):
    return [piece.split(">")[0] for piece in html.split("<")[1:]]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_becomes_text(attack):
    for tag in tags_of(to_html(attack)):
        name, *_ = tag.strip("/").split()
        assert name in markdown._TAGS
        assert not re.search(r'href="\s*(javascript|vbscript|data):', tag, re.IGNORECASE)
        assert " on" not in tag.lower().replace('"', " ").split("title=")[0]
        assert "style" not in tag.split("title=")[0]


@given(st.text() | st.from_regex(r"[<>\[\]()!`|\n a-z\"'=:/#&;-]{0,60}", fullmatch=True))
def test_only_listed_tags_come_out(text):
    for tag in tags_of(to_html(text)):
        assert tag.strip("/").split()[0] in markdown._TAGS


def test_the_second_wall_holds_alone(monkeypatch):
    open_parser = markdown.MarkdownIt("commonmark", {"html": True})
    monkeypatch.setattr(markdown, "_PARSER", open_parser)

    html = to_html("<script>alert(1)</script><b onclick=x>hi</b><img src=x onerror=x>")

    assert html == "hi"


def test_headings_start_below_those_of_the_page():
    assert to_html("# One\n\n## Two\n\n###### Six") == "<h3>One</h3>\n<h4>Two</h4>\n<h6>Six</h6>\n"


def test_links_do_not_hand_over_the_page():
    assert to_html("[a](https://example.org/)") == (
        '<p><a href="https://example.org/" rel="noopener noreferrer">a</a></p>\n'
    )


def test_an_image_becomes_a_link_so_that_no_server_sees_the_reader():
    html = to_html("![a chart](https://example.org/x.png)")

    assert "<img" not in html
    assert ">a chart</a>" in html


def test_code_can_be_reached_by_keyboard_and_is_not_read_as_html():
    html = to_html("```json\na < b\n```")

    assert html == '<pre class="code" tabindex="0"><code>a &lt; b\n</code></pre>\n'


def test_a_table_scrolls_by_itself_and_aligns_by_class():
    html = to_html("| a |\n|--:|\n| 1 |")

    assert '<div class="scroll" tabindex="0"><table class="tbl">' in html.replace("\n", "")
    assert '<td class="right">1</td>' in html
    assert "style" not in html
