"""What stands around the decision: names, keys, phrases, claims, filters."""

import pytest
from django.urls import reverse

from exercises.models import (
    AuditEvent,
    Enrolment,
    FeedbackSnippet,
    Grade,
    ReviewClaim,
    ReviewPreference,
)
from exercises.tests.factories import UserFactory
from exercises.tests.review_pages.rows import (
    levels,
    queue_url,
    text_exercise,
    url_named,
    url_of,
    waits,
)

pytestmark = pytest.mark.django_db

ROLE = Enrolment.Role


@pytest.fixture
def exercise():
    return text_exercise()


def _course_url(name, exercise, *args):
    return reverse(f"exercises:{name}", args=[exercise.course.slug, *args])


def _name(submission):
    return submission.work_item.enrolment.user.username


@pytest.mark.parametrize(
    ("role", "status"),
    [(ROLE.INSTRUCTOR, 200), (ROLE.ASSISTANT, 403), (ROLE.STUDENT, 403), ("stranger", 404)],
)
def test_names_are_an_instructors_to_reveal(as_role, exercise, role, status):
    submission = waits(exercise)
    client = as_role(role)

    one = client.post(url_named("reveal_name", submission))
    page = client.post(_course_url("reveal_names", exercise))

    assert (one.status_code, page.status_code) == (status, status)
    shown = status == 200
    assert (_name(submission) in one.content.decode()) == shown
    assert (_name(submission) in page.content.decode()) == shown
    assert AuditEvent.objects.filter(action="name.revealed").count() == 2 * shown


def test_a_revealed_name_hides_again_and_is_not_in_the_audit_log(as_role, exercise):
    submission = waits(exercise)
    client = as_role(ROLE.INSTRUCTOR)
    client.post(url_named("reveal_name", submission))

    event = AuditEvent.objects.get()
    assert event.target == f"enrolment:{submission.work_item.enrolment_id}"
    assert _name(submission) not in f"{event.before}{event.after}"
    for address in (url_of(submission), queue_url(exercise)):
        assert _name(submission) not in client.get(address).content.decode()


def test_reveal_is_not_to_be_had_by_a_link(as_role, exercise):
    submission = waits(exercise)

    assert as_role(ROLE.INSTRUCTOR).get(url_named("reveal_name", submission)).status_code == 405


def test_keys_are_on_until_a_person_switches_them_off(as_role, exercise):
    submission = waits(exercise)
    client = as_role(ROLE.ASSISTANT)
    before = client.get(url_of(submission)).content.decode()

    back = client.post(
        _course_url("switch_keys", exercise), {"keys": "off", "next": url_of(submission)}
    )

    after = client.get(url_of(submission)).content.decode()
    assert back["Location"] == url_of(submission)
    assert 'data-keys="on"' in before
    assert 'data-keys="off"' in after
    client.post(_course_url("switch_keys", exercise), {"keys": "on"})
    assert not ReviewPreference.objects.get().keys_are_off


def test_the_switch_leads_to_no_other_site(as_role, exercise):
    back = as_role(ROLE.ASSISTANT).post(
        _course_url("switch_keys", exercise), {"keys": "off", "next": "//evil.example/"}
    )

    assert back["Location"] == queue_url(exercise)


def test_opening_an_answer_tells_the_others(as_role, exercise):
    submission = waits(exercise)
    ada = as_role(ROLE.ASSISTANT)
    ada.enrolment.user.first_name = "Ada"
    ada.enrolment.user.save()
    ada.get(url_of(submission))

    ben = as_role(ROLE.ASSISTANT)

    for address in (url_of(submission), queue_url(exercise)):
        assert "Ada looks at this since" in ben.get(address).content.decode()
    saved = ben.post(url_of(submission), levels() | {"head": Grade.objects.get().pk})
    assert saved.status_code == 302
    assert Grade.objects.heads().get().source == "human"


def test_going_on_prefers_what_nobody_looks_at(as_role, exercise):
    first, second, third = (waits(exercise) for _ in range(3))
    ada = as_role(ROLE.ASSISTANT)
    ada.get(url_of(second))
    ben = as_role(ROLE.ASSISTANT)

    head = Grade.objects.get(submission=first)
    response = ben.post(url_of(first), levels() | {"head": head.pk})

    assert response["Location"] == url_of(third)


def test_saving_the_last_ends_the_claim(as_role, exercise):
    submission = waits(exercise)
    client = as_role(ROLE.ASSISTANT)
    client.get(url_of(submission))
    assert ReviewClaim.objects.count() == 1

    client.post(url_of(submission), levels() | {"head": Grade.objects.get().pk})

    assert not ReviewClaim.objects.exists()


def test_filters_are_kept_on_the_way(as_role, exercise):
    first, second = waits(exercise), waits(exercise)
    query = f"?reason=doubtful&exercise={exercise.slug}&part=why"
    client = as_role(ROLE.ASSISTANT)

    head = Grade.objects.get(submission=first)
    response = client.post(url_of(first) + query, levels() | {"head": head.pk})

    assert response["Location"] == url_of(second) + query
    assert query.replace("&", "&amp;") in client.get(queue_url(exercise) + query).content.decode()


@pytest.mark.parametrize("query", ["?reason=none", "?exercise='&part=x", "?part=why", "?page=-1"])
def test_unknown_filters_narrow_nothing(as_role, exercise, query):
    waits(exercise)

    page = as_role(ROLE.ASSISTANT).get(queue_url(exercise) + query).content.decode()

    assert "1 answer needs a person" in page


def test_a_phrase_is_saved_shared_and_inserted_without_script(as_role, exercise):
    submission = waits(exercise)
    url = _course_url("snippets", exercise, exercise.slug, "why")
    as_role(ROLE.ASSISTANT).post(url, {"title": "disk", "text": "Name the disk."})
    phrase = FeedbackSnippet.objects.get()
    other = as_role(ROLE.INSTRUCTOR)

    shown = other.get(url_of(submission)).content.decode()
    data = levels(disk="", leak="0.5") | {"feedback": "Good.", "insert": phrase.pk}
    page = other.post(url_of(submission), data | {"head": Grade.objects.get().pk})

    assert f'name="insert" value="{phrase.pk}"' in shown
    form = page.context["form"]
    assert form["feedback"].value() == "Good.\nName the disk."
    assert form["why-leak"].value() == "0.5"
    assert "Choose a level." not in page.content.decode()
    assert Grade.objects.count() == 1


def test_only_its_writer_changes_a_phrase(as_role, exercise):
    writer = as_role(ROLE.ASSISTANT)
    mine = FeedbackSnippet.objects.create(
        exercise=exercise, part="why", author=writer.enrolment.user, title="disk", text="Name it."
    )
    theirs = FeedbackSnippet.objects.create(
        exercise=exercise, part="why", author=UserFactory(), title="leak", text="Who reads it?"
    )

    for phrase, status in ((mine, 302), (theirs, 403)):
        change = _course_url("snippet", exercise, phrase.pk)
        assert writer.post(change, {"title": "new", "text": "New."}).status_code == status
        delete = _course_url("delete_snippet", exercise, phrase.pk)
        assert writer.post(delete).status_code == status

    assert FeedbackSnippet.objects.get() == theirs


def test_a_phrase_of_another_course_is_not_found(as_role, exercise):
    elsewhere = text_exercise()
    phrase = FeedbackSnippet.objects.create(
        exercise=elsewhere, part="why", author=UserFactory(), title="leak", text="Who reads it?"
    )
    client = as_role(ROLE.INSTRUCTOR)

    assert client.get(_course_url("snippet", exercise, phrase.pk)).status_code == 404
    assert client.get(_course_url("snippets", exercise, exercise.slug, "no")).status_code == 404


def test_two_phrases_with_one_button_are_refused_with_a_sentence(as_role, exercise):
    url = _course_url("snippets", exercise, exercise.slug, "why")
    client = as_role(ROLE.ASSISTANT)
    client.post(url, {"title": "disk", "text": "Name the disk."})

    response = client.post(url, {"title": "disk", "text": "Another."})

    assert response.status_code == 422
    assert "already" in response.content.decode()
    assert FeedbackSnippet.objects.count() == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_phrases_take_the_same_queries_at_any_length(
    as_role, exercise, django_assert_num_queries, rows
):
    for i in range(rows):
        FeedbackSnippet.objects.create(
            exercise=exercise, part="why", author=UserFactory(), title=f"p{i}", text="x"
        )
    client = as_role(ROLE.ASSISTANT)
    url = _course_url("snippets", exercise, exercise.slug, "why")

    with django_assert_num_queries(5):
        client.get(url)


@pytest.mark.parametrize("role", [ROLE.STUDENT, "stranger"])
def test_the_tools_are_for_staff_of_the_course(as_role, exercise, role):
    client = as_role(role)
    expected = 403 if role == ROLE.STUDENT else 404

    for url in (
        _course_url("switch_keys", exercise),
        _course_url("snippets", exercise, exercise.slug, "why"),
        _course_url("snippet", exercise, 1),
        _course_url("delete_snippet", exercise, 1),
    ):
        assert client.post(url, {"title": "x", "text": "y"}).status_code == expected
    assert not ReviewPreference.objects.exists()


def test_the_signed_out_are_sent_to_sign_in(client, exercise):
    submission = waits(exercise)

    for url in (url_named("review_checked", submission), url_of(submission)):
        assert reverse("accounts:sign_in") in client.get(url)["Location"]


@pytest.mark.parametrize("waiting", [1, 30])
def test_saving_takes_the_same_queries_at_any_length(
    as_role, exercise, django_assert_num_queries, waiting
):
    submissions = [waits(exercise, f"The disk {i}.") for i in range(waiting)]
    client = as_role(ROLE.ASSISTANT)
    head = Grade.objects.get(submission=submissions[0])

    with django_assert_num_queries(24):
        client.post(url_of(submissions[0]), levels() | {"head": head.pk})


@pytest.mark.parametrize("waiting", [1, 30])
def test_a_page_of_text_takes_the_same_queries_at_any_length(
    as_role, exercise, django_assert_num_queries, waiting
):
    submissions = [waits(exercise, f"The disk {i}.") for i in range(waiting)]
    client = as_role(ROLE.ASSISTANT)

    with django_assert_num_queries(23):
        client.get(url_of(submissions[0]))


def test_words_of_the_answer_are_marked_and_escaped(as_role, exercise):
    submission = waits(exercise, "The <b>disk</b> is dear.")

    page = as_role(ROLE.ASSISTANT).get(url_of(submission)).content.decode()

    assert '<mark class="okk">disk<sup>' in page
    assert "The &lt;b&gt;" in page


def test_an_unenrolled_operator_reviews(client, exercise):
    submission = waits(exercise)
    client.force_login(UserFactory(is_superuser=True))

    client.post(url_of(submission), levels() | {"head": Grade.objects.get().pk})

    assert Grade.objects.heads().get().source == "human"
