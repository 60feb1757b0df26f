"""What the demo browser reads from a page."""

from exercises.demo_class.forms import read

PAGE = """
<a href="/one/">1</a>
<form method="post" action="/hand-in/">
<input type="hidden" name="key" value="a&amp;b"><button disabled hidden></button>
<textarea name="why-text">
first &lt; second</textarea>
<input type="radio" name="level-chosen" value="debug">
<input type="radio" name="level-chosen" value="info" checked>
<button>Hand in</button><button formaction="/draft/">Save</button></form>
<form action="/other/"><fieldset disabled><input name="lost" value="1"></fieldset></form>
<div hx-get="/state/?looks=0" hx-trigger="load delay:2s, every 30s"></div>
"""


def test_fields_have_the_values_that_a_browser_would_post():
    form = read(PAGE).forms[0]

    assert form.fields == {
        "key": ["a&b"], "why-text": ["first < second"], "level-chosen": ["info"],
    }  # fmt: skip


def test_the_options_and_the_places_of_the_buttons_are_known():
    form = read(PAGE).forms[0]

    assert form.options == {"level-chosen": ["debug", "info"]}
    assert form.posts_to == ["/hand-in/", "/draft/"]


def test_what_a_disabled_fieldset_holds_is_not_posted():
    assert read(PAGE).forms[1].fields == {}


def test_the_next_look_of_a_waiting_page_is_known():
    content = read(PAGE)

    assert (content.look_at, content.look_after_s) == ("/state/?looks=0", 2.0)


def test_a_page_that_does_not_wait_has_no_next_look():
    assert read("<p>done</p>").look_at == ""
