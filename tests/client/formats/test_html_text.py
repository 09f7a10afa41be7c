"""HTML as text: what an article says stays, and nothing that is thrown at it fails."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.formats.html_text import text_of_html

tags = ["p", "div", "h2", "ul", "ol", "li", "a", "table", "tr", "td", "th", "pre", "code", "br"]
tags += ["img", "script", "svg", "blockquote", "b"]
soup = st.lists(
    st.sampled_from(tags).map(lambda tag: f"<{tag} href='/x' src=x alt=y>")
    | st.sampled_from(tags).map(lambda tag: f"</{tag}>")
    | st.sampled_from(["<", "<!", "<![x", "<?", "&", "&#0;", "&#xd800;", "<!--", "]]>", "word "])
    | st.text(max_size=5),
    max_size=30,
).map("".join)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One  &amp;\n two</p><p>Three&nbsp;four</p>", "One & two\n\nThree four"),
        ("<h1>A</h1><p>B</p><h3>C<br>D</h3>", "# A\n\nB\n\n### C D"),
        ("one<br>two<br><br><br><br>three", "one\ntwo\n\nthree"),
        (
            "<p>Do:</p><ol start='3'><li>one</li><li><p>two</p><ul><li>a</li></ul></li></ol>end",
            "Do:\n\n3. one\n4. two\n   - a\n\nend",
        ),
        ("<ul><li>one<p>more</p></li><li>two</li></ul>", "- one\n\n  more\n\n- two"),
        ("<li>alone", "- alone"),
        (
            "see <a href='/hc/1 (a)'>the  page</a>.",
            "see [the page](https://x.test/hc/1%20%28a%29).",
        ),
        ("<a href='mailto:a@x.test'>a@x.test</a>", "mailto:a@x.test"),
        ("<a href='javascript:alert(1)'>click</a> <a>here</a>", "click here"),
        ("<a href='https://y.test'><p>one</p><p>two</p></a>", "one\n\ntwo"),
        (
            "<img src='/a.png' alt='The form'><img src='/b.png'>",
            "![The form](https://x.test/a.png)",
        ),
        (
            "<table><thead><tr><th>Size</th><th>Days</th></tr></thead>"
            "<tbody><tr><td><p>S|M</p><p>L</p></td><td>3</td></tr><tr><td>XL</td></tr></table>after",
            "| Size | Days |\n| --- | --- |\n| S\\|M L | 3 |\n| XL |  |\n\nafter",
        ),
        (
            "<table><tr><td><p>Note</p><ul><li>a</li><li>b</li></ul></td></tr></table>",
            "Note\n- a\n- b",
        ),
        ("a<table><tr><td></td></tr></table>b", "a\n\nb"),
        ("<pre><code>a\n  b```\n</code></pre>", "````\na\n  b```\n````"),
        ("press <code>Esc</code>", "press `Esc`"),
        ("<blockquote><p>one</p><p>two</p></blockquote>three", "> one\n\n> two\n\nthree"),
        ("a<script>x<p>y</script><style>z</style><svg><text>w</text></svg>b", "ab"),
        ("<iframe src='https://v.test'></iframe>a<!-- b -->", "a"),
        ("just text", "just text"),
        ("a\x00b", "ab"),
        ("", ""),
    ],
)
def test_html_as_text(html: str, text: str) -> None:
    assert text_of_html(html, "https://x.test/hc/articles/1") == text


@given(soup)
def test_nothing_fails(html: str) -> None:
    text = text_of_html(html)

    assert text == text.strip(" \n")
    assert "\x00" not in text


def test_deep_nesting_stays_small() -> None:
    assert len(text_of_html("<ul><li>a" * 3_000)) < 300_000
